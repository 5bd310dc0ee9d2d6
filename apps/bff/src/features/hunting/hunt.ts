import type { HuntDiagnostic, HuntResult } from '@cordon/contract'
import { answerRows, type ReadScope, stateName } from '@cordon/kql'
import type { EventStore, QueryResult } from '../../adapters/clickhouse/event-store.ts'
import { EventStoreError } from '../../adapters/clickhouse/event-store.ts'
import type { KqlEngine } from '../../adapters/kql/kql-engine.ts'
import type { Deps } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { stateSelect } from './state-rows.ts'
import { spanOf } from './timespan.ts'

export const huntLimits = { rows: 10_000, seconds: 30, memoryBytes: 1_073_741_824, exportRows: 100_000 } as const
const countSeconds = 5

/** What the rows of every dynamic value look like; part of the meaning of the translated SQL. */
const engineSettings = {
  output_format_json_escape_forward_slashes: 0,
  output_format_json_quote_64bit_integers: 1,
  enable_extended_results_for_datetime_functions: 1,
} as const

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
  maxRows: number
}

/** Runs one query. Throws `Refusal`, with the places of what is wrong, for everything the caller can change. */
export async function hunt(
  parts: HuntParts,
  request: HuntRequest,
): Promise<Omit<HuntResult, 'stats'> & { stats: Omit<HuntResult['stats'], 'queuedMs' | 'totalMs'> }> {
  const now = BigInt(Date.now()) * 10_000n
  const time = spanOf(request.timespan, now)
  const states = new StateReader(parts, request.scope)
  const run = <T>(
    sql: string,
    parameters: Record<string, string>,
    limits: { maxRows: number; timeoutMs: number },
  ): Promise<QueryResult<T>> =>
    parts.store
      .query<T>(sql, parameters, {
        ...limits,
        maxMemoryBytes: huntLimits.memoryBytes,
        signal: request.signal,
        settings: engineSettings,
      })
      .catch((error: unknown) => {
        throw refusalOf(error, request.query)
      })
  const translatedFrom = performance.now()
  const compiled = await parts.engine.compile(
    request.query,
    { scope: request.scope, time, now },
    async (sql, parameters, tables) => {
      const { rows } = await run<{ name: string; kinds: string[] }>(await states.with(sql, tables), parameters, {
        maxRows: 1000,
        timeoutMs: huntLimits.seconds * 1000,
      })
      return rows
    },
  )
  const translateMs = performance.now() - translatedFrom
  if (compiled.state === 'failed') throw new Refusal('invalid', compiled.message)
  if (compiled.state === 'refused') throw refusedQuery(request.query, compiled.diagnostics)
  const { translation } = compiled
  const sql = await states.with(translation.sql, compiled.stateTables)
  const result = await run<Record<string, unknown>>(sql, translation.parameters, {
    maxRows: request.maxRows,
    timeoutMs: huntLimits.seconds * 1000,
  })
  const { stats } = result
  return {
    schema: [...translation.columns],
    results: answerRows(translation.columns, result.rows),
    truncated: stats.truncated,
    total: stats.truncated ? await counted(run, sql, translation.parameters) : result.rows.length,
    stats: { translateMs, engineMs: stats.elapsedMs, rowsRead: stats.rowsRead, bytesRead: stats.bytesRead },
    sql: translation.sql,
    diagnostics: [...compiled.diagnostics, ...states.notes],
    chart: translation.chart ?? null,
    from: isoOf(time.from),
    to: isoOf(time.to),
  }
}

type Run = <T>(
  sql: string,
  parameters: Record<string, string>,
  limits: { maxRows: number; timeoutMs: number },
) => Promise<QueryResult<T>>

/** How many rows the whole answer has; null where counting takes too long. */
async function counted(run: Run, sql: string, parameters: Record<string, string>): Promise<number | null> {
  try {
    const { rows } = await run<{ n: string }>(`SELECT count() AS n FROM (${sql})`, parameters, {
      maxRows: 1,
      timeoutMs: countSeconds * 1000,
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

function refusedQuery(query: string, diagnostics: readonly HuntDiagnostic[]): Refusal {
  const errors = diagnostics.filter((each) => each.severity === 'error')
  const shown = errors.map((each) => ({
    path: `query:${each.start}-${each.end}`,
    message: each.hint ? `${each.message} (${each.hint})` : each.message,
  }))
  const first = errors[0]
  const place = first ? ` at ${placeOf(query, first.start)}` : ''
  return new Refusal('invalid', `${shown[0]?.message ?? 'The query cannot be run'}${place}`, shown)
}

function placeOf(query: string, offset: number): string {
  const before = query.slice(0, offset).split('\n')
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

const storeRefusals: Readonly<Record<string, [code: 'invalid' | 'unavailable' | 'too-large', detail: string]>> = {
  timeout: [
    'invalid',
    `The query took longer than ${huntLimits.seconds} seconds. Narrow the time range, or filter earlier.`,
  ],
  cancelled: ['invalid', 'The query was cancelled.'],
  limit: [
    'too-large',
    'The query needs more memory than it may take. Narrow the time range, filter earlier, or summarize less.',
  ],
  unavailable: ['unavailable', 'The event store is not available at the moment. Try again in a few seconds.'],
}

function refusalOf(error: unknown, query: string): unknown {
  if (!(error instanceof EventStoreError)) return error
  const known = storeRefusals[error.code]
  if (known) return new Refusal(...known)
  // The engine names columns of our own making; its first sentence is what a hunter can use.
  if (error.code === 'invalid')
    return new Refusal('invalid', `The engine could not run this query: ${error.message.split(/[:.] /)[0] ?? ''}.`, [
      { path: `query:0-${query.length}`, message: error.message },
    ])
  return error
}
