import type { EventStore } from '../../adapters/clickhouse/event-store.ts'
import { readRetention } from '../../adapters/postgres/event-retention.ts'
import type { Deps } from '../../deps.ts'

/** Drops days of events that are older than their table keeps them. Returns table and day of each. */
export async function dropOldEvents(
  { db, config }: Pick<Deps, 'db' | 'config'>,
  store: Pick<EventStore, 'dropOlderThan'>,
): Promise<string[]> {
  const dropped: string[] = []
  const { days } = await readRetention(db, config.eventRetentionDays)
  for (const [table, kept] of days)
    dropped.push(...(await store.dropOlderThan(table, kept)).map((day) => `${table} ${day}`))
  return dropped
}
