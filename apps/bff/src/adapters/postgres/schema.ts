import type { AlertOrigin, AlertTuning, LinkedHunt, TuningRule } from '@cordon/incidents'
import type { Scope } from '@cordon/rbac'
import type { ColumnType, Generated } from 'kysely'
import type { CustomDetectionTables } from './custom-detection-tables.ts'
import type { RecordTables } from './record-tables.ts'

/** Tables of `migrations/`, as Kysely sees them. Dates in and out are `Date`; bigint comes back as number (parser in `database.ts`). */
export interface Database extends RecordTables, CustomDetectionTables {
  accounts: {
    name: string
    display_name: string
    role: string
    /** Null = everything. */
    scope: NullableJson<Scope>
    password_hash: string
    locked: Generated<boolean>
    created_at: Generated<Date>
    last_sign_in_at: Date | null
  }
  sessions: {
    id_hash: string
    account: string
    data: Json<Record<string, unknown>>
    created_at: Generated<Date>
    expires_at: Date
  }
  tokens: {
    id: string
    kind: string
    name: string
    secret_hash: string
    role: string | null
    scope: NullableJson<Scope>
    cluster: string | null
    created_by: string
    created_at: Generated<Date>
    expires_at: Date | null
    last_used_at: Date | null
  }
  incidents: {
    id: Generated<number>
    name: string
    name_is_custom: Generated<boolean>
    severity: string
    severity_is_custom: Generated<boolean>
    status: Generated<string>
    priority_score: Generated<number>
    priority_factors: Json<{ text: string; points: number }[]>
    assigned_to: string | null
    classification: string | null
    determination: string | null
    resolution_note: string | null
    tags: Generated<string[]>
    categories: Generated<string[]>
    clusters: Generated<string[]>
    namespaces: Generated<string[]>
    impacted_assets: Json<{ key: string; kind: string; name: string }[]>
    active_alerts: Generated<number>
    total_alerts: Generated<number>
    first_activity: Date
    last_activity: Date
    created_at: Generated<Date>
    updated_at: Generated<Date>
    redirected_to: number | null
    version: Generated<number>
    hidden: Generated<boolean>
    detection_sources: Generated<string[]>
  }
  alerts: {
    id: string
    incident_id: number
    rule_id: string
    title: string
    description: string
    severity: string
    status: Generated<string>
    tier: string
    tactics: string[]
    techniques: string[]
    cluster: string
    namespace: string | null
    dedupe_key: string
    first_activity: Date
    last_activity: Date
    created_at: Generated<Date>
    updated_at: Generated<Date>
    occurrences: Generated<number>
    correlation: Json<unknown>
    evidence: Json<unknown[]>
    relations: Json<unknown[]>
    events: Json<unknown[]>
    response: Json<string[]>
    false_positives: Json<string[]>
    hidden: Generated<boolean>
    tuned_by: string | null
    tuning: NullableJson<AlertTuning>
    hunt: NullableJson<LinkedHunt>
    source: string | null
    event_at: Date | null
    stored_at: Date | null
    told_at: Date | null
    shown_at: Date | null
    detection_source: Generated<string>
    origin: NullableJson<AlertOrigin>
  }
  tuning_rules: {
    id: string
    kind: string
    name: string
    reason: string
    action: string
    severity: string | null
    scope: Json<TuningRule['scope']>
    conditions: Json<TuningRule['conditions']>
    schedule: NullableJson<NonNullable<TuningRule['schedule']>>
    enabled: Generated<boolean>
    starts_at: Date | null
    expires_at: Date | null
    created_by: string
    created_at: Generated<Date>
    updated_at: Generated<Date>
    applied: Generated<number>
    last_applied: Date | null
  }
  tuning_applications: {
    id: string
    rule_id: string
    applied_at: Generated<Date>
    applied_by: string
    days: number
    alerts: Generated<number>
    is_partial: Generated<boolean>
    undone_at: Date | null
    undone_by: string | null
    undone_reason: string | null
    restored: number | null
    left_alone: number | null
  }
  tuning_applied: {
    application_id: string
    alert_id: string
    incident_id: number
    status: string
    severity: string
    tuned_by: string | null
    tuning: NullableJson<AlertTuning>
  }
  tuning_closed: { application_id: string; incident_id: number; status: string; hidden: boolean }
  kept_apart: { a: number; b: number }
  coverage_spans: { cluster: string; source: string; start: Date; events: number }
  coverage_nodes: {
    cluster: string
    source: string
    node: string
    first_seen: Date
    last_seen: Date
    events: number
  }
  coverage_abilities: { cluster: string; source: string; ability: string; last_seen: Date }
  rule_settings: {
    rule_id: string
    enabled: boolean
    reason: string
    changed_by: string
    changed_at: Generated<Date>
  }
  alert_entities: {
    alert_id: string
    entity_key: string
    uid: string | null
    role: string
    incident_id: number
    last_activity: Date
  }
  activities: {
    id: Generated<number>
    incident_id: number
    at: Generated<Date>
    actor: string
    kind: string
    text: string
    from_value: string | null
    to_value: string | null
  }
  entities: {
    key: string
    uid: string
    kind: string
    cluster: string
    namespace: string | null
    name: string
    labels: Json<Record<string, string>>
    manifest: Json<Record<string, unknown>>
    resource_version: string | null
    first_seen: Generated<Date>
    last_seen: Generated<Date>
    gone_at: Date | null
  }
  actions: {
    id: string
    idempotency_key: string | null
    type: string
    state: string
    cluster: string
    namespace: string
    target_key: string
    target_name: string
    target_uid: string
    comment: string
    source: string
    requested_by: string
    incident_id: number | null
    requested_at: Generated<Date>
    applied_at: Date | null
    verified_at: Date | null
    ended_at: Date | null
    updated_at: Generated<Date>
    expires_at: Date | null
    undoes: string | null
    undone_by: string | null
    record: Json<Record<string, unknown>>
    plan: Json<Record<string, unknown>>
    lease_until: Date | null
    lease_owner: string | null
    version: Generated<number>
  }
  hunting_queries: {
    id: string
    owner: string
    name: string
    description: string
    query: string
    shared: boolean
    tactic: string | null
    created_at: Generated<Date>
    updated_at: Generated<Date>
  }
  hunting_runs: {
    id: Generated<number>
    owner: string
    at: Generated<Date>
    query: string
    timespan: string | null
    state: string
    ms: number
    rows: number | null
  }
  settings: {
    name: string
    value: Json<unknown>
    version: Generated<number>
    updated_by: string
    updated_at: Generated<Date>
  }
  evidence_bundles: { action_id: string; sha256: string; captured_at: Date; content: Buffer }
  ledger: {
    seq: number
    at: Date
    actor: string
    kind: string
    subject: string
    entry: Json<Record<string, unknown>>
    previous_hash: string
    hash: string
  }
  detection_state: { name: string; state: Json<unknown>; updated_at: Generated<Date> }
  rule_stats: { rule_id: string; matches: number; last_match: Date | null }
  set_aside: {
    id: Generated<number>
    at: Generated<Date>
    cluster: string
    source: string
    reason: string
    excerpt: string
  }
  coverage: {
    cluster: string
    source: string
    first_received_at: Date | null
    last_received_at: Date | null
    last_event_at: Date | null
    events: number
    rejected: number
    duplicates: number
    levels: string[]
  }
  simulation_runs: {
    id: string
    scenario: string
    cluster: string
    namespace: string | null
    state: string
    started_by: string
    started_at: Generated<Date>
    finished_at: Date | null
    progress: Json<{ at: string; text: string }[]>
    error: string | null
  }
}

/** JSONB: read as the value, written as JSON text (node-postgres would send arrays as PostgreSQL arrays). */
type Json<T> = ColumnType<T, string, string>
type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>
