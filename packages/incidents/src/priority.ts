import type { Severity } from './alert.ts'
import type { Alert } from './incident.ts'
import { sortTactics } from './tactics.ts'

export interface PriorityFactor {
  text: string
  points: number
}

type Scored = Pick<
  Alert,
  'ruleId' | 'title' | 'severity' | 'tactics' | 'techniques' | 'namespace' | 'evidence' | 'tier'
>

const basis: Record<Severity, number> = { high: 45, medium: 25, low: 10, informational: 2 }
// Techniques after which more than the one container is at stake, with the words of the factor.
const grave: [technique: string, text: string][] = [
  ['T1611', 'Reaches for the host of the container'],
  ['T1496', 'Uses resources of the cluster for the attacker'],
  ['T1098', 'Grants itself rights'],
  ['T1552', 'Takes credentials'],
  ['T1528', 'Takes access tokens'],
]
const most = 100

/**
 * Which incident to take first, 0–100, and why. The score is the sum of the factors, cut at 100; bands of the queue:
 * above 85 top, below 15 low.
 */
export function prioritise(
  alerts: readonly Scored[],
  severity: Severity,
): { score: number; factors: PriorityFactor[] } {
  const factors: PriorityFactor[] = [{ text: `Severity ${severity}`, points: basis[severity] }]
  const tactics = sortTactics(alerts.flatMap((alert) => alert.tactics))
  if (tactics.length > 1)
    factors.push({ text: `${tactics.length} stages of an attack`, points: Math.min(20, (tactics.length - 1) * 5) })
  const rules = new Set(alerts.map((alert) => alert.ruleId)).size
  if (rules > 1) factors.push({ text: `${rules} different detections agree`, points: Math.min(12, (rules - 1) * 3) })
  const techniques = new Set(alerts.flatMap((alert) => alert.techniques.map((t) => t.split('.')[0])))
  for (const [technique, text] of grave) if (techniques.has(technique)) factors.push({ text, points: 6 })
  if (alerts.some((alert) => alert.namespace === 'kube-system'))
    factors.push({ text: 'Touches kube-system', points: 8 })
  const assets = new Set(
    alerts.flatMap((alert) =>
      alert.evidence
        .filter(({ kind, role }) => role !== 'contextual' && (kind === 'pod' || kind === 'node'))
        .map(({ key }) => key),
    ),
  ).size
  if (assets > 1) factors.push({ text: `${assets} pods and nodes involved`, points: Math.min(10, (assets - 1) * 3) })
  const tiers = new Set(alerts.map((alert) => alert.tier)).size
  if (tiers > 1) factors.push({ text: 'Seen by the API server and inside containers', points: 5 })
  const sum = factors.reduce((total, factor) => total + factor.points, 0)
  return { score: Math.min(most, sum), factors }
}
