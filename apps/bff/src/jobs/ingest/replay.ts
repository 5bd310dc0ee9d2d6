import { eventFromRow, quoteName, replayColumns, tables, type TelemetryEvent } from '@cordon/telemetry'
import type { EventStore } from '../../adapters/clickhouse/event-store.ts'

const pageRows = 2_000

interface Placed {
  batch: number
  index: number
  event: TelemetryEvent
}

/** The highest batch number in the store; 0 when it is empty. */
export async function lastBatch(store: EventStore): Promise<number> {
  const ends = await Promise.all(
    tables.map(async (table) =>
      Number(
        (await store.query<{ last: string }>(`SELECT max(_Batch) AS last FROM ${quoteName(table.name)}`)).rows[0]
          ?.last ?? 0,
      ),
    ),
  )
  return Math.max(0, ...ends)
}

/** Time of the newest stored event per cluster, leaving out events of clocks ahead; epoch milliseconds. */
export async function storedUpTo(store: EventStore): Promise<Map<string, number>> {
  const newest = new Map<string, number>()
  for (const table of tables) {
    const { rows } = await store.query<{ cluster: string; last: string }>(
      `SELECT _Cluster AS cluster, toUnixTimestamp64Milli(toDateTime64(max(Timestamp), 3)) + 1 AS last FROM ${quoteName(table.name)} WHERE Timestamp <= _ReceivedAt + INTERVAL 5 MINUTE GROUP BY cluster`,
      {},
      { timeoutMs: 300_000, maxRows: 100_000 },
    )
    for (const { cluster, last } of rows) newest.set(cluster, Math.max(newest.get(cluster) ?? 0, Number(last)))
  }
  return newest
}

/** Stored events of the batches after `after` and before `before`, in the order they were stored, grouped by batch. */
export async function* storedBatches(
  store: EventStore,
  range: { after: number; before: number },
): AsyncGenerator<{ batch: number; events: TelemetryEvent[] }> {
  const streams = tables.map((table) => tableEvents(store, table.name, range))
  const heads = await Promise.all(streams.map((stream) => stream.next()))
  let batch = 0
  let events: TelemetryEvent[] = []
  for (;;) {
    const at = lowest(heads)
    const head = at < 0 ? undefined : heads[at]
    if (head === undefined || head.done === true) break
    if (head.value.batch !== batch && events.length > 0) {
      yield { batch, events }
      events = []
    }
    batch = head.value.batch
    events.push(head.value.event)
    const stream = streams[at]
    if (stream !== undefined) heads[at] = await stream.next()
  }
  if (events.length > 0) yield { batch, events }
}

function lowest(heads: readonly IteratorResult<Placed>[]): number {
  let best = -1
  heads.forEach((head, at) => {
    if (head.done === true) return
    const other = best < 0 ? undefined : heads[best]
    if (other === undefined || other.done === true || isBefore(head.value, other.value)) best = at
  })
  return best
}

function isBefore(one: Placed, other: Placed): boolean {
  return one.batch === other.batch ? one.index < other.index : one.batch < other.batch
}

async function* tableEvents(
  store: EventStore,
  table: string,
  range: { after: number; before: number },
): AsyncGenerator<Placed, undefined> {
  let cursor = { batch: range.after, index: 4_294_967_295 }
  for (;;) {
    const { rows } = await store.query<Record<string, unknown>>(
      `SELECT ${replayColumns(table).join(', ')} FROM ${quoteName(table)} WHERE _Batch >= {batch:UInt64} AND _Batch < {before:UInt64} AND (_Batch, _Index) > ({batch:UInt64}, {index:UInt32}) ORDER BY _Batch, _Index LIMIT {page:UInt32}`,
      { batch: cursor.batch, before: range.before, index: cursor.index, page: pageRows },
      { maxRows: pageRows, timeoutMs: 300_000 },
    )
    for (const row of rows) {
      cursor = { batch: Number(row['_Batch']), index: Number(row['_Index']) }
      yield { ...cursor, event: eventFromRow(table, row) }
    }
    // Not "a full page": the limit on bytes may have cut it.
    if (rows.length === 0) return undefined
  }
}
