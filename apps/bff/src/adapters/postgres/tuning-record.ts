import type { TuningRule } from '@cordon/incidents'
import type { Selectable } from 'kysely'
import type { Database } from './schema.ts'

/** A stored tuning rule as the contract names it. */
export function tuningRecord(row: Selectable<Database['tuning_rules']>): TuningRule {
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
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    applied: row.applied,
    lastApplied: row.last_applied?.toISOString() ?? null,
  }
}
