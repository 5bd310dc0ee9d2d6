import { Evidence, Relation } from '@cordon/entities'
import { z } from 'zod'
import { AlertOrigin, DetectionSource, DetectionTier, LinkedHunt, Severity, SourceEvent } from './alert.ts'

/** Status words of the queue: New, In progress, Resolved; `redirected` = merged into another incident. */
export const IncidentStatus = z.enum(['new', 'in-progress', 'resolved', 'redirected'])
export type IncidentStatus = z.infer<typeof IncidentStatus>

export const AlertStatus = z.enum(['new', 'in-progress', 'resolved'])
export type AlertStatus = z.infer<typeof AlertStatus>

export const Classification = z.enum(['true-positive', 'informational-expected-activity', 'false-positive'])
export type Classification = z.infer<typeof Classification>

export const Determination = z.enum([
  'multi-staged-attack',
  'malicious-user-activity',
  'compromised-account',
  'malware',
  'phishing',
  'unwanted-software',
  'security-testing',
  'line-of-business-application',
  'confirmed-activity',
  'not-malicious',
  'not-enough-data-to-validate',
  'other',
])
export type Determination = z.infer<typeof Determination>

/** Why an alert belongs to its incident, after Microsoft Graph's correlationReason. */
export const CorrelationReason = z.object({
  code: z.enum([
    'first-alert',
    'repeated-alert-occurrence',
    'same-asset',
    'same-actor',
    'shared-indicators',
    'event-sequence',
    'lateral-movement-path',
    'manual',
  ]),
  /** In words, naming the shared entity: “same pod shop/web-1”. */
  text: z.string(),
})
export type CorrelationReason = z.infer<typeof CorrelationReason>

/** What a tuning rule or maintenance window did to an alert. */
export const AlertTuning = z.object({
  /** Id of the rule; it may have been deleted since. */
  rule: z.string(),
  name: z.string(),
  action: z.enum(['hide', 'resolve', 'lower']),
  /** What the detection rule had given. */
  severity: Severity,
})
export type AlertTuning = z.infer<typeof AlertTuning>

export const Alert = z.object({
  id: z.string(),
  incidentId: z.number().int(),
  ruleId: z.string(),
  title: z.string(),
  description: z.string(),
  severity: Severity,
  status: AlertStatus,
  tier: DetectionTier,
  serviceSource: z.literal('Cordon'),
  detectionSource: DetectionSource,
  tactics: z.array(z.string()),
  techniques: z.array(z.string()),
  cluster: z.string(),
  namespace: z.string().nullable(),
  firstActivity: z.iso.datetime(),
  lastActivity: z.iso.datetime(),
  createdAt: z.iso.datetime(),
  occurrences: z.number().int(),
  correlation: CorrelationReason,
  evidence: z.array(Evidence),
  relations: z.array(Relation),
  /** Newest source events first; at most 50 are kept, `occurrences` counts them all. */
  events: z.array(SourceEvent),
  response: z.array(z.string()),
  falsePositives: z.array(z.string()),
  /** Set when a tuning rule changed it; with action `hide` only lists that ask for hidden alerts show it. */
  tuning: AlertTuning.nullish(),
  origin: AlertOrigin.nullish(),
  /** Set when a person linked it from a hunt. */
  hunt: LinkedHunt.nullish(),
})
export type Alert = z.infer<typeof Alert>

/** A row of the incident queue. */
export const IncidentSummary = z.object({
  id: z.number().int(),
  name: z.string(),
  severity: Severity,
  status: IncidentStatus,
  priorityScore: z.number().int().min(0).max(100),
  assignedTo: z.string().nullable(),
  classification: Classification.nullable(),
  determination: Determination.nullable(),
  tags: z.array(z.string()),
  categories: z.array(z.string()),
  clusters: z.array(z.string()),
  namespaces: z.array(z.string()),
  serviceSources: z.array(z.string()),
  detectionSources: z.array(z.string()),
  /** Impacted assets: the pods, workloads, nodes and clusters with a role other than contextual, most severe first. */
  impactedAssets: z.array(z.object({ key: z.string(), kind: z.string(), name: z.string() })),
  /** Pods of this incident that are isolated now, with the state their containment was last found in. */
  containment: z.array(z.object({ key: z.string(), name: z.string(), state: z.string() })),
  activeAlerts: z.number().int(),
  totalAlerts: z.number().int(),
  firstActivity: z.iso.datetime(),
  lastActivity: z.iso.datetime(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  redirectedTo: z.number().int().nullable(),
  /** It holds an alert that a tuning rule hid. */
  hidden: z.boolean().optional(),
})
export type IncidentSummary = z.infer<typeof IncidentSummary>

/** One line of an incident's activity log: a change by a person or the system, or a comment. */
export const Activity = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  actor: z.string(),
  /** E.g. `comment`, `status`, `assigned`, `alert-added`, `action`. */
  kind: z.string(),
  text: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
})
export type Activity = z.infer<typeof Activity>

export const Incident = IncidentSummary.extend({
  /** Raised by every change; send it with an update to be told when someone else was faster. */
  version: z.number().int().optional(),
  priorityFactors: z.array(z.object({ text: z.string(), points: z.number() })),
  resolutionNote: z.string().nullable(),
  alerts: z.array(Alert),
  activities: z.array(Activity),
})
export type Incident = z.infer<typeof Incident>
