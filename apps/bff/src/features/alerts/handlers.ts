import { type ExpressionBuilder, type Kysely, sql, type SqlBool } from 'kysely'
import { Unchanged } from '../../adapters/postgres/commit.ts'
import { alertRecord } from '../../adapters/postgres/incident-record.ts'
import { containing, keyset, pageOf, severityRank } from '../../adapters/postgres/keyset.ts'
import { withinScope } from '../../adapters/postgres/scope-condition.ts'
import { refreshIncident } from '../../adapters/postgres/refresh-incident.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Actor, Call, Deps, Handlers } from '../../deps.ts'
import type { AlertLatency } from '../../jobs/detect/alert-latency.ts'
import { Refusal } from '../../refusal.ts'
import { requirePlace } from '../../within-scope.ts'

type AlertHandlers = Pick<Handlers, 'alertList' | 'alertGet' | 'alertUpdate' | 'alertShown'>
type Query = Call<'alertList'>['query']

export function alertHandlers({ db, commit }: Deps, latency: Pick<AlertLatency, 'shown'>): AlertHandlers {
  const get = async (actor: Actor, id: string) => {
    const row = await db.selectFrom('alerts').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw new Refusal('not-found', `There is no alert ${id}.`)
    requirePlace(actor, row)
    return alertRecord(row)
  }
  return {
    alertList: ({ query, actor }) => listAlerts(db, query, actor),
    alertGet: ({ params, actor }) => get(actor, params.id),
    alertShown: async ({ body }) => latency.shown(body),

    async alertUpdate({ params, body, actor }) {
      await commit(actor, async (tx) => {
        const row = await tx.selectFrom('alerts').selectAll().where('id', '=', params.id).forUpdate().executeTakeFirst()
        if (!row) throw new Refusal('not-found', `There is no alert ${params.id}.`)
        requirePlace(actor, row)
        if (row.status === body.status) return new Unchanged(undefined)
        await tx
          .updateTable('alerts')
          .set({ status: body.status, updated_at: new Date() })
          .where('id', '=', row.id)
          .execute()
        await tx
          .insertInto('activities')
          .values({
            incident_id: row.incident_id,
            actor: actor.name,
            kind: 'alert-status',
            text: `Status of alert “${row.title}” changed`,
            from_value: row.status,
            to_value: body.status,
          })
          .execute()
        await refreshIncident(tx, row.incident_id)
        return {
          result: undefined,
          entries: [
            {
              kind: 'alert.update',
              subject: `alert:${row.id}`,
              details: { incident: row.incident_id, status: { from: row.status, to: body.status } },
            },
          ],
          changed: ['alert', 'incident'],
        }
      })
      return get(actor, params.id)
    },
  }
}

const sortColumns = {
  lastActivity: sql.ref('alerts.last_activity'),
  severity: severityRank('alerts.severity'),
  title: sql.ref('alerts.title'),
}

async function listAlerts(db: Kysely<Database>, query: Query, { scope }: Actor) {
  const { sort, dir, limit, cursor } = query
  const filtered = db
    .selectFrom('alerts')
    .where((eb) => eb.and(conditions(eb, query)))
    .where(withinScope(scope, 'alerts'))
  const value = sortColumns[sort]
  const [rows, { total }] = await Promise.all([
    keyset(filtered.selectAll(), { sort, dir, value, id: sql.ref('alerts.id'), cursor })
      .select(sql<string | number | Date>`${value}`.as('sort_value'))
      .limit(limit + 1)
      .execute(),
    filtered.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ])
  const page = pageOf(rows, limit, { sort, dir }, (row) => ({ value: row.sort_value, id: row.id }))
  return { items: page.rows.map(alertRecord), nextCursor: page.nextCursor, total }
}

function conditions(eb: ExpressionBuilder<Database, 'alerts'>, query: Query) {
  const { entity, search } = query
  const list = [
    query.status && eb('status', 'in', query.status),
    query.severity && eb('severity', 'in', query.severity),
    query.cluster && eb('cluster', 'in', query.cluster),
    query.namespace && eb('namespace', 'in', query.namespace),
    query.category && sql<SqlBool>`tactics && ${query.category}::text[]`,
    query.ruleId && eb('rule_id', 'in', query.ruleId),
    query.hidden === 'any' || query.tuning ? undefined : eb('hidden', '=', query.hidden === 'only'),
    query.tuning && eb('tuned_by', '=', query.tuning),
    query.incidentId !== undefined ? eb('incident_id', '=', query.incidentId) : undefined,
    entity &&
      eb.exists(
        eb
          .selectFrom('alert_entities')
          .select('alert_id')
          .whereRef('alert_id', '=', 'alerts.id')
          .where('entity_key', '=', entity),
      ),
    query.from && eb('last_activity', '>=', new Date(query.from)),
    query.to && eb('first_activity', '<=', new Date(query.to)),
    search && eb.or([eb('title', 'ilike', containing(search.trim())), eb('id', '=', search.trim())]),
  ]
  return list.filter((condition) => condition !== undefined && condition !== '')
}
