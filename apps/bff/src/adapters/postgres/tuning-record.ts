import type { TuningApplication, TuningRule } from '@cordon/incidents'
import type { Selectable } from 'kysely'
import type { Database } from './schema.ts'

/** A stored tuning rule as the contract names it. `alerts`: how many are as it left them. */
export function tuningRecord(row: Selectable<Database['tuning_rules']>, alerts = 0): TuningRule {
  return {
    id: row.id,
    kind: row.kind as TuningRule['kind'],
    name: row.name,
    reason: row.reason,
    action: row.action as TuningRule['action'],
    severity: row.severity as TuningRule['severity'],
    scope: row.scope,
    conditions: row.conditions,
    enabled: row.enabled,
    startsAt: row.starts_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
    schedule: row.schedule,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    applied: row.applied,
    alerts,
    lastApplied: row.last_applied?.toISOString() ?? null,
  }
}

export function applicationRecord(row: Selectable<Database['tuning_applications']>): TuningApplication {
  return {
    id: row.id,
    ruleId: row.rule_id,
    at: row.applied_at.toISOString(),
    by: row.applied_by,
    days: row.days,
    alerts: row.alerts,
    isPartial: row.is_partial,
    undone: row.undone_at && {
      at: row.undone_at.toISOString(),
      by: row.undone_by ?? '',
      reason: row.undone_reason ?? '',
      restored: row.restored ?? 0,
      left: row.left_alone ?? 0,
    },
  }
}
