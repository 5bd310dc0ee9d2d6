import { z } from 'zod'
import { Severity } from './alert.ts'
import { type TuningField, tuningFields, tuningOperators } from './tuning-words.ts'

const fieldNames = Object.keys(tuningFields) as [TuningField, ...TuningField[]]

const operatorNames = Object.keys(tuningOperators) as ['equals', 'not-equals', 'contains', 'wildcard']

/** One condition; any of its values is enough (for `is not`: none of them may occur). Case doesn't count. */
export const TuningCondition = z.object({
  field: z.enum(fieldNames),
  operator: z.enum(operatorNames),
  values: z.array(z.string().trim().min(1).max(1000)).min(1).max(50),
})
export type TuningCondition = z.infer<typeof TuningCondition>

/** Groups of conditions; `all` and `any` say how the members are linked. */
export const TuningConditions = z.object({
  match: z.enum(['all', 'any']),
  groups: z.array(z.object({ match: z.enum(['all', 'any']), items: z.array(TuningCondition).min(1).max(20) })).max(20),
})
export type TuningConditions = z.infer<typeof TuningConditions>

/** Where a rule holds; an empty list doesn't limit. */
export const TuningScope = z.object({
  clusters: z.array(z.string().min(1).max(253)).max(100).default([]),
  namespaces: z.array(z.string().min(1).max(253)).max(100).default([]),
  ruleIds: z.array(z.string().min(1).max(200)).max(200).default([]),
})
export type TuningScope = z.infer<typeof TuningScope>

export const TuningAction = z.enum(['hide', 'resolve', 'lower'])
export type TuningAction = z.infer<typeof TuningAction>

/** A tuning rule, or a maintenance window: the same with a time span instead of conditions. */
export const TuningRule = z.object({
  id: z.string(),
  kind: z.enum(['tuning', 'maintenance']),
  name: z.string(),
  reason: z.string(),
  action: TuningAction,
  /** For `lower`. */
  severity: Severity.nullable(),
  scope: TuningScope,
  conditions: TuningConditions,
  enabled: z.boolean(),
  /** Alerts of events before this are left alone; null = from the beginning. */
  startsAt: z.iso.datetime().nullable(),
  /** Alerts of events from this on are left alone; null = for good. */
  expiresAt: z.iso.datetime().nullable(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Occurrences of alerts it was applied to, and when last. */
  applied: z.number().int(),
  lastApplied: z.iso.datetime().nullable(),
})
export type TuningRule = z.infer<typeof TuningRule>
