import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { type ClickHouseClient, type ClickHouseSettings } from '@clickhouse/client'
import { idColumn, quoteName, tables, type Row } from '@cordon/telemetry'
import {
  EventStoreError,
  type DownloadLimits,
  type EventStore,
  type QueryLimits,
  type QueryParams,
  type QueryResult,
  type SchemaStore,
  type TableStats,
} from './event-store.ts'
import { prepareTable } from './prepare-table.ts'
import { watchProgress } from './query-progress.ts'
import { maxResultBytes, readResult } from './read-result.ts'
import { storeError } from './store-errors.ts'

/** Gives the client of a running server; a new one after a restart. */
export interface Connection {
  client(): Promise<ClickHouseClient>
  close(): Promise<void>
  account: { user: string; password: string; database: string }
  /** After a lost connection: waits until the server's end is known. Whether another try is worth it, since it is started again. */
  recover(): Promise<boolean>
}

const defaults = { timeoutMs: 30_000, maxRows: 30_000, maxMemoryBytes: 1_073_741_824 }
const maxDownloadBytes = 4_294_967_296
const idsPerQuery = 2_000

// The client passes the name on; its list of formats is not complete.
const embeddedFormat = 'JSONCompactEachRowWithProgress' as 'JSONEachRowWithProgress'

const insertSettings: ClickHouseSettings = {
  async_insert: 0,
  // One block a batch: a batch is stored whole or, on an error, not at all.
  min_insert_block_size_rows: '10000000',
  min_insert_block_size_bytes: '1000000000',
  max_partitions_per_insert_block: '400',
  input_format_skip_unknown_fields: 0,
}

/** The `EventStore` over any ClickHouse; creates the tables, and brings those of earlier releases up to date. */
export async function clickhouseStore(mode: EventStore['mode'], connection: Connection): Promise<SchemaStore> {
  const store = new ClickhouseStore(mode, connection)
  try {
    for (const table of tables) await prepareTable(store, table)
  } catch (error) {
    await connection.close()
    throw error
  }
  return store
}

class ClickhouseStore implements SchemaStore {
  readonly mode: EventStore['mode']
  readonly #connection: Connection

  constructor(mode: EventStore['mode'], connection: Connection) {
    this.mode = mode
    this.#connection = connection
  }

  async insert(table: string, rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return
    try {
      const client = await this.#connection.client()
      const { stream } = await client.exec({
        query: `INSERT INTO ${quoteName(table)} FORMAT JSONEachRow`,
        values: Readable.from(lines(rows), { objectMode: false }),
        clickhouse_settings: insertSettings,
      })
      await finished(stream.resume())
    } catch (error) {
      throw storeError(error)
    }
  }

  async query<T>(sql: string, params: QueryParams = {}, limits: QueryLimits = {}): Promise<QueryResult<T>> {
    try {
      return await this.#queryOnce<T>(sql, params, limits)
    } catch (error) {
      const failure = storeError(error, limits.signal)
      // Reading again is harmless, so a crash of the embedded engine is not the caller's concern.
      if (failure.code !== 'unavailable' || limits.signal?.aborted === true || !(await this.#connection.recover()))
        throw failure
    }
    try {
      return await this.#queryOnce<T>(sql, params, limits)
    } catch (error) {
      throw storeError(error, limits.signal)
    }
  }

  async #queryOnce<T>(sql: string, params: QueryParams, limits: QueryLimits): Promise<QueryResult<T>> {
    const { timeoutMs, maxRows, maxMemoryBytes } = { ...defaults, ...withoutUndefined(limits) }
    limits.signal?.throwIfAborted()
    const client = await this.#connection.client()
    const queryId = randomUUID()
    const onAbort = (): void => void this.#kill(client, queryId)
    limits.signal?.addEventListener('abort', onAbort, { once: true })
    const watch = limits.onProgress && watchProgress({ client, mode: this.mode, queryId, tell: limits.onProgress })
    try {
      const result = await client.query({
        query: sql,
        query_params: params as Record<string, unknown>,
        query_id: queryId,
        // A server tells what it read in a header; the embedded engine within the answer.
        format: this.mode === 'embedded' ? embeddedFormat : 'JSONCompactEachRowWithNamesAndTypes',
        abort_signal: limits.signal,
        clickhouse_settings: {
          ...limits.settings,
          ...readSettings(timeoutMs, maxRows, maxMemoryBytes),
          ...(limits.lane === 'hunt' ? behind : {}),
        },
      })
      return await readResult<T>(await result.text(), {
        maxRows,
        summary: result.response_headers['x-clickhouse-summary'],
      })
    } finally {
      watch?.stop()
      limits.signal?.removeEventListener('abort', onAbort)
    }
  }

  async download(sql: string, params: QueryParams, limits: DownloadLimits): Promise<AsyncIterable<Uint8Array>> {
    const { timeoutMs, maxMemoryBytes } = { ...defaults, ...withoutUndefined(limits) }
    const queryId = randomUUID()
    try {
      limits.signal?.throwIfAborted()
      const client = await this.#connection.client()
      const onAbort = (): void => void this.#kill(client, queryId)
      limits.signal?.addEventListener('abort', onAbort, { once: true })
      const { stream } = await client.exec({
        query: `${sql} FORMAT ${limits.format}`,
        query_params: params as Record<string, unknown>,
        query_id: queryId,
        abort_signal: limits.signal,
        clickhouse_settings: {
          ...limits.settings,
          ...readSettings(timeoutMs, 0, maxMemoryBytes),
          max_result_rows: '0',
          max_result_bytes: String(limits.maxBytes ?? maxDownloadBytes),
          result_overflow_mode: 'throw',
          ...(limits.lane === 'hunt' ? behind : {}),
          wait_end_of_query: 0,
        },
      })
      stream.once('close', () => limits.signal?.removeEventListener('abort', onAbort))
      return stream as AsyncIterable<Buffer>
    } catch (error) {
      throw storeError(error, limits.signal)
    }
  }

  // The embedded engine stops a statement when the caller's connection closes; a server keeps on.
  async #kill(client: ClickHouseClient, queryId: string): Promise<void> {
    if (this.mode === 'embedded') return
    await client
      .command({ query: 'KILL QUERY WHERE query_id = {id:String} ASYNC', query_params: { id: queryId } })
      .catch(() => {})
  }

