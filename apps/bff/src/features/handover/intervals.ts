import type { Milestones, Percentiles } from '@cordon/contract'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Call } from '../../deps.ts'

type Query = Call<'intervalList'>['query']

interface Row {
  incident_id: number | null
  action_id: string | null
  type: string | null
  name: string
  alert_at: Date | null
  seen_at: Date | null
  seen_by: string | null
  decided_at: Date | null
  decided_by: string | null
  applied_at: Date | null
  verified_at: Date | null
  released_at: Date | null
}

const defaultDays = 30
const day = 24 * 60 * 60_000

/** The newest cases of the time with their moments, and percentiles over all of them. Times are the server's. */
export async function listIntervals(
  db: Kysely<Database>,
  query: Query,
): Promise<{ percentiles: Percentiles[]; items: Milestones[] }> {
  const cases = casesOf(query)
  const [items, percentiles] = await Promise.all([
    sql<Row>`with cases as (${cases})
      select * from cases order by coalesce(decided_at, alert_at) desc nulls last limit ${query.limit}`.execute(db),
    measure(db, query),
  ])
  return { items: items.rows.map(milestonesOf), percentiles }
}

const stretches = [
  ['alert', 'seen'],
  ['seen', 'decided'],
  ['decided', 'applied'],
  ['applied', 'verified'],
  ['verified', 'released'],
  ['alert', 'verified'],
] as const

/** Each stretch over the cases that went through both of its ends, in this order. */
export async function measure(
  db: Kysely<Database>,
  query: Pick<Query, 'from' | 'to' | 'incidentId' | 'actionId'>,
): Promise<Percentiles[]> {
  const parts = stretches.map(([from, to]) => {
    const [begin, end] = [sql.ref(`${from}_at`), sql.ref(`${to}_at`)]
    // An incident counts once for how fast it was seen, however many actions it had.
    const rows = to === 'seen' ? sql`(select distinct incident_id, alert_at, seen_at from cases) cases` : sql`cases`
    return sql`select ${from}::text as "from", ${to}::text as "to", count(*)::int as count,
      percentile_cont(array[0.5, 0.9, 0.95]) within group (order by extract(epoch from ${end} - ${begin}) * 1000) as at
      from ${rows} where ${end} >= ${begin}`
  })
  const { rows } = await sql<{ from: string; to: string; count: number; at: (number | null)[] | null }>`
    with cases as materialized (${casesOf(query)}) ${sql.join(parts, sql` union all `)}`.execute(db)
  return rows.map(({ from, to, count, at }) => ({
    from: from as Percentiles['from'],
    to: to as Percentiles['to'],
    count,
    p50: at?.[0] ?? null,
    p90: at?.[1] ?? null,
    p95: at?.[2] ?? null,
  }))
}

/** One row per action that isn't an undo, and one per incident without any. */
function casesOf({ from, to, incidentId, actionId }: Pick<Query, 'from' | 'to' | 'incidentId' | 'actionId'>) {
  const open = incidentId !== undefined || actionId !== undefined
  const begin = from ? new Date(from) : new Date(open ? 0 : Date.now() - defaultDays * day)
  const end = to ? new Date(to) : new Date(Date.now() + day)
  const ofIncident = incidentId === undefined ? sql`true` : sql`i.id = ${incidentId}`
  const ofAction = sql`${actionId === undefined ? sql`true` : sql`a.id = ${actionId}`}
    and ${incidentId === undefined ? sql`true` : sql`a.incident_id = ${incidentId}`}`
  const seen = (incident: string) =>
    sql`left join lateral (select at, account from incident_seen where incident_id = ${sql.ref(incident)}
      order by at limit 1) seen on true`
  const alert = (incident: string) =>
    sql`left join lateral (select min(created_at) as at from alerts where incident_id = ${sql.ref(incident)}) alert on true`
  return sql<Row>`
    select a.incident_id, a.id as action_id, a.type, a.namespace || '/' || a.target_name as name,
      alert.at as alert_at, seen.at as seen_at, seen.account as seen_by,
      a.requested_at as decided_at, a.requested_by as decided_by, a.applied_at, a.verified_at,
      case when a.state in ('released', 'expired') then a.ended_at end as released_at
    from actions a ${alert('a.incident_id')} ${seen('a.incident_id')}
    where a.undoes is null and a.requested_at >= ${begin} and a.requested_at < ${end} and ${ofAction}
    union all
    select i.id, null, null, i.name, alert.at, seen.at, seen.account, null, null, null, null, null
    from incidents i ${alert('i.id')} ${seen('i.id')}
    where i.status != 'redirected' and i.created_at >= ${begin} and i.created_at < ${end} and ${ofIncident}
      and ${actionId === undefined ? sql`true` : sql`false`}
      and not exists (select from actions a where a.incident_id = i.id and a.undoes is null)`
}

function milestonesOf(row: Row): Milestones {
  const iso = (at: Date | null) => at?.toISOString() ?? null
  return {
    incidentId: row.incident_id,
    actionId: row.action_id,
    type: row.type as Milestones['type'],
    name: row.name,
    alertAt: iso(row.alert_at),
    seenAt: iso(row.seen_at),
    seenBy: row.seen_by,
    decidedAt: iso(row.decided_at),
    decidedBy: row.decided_by,
    appliedAt: iso(row.applied_at),
    verifiedAt: iso(row.verified_at),
    releasedAt: iso(row.released_at),
  }
}
