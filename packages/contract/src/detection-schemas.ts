import {
  AlertStatus,
  Incident,
  Severity,
  TuningAction,
  TuningApplication,
  TuningConditions,
  TuningRule,
  TuningSchedule,
  TuningScope,
} from '@cordon/incidents'
import { z } from 'zod'
import { RuleSummary } from './records.ts'

const id = z.object({ id: z.string() })
const when = z.iso.datetime({ offset: true })
const reason = z.string().trim().min(1, 'A reason is required: it becomes part of the record.').max(2000)

/** What a person says of a tuning rule; the rest is the console's. */
export const TuningInput = z.object({
  kind: z.enum(['tuning', 'maintenance']).default('tuning'),
  name: z.string().trim().min(2).max(100),
  reason,
  action: TuningAction,
  severity: Severity.nullable().default(null),
  scope: TuningScope.prefault({}),
  conditions: TuningConditions.default({ match: 'all', groups: [] }),
  startsAt: when.nullable().default(null),
  expiresAt: when.nullable().default(null),
  schedule: TuningSchedule.nullable().default(null),
})
export type TuningInput = z.infer<typeof TuningInput>

const PreviewedAlert = z.object({
  id: z.string(),
  incidentId: z.number().int(),
  title: z.string(),
  severity: Severity,
  status: AlertStatus,
  cluster: z.string(),
  namespace: z.string().nullable(),
  lastActivity: z.iso.datetime(),
  occurrences: z.number().int(),
})

/** What a tuning rule would have done to the alerts of the last days. */
export const TuningPreview = z.object({
  /** Alerts looked at, and whether older ones were left out for their number. */
  checked: z.number().int(),
  isPartial: z.boolean(),
  alerts: z.number().int(),
  occurrences: z.number().int(),
  /** Of these, alerts that are still open. */
  open: z.number().int(),
  /** Of these, what applying it to past alerts would change now. */
  applicable: z.number().int(),
  /** Of these, alerts of incidents that were classified as true positive: a reason to narrow the rule. */
  truePositives: z.number().int(),
  bySeverity: z.record(z.string(), z.number().int()),
  /** The newest. */
  examples: z.array(PreviewedAlert),
})
export type TuningPreview = z.infer<typeof TuningPreview>

/** Where rules come from, and those that were refused, by name and line. */
export const RuleSources = z.object({
  folders: z.array(z.string()),
  loadedAt: z.iso.datetime(),
  problems: z.array(z.object({ file: z.string(), line: z.number().int(), rule: z.string(), message: z.string() })),
  /** Alerts that need data no source of audit or process events sends. */
  outOfReach: z.array(z.object({ title: z.string(), needs: z.string(), instead: z.string() })),
})
export type RuleSources = z.infer<typeof RuleSources>

const MatrixTechnique = z.object({
  id: z.string(),
  name: z.string(),
  /** `none`: no rule; `blind`: rules, but none can work with today's data; `partly`: some can't, or not everywhere. */
  state: z.enum(['covered', 'partly', 'blind', 'none']),
  alerts: z.number().int(),
  rules: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      severity: z.string(),
      state: z.enum(['works', 'partly', 'unproven', 'blind', 'off']),
      /** Of a custom detection: its id; else null. */
      customDetection: z.string().nullable(),
    }),
  ),
  /** Why it isn't covered, in words. */
  missing: z.array(z.string()),
})

/** ATT&CK's container matrix, held against the rules and what the clusters send. */
export const AttackMatrix = z.object({
  clusters: z.array(z.string()),
  days: z.number().int(),
  tactics: z.array(
    z.object({
      id: z.string(),
      attackId: z.string(),
      name: z.string(),
      techniques: z.array(MatrixTechnique),
    }),
  ),
  /** Techniques of the rules that the container matrix doesn't have, by id. */
  beyond: z.array(MatrixTechnique),
})
export type AttackMatrix = z.infer<typeof AttackMatrix>

/** Inputs and outputs of the endpoints of `detection-routes.ts`. */
export const detectionSchemas = {
  tuningList: {
    output: z.object({ items: z.array(TuningRule), nextCursor: z.string().nullable(), total: z.number().int() }),
  },
  tuningPreview: {
    body: TuningInput.omit({ name: true, reason: true }).extend({ days: z.number().int().min(1).max(365).default(30) }),
    output: TuningPreview,
  },
  tuningCreate: { body: TuningInput, output: TuningRule },
  tuningUpdate: {
    params: id,
    body: z
      .object({
        name: z.string().trim().min(2).max(100),
        /** Why this change; the rule's own reason stays when left out. */
        reason,
        action: TuningAction,
        severity: Severity.nullable(),
        scope: TuningScope,
        conditions: TuningConditions,
        enabled: z.boolean(),
        startsAt: when.nullable(),
        expiresAt: when.nullable(),
        schedule: TuningSchedule.nullable(),
      })
      .partial(),
    output: TuningRule,
  },
  tuningDelete: { params: id },
  tuningApply: {
    params: id,
    body: z.object({ days: z.number().int().min(1).max(365).default(30) }),
    output: TuningApplication,
  },
  tuningApplications: { params: id, output: z.object({ items: z.array(TuningApplication) }) },
  tuningUndo: { params: id, body: z.object({ reason }), output: TuningApplication },
  ruleUpdate: { params: id, body: z.object({ enabled: z.boolean(), reason }), output: RuleSummary },
  ruleReload: { output: RuleSources.extend({ rules: z.number().int(), isReloaded: z.boolean() }) },
  coverageAttack: {
    query: z.object({
      /** One cluster; all when left out. */
      cluster: z.string().optional(),
      days: z.coerce.number().int().min(1).max(365).default(30),
    }),
    output: AttackMatrix,
  },
  incidentMerge: {
    body: z.object({
      incidentIds: z.array(z.number().int()).min(2).max(5),
      comment: z.string().trim().max(5000).default(''),
    }),
    output: Incident,
  },
  alertMove: {
    body: z.object({
      alertIds: z.array(z.string()).min(1).max(100),
      /** null: a new incident. */
      incidentId: z.number().int().nullable(),
      comment: z
        .string()
        .trim()
        .min(1, 'A comment is required: it becomes the reason shown with the alerts.')
        .max(5000),
    }),
    /** The incident that holds them now. */
    output: Incident,
  },
}
