import { isLimited, type Scope } from '@cordon/rbac'
import { type RawBuilder, sql, type SqlBool } from 'kysely'

/** Rows with `cluster` and `namespace` that a scope covers; the same rule as `covers`. `table` is a name of ours. */
export function withinScope(scope: Scope, table: 'alerts' | 'actions' | 'entities' | 'own'): RawBuilder<SqlBool> {
  const { clusters, namespaces } = scope
  if (!isLimited(scope)) return sql<SqlBool>`true`
  const cluster = clusters ? sql`${sql.ref(`${table}.cluster`)} = any(${[...clusters]}::text[])` : sql`true`
  const namespace = namespaces ? sql`${sql.ref(`${table}.namespace`)} = any(${[...namespaces]}::text[])` : sql`true`
  // A missing namespace is outside, not unknown: `not` of this must find it. Neither is anything of no cluster or of ''.
  return sql<SqlBool>`coalesce(${sql.ref(`${table}.cluster`)} <> '' and ${cluster} and ${namespace}, false)`
}

/** Incidents all of whose alerts a scope covers: an incident is shown whole or not at all. */
export function incidentWithinScope(scope: Scope): RawBuilder<SqlBool> {
  if (!isLimited(scope)) return sql<SqlBool>`true`
  const own = withinScope(scope, 'own')
  return sql<SqlBool>`(exists (select 1 from alerts own where own.incident_id = incidents.id)
    and not exists (select 1 from alerts own where own.incident_id = incidents.id and not ${own}))`
}
