import type { ClusterCoverage, Coverage } from '@cordon/contract'
import { readinessOf, ruleNeeds } from '@cordon/detection'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import { readAbilities } from '../../adapters/postgres/source-abilities.ts'
import { spanMs } from '../../jobs/coverage/observe-sources.ts'
import { rhythmOf } from '../../jobs/coverage/silence.ts'
import type { RuleEngine } from '../../jobs/detect/rule-engine.ts'

const day = 24 * 60 * 60_000
const weekMs = 7 * day
const binMs = 15 * 60_000
const mostGaps = 50
/** A node of whose sensor nothing came for so long has none that works. */
const nodeSilentMs = day

type Source = Coverage['sources'][number]
type SpanRow = { cluster: string; source: string; start: Date; events: number }

/** What every source sends, how steadily and how fast, and what each cluster is missing. */
export async function readCoverage(
  db: Kysely<Database>,
  engine: Pick<RuleEngine, 'rules' | 'pack'>,
): Promise<Coverage> {
  const now = Date.now()
  const [rows, spans, latency, clusters] = await Promise.all([
    db.selectFrom('coverage').selectAll().orderBy('cluster').orderBy('source').execute(),
    db
      .selectFrom('coverage_spans')
      .selectAll()
      .where('start', '>=', new Date(now - weekMs))
      .orderBy('start')
      .execute(),
    readLatency(db),
    readClusters(db, engine),
  ])
  const bySource = Map.groupBy(spans, (row) => `${row.source} ${row.cluster}`)
  const own = (bySource.get(' ') ?? []).map((row) => row.start.getTime())
  return {
    sources: rows.map((row) => {
      const key = `${row.source} ${row.cluster}`
      return { ...sourceFacts(row), rhythm: rhythm(bySource.get(key) ?? [], own, now), latency: latency.get(key) ?? [] }
    }),
    clusters,
  }
}

function sourceFacts(row: Selectable<Database['coverage']>): Source {
  return {
    cluster: row.cluster,
    source: row.source,
    firstReceivedAt: row.first_received_at?.toISOString() ?? null,
    lastReceivedAt: row.last_received_at?.toISOString() ?? null,
    lastEventAt: row.last_event_at?.toISOString() ?? null,
    events: row.events,
    rejected: row.rejected,
    duplicates: row.duplicates,
    levels: row.levels,
  }
}

function rhythm(spans: readonly SpanRow[], own: readonly number[], now: number): Source['rhythm'] {
  const starts = spans.map((row) => row.start.getTime())
  const { habitMs, isSilent, gaps } = rhythmOf(starts, own, now)
  const activity = Array.from({ length: day / binMs }, () => 0)
  for (const { start, events } of spans) {
    const bin = activity.length - 1 - Math.floor((now - (start.getTime() + spanMs / 2)) / binMs)
    if (bin >= 0 && bin < activity.length) activity[bin] = (activity[bin] ?? 0) + events
  }
  return {
    state: isSilent ? 'silent' : 'reporting',
    habitMs,
    gaps: gaps
      .slice(-mostGaps)
      .toReversed()
      .map(({ from, to, isOurs }) => ({
        from: from.toISOString(),
        to: to.toISOString(),
        cause: isOurs ? ('cordon' as const) : ('source' as const),
      })),
    activity,
  }
}

type Latency = NonNullable<Source['latency']>

async function readLatency(db: Kysely<Database>): Promise<Map<string, Latency>> {
  const { rows } = await sql<{
    cluster: string
    source: string
    until: Latency[number]['until']
    alerts: number
    late: number
    p: number[] | null
  }>`
    select cluster, source, until, count(*) as alerts, count(*) filter (where ms > 3600000) as late,
      percentile_cont(array[0.5, 0.95, 0.99]) within group (order by ms) filter (where ms <= 3600000) as p
    from (
      select cluster, source, until, greatest(0, extract(epoch from done - event_at) * 1000)::float8 as ms
      from alerts, lateral (values ('stored', stored_at), ('told', told_at), ('shown', shown_at)) as v (until, done)
      where done is not null and source is not null and created_at > now() - interval '7 days'
    ) measured
    group by 1, 2, 3 order by 3`.execute(db)
  const found = new Map<string, Latency>()
  for (const { cluster, source, until, alerts, late, p } of rows) {
    const [p50, p95, p99] = (p ?? []).map((ms) => Math.round(ms))
    const key = `${source} ${cluster}`
    found.set(key, [
      ...(found.get(key) ?? []),
      { until, alerts, late, p50: p50 ?? null, p95: p95 ?? null, p99: p99 ?? null },
    ])
  }
  return found
}

