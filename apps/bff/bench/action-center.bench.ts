import { ActionQuery } from '@cordon/contract'
import { everything } from '@cordon/rbac'
import { actionStates, actionTypes } from '@cordon/response'
import { sql } from 'kysely'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import type { z } from 'zod'
import { openDatabase } from '../src/adapters/postgres/database.ts'
import { startEmbeddedPostgres } from '../src/adapters/postgres/embedded.ts'
import { migrate } from '../src/adapters/postgres/migrate.ts'
import { countActions, cursorAfter, selectActions } from '../src/features/actions/action-page.ts'
import { quantile } from './server-process.ts'

const rows = Number(process.env.BENCH_ACTIONS ?? 1_000_000)
const rowsAtOnce = 20_000 // each well within the statement timeout
const rounds = 9
type Db = ReturnType<typeof openDatabase>['db']
type Query = z.input<typeof ActionQuery>

/** Milliseconds from query to page and total of the Action center, per filter, on the embedded PostgreSQL. */
export async function bench(): Promise<Record<string, number | string>> {
  const log = pino({ level: 'silent' })
  const directory = mkdtempSync(path.join(tmpdir(), 'cordon-bench-'))
  const postgres = await startEmbeddedPostgres(directory, log)
  const { db, pool } = openDatabase(postgres.connection, log)
  try {
    await migrate(pool)
    await fill(db)
    const figures: Record<string, number | string> = { rows }
    const all: number[] = []
    for (const [name, query] of queries()) {
      const times = await time(db, ActionQuery.parse(query))
      figures[`${name}: p95 ms`] = Math.round(quantile(times, 0.95))
      all.push(...times)
    }
    figures['worst filter: p95 ms'] = Math.max(
      ...Object.entries(figures).flatMap(([name, value]) => (name.endsWith('p95 ms') ? [Number(value)] : [])),
    )
    figures['all filters: p95 ms'] = Math.round(quantile(all, 0.95))
    return figures
  } finally {
    await db.destroy()
    await postgres.destroy()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Over a year, skewed as real ones are: most of the actions are old and over, few namespaces hold many. */
async function fill(db: Db): Promise<void> {
  for (let first = 1; first <= rows; first += rowsAtOnce)
    await fillSome(db, first, Math.min(rows, first + rowsAtOnce - 1))
  await db.connection().execute(async (one) => {
    await sql`set statement_timeout = 0`.execute(one)
    await sql`vacuum analyze actions`.execute(one)
    await sql`reset statement_timeout`.execute(one)
  })
}

async function fillSome(db: Db, first: number, last: number): Promise<void> {
  await sql`
    insert into actions (id, type, state, cluster, namespace, target_key, target_name, target_uid, comment, source,
      requested_by, incident_id, requested_at, applied_at, verified_at, ended_at, updated_at, record, plan)
    select 'act-' || n || '-' || substr(md5(n::text), 1, 12),
      (${[...actionTypes]}::text[])[1 + floor(power(random(), 2) * ${actionTypes.length})::int],
      case when n > ${rows} - 2000 then (${[...actionStates]}::text[])[1 + n % ${actionStates.length}]
        when random() < 0.05 then 'failed' else (array['released', 'expired', 'gone', 'verified'])[1 + floor(random() * 3)::int] end,
      'cluster-' || floor(power(random(), 3) * 20)::int, ns, 'pod:c/' || ns || '/web-' || n % 50000, 'web-' || n % 50000, 'uid-' || n,
      case when n % 1000 = 0 then 'Coin miner found by the night shift' else 'Contained after alert ' || n end,
      (array['incident-graph', 'entity-pane', 'action-center', 'api'])[1 + n % 4], 'user-' || floor(power(random(), 2) * 100)::int,
      n % 60000, at, at + interval '1 second', at + interval '5 seconds', at + interval '1 day', at + random() * interval '2 days',
      jsonb_build_object('target', jsonb_build_object('key', 'k', 'kind', 'pod', 'cluster', 'c', 'namespace', ns, 'name', 'web', 'uid', 'u'),
        'strategy', null, 'options', '{}'::jsonb, 'outcome', 'It holds.', 'steps', ${JSON.stringify(someSteps())}::jsonb,
        'verification', null, 'evidenceBundle', null,
        'review', case when n % 50 = 0 then jsonb_build_object('reasons', '["sampled"]'::jsonb, 'decision', case when n > ${rows} - 20000 then 'due' else 'agree' end) end),
      '{"operations": []}'
    from (select n, 'ns-' || floor(power(random(), 3) * 300)::int as ns,
        now() - (${rows} - n) * interval '365 days' / ${rows} as at from generate_series(${first}::int, ${last}::int) n) generated`.execute(
    db,
  )
}

/** About as large as two real writes with their answers. */
function someSteps() {
  return ['Create the policy', 'Label the pod', 'Verify the effect'].map((title, i) => ({
    id: `step-${i}`,
    title,
    state: 'done',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:00.100Z',
    detail: 'The API server answered 201.',
    request: {
      method: 'POST',
      path: '/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies',
      body: { spec: 'x'.repeat(300) },
    },
    response: { status: 201, body: { metadata: 'y'.repeat(300) } },
  }))
}

function queries(): [string, Query][] {
  const day = 24 * 60 * 60_000
  const ago = (days: number) => new Date(Date.now() - days * day).toISOString()
  const filters: [string, Query][] = [
    ['none', {}],
    ['type, common', { type: ['isolate-pod'] }],
    ['type, rare', { type: ['resume-workload'] }],
    ['state, common', { state: ['released'] }],
    ['state, rare', { state: ['pending-approval'] }],
    ['states in force', { state: ['requested', 'applied', 'verified', 'partly', 'not-verified', 'broken'] }],
    ['source', { source: ['api'] }],
    ['source, none', { source: ['hunting'] }],
    ['cluster, common', { cluster: ['cluster-0'] }],
    ['cluster, rare', { cluster: ['cluster-19'] }],
    ['cluster, unknown', { cluster: ['nowhere'] }],
    ['namespace, common', { namespace: ['ns-0'] }],
    ['namespace, rare', { namespace: ['ns-299'] }],
    ['two namespaces', { namespace: ['ns-7', 'ns-299'] }],
    ['who, rare', { requestedBy: ['user-99'] }],
    ['incident', { incidentId: [777] }],
    ['target', { target: 'pod:c/ns-0/web-777' }],
    ['day', { from: ago(1) }],
    ['quarter a year ago', { from: ago(360), to: ago(270) }],
    ['review due', { review: ['due'] }],
    ['search, pod', { search: 'web-4711' }],
    ['search, words', { search: 'coin miner' }],
    ['search, common', { search: 'contained' }],
    ['search, nothing', { search: 'no such thing' }],
    ['search, two letters', { search: 'zq' }],
    ['search, two letters, common', { search: 'we' }],
    ['search and cluster', { search: 'web-47', cluster: ['cluster-19'] }],
    ['namespace and state', { namespace: ['ns-299'], state: ['failed'] }],
    ['cluster, type and time', { cluster: ['cluster-3'], type: ['isolate-pod'], from: ago(30) }],
  ]
  const sorted = (['updatedAt', 'type', 'state', 'cluster', 'requestedBy'] as const).flatMap(
    (sort): [string, Query][] => [
      [`by ${sort}`, { sort, dir: 'asc' }],
      [`by ${sort}, one namespace`, { sort, namespace: ['ns-0'] }],
      [`by ${sort}, one type`, { sort, type: ['isolate-pod'] }],
      [`by ${sort}, one cluster, rare`, { sort, cluster: ['cluster-19'] }],
    ],
  )
  return [...filters, ...sorted]
}

/** First page, and one as deep as one page further; with the total, as the page asks for both. */
async function time(db: Db, asked: z.output<typeof ActionQuery>): Promise<number[]> {
  const query = { ...asked, scope: everything }
  const times: number[] = []
  for (let i = 0; i < rounds; i += 1) {
    const began = performance.now()
    const [page] = await Promise.all([selectActions(db, query, 51).execute(), countActions(db, query)])
    times.push(performance.now() - began)
    const last = page.at(-1)
    if (last && i % 3 === 0) {
      const next = performance.now()
      await selectActions(db, { ...query, cursor: cursorAfter(query, last) }, 51).execute()
      times.push(performance.now() - next)
    }
  }
  return times
}