  async knownIds(
    table: string,
    cluster: string,
    ids: readonly string[],
    times?: { from: number; to: number },
  ): Promise<Set<string>> {
    const known = new Set<string>()
    const column = quoteName(idColumn(table))
    const span: QueryParams = times === undefined ? {} : { from: times.from, to: times.to + 1 }
    const during =
      times === undefined
        ? ''
        : ' AND Timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND Timestamp <= fromUnixTimestamp64Milli({to:Int64})'
    for (let at = 0; at < ids.length; at += idsPerQuery) {
      const some = ids.slice(at, at + idsPerQuery)
      // In the text, since so many parameters don't fit into a URL.
      const sql = `SELECT DISTINCT ${column} AS id FROM ${quoteName(table)} WHERE _Cluster = {cluster:String}${during} AND ${column} IN (${some.map(literal).join(',')})`
      const { rows } = await this.query<{ id: string }>(sql, { cluster, ...span }, { maxRows: idsPerQuery })
      for (const row of rows) known.add(row.id)
    }
    return known
  }

  async dropOlderThan(table: string, days: number, now: number = Date.now()): Promise<string[]> {
    if (!(days >= 1)) throw new EventStoreError('invalid', 'Events are kept for at least one day')
    const first = new Date(now - days * 86_400_000).toISOString().slice(0, 10)
    const { rows } = await this.query<{ day: string }>(
      'SELECT DISTINCT partition AS day FROM system.parts WHERE active AND database = currentDatabase() AND table = {table:String} AND partition < {first:String} ORDER BY day',
      { table, first },
    )
    for (const { day } of rows) await this.command(`ALTER TABLE ${quoteName(table)} DROP PARTITION ${literal(day)}`)
    return rows.map((row) => row.day)
  }

  async stats(): Promise<TableStats[]> {
    const { rows } = await this.query<{ table: string; n: string; bytes: string; first: string }>(
      'SELECT table, sum(rows) AS n, sum(bytes_on_disk) AS bytes, min(partition) AS first FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table',
    )
    return tables.map(({ name }) => {
      const found = rows.find((row) => row.table === name)
      return {
        table: name,
        rows: Number(found?.n ?? 0),
        bytesOnDisk: Number(found?.bytes ?? 0),
        firstDay: found?.first ?? null,
      }
    })
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }

  dictionarySource(table: string): string {
    const { user, password, database } = this.#connection.account
    return `CLICKHOUSE(USER ${literal(user)} PASSWORD ${literal(password)} DB ${literal(database)} TABLE ${literal(table)})`
  }

  async command(sql: string): Promise<void> {
    try {
      await (await this.#connection.client()).command({ query: sql })
    } catch (error) {
      throw storeError(error)
    }
  }
}

/**
 * What makes a hunt stand behind. By its number the embedded engine knows it and gives it a place apart; a server knows
 * what to do with it. One engine serves ingest and hunts, so it is the threads of the hunt that get a lower claim to the
 * processors, where the engine has the right to change it back (CAP_SYS_NICE); without it this does nothing.
 */
const behind = { priority: '10', os_threads_nice_value_query: 5 }

function readSettings(timeoutMs: number, maxRows: number, maxMemoryBytes: number): ClickHouseSettings {
  return {
    max_execution_time: Math.max(1, Math.ceil(timeoutMs / 1_000)),
    timeout_overflow_mode: 'throw',
    max_memory_usage: String(maxMemoryBytes),
    // One more than asked for tells a cut result from one that fits exactly.
    max_result_rows: String(maxRows + 1),
    max_result_bytes: String(maxResultBytes),
    result_overflow_mode: 'break',
    max_query_size: '4000000',
    output_format_json_quote_64bit_integers: 1,
    output_format_json_quote_denormals: 1,
    date_time_output_format: 'iso',
    readonly: '1',
    // The status and the summary are known only at the end; half a result must not look whole.
    wait_end_of_query: 1,
  }
}

/** Rows as lines in pieces of about 256 kB; other work of the process gets its turn between them. */
async function* lines(rows: readonly Row[]): AsyncGenerator<Buffer> {
  let piece: string[] = []
  let size = 0
  for (const row of rows) {
    const line = JSON.stringify(row)
    piece.push(line)
    size += line.length
    if (size < 262_144) continue
    yield Buffer.from(`${piece.join('\n')}\n`)
    piece = []
    size = 0
    await turn()
  }
  if (piece.length > 0) yield Buffer.from(`${piece.join('\n')}\n`)
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}

function withoutUndefined(limits: QueryLimits): QueryLimits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
}
