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

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time like 22:30.')

/** When a maintenance window repeats: on these days of the week, by the clocks of a time zone. */
export const TuningSchedule = z.object({
  /** ISO 8601: 1 is Monday. The day on which the window begins. */
  days: z.array(z.number().int().min(1).max(7)).min(1).max(7),
  from: clockTime,
  /** Not after `from`: the next day. */
  until: clockTime,
  /** A name of the IANA time zone database. */
  timeZone: z.string().min(1).max(64),
})
export type TuningSchedule = z.infer<typeof TuningSchedule>

/** A tuning rule, or a maintenance window: the same with times instead of conditions. */
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
  /** Maintenance windows only: it holds in these hours of the week, within the span above. */
  schedule: TuningSchedule.nullable(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Occurrences of alerts it was applied to, and when last. */
  applied: z.number().int(),
  /** Alerts that are as it left them. */
  alerts: z.number().int(),
  lastApplied: z.iso.datetime().nullable(),
})
export type TuningRule = z.infer<typeof TuningRule>

/** One application of a tuning rule to alerts that were there before it. */
export const TuningApplication = z.object({
  id: z.string(),
  ruleId: z.string(),
  at: z.iso.datetime(),
  by: z.string(),
  /** How far back alerts were looked at. */
  days: z.number().int(),
  alerts: z.number().int(),
  /** There were more than are changed at a time. */
  isPartial: z.boolean(),
  undone: z
    .object({
      at: z.iso.datetime(),
      by: z.string(),
      reason: z.string(),
      /** Alerts that are as before, and those that somebody changed since, which stay. */
      restored: z.number().int(),
      left: z.number().int(),
    })
    .nullable(),
})
export type TuningApplication = z.infer<typeof TuningApplication>
