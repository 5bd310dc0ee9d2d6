import { Evidence, Relation } from '@cordon/entities'
import { z } from 'zod'

export const Severity = z.enum(['high', 'medium', 'low', 'informational'])
export type Severity = z.infer<typeof Severity>

/** Where an alert was raised: by audit events, by events inside containers, or by events of the node. */
export const DetectionTier = z.enum(['control-plane', 'workload-runtime', 'host'])
export type DetectionTier = z.infer<typeof DetectionTier>

/** The stored event that raised an alert, findable in the hunting tables. */
export const SourceEvent = z.object({
  table: z.enum(['CloudAuditEvents', 'CloudProcessEvents']),
  /** ReportId in the table: `<auditID>/<stage>` or the sensor's event id. */
  id: z.string(),
  /** Set for audit events. */
  auditId: z.string().optional(),
  time: z.iso.datetime(),
  /** One line that shows what happened: the request or the command line, secrets redacted. */
  summary: z.string(),
})
export type SourceEvent = z.infer<typeof SourceEvent>

/**
 * What detection hands over when a rule matched, before it is stored. Repeats with the same `dedupeKey` within the
 * rule's window become further occurrences of one alert.
 */
export const Detection = z.object({
  ruleId: z.string(),
  title: z.string(),
  description: z.string(),
  severity: Severity,
  tier: DetectionTier,
  /** ATT&CK tactic names in kebab case (`privilege-escalation`) and technique ids (`T1611`). */
  tactics: z.array(z.string()),
  techniques: z.array(z.string()),
  cluster: z.string(),
  namespace: z.string().optional(),
  /** Epoch milliseconds of the event. */
  time: z.number(),
  /** Which source sent the event, e.g. `falco`; undefined for what Cordon found itself. */
  source: z.string().optional(),
  dedupeKey: z.string(),
  evidence: z.array(Evidence),
  relations: z.array(Relation),
  events: z.array(SourceEvent),
  /** What to do, as short steps in the order to take them. */
  response: z.array(z.string()),
  falsePositives: z.array(z.string()),
})
export type Detection = z.infer<typeof Detection>
