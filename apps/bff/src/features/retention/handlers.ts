import type { Retention } from '@cordon/contract'
import { tables } from '@cordon/telemetry'
import type { EventStore } from '../../adapters/clickhouse/event-store.ts'
import { Unchanged } from '../../adapters/postgres/commit.ts'
import { readRetention, retentionSetting } from '../../adapters/postgres/event-retention.ts'
import { toJsonb } from '../../adapters/postgres/storable.ts'
import type { Actor, Call, Deps, Handlers } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'

type Parts = Pick<Deps, 'db' | 'commit' | 'config' | 'log'>

/** How long events are kept, per hunting table. `dropOld` drops now what is beyond it. */
export function retentionHandlers(
  deps: Parts,
  store: Pick<EventStore, 'stats'>,
  dropOld: () => Promise<unknown>,
): Pick<Handlers, 'retentionGet' | 'retentionUpdate'> {
  return {
    retentionGet: () => describe(deps, store),
    async retentionUpdate({ actor, body }) {
      // Nothing is set while the store is away: what is asked for couldn't be done.
      await store.stats()
      await update(deps, actor, body)
      await dropOld().catch((error: unknown) =>
        deps.log.warn({ err: error }, 'Events beyond their new retention could not be dropped; the hourly run does it'),
      )
      return describe(deps, store)
    },
  }
}

async function describe({ db, config }: Parts, store: Pick<EventStore, 'stats'>): Promise<Retention> {
  const defaultDays = config.eventRetentionDays
  const [{ own, days, version, updatedBy, updatedAt }, stats] = await Promise.all([
    readRetention(db, defaultDays),
    store.stats(),
  ])
  return {
    tables: tables.map(({ name, title }) => {
      const { rows, bytesOnDisk, firstDay } = stats.find(({ table }) => table === name) ?? empty
      const inForce = days.get(name) ?? defaultDays
      return { table: name, title, days: inForce, ownDays: own[name] ?? null, rows, bytesOnDisk, firstDay }
    }),
    defaultDays,
    version,
    updatedBy,
    updatedAt: updatedAt?.toISOString() ?? null,
  }
}

const empty = { rows: 0, bytesOnDisk: 0, firstDay: null }

/** Throws `Refusal` for unknown tables, and conflict when someone else was faster. */
async function update(deps: Parts, actor: Actor, { days, version }: Call<'retentionUpdate'>['body']): Promise<void> {
  const unknown = Object.keys(days).find((name) => !tables.some((table) => table.name === name))
  if (unknown !== undefined)
    throw new Refusal('invalid', `days: there is no event table ${unknown}.`, [
      { path: `days.${unknown}`, message: 'There is no such event table.' },
    ])
  await deps.commit(actor, async (tx) => {
    const before = await readRetention(tx, deps.config.eventRetentionDays)
    if (before.version !== version)
      throw new Refusal(
        'conflict',
        `The retention was changed by ${before.updatedBy ?? 'someone'} meanwhile; look at it again.`,
      )
    const merged = Object.entries({ ...before.own, ...days }).filter(([, own]) => own !== null)
    const own = Object.fromEntries(merged) as Record<string, number> // nulls were left out
    const changed = Object.keys(days).filter((name) => own[name] !== before.own[name])
    if (changed.length === 0) return new Unchanged(undefined)
    const row = {
      value: toJsonb({ days: own }),
      version: before.version + 1,
      updated_by: actor.name,
      updated_at: new Date(),
    }
    await tx
      .insertInto('settings')
      .values({ name: retentionSetting, ...row })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute()
    const details = Object.fromEntries(
      changed.map((name) => [name, { from: before.own[name] ?? 'default', to: own[name] ?? 'default' }]),
    )
    return {
      result: undefined,
      entries: [{ kind: 'settings.update', subject: `settings:${retentionSetting}`, details }],
      changed: ['settings'],
    }
  })
}
