import type { Deps } from '../../deps.ts'
import { dropOldActions } from './drop-old-actions.ts'

const everyMs = 60 * 60_000
const setAsideDays = 30
const spanDays = 30
const mostSetAside = 100_000
const day = 24 * 60 * 60_000

/** Once an hour drops what has been kept long enough: old events, actions long over, ended sessions, events set aside. */
export function startRetention(
  deps: Pick<Deps, 'db' | 'commit' | 'commitUnrecorded' | 'config' | 'log'>,
  dropEvents: () => Promise<string[]>,
): { run(): Promise<void>; stop(): void } {
  const { db, commitUnrecorded, config, log } = deps
  async function run(): Promise<void> {
    const actions = await dropOldActions(deps, config.recordRetentionDays)
    if (actions > 0) log.info({ actions }, 'Actions beyond their retention were dropped')
    const dropped = await dropEvents()
    if (dropped.length > 0) log.info({ partitions: dropped }, 'Events beyond their retention were dropped')
    const newest = await db
      .selectFrom('set_aside')
      .select((eb) => eb.fn.max('id').as('id'))
      .executeTakeFirst()
    await commitUnrecorded(async (tx) => {
      await tx.deleteFrom('sessions').where('expires_at', '<', new Date()).execute()
      await tx
        .deleteFrom('coverage_spans')
        .where('start', '<', new Date(Date.now() - spanDays * day))
        .execute()
      await tx
        .deleteFrom('set_aside')
        .where((eb) =>
          eb.or([
            eb('at', '<', new Date(Date.now() - setAsideDays * day)),
            eb('id', '<=', (newest?.id ?? 0) - mostSetAside),
          ]),
        )
        .execute()
      return { result: undefined, changed: [] }
    })
  }
  const guarded = () => run().catch((error: unknown) => log.warn({ err: error }, 'Retention did not finish'))
  const timer = setInterval(guarded, everyMs)
  return { run, stop: () => clearInterval(timer) }
}
