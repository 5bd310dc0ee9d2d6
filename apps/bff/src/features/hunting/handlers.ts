import type { HuntResult } from '@cordon/contract'
import { supported } from '@cordon/kql'
import { tables } from '@cordon/telemetry'
import type { EventStore, QueryProgress } from '../../adapters/clickhouse/event-store.ts'
import type { KqlEngine } from '../../adapters/kql/kql-engine.ts'
import { readRetention } from '../../adapters/postgres/event-retention.ts'
import type { Call, Deps, Handlers } from '../../deps.ts'
import { describeFailure } from '../../http/problem.ts'
import { Refusal } from '../../refusal.ts'
import { requireIncident } from '../../within-scope.ts'
import { exportHunt } from './export-rows.ts'
import { type Asked, createGuard, type Guard } from './guarded.ts'
import { hunt } from './hunt.ts'
import { limitsOf } from './limits.ts'
import { linkToIncident } from './link-to-incident.ts'
import { readyHunts } from './ready-hunts.ts'
import { listRuns } from './runs.ts'
import { createQuery, deleteQuery, listQueries, updateQuery } from './saved-queries.ts'
import { stateTables } from './state-tables.ts'
import { streamed, type Tell } from './stream-hunt.ts'

type HuntingHandlers = Pick<Handlers, Extract<keyof Handlers, `hunting${string}`>>

export function huntingHandlers(
  deps: Deps,
  store: EventStore,
  engine: KqlEngine,
  guard: Guard = createGuard(deps),
): HuntingHandlers {
  const { db } = deps
  const parts = { db, store, engine }
  const now = (): bigint => BigInt(Date.now()) * 10_000n

  const run = async (asked: Asked, tell?: Tell): Promise<HuntResult> => {
    const since = performance.now()
    const { actor, query, timespan, signal } = asked
    const { answer, used } = await guard.run(asked, async ({ limits, queuedMs }) => {
      tell?.({ type: 'started', queuedMs, limits })
      const started = performance.now()
      const onProgress = (progress: QueryProgress): void =>
        tell?.({ type: 'progress', elapsedMs: performance.now() - started, ...progress })
      const result = await hunt(parts, { query, timespan, scope: actor.scope, signal, limits, onProgress })
      const totalMs = performance.now() - since
      return {
        rows: result.total ?? result.results.length,
        answer: { ...result, stats: { ...result.stats, queuedMs, totalMs } },
      }
    })
    return { ...answer, stats: { ...answer.stats, usedSeconds: used } }
  }

  return {
    huntingQuery: ({ body, actor, signal }) => run({ ...asked(body), actor, signal }),
    huntingStream({ body, actor, signal }) {
      const wanted = asked(body)
      return Promise.resolve(
        streamed(
          (tell) => run({ ...wanted, actor, signal, onWait: (queue) => tell({ type: 'queued', ...queue }) }, tell),
          (error) => ({ type: 'failed', problem: describeFailure(error, deps.log) }),
        ),
      )
    },
    huntingUsage: ({ actor }) => Promise.resolve(guard.usage(actor)),
    async huntingDiagnose({ body, actor }) {
      return { diagnostics: await engine.diagnose(body.query, { scope: actor.scope, time: {}, now: now() }) }
    },
    async huntingComplete({ body }) {
      return { items: await engine.complete(body.query, body.position) }
    },
    async huntingSchema({ actor }) {
      const kept = await keptOf(deps, store)
      const all = schemaAnswer.tables.map((table) => ({ ...table, kept: kept.get(table.name) ?? null }))
      return { ...schemaAnswer, tables: all, limits: limitsOf(actor.role) }
    },
    async huntingReady({ query, actor }) {
      if (query.incidentId !== undefined) await requireIncident(db, actor, query.incidentId)
      return { hunts: await readyHunts(db, query.key, query.incidentId) }
    },
    huntingQueryList: ({ actor }) => listQueries(deps, actor),
    huntingQueryCreate: ({ actor, body }) => createQuery(deps, actor, body),
    huntingQueryUpdate: ({ actor, params, body }) => updateQuery(deps, actor, params.id, body),
    huntingQueryDelete: ({ actor, params }) => deleteQuery(deps, actor, params.id),
    huntingHistory: ({ actor }) => listRuns(deps, actor),
    huntingLink: ({ actor, body }) => linkToIncident(deps, actor, body),
    async huntingExport({ body, actor, signal }) {
      const { query, timespan, format } = body
      const { answer } = await guard.run({ actor, query, timespan, signal }, async ({ limits }) => {
        const exported = await exportHunt(parts, {
          query,
          timespan,
          format,
          scope: actor.scope,
          signal,
          maxRows: limits.exportRows,
          limits: { ...limits, seconds: limits.exportSeconds },
        })
        return { rows: exported.rows, answer: exported }
      })
      const headers = {
        ...(answer.rows === null ? {} : { 'x-cordon-rows': String(answer.rows) }),
        ...(answer.total === null ? {} : { 'x-cordon-rows-total': String(answer.total) }),
      }
      return { ...answer.reply, headers }
    },
  }
}

/** The members of the body in either case. */
function asked(body: Call<'huntingQuery'>['body']): { query: string; timespan: string | undefined } {
  const query = body.query ?? body.Query
  if (query === undefined) throw new Refusal('invalid', 'query: there is no query.')
  return { query, timespan: body.timespan ?? body.Timespan }
}

/** For how long each event table keeps its events, and since when it has some; empty while the store can't tell. */
async function keptOf(
  { db, config }: Pick<Deps, 'db' | 'config'>,
  store: EventStore,
): Promise<Map<string, { days: number; firstDay: string | null }>> {
  const [{ days }, stats] = await Promise.all([
    readRetention(db, config.eventRetentionDays),
    // The schema is needed to write a query, also while none can be run.
    store.stats().catch(() => undefined),
  ])
  if (!stats) return new Map()
  const firstDays = new Map(stats.map(({ table, firstDay }) => [table, firstDay]))
  return new Map([...days].map(([table, kept]) => [table, { days: kept, firstDay: firstDays.get(table) ?? null }]))
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
}
