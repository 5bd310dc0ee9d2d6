import type { Output } from '@cordon/contract'
import { classificationLabels, severityLabels, statusLabels, tacticWords } from '@cordon/incidents'
import type { Scope } from '@cordon/rbac'
import { type Kysely, sql } from 'kysely'
import { incidentWithinScope, withinScope } from '../../adapters/postgres/scope-condition.ts'
import type { Database } from '../../adapters/postgres/schema.ts'

type Facet = { value: string; label: string; count: number }[]

/** Values and counts for the filters of the queue, over everything that wasn't merged away. */
export async function countFacets(db: Kysely<Database>, scope: Scope): Promise<Output<'incidentFacets'>> {
  const seen = incidentWithinScope(scope)
  const one = async (column: string, labels: Record<string, string> = {}, none?: string): Promise<Facet> => {
    const { rows } = await sql<{ value: string | null; count: number }>`
      select ${sql.ref(column)} as value, count(*) as count from incidents
      where not hidden and ${seen} and ${column === 'status' ? sql`true` : sql`status <> 'redirected'`} group by 1 order by 2 desc, 1`.execute(
      db,
    )
    return rows.flatMap(({ value, count }) => {
      if (value === null) return none ? [{ value: 'none', label: none, count }] : []
      return [{ value, label: labels[value] ?? value, count }]
    })
  }
  const each = async (column: string, label: (value: string) => string = (value) => value): Promise<Facet> => {
    const { rows } = await sql<{ value: string; count: number }>`
      select value, count(*) as count from incidents, unnest(${sql.ref(column)}) as value
      where not hidden and ${seen} and status <> 'redirected' group by 1 order by 2 desc, 1 limit 500`.execute(db)
    return rows.map(({ value, count }) => ({ value, label: label(value), count }))
  }
  const { count } = await db
    .selectFrom('incidents')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('status', '!=', 'redirected')
    .where('hidden', '=', false)
    .where(seen)
    .executeTakeFirstOrThrow()
  return {
    status: await one('status', statusLabels),
    severity: await one('severity', severityLabels),
    serviceSource: [{ value: 'Cordon', label: 'Cordon', count }],
    detectionSource: await each('detection_sources', (value) => `Cordon > ${value}`),
    cluster: await each('clusters'),
    namespace: await each('namespaces'),
    assignedTo: await one('assigned_to', {}, 'Unassigned'),
    tag: await each('tags'),
    category: await each('categories', (tactic) => capital(tacticWords(tactic))),
    classification: await one('classification', classificationLabels, 'Not set'),
  }
}

/** Alerts received and incidents created per hour (UTC), oldest first, hours without any included. */
export async function countTrend(db: Kysely<Database>, hours: number, scope: Scope): Promise<Output<'incidentTrend'>> {
  const { rows } = await sql<{ start: Date; alerts: number; incidents: number }>`
    with bucket as (
      select generate_series(date_trunc('hour', now()) - make_interval(hours => ${hours - 1}), date_trunc('hour', now()), '1 hour') as start
    )
    select start,
      (select count(*) from alerts where not hidden and ${withinScope(scope, 'alerts')} and created_at >= start and created_at < start + interval '1 hour') as alerts,
      (select count(*) from incidents where not hidden and ${incidentWithinScope(scope)} and created_at >= start and created_at < start + interval '1 hour') as incidents
    from bucket order by start`.execute(db)
  return { buckets: rows.map((row) => ({ ...row, start: row.start.toISOString() })) }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
