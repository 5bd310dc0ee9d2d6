import { type Severity, type SummarisedAlert, summariseIncident } from '@cordon/incidents'
import type { Tx } from './commit.ts'
import { toJsonb } from './storable.ts'

/**
 * Works the columns of an incident out anew from its alerts, after one was added, changed or moved. A name or severity
 * that a person chose stays. Raises the version. Returns the name it has now.
 */
export async function refreshIncident(tx: Tx, id: number): Promise<string> {
  const incident = await tx.selectFrom('incidents').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const rows = await tx
    .selectFrom('alerts')
    .select(['rule_id', 'title', 'severity', 'status', 'tier', 'tactics', 'techniques', 'cluster', 'namespace'])
    .select(['evidence', 'first_activity', 'last_activity', 'detection_source'])
    .where('incident_id', '=', id)
    .execute()
  const [first, ...others] = rows.map((row): SummarisedAlert => ({
    ruleId: row.rule_id,
    title: row.title,
    severity: row.severity as Severity,
    status: row.status as SummarisedAlert['status'],
    tier: row.tier as SummarisedAlert['tier'],
    tactics: row.tactics,
    techniques: row.techniques,
    cluster: row.cluster,
    namespace: row.namespace,
    evidence: row.evidence as SummarisedAlert['evidence'],
    firstActivity: row.first_activity.toISOString(),
    lastActivity: row.last_activity.toISOString(),
  }))
  if (!first) return incident.name
  const facts = summariseIncident(
    [first, ...others],
    incident.severity_is_custom ? (incident.severity as Severity) : undefined,
  )
  const name = incident.name_is_custom ? incident.name : facts.name
  await tx
    .updateTable('incidents')
    .set({
      name,
      severity: facts.severity,
      priority_score: facts.priorityScore,
      priority_factors: toJsonb(facts.priorityFactors),
      categories: facts.categories,
      clusters: facts.clusters,
      namespaces: facts.namespaces,
      detection_sources: [...new Set(rows.map((row) => row.detection_source))].toSorted(),
      impacted_assets: toJsonb(facts.impactedAssets),
      active_alerts: facts.activeAlerts,
      total_alerts: facts.totalAlerts,
      first_activity: new Date(facts.firstActivity),
      last_activity: new Date(facts.lastActivity),
      updated_at: new Date(),
      version: incident.version + 1,
    })
    .where('id', '=', id)
    .execute()
  return name
}
