/** metav1.LabelSelector as stored. */
export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

/** True when the labels meet the selector; an empty selector selects everything, none selects nothing. */
export function selects(
  selector: LabelSelector | undefined | null,
  labels: Record<string, string> | undefined,
): boolean {
  if (!selector) return false
  const have = labels ?? {}
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (have[key] !== value) return false
  return (selector.matchExpressions ?? []).every((rule) => meets(rule, have))
}

/** A requirement of a label selector or of node affinity (`Gt`, `Lt` are for nodes only). */
export function meets(
  rule: { key: string; operator: string; values?: string[] },
  labels: Record<string, string>,
): boolean {
  const value = labels[rule.key]
  switch (rule.operator) {
    case 'In':
      return value !== undefined && (rule.values ?? []).includes(value)
    case 'NotIn':
      return value === undefined || !(rule.values ?? []).includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(rule.values?.[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(rule.values?.[0])
    default:
      return false
  }
}

/** True when a plain map selector (Service, ReplicationController) selects the labels. */
export function mapSelects(selector: Record<string, string> | undefined, labels: Record<string, string> | undefined) {
  const wanted = Object.entries(selector ?? {})
  return wanted.length > 0 && wanted.every(([key, value]) => labels?.[key] === value)
}