async function readClusters(
  db: Kysely<Database>,
  engine: Pick<RuleEngine, 'rules' | 'pack'>,
): Promise<ClusterCoverage[]> {
  const [abilities, inventory, sensors] = await Promise.all([
    readAbilities(db),
    db
      .selectFrom('entities')
      .select(['cluster', 'name'])
      .where('kind', '=', 'node')
      .where('gone_at', 'is', null)
      .execute(),
    db.selectFrom('coverage_nodes').selectAll().execute(),
  ])
  const pack = engine.pack()
  const needs = engine.rules().map((rule) => ruleNeeds(rule, pack))
  return [...abilities].map(([name, seen]) => {
    const rules = { works: 0, partly: 0, unproven: 0, blind: 0 }
    for (const one of needs) rules[readinessOf(one, seen).state] += 1
    const nodes = nodesOf(
      inventory.filter((row) => row.cluster === name).map((row) => row.name),
      sensors.filter((row) => row.cluster === name),
    )
    return { name, missing: missingOf(seen, nodes), ...bodiesOf(seen), rules, nodes }
  })
}

function nodesOf(known: readonly string[], sensors: readonly Selectable<Database['coverage_nodes']>[]) {
  const names = new Set([...known, ...sensors.map((row) => row.node)])
  const since = Date.now() - nodeSilentMs
  return [...names].toSorted().flatMap((name): ClusterCoverage['nodes'] => {
    const own = sensors.filter((row) => row.node === name)
    const isSending = own.some((row) => row.last_seen.getTime() >= since)
    if (!known.includes(name) && !isSending) return [] // was replaced since
    const state = !known.includes(name)
      ? ('unknown' as const)
      : isSending
        ? ('reporting' as const)
        : ('missing' as const)
    const told = own.map(({ source, first_seen, last_seen, events }) => ({
      source,
      firstSeenAt: first_seen.toISOString(),
      lastSeenAt: last_seen.toISOString(),
      events,
    }))
    return [{ name, state, sensors: told }]
  })
}

function bodiesOf(seen: ReadonlySet<string>): Pick<ClusterCoverage, 'bodies' | 'withoutBodies'> {
  const of = (prefix: string) =>
    [...seen]
      .filter((one) => one.startsWith(prefix))
      .map((one) => one.slice(prefix.length))
      .toSorted()
  const bodies = of('body:')
  return { bodies, withoutBodies: of('no-body:').filter((name) => !bodies.includes(name)) }
}

function missingOf(seen: ReadonlySet<string>, nodes: ClusterCoverage['nodes']): string[] {
  const missing: string[] = []
  if (!seen.has('audit')) missing.push('No audit events: nothing is known of what is asked of the API server')
  if (![...seen].some((one) => one.startsWith('body:')) && seen.has('audit'))
    missing.push('Audit events without bodies (level Metadata): pods, roles and services cannot be judged')
  if (!seen.has('process')) missing.push('No process events: nothing is known of what happens inside containers')
  const silent = nodes.filter((node) => node.state === 'missing').map((node) => node.name)
  if (silent.length > 0 && seen.has('process'))
    missing.push(
      `No process events of ${silent.length} of ${nodes.length} nodes for a day: ${silent.slice(0, 5).join(', ')}`,
    )
  if (seen.has('process') && !seen.has('drift') && !seen.has('sensor-alert'))
    missing.push('The sensor does not tell whether a binary is part of the image')
  return missing
}
