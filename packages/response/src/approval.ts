import { z } from 'zod'
import { ActionType } from './action.ts'

/** When an action needs a second person. All given conditions of a rule must hold; an empty list means any. */
export const ApprovalRule = z.object({
  name: z.string().trim().min(1).max(100),
  types: z.array(ActionType).default([]),
  clusters: z.array(z.string().max(253)).max(100).default([]),
  /** Names; `*` stands for any characters. */
  namespaces: z.array(z.string().max(253)).max(100).default([]),
  /** Severities of the incident the action belongs to. */
  severities: z.array(z.enum(['high', 'medium', 'low', 'informational'])).default([]),
  /** Only from this number of targets in one request. */
  minTargets: z.number().int().min(1).max(100).default(1),
})
export type ApprovalRule = z.infer<typeof ApprovalRule>

/** Settings of approval and review. Without rules nobody has to wait. */
export const ResponsePolicy = z.object({
  rules: z.array(ApprovalRule).max(50).default([]),
  /** Share of other actions that are picked for review, in percent. */
  reviewSamplePercent: z.number().int().min(0).max(100).default(0),
})
export type ResponsePolicy = z.infer<typeof ResponsePolicy>

export const defaultResponsePolicy: ResponsePolicy = { rules: [], reviewSamplePercent: 0 }

export interface ApprovalQuestion {
  type: ActionType
  cluster: string
  namespace: string
  severity: ApprovalRule['severities'][number] | null
  targets: number
}

/** In words, which rule asks for a second person; null = nobody has to wait. */
export function approvalReason(policy: ResponsePolicy, q: ApprovalQuestion): string | null {
  const rule = policy.rules.find((r) => applies(r, q))
  if (!rule) return null
  const because = [
    rule.types.length > 0 ? 'this type of action' : '',
    rule.namespaces.length > 0 ? `namespace ${q.namespace}` : '',
    rule.clusters.length > 0 ? `cluster ${q.cluster}` : '',
    rule.severities.length > 0 ? `severity ${q.severity}` : '',
    rule.minTargets > 1 ? `${q.targets} targets` : '',
  ].filter(Boolean)
  return `The rule “${rule.name}” asks for a second person${because.length > 0 ? ` (${because.join(', ')})` : ''}.`
}

function applies(rule: ApprovalRule, q: ApprovalQuestion): boolean {
  const among = <T>(list: readonly T[], value: T | null) =>
    list.length === 0 || (value !== null && list.includes(value))
  return (
    among(rule.types, q.type) &&
    among(rule.clusters, q.cluster) &&
    among(rule.severities, q.severity) &&
    (rule.namespaces.length === 0 || rule.namespaces.some((n) => globMatches(n, q.namespace))) &&
    q.targets >= rule.minTargets
  )
}

/** Linear in the text: people write these patterns, and a request must not be able to make them slow. */
function globMatches(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  if (parts.length === 1) return pattern === text
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > text.length - last.length) return false
    at = found + part.length
  }
  return true
}
