import type { LabelSelector } from './cluster-view.ts'

/** Kubernetes label selector semantics; an empty selector matches everything, an absent one nothing. */
export function matches(selector: LabelSelector | undefined, labels: Record<string, string> = {}): boolean {
  if (!selector) return false
  const plain = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return plain && (selector.matchExpressions ?? []).every((e) => matchesExpression(e, labels))
}

function matchesExpression(
  e: { key: string; operator: string; values?: string[] },
  labels: Record<string, string>,
): boolean {
  const value = labels[e.key]
  switch (e.operator) {
    case 'In':
      return value !== undefined && (e.values ?? []).includes(value)
    case 'NotIn':
      return value === undefined || !(e.values ?? []).includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}

/** Label keys by which a selector picks this pod, and which the pod can therefore lose to escape it. */
export function selectingKeys(selector: LabelSelector | undefined): string[] {
  const positive = (selector?.matchExpressions ?? []).filter((e) => e.operator === 'In' || e.operator === 'Exists')
  return [...Object.keys(selector?.matchLabels ?? {}), ...positive.map((e) => e.key)]
}
