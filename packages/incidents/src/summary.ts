import type { Severity } from './alert.ts'
import type { Alert, IncidentSummary } from './incident.ts'
import { shortName } from './correlation.ts'
import { nameIncident } from './naming.ts'
import { prioritise, type PriorityFactor } from './priority.ts'
import { sortTactics } from './tactics.ts'

/** Gravest first. */
export const severityOrder: readonly Severity[] = ['high', 'medium', 'low', 'informational']

export type SummarisedAlert = Pick<
  Alert,
  | 'ruleId'
  | 'title'
  | 'severity'
  | 'status'
  | 'tier'
  | 'tactics'
  | 'techniques'
  | 'cluster'
  | 'namespace'
  | 'evidence'
  | 'firstActivity'
  | 'lastActivity'
>

/** What an incident's columns say, worked out from its alerts. */
export interface IncidentFacts extends Pick<
  IncidentSummary,
  | 'name'
  | 'severity'
  | 'priorityScore'
  | 'categories'
  | 'clusters'
  | 'namespaces'
  | 'impactedAssets'
  | 'activeAlerts'
  | 'totalAlerts'
  | 'firstActivity'
  | 'lastActivity'
> {
  priorityFactors: PriorityFactor[]
}

export function highestSeverity(severities: Iterable<Severity>): Severity {
  const present = new Set(severities)
  return severityOrder.find((severity) => present.has(severity)) ?? 'informational'
}

/** Sums up the alerts of an incident. `severity` overrides the highest of the alerts where a person chose one. */
export function summariseIncident(
  alerts: readonly [SummarisedAlert, ...SummarisedAlert[]],
  severity?: Severity,
): IncidentFacts {
  const effective = severity ?? highestSeverity(alerts.map((alert) => alert.severity))
  const { score, factors } = prioritise(alerts, effective)
  const namespaces = alerts.flatMap((alert) => (alert.namespace ? [alert.namespace] : []))
  return {
    name: nameIncident(alerts),
    severity: effective,
    priorityScore: score,
    priorityFactors: factors,
    categories: sortTactics(alerts.flatMap((alert) => alert.tactics)),
    clusters: [...new Set(alerts.map((alert) => alert.cluster))].toSorted(),
    namespaces: [...new Set(namespaces)].toSorted(),
    impactedAssets: impactedAssets(alerts),
    activeAlerts: alerts.filter((alert) => alert.status !== 'resolved').length,
    totalAlerts: alerts.length,
    firstActivity: alerts.map((alert) => alert.firstActivity).reduce((a, b) => (a < b ? a : b)),
    lastActivity: alerts.map((alert) => alert.lastActivity).reduce((a, b) => (a > b ? a : b)),
  }
}

const assetKinds = ['pod', 'workload', 'node', 'cluster']

/** Pods, workloads, nodes and clusters that the alerts name as more than context: of the gravest alerts first. */
export function impactedAssets(
  alerts: readonly Pick<SummarisedAlert, 'severity' | 'evidence'>[],
): IncidentSummary['impactedAssets'] {
  const found = new Map<string, { key: string; kind: string; name: string; rank: number }>()
  for (const alert of alerts)
    for (const { key, kind, role } of alert.evidence) {
      if (role === 'contextual' || !assetKinds.includes(kind)) continue
      const rank = severityOrder.indexOf(alert.severity) * assetKinds.length + assetKinds.indexOf(kind)
      const known = found.get(key)
      if (!known || rank < known.rank) found.set(key, { key, kind, name: shortName(key), rank })
    }
  return [...found.values()]
    .toSorted((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
    .map(({ key, kind, name }) => ({ key, kind, name }))
}
