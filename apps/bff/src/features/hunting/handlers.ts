import { supported } from '@cordon/kql'
import { tables } from '@cordon/telemetry'
import type { EventStore } from '../../adapters/clickhouse/event-store.ts'
import type { KqlEngine } from '../../adapters/kql/kql-engine.ts'
import type { Actor, Deps, Handlers } from '../../deps.ts'
import { exported } from './export-rows.ts'
import { hunt, huntLimits } from './hunt.ts'
import { createPlaces, perOwner } from './places.ts'
import { readyHunts } from './ready-hunts.ts'
import { listRuns, noteRun } from './runs.ts'
import { createQuery, deleteQuery, listQueries, updateQuery } from './saved-queries.ts'
import { stateTables } from './state-tables.ts'
import { Refusal } from '../../refusal.ts'

type HuntingHandlers = Pick<Handlers, Extract<keyof Handlers, `hunting${string}`>>

/** Today every role sees every cluster; what a scope leaves out never reaches the engine. */
const everything = {}

export function huntingHandlers(deps: Deps, store: EventStore, engine: KqlEngine): HuntingHandlers {
  const { db } = deps
  const places = createPlaces()
  const parts = { db, store, engine }
  const now = (): bigint => BigInt(Date.now()) * 10_000n

  interface Asked {
    actor: Actor
    query: string
    timespan: string | undefined
    signal: AbortSignal
    maxRows: number
  }
  /** Waits for a place, runs, and notes the run in the person's history. */
  const run = async ({ actor, query, timespan, signal, maxRows }: Asked) => {
    const since = performance.now()
    const note = (state: 'finished' | 'failed' | 'cancelled', rows: number | null): Promise<void> =>
      noteRun(deps, actor, { query, timespan, state, ms: performance.now() - since, rows }).catch((error: unknown) =>
        deps.log.warn({ err: error }, 'A hunt could not be noted in the history'),
      )
    try {
      const answer = await places.take(actor.name, signal, async (queuedMs) => {
        const result = await hunt(parts, { query, timespan, scope: everything, signal, maxRows })
        return { ...result, stats: { ...result.stats, queuedMs, totalMs: performance.now() - since } }
      })
      await note('finished', answer.total ?? answer.results.length)
      return answer
    } catch (error) {
      await note(signal.aborted ? 'cancelled' : 'failed', null)
      throw error
    }
  }

  return {
    async huntingQuery({ body, actor, signal }) {
      const query = body.query ?? body.Query
      if (query === undefined) throw new Refusal('invalid', 'query: there is no query.')
      return run({ actor, query, timespan: body.timespan ?? body.Timespan, signal, maxRows: huntLimits.rows })
    },
    async huntingDiagnose({ body }) {
      return { diagnostics: await engine.diagnose(body.query, { scope: everything, time: {}, now: now() }) }
    },
    async huntingComplete({ body }) {
      return { items: await engine.complete(body.query, body.position) }
    },
    huntingSchema: () => Promise.resolve(schemaAnswer),
    async huntingReady({ query }) {
      return { hunts: await readyHunts(db, query.key, query.incidentId) }
    },
    huntingQueryList: ({ actor }) => listQueries(deps, actor),
    huntingQueryCreate: ({ actor, body }) => createQuery(deps, actor, body),
    huntingQueryUpdate: ({ actor, params, body }) => updateQuery(deps, actor, params.id, body),
    huntingQueryDelete: ({ actor, params }) => deleteQuery(deps, actor, params.id),
    huntingHistory: ({ actor }) => listRuns(deps, actor),
    async huntingExport({ body, actor, signal }) {
      const answer = await run({
        actor,
        query: body.query,
        timespan: body.timespan,
        signal,
        maxRows: huntLimits.exportRows,
      })
      if (answer.truncated)
        throw new Refusal(
          'too-large',
          `The answer has ${answer.total ?? 'more than 100,000'} rows; at most ${huntLimits.exportRows} are exported. Filter or summarize, or export by time range.`,
        )
      return exported(answer, body.format)
    },
  }
}

const schemaAnswer = {
  tables: [
    ...tables.map(({ name, title, doc, columns, samples }) => ({
      name,
      title,
      doc,
      columns: columns.map((column) => ({
        name: column.name,
        type: column.type,
        doc: column.doc,
        entity: column.entity ?? null,
        values: [...(column.values ?? [])],
      })),
      samples: [...samples],
    })),
    ...stateTables.map(({ name, title, doc, columns, samples }) => ({
      name,
      title,
      doc,
      columns: columns.map((column) => ({ ...column, entity: null, values: [] })),
      samples: [...samples],
    })),
  ],
  operators: [...supported.operators],
  functions: [...supported.functions],
  aggregates: [...supported.aggregates],
  plugins: [...supported.plugins],
  limits: { rows: huntLimits.rows, seconds: huntLimits.seconds, concurrent: perOwner },
}
