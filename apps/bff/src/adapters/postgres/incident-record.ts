import { type Action, containmentStateOf } from '@cordon/response'
import type { Alert, Incident, IncidentSummary } from '@cordon/incidents'
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely'
import type { Tx } from './commit.ts'
import type { Database } from './schema.ts'

export type IncidentRow = Selectable<Database['incidents']>
export type AlertRow = Selectable<Database['alerts']>

type NewIncident = Pick<Insertable<Database['incidents']>, 'name' | 'severity' | 'first_activity' | 'last_activity'> &
  Partial<Insertable<Database['incidents']>>

/** Opens an incident on which nobody has worked yet. What its alerts tell is worked out when they are in it. */
export async function insertIncident(tx: Tx, incident: NewIncident): Promise<number> {
  const { id } = await tx
    .insertInto('incidents')
    .values({
      priority_factors: '[]',
      impacted_assets: '[]',
      assigned_to: null,
      classification: null,
      determination: null,
      resolution_note: null,
      redirected_to: null,
      ...incident,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** A row of the queue as the contract names it. Values come from our own writes, so casts only restate their words. */
export function incidentSummary(row: IncidentRow, containment: IncidentSummary['containment']): IncidentSummary {
  return {
    id: row.id,
    name: row.name,
    severity: row.severity as IncidentSummary['severity'],
    status: row.status as IncidentSummary['status'],
    priorityScore: row.priority_score,
    assignedTo: row.assigned_to,
    classification: row.classification as IncidentSummary['classification'],
    determination: row.determination as IncidentSummary['determination'],
    tags: row.tags,
    categories: row.categories,
    clusters: row.clusters,
    namespaces: row.namespaces,
    serviceSources: ['Cordon'],
    detectionSources: row.detection_sources,
    impactedAssets: row.impacted_assets,
    containment,
    activeAlerts: row.active_alerts,
    totalAlerts: row.total_alerts,
    firstActivity: row.first_activity.toISOString(),
    lastActivity: row.last_activity.toISOString(),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    redirectedTo: row.redirected_to,
    ...(row.hidden ? { hidden: true } : {}),
  }
}

/**
 * What is in force, on the way or run out on pods and workloads that these incidents name, per incident. What ended
 * otherwise isn't listed.
 */
export async function containmentOf(
  db: Kysely<Database>,
  incidents: readonly number[],
): Promise<Map<number, IncidentSummary['containment']>> {
  const found = new Map<number, IncidentSummary['containment']>()
  if (incidents.length === 0) return found
  const rows = await db
    .selectFrom('actions')
    .innerJoin('alert_entities', 'alert_entities.entity_key', 'actions.target_key')
    .select(['alert_entities.incident_id', 'actions.id', 'type', 'requested_at', 'target_key', 'target_uid'])
    .select(['target_name', 'actions.namespace', 'state'])
    .distinct()
    .where('state', 'not in', ['pending-approval', 'rejected', 'cancelled', 'failed'])
    .where('alert_entities.incident_id', 'in', [...incidents])
    // A pod's name may have been given to another pod since: the uid decides where the alert told it.
    .where(sql<boolean>`coalesce(alert_entities.uid, target_uid) = target_uid`)
    .orderBy('target_key')
    .orderBy('requested_at')
    .orderBy('actions.id')
    .execute()
  for (const group of Map.groupBy(rows, (r) => `${r.incident_id} ${r.target_uid}`).values()) {
    const [row] = group
    const said = containmentStateOf(
      group.map((r) => ({ type: r.type as Action['type'], state: r.state as Action['state'] })), // written by the action store only
    )
    if (!row || !said || said.state === 'gone') continue
    const list = found.get(row.incident_id) ?? []
    list.push({ key: row.target_key, name: `${row.namespace}/${row.target_name}`, state: said.state })
    found.set(row.incident_id, list)
  }
  return found
}

export function alertRecord(row: AlertRow): Alert {
  return {
    id: row.id,
    incidentId: row.incident_id,
    ruleId: row.rule_id,
    title: row.title,
    description: row.description,
    severity: row.severity as Alert['severity'],
    status: row.status as Alert['status'],
    tier: row.tier as Alert['tier'],
    serviceSource: 'Cordon',
    detectionSource: row.detection_source as Alert['detectionSource'],
    tactics: row.tactics,
    techniques: row.techniques,
    cluster: row.cluster,
    namespace: row.namespace,
    firstActivity: row.first_activity.toISOString(),
    lastActivity: row.last_activity.toISOString(),
    createdAt: row.created_at.toISOString(),
    occurrences: row.occurrences,
    correlation: row.correlation as Alert['correlation'],
    evidence: row.evidence as Alert['evidence'],
    relations: row.relations as Alert['relations'],
    events: row.events as Alert['events'],
    response: row.response,
    falsePositives: row.false_positives,
    ...(row.tuning ? { tuning: row.tuning } : {}),
    ...(row.origin ? { origin: row.origin } : {}),
    ...(row.hunt ? { hunt: row.hunt } : {}),
  }
}

const mostAlerts = 1000
const mostActivities = 2000

/** One incident with its alerts in the order they began and its log, newest first; undefined when there is none. */
export async function readIncident(db: Kysely<Database>, id: number): Promise<Incident | undefined> {
  const row = await db.selectFrom('incidents').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) return undefined
  const [containment, alerts, activities] = await Promise.all([
    containmentOf(db, [id]),
    db
      .selectFrom('alerts')
      .selectAll()
      .where('incident_id', '=', id)
      .orderBy('first_activity')
      .orderBy('created_at')
      .limit(mostAlerts)
      .execute(),
    db
      .selectFrom('activities')
      .selectAll()
      .where('incident_id', '=', id)
      .orderBy('id', 'desc')
      .limit(mostActivities)
      .execute(),
  ])
  return {
    ...incidentSummary(row, containment.get(id) ?? []),
    version: row.version,
    priorityFactors: row.priority_factors,
    resolutionNote: row.resolution_note,
    alerts: alerts.map(alertRecord),
    activities: activities.map((activity) => ({
      id: String(activity.id),
      at: activity.at.toISOString(),
      actor: activity.actor,
      kind: activity.kind,
      text: activity.text,
      from: activity.from_value,
      to: activity.to_value,
    })),
  }
}
