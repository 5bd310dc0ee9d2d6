import type { Evidence, Relation } from '@cordon/entities'
import type { Severity, Tier } from './pack-rule.ts'

/** The stored event behind a match, findable in the hunting tables. */
export interface SourceEvent {
  table: 'CloudAuditEvents' | 'CloudProcessEvents'
  id: string
  auditId?: string
  /** ISO 8601. */
  time: string
  /** The request or the command line, secrets replaced. */
  summary: string
}

/**
 * A rule that matched, as `Detection` of the incidents package takes it. Repeats with the same `dedupeKey` within the
 * rule's `dedupeWindowMs` belong to one alert.
 */
export interface RuleMatch {
  ruleId: string
  title: string
  description: string
  severity: Severity
  tier: Tier
  tactics: string[]
  techniques: string[]
  cluster: string
  namespace?: string
  /** Epoch milliseconds. */
  time: number
  dedupeKey: string
  evidence: Evidence[]
  relations: Relation[]
  events: SourceEvent[]
  response: string[]
  falsePositives: string[]
}
