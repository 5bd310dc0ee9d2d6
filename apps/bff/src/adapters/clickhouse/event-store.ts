import type { Row } from '@cordon/telemetry'

/** The event store as the rest of the BFF sees it; the same for the embedded engine and a ClickHouse server. */
export interface EventStore {
  /** How events are kept, for settings pages. */
  readonly mode: 'embedded' | 'server'
  /**
   * Appends rows to one table. Resolved means durable: synced to disk, kill -9 and a power cut lose nothing. Rejects
   * with `EventStoreError` and then, unless the code is `unavailable`, stores none of the rows.
   */
  insert(table: string, rows: readonly Row[]): Promise<void>
  /**
   * Runs one read-only statement. `params` are bound by the server as `{name:Type}`. Limits default to 30 s, 30,000
   * rows, 1 GiB of memory. A result of more than `maxRows` is cut there and says so in `stats.truncated`.
   */
  query<T = Record<string, unknown>>(sql: string, params?: QueryParams, limits?: QueryLimits): Promise<QueryResult<T>>
  /**
   * Runs one read-only statement for a file: its bytes in `format`, an output format of the engine. Limits as for
   * `query`, save that there is none for rows, and more than `maxBytes` (4 GiB) of values are an error. Rejects before the
   * first piece, or the pieces end with an error: half a file never looks whole.
   */
  download(sql: string, params: QueryParams, limits: DownloadLimits): Promise<AsyncIterable<Uint8Array>>
  /** Which of these event ids the table holds for a cluster; `times` (epoch milliseconds, inclusive) narrows the search. */
  knownIds(
    table: string,
    cluster: string,
    ids: readonly string[],
    times?: { from: number; to: number },
  ): Promise<Set<string>>
  /** Drops day partitions that ended more than `days` days before `now`. Returns the days dropped. */
  dropOlderThan(table: string, days: number, now?: number): Promise<string[]>
  /** What is stored, per table; reads no events. */
  stats(): Promise<TableStats[]>
  close(): Promise<void>
}

/** An event store for those who keep tables of their own in it. */
export interface SchemaStore extends EventStore {
  /** A statement of ours that changes the schema or drops data; never one that holds a caller's text. */
  command(sql: string): Promise<void>
  /** How a dictionary reads one of our tables, for `SOURCE(…)`: the engine reads it with the rights of our account. */
  dictionarySource(table: string): string
}

export type QueryParams = Record<string, string | number | boolean | null | readonly (string | number)[]>

export interface QueryLimits {
  timeoutMs?: number
  maxRows?: number
  maxMemoryBytes?: number
  /** Settings of the engine that belong to the meaning of the statement, such as how it writes JSON. */
  settings?: Readonly<Record<string, string | number>>
  /** Aborting stops the work in the engine, not only the waiting. */
  signal?: AbortSignal
  /** Hunts run in places of their own in the embedded engine, beside those of ingest and detection, which never wait for one. */
  lane?: 'hunt'
  /** Told several times a second while the engine works. */
  onProgress?: (progress: QueryProgress) => void
}

export interface DownloadLimits extends Omit<QueryLimits, 'maxRows'> {
  format: 'JSONCompactEachRow' | 'Parquet'
  maxBytes?: number
}

export interface QueryProgress {
  rowsRead: number
  /** How many rows the engine expects to read; 0 while it doesn't know. */
  rowsToRead: number
  bytesRead: number
  memoryBytes: number
}

export interface QueryResult<T> {
  rows: T[]
  stats: {
    /** Time in the engine. */
    elapsedMs: number
    rowsRead: number
    bytesRead: number
    /** There were more rows than asked for. */
    truncated: boolean
    columns: { name: string; type: string }[]
  }
}

export interface TableStats {
  table: string
  rows: number
  bytesOnDisk: number
  /** The oldest day partition, YYYY-MM-DD; null while there is none. */
  firstDay: string | null
}

/** Why the store refused or failed; callers map these to answers. */
export type EventStoreCode =
  /** The statement is wrong (syntax, unknown column, type). */
  | 'invalid'
  /** max_execution_time. */
  | 'timeout'
  /** The caller's signal or another session stopped it. */
  | 'cancelled'
  /** Memory, rows or result limits. */
  | 'limit'
  /** No space left on the device: nothing was stored, try again when there is room. */
  | 'full'
  /** The engine is gone or starting; for inserts it is unknown whether the rows were stored. */
  | 'unavailable'
  /** Another process has the data directory. */
  | 'in-use'
  /** No embedded engine for this platform. */
  | 'unsupported'
  | 'internal'

export class EventStoreError extends Error {
  readonly code: EventStoreCode
  constructor(code: EventStoreCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EventStoreError'
    this.code = code
  }
}
