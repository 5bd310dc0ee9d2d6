import type { IncidentSummary } from '@cordon/incidents'
import type { Scope } from '@cordon/rbac'
import { type ExpressionBuilder, type Kysely, sql, type SqlBool } from 'kysely'
import { containmentOf, incidentSummary } from '../../adapters/postgres/incident-record.ts'
import { incidentWithinScope } from '../../adapters/postgres/scope-condition.ts'
import { containing, keyset, pageOf, severityRank } from '../../adapters/postgres/keyset.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Call } from '../../deps.ts'

type Query = Call<'incidentList'>['query']

const sortColumns = {
  updated: sql.ref('incidents.updated_at'),
  created: sql.ref('incidents.created_at'),
  severity: severityRank('incidents.severity'),
  priority: sql.ref('incidents.priority_score'),
  lastActivity: sql.ref('incidents.last_activity'),
  name: sql.ref('incidents.name'),
  id: sql.ref('incidents.id'),
}

/** A page of the queue. Incidents that were merged away are only listed when their status is asked for. */
export async function listIncidents(
  db: Kysely<Database>,
  query: Query,
  scope: Scope,
): Promise<{ items: IncidentSummary[]; nextCursor: string | null; total: number }> {
  const { sort, dir, limit, cursor } = query
  const filtered = db
    .selectFrom('incidents')
    .where((eb) => eb.and(conditions(eb, query)))
    .where(incidentWithinScope(scope))
  const value = sortColumns[sort]
  const [rows, { total }] = await Promise.all([
    keyset(filtered.selectAll(), { sort, dir, value, id: sql.ref('incidents.id'), cursor })
      .select(sql<string | number | Date>`${value}`.as('sort_value'))
      .limit(limit + 1)
      .execute(),
    filtered.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ])
  const page = pageOf(rows, limit, { sort, dir }, (row) => ({ value: row.sort_value, id: row.id }))
  const ids = page.rows.map((row) => row.id)
  const containment = await containmentOf(db, ids)
  return {
    items: page.rows.map((row) => incidentSummary(row, containment.get(row.id) ?? [])),
    nextCursor: page.nextCursor,
    total,
  }
}

function conditions(eb: ExpressionBuilder<Database, 'incidents'>, query: Query) {
  const overlap = (column: string, values: readonly string[]) =>
    sql<SqlBool>`${sql.ref(column)} && ${[...values]}::text[]`
  const orNone = (column: 'assigned_to' | 'classification', values: readonly string[]) =>
    eb.or([eb(column, 'in', [...values]), ...(values.includes('none') ? [eb(column, 'is', null)] : [])])
  const list = [
    query.status ? eb('status', 'in', query.status) : eb('status', '!=', 'redirected'),
    eb('hidden', '=', query.hidden === 'only'),
    query.severity && eb('severity', 'in', query.severity),
    query.serviceSource && sql<SqlBool>`${query.serviceSource.includes('Cordon')}::boolean`,
    query.detectionSource && overlap('detection_sources', query.detectionSource),
    query.cluster && overlap('clusters', query.cluster),
    query.namespace && overlap('namespaces', query.namespace),
    query.assignedTo && orNone('assigned_to', query.assignedTo),
    query.tag && overlap('tags', query.tag),
    query.category && overlap('categories', query.category),
    query.classification && orNone('classification', query.classification),
    query.from && eb('last_activity', '>=', new Date(query.from)),
    query.to && eb('first_activity', '<=', new Date(query.to)),
    query.search && matches(eb, query.search),
  ]
  return list.filter((condition) => condition !== undefined && condition !== '')
}

function matches(eb: ExpressionBuilder<Database, 'incidents'>, search: string) {
  const text = search.trim()
  const like = containing(text)
  const id = /^#?(\d{1,15})$/.exec(text)?.[1]
  return eb.or([
    eb('name', 'ilike', like),
    sql<SqlBool>`impacted_assets::text ilike ${like}`,
    sql<SqlBool>`array_to_string(tags, ' ') ilike ${like}`,
    ...(id ? [eb('id', '=', Number(id))] : []),
  ])
}
