import { Evidence, Relation } from '@cordon/entities'
import { z } from 'zod'

export const Severity = z.enum(['high', 'medium', 'low', 'informational'])
export type Severity = z.infer<typeof Severity>

/** Where an alert was raised: by audit events, by events inside containers, or by events of the node. */
export const DetectionTier = z.enum(['control-plane', 'workload-runtime', 'host'])
export type DetectionTier = z.infer<typeof DetectionTier>

/** What raised an alert: Cordon's rules on events of containers and clusters, a query that people wrote, or people by hand. */
export const DetectionSource = z.enum(['Containers', 'Custom detection', 'Manual'])
export type DetectionSource = z.infer<typeof DetectionSource>

/** The custom detection that raised an alert, and the query with the span in which its rows are found again. */
export const AlertOrigin = z.object({
  customDetection: z.string(),
  name: z.string(),
  query: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
})
export type AlertOrigin = z.infer<typeof AlertOrigin>

/** The hunt whose rows a person linked to an incident, with the rows as they were then. */
export const LinkedHunt = z.object({
  query: z.string(),
  /** The span it was asked for; null = open. */
  from: z.iso.datetime().nullable(),
  to: z.iso.datetime().nullable(),
  rows: z.array(z.record(z.string(), z.unknown())),
  by: z.string(),
})
export type LinkedHunt = z.infer<typeof LinkedHunt>

/** The stored event that raised an alert, findable in the hunting tables. */
export const SourceEvent = z.object({
  table: z.enum(['CloudAuditEvents', 'CloudProcessEvents', 'QueryResult']),
  /** ReportId in the table: `<auditID>/<stage>` or the sensor's event id. For a row of a query: what tells it apart. */
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
  /** `Containers` where left out. */
  detectionSource: DetectionSource.optional(),
  origin: AlertOrigin.optional(),
  /** For how long repeats are further occurrences of one alert, where the rule pack doesn't say it. */
  repeatWindowMs: z.number().optional(),
})
export type Detection = z.infer<typeof Detection>
