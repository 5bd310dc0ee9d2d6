import { tables } from '@cordon/telemetry'
import type { EventStore } from '../../adapters/clickhouse/event-store.ts'

/** Drops the days of every event table that ended more than `days` days before `now`; returns them per table. */
export async function dropOldEvents(
  store: EventStore,
  days: number,
  now: number = Date.now(),
): Promise<Record<string, string[]>> {
  const dropped: Record<string, string[]> = {}
  for (const { name } of tables) dropped[name] = await store.dropOlderThan(name, days, now)
  return dropped
}
