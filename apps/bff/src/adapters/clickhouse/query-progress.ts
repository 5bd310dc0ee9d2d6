import type { ClickHouseClient } from '@clickhouse/client'
import { taggedBy } from './chdb-http.ts'
import type { EventStore, QueryProgress } from './event-store.ts'

const everyMs = 250

interface Watched {
  client: ClickHouseClient
  mode: EventStore['mode']
  queryId: string
  tell: (progress: QueryProgress) => void
}

/** Tells how far a running statement is, as the engine's list of statements has it, until stopped. */
export function watchProgress({ client, mode, queryId, tell }: Watched): { stop(): void } {
  let stopped = false
  const ask = async (): Promise<void> => {
    const result = await client.query({
      query: `SELECT read_rows, total_rows_approx, read_bytes, memory_usage FROM system.processes WHERE ${
        mode === 'embedded' ? 'startsWith(query, {tag:String})' : 'query_id = {tag:String}'
      }`,
      query_params: { tag: mode === 'embedded' ? taggedBy(queryId) : queryId },
      format: 'JSONCompact',
      clickhouse_settings: { readonly: '1', max_execution_time: 5 },
    })
    const { data } = await result.json<[string, string, string, string]>()
    const [row] = data
    if (!row || stopped) return
    const [rowsRead = 0, rowsToRead = 0, bytesRead = 0, memoryBytes = 0] = row.map(Number)
    tell({ rowsRead, rowsToRead, bytesRead, memoryBytes: Math.max(0, memoryBytes) })
  }
  const round = async (): Promise<void> => {
    // Progress is a courtesy: the hunt goes on without it.
    await ask().catch(() => {})
    if (!stopped) timer = setTimeout(round, everyMs)
  }
  let timer = setTimeout(round, everyMs)
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
