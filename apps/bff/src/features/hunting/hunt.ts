import type { HuntDiagnostic, HuntLimits, HuntResult } from '@cordon/contract'
import { answerRows, type BoundColumn, type Ingested, type ReadScope, stateName } from '@cordon/kql'
import type { EventStore, QueryProgress, QueryResult } from '../../adapters/clickhouse/event-store.ts'
import type { KqlEngine } from '../../adapters/kql/kql-engine.ts'
import type { Deps } from '../../deps.ts'
import { Refusal, TimedOut } from '../../refusal.ts'
import { engineSettings } from './engine-settings.ts'
import { refusedQuery, storeRefusal } from './hunt-refusals.ts'
import { stateSelect } from './state-rows.ts'
import { spanOf } from './timespan.ts'

const countSeconds = 5
/** A query names at most so many columns by its data; see `bag_unpack`. */
const discoveredRows = 1000

export interface HuntParts {
  db: Deps['db']
  store: EventStore
  engine: KqlEngine
}

export interface HuntRequest {
  query: string
  timespan: string | undefined
  scope: ReadScope
  signal: AbortSignal
  /** Rows of the answer, time and memory. */
  limits: Pick<HuntLimits, 'rows' | 'seconds' | 'memoryBytes'>
  onProgress?: (progress: QueryProgress) => void
  /** What `now()` is, in ticks since 1970; the present where left out. */
  now?: bigint
  /** Only what these ingest batches brought. */
  ingested?: Ingested
  /** Takes one thread of the engine only. */
  background?: boolean
}

export type Hunted = Omit<HuntResult, 'stats'> & {
  stats: Omit<HuntResult['stats'], 'queuedMs' | 'totalMs' | 'usedSeconds'>
  /** Tables it named, once for each time. */
  reads: readonly string[]
}

/** Runs one query. Throws `Refusal`, with the places of what is wrong, for everything the caller can change. */
export async function hunt(parts: HuntParts, request: HuntRequest): Promise<Hunted> {
  const run = runner(parts, request)
  const since = performance.now()
  const prepared = await prepare(parts, request, run)
  const translateMs = performance.now() - since
  const { sql, translation, notes, time } = prepared
  let memoryBytes = 0
  const result = await run<Record<string, unknown>>(sql, translation.parameters, {
    maxRows: request.limits.rows,
    onProgress(progress) {
      memoryBytes = Math.max(memoryBytes, progress.memoryBytes)
      request.onProgress?.(progress)
    },
  })
  const { stats } = result
  return {
    schema: [...translation.columns],
    results: answerRows(translation.columns, result.rows),
    truncated: stats.truncated,
    total: stats.truncated ? await counted(run, { sql, parameters: translation.parameters }) : result.rows.length,
    stats: {
      translateMs,
      engineMs: stats.elapsedMs,
      rowsRead: stats.rowsRead,
      bytesRead: stats.bytesRead,
      memoryBytes,
    },
    sql: translation.sql,
    diagnostics: notes(),
    chart: translation.chart ?? null,
    from: isoOf(time.from),
    to: isoOf(time.to),
    reads: translation.reads,
  }
}

/** The columns an answer would have, and whether each of its rows follows from one stored row. Throws as `hunt` does. */
export async function describeHunt(
  parts: HuntParts,
  request: HuntRequest,
): Promise<{ columns: readonly BoundColumn[]; reads: readonly string[]; notRowWise: string | null }> {
  return (await prepare(parts, request)).translation
}

/** The SQL of a query with what it reads of Cordon's state in it. Throws `Refusal` as `hunt` does. */
export async function prepare(parts: HuntParts, request: HuntRequest, run: Run = runner(parts, request)) {
  const now = request.now ?? BigInt(Date.now()) * 10_000n
  const time = spanOf(request.timespan, now)
  const states = new StateReader(parts, request.scope)
  const compiled = await parts.engine.compile(
    request.query,
    { scope: request.scope, time, now, ...(request.ingested ? { ingested: request.ingested } : {}) },
    async (sql, parameters, tables) => {
      const given = await states.with(sql, tables)
      const { rows } = await run<{ name: string; kinds: string[] }>(given, parameters, { maxRows: discoveredRows })
      return rows
    },
  )
  if (compiled.state === 'stalled') throw new TimedOut('unavailable', `${compiled.message}.`)
  if (compiled.state === 'unavailable') throw new Refusal('unavailable', `${compiled.message}.`)
  if (compiled.state === 'failed') throw new Refusal('invalid', compiled.message)
  if (compiled.state === 'refused') throw refusedQuery(request.query, compiled.diagnostics)
  const sql = await states.with(compiled.translation.sql, compiled.stateTables)
  const notes = (): HuntDiagnostic[] => [...compiled.diagnostics, ...states.notes]
  return { sql, translation: compiled.translation, notes, time }
}

export type Run = <T>(
  sql: string,
  parameters: Record<string, string>,
  limits: { maxRows: number; timeoutMs?: number; onProgress?: HuntRequest['onProgress'] },
) => Promise<QueryResult<T>>

/** Runs statements of one hunt, within its limits. */
export function runner({ store }: HuntParts, { query, limits, signal, background }: HuntRequest): Run {
  return async <T>(sql: string, parameters: Record<string, string>, own: Parameters<Run>[2]) => {
    try {
      return await store.query<T>(sql, parameters, {
        timeoutMs: limits.seconds * 1000,
        maxMemoryBytes: limits.memoryBytes,
        ...own,
        signal,
        settings: { ...engineSettings(sql), ...(background ? { max_threads: 1 } : {}) },
        lane: 'hunt',
      })
    } catch (error) {
      throw storeRefusal(error, query, limits)
    }
  }
}

interface Counting {
  sql: string
  parameters: Record<string, string>
  seconds?: number
}

/** How many rows the whole answer has; null where counting takes too long. */
export async function counted(run: Run, { sql, parameters, seconds = countSeconds }: Counting): Promise<number | null> {
  try {
    const { rows } = await run<{ n: string }>(`SELECT count() AS n FROM (${sql})`, parameters, {
      maxRows: 1,
      timeoutMs: seconds * 1000,
    })
    return Number(rows[0]?.n ?? 0)
  } catch {
    return null
  }
}

/** Hands the state tables that a query names in with it, each read once. */
class StateReader {
  readonly notes: HuntDiagnostic[] = []
  readonly #parts: HuntParts
  readonly #scope: ReadScope
  readonly #read = new Map<string, string>()

  constructor(parts: HuntParts, scope: ReadScope) {
    this.#parts = parts
    this.#scope = scope
  }

  async with(sql: string, tables: readonly string[]): Promise<string> {
    if (tables.length === 0) return sql
    for (const table of tables) {
      if (this.#read.has(table)) continue
      const { sql: rows, cut } = await stateSelect(this.#parts.db, table, this.#scope)
      this.#read.set(table, rows)
      if (cut) this.notes.push({ start: 0, end: 0, severity: 'warning', message: cut })
    }
    const parts = tables.map((table) => `\`${stateName(table)}\` AS (${this.#read.get(table) ?? ''})`)
    return `WITH ${parts.join(', ')} ${sql}`
  }
}

function isoOf(ticks: bigint | undefined): string | null {
  return ticks === undefined ? null : new Date(Number(ticks / 10_000n)).toISOString()
}
