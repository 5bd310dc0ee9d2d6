import { tables } from '@cordon/telemetry'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Deps } from '../../deps.ts'
import type { Database } from './schema.ts'

/** Row of `settings` that holds it. */
export const retentionSetting = 'retention'

const Value = z.object({ days: z.record(z.string(), z.number().int().min(1)) })

export interface EventRetention {
  /** Days that are set, by table. */
  own: Readonly<Record<string, number>>
  /** Days in force, by table. */
  days: ReadonlyMap<string, number>
  version: number
  updatedBy: string | null
  updatedAt: Date | null
}

/** For how many days the events of each table are kept: what is set for it, else `defaultDays`. */
export async function readRetention(db: Kysely<Database>, defaultDays: number): Promise<EventRetention> {
  const row = await db.selectFrom('settings').selectAll().where('name', '=', retentionSetting).executeTakeFirst()
  const own = row ? Value.parse(row.value).days : {}
  return {
    own,
    days: new Map(tables.map(({ name }) => [name, own[name] ?? defaultDays])),
    version: row?.version ?? 0,
    updatedBy: row?.updated_by ?? null,
    updatedAt: row?.updated_at ?? null,
  }
}

/** The days in force for each table, read again when settings change; what was known stays while that fails. */
export async function followRetention({
  db,
  bus,
  config,
  log,
}: Pick<Deps, 'db' | 'bus' | 'config' | 'log'>): Promise<{ daysOf(this: void, table: string): number; stop(): void }> {
  let { days } = await readRetention(db, config.eventRetentionDays)
  const read = async (): Promise<void> => {
    days = (await readRetention(db, config.eventRetentionDays)).days
  }
  // One after the other: the last one read is the newest.
  let reading = Promise.resolve()
  const stop = bus.listen((changed) => {
    if (!changed.includes('settings')) return
    reading = reading
      .then(read)
      .catch((error: unknown) => log.warn({ err: error }, 'The retention could not be read again'))
  })
  return { daysOf: (table) => days.get(table) ?? config.eventRetentionDays, stop }
}
