import type { Alert } from './incident.ts'
import { shortName } from './correlation.ts'
import { sortTactics, tacticWords } from './tactics.ts'

export type NamedAlert = Pick<Alert, 'title' | 'tactics' | 'techniques' | 'cluster' | 'evidence' | 'severity'>

// Techniques that say in a word what an attack is about, the gravest first.
const headlines: [technique: string, words: string][] = [
  ['T1496', 'Crypto mining'],
  ['T1611', 'Escape to the host'],
]
// A way in that is also a way to do everything else: what it was used for is what happened.
const webShell = 'T1505.003'
const meansOnly = ['initial-access', 'execution', 'persistence']
const subjects = ['pod', 'workload', 'node', 'service-account', 'user'] as const
const prefix = { pod: 'pod', workload: 'workload', node: 'node', 'service-account': 'service account', user: 'user' }
const longest = 300

/**
 * What happened and where, in one line: “Crypto mining in pod shop/web-1 on aks-prod”, “Web shell used for discovery and
 * credential access in pod shop/web-1 on aks-prod”, “Multi-stage attack: execution, credential access on pod shop/web-1 on
 * aks-prod”, “Cluster-admin role bound: user bob on aks-prod”.
 */
export function nameIncident(alerts: readonly NamedAlert[]): string {
  const where = place(alerts)
  const techniques = new Set(alerts.flatMap((alert) => alert.techniques.map((t) => t.split('.')[0] ?? t)))
  const headline = headlines.find(([technique]) => techniques.has(technique))?.[1]
  if (headline) return cut(`${headline} in ${where}`)
  const titles = new Set(alerts.map((alert) => alert.title))
  const tactics = sortTactics(alerts.flatMap((alert) => alert.tactics))
  const used = tactics.filter((tactic) => !meansOnly.includes(tactic))
  if (titles.size > 1 && used.length > 0 && alerts.some((alert) => alert.techniques.includes(webShell)))
    return cut(`Web shell used for ${listed(used)} in ${where}`)
  if (titles.size > 1 && tactics.length > 1) {
    return cut(`Multi-stage attack: ${listed(tactics)} on ${where}`)
  }
  const gravest = alerts.find((alert) => alert.severity === 'high') ?? alerts[0]
  return cut(`${gravest?.title ?? 'Incident'}: ${where}`)
}

function listed(tactics: readonly string[]): string {
  const more = tactics.length - 3
  return `${tactics.slice(0, 3).map(tacticWords).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const gravity = { high: 8, medium: 4, low: 2, informational: 1 }

/** The asset that most and the gravest alerts name, pods first, and how many more of its kind. */
function place(alerts: readonly NamedAlert[]): string {
  const clusters = [...new Set(alerts.map((alert) => alert.cluster))].toSorted()
  const on = clusters.length > 1 ? `${clusters.length} clusters` : (clusters[0] ?? 'unknown cluster')
  for (const kind of subjects) {
    const weight = new Map<string, number>()
    for (const { evidence, severity } of alerts)
      for (const { key, kind: its, role } of evidence)
        if (its === kind && role !== 'contextual')
          weight.set(
            key,
            (weight.get(key) ?? 0) + gravity[severity] * (role === 'compromised' || role === 'attacked' ? 2 : 1),
          )
    const [first, ...others] = [...weight].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    if (!first) continue
    const more = others.length > 0 ? ` and ${others.length} more` : ''
    return `${prefix[kind]} ${shortName(first[0])}${more} on ${on}`
  }
  return on
}

function cut(name: string): string {
  return name.length > longest ? `${name.slice(0, longest - 1)}…` : name
}
