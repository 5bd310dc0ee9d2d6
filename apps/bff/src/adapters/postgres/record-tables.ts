import type { ColumnType, Generated } from 'kysely'

/** The tables of the record: checkpoints of the ledger, who saw what, and where audit logs differ. */
export interface RecordTables {
  ledger_checkpoints: {
    seq: number
    hash: string
    at: Date
    key_id: string
    signature: string
    public_key: string
  }
  incident_seen: { incident_id: number; account: string; at: Generated<Date> }
  audit_findings: {
    id: Generated<number>
    key: string
    kind: string
    state: Generated<string>
    cluster: string
    namespace: string
    object: string
    text: string
    action_id: string | null
    event_id: string | null
    happened_at: Date
    found_at: Generated<Date>
    closed_at: Date | null
    closed_by: string | null
    comment: string | null
    details: ColumnType<Record<string, unknown>, string, string>
  }
  audit_join: {
    cluster: string
    state: string
    detail: string
    compared_to: Date | null
    checked_at: Date
  }
}
