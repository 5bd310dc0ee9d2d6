import type { ColumnType, Generated } from 'kysely'

/** Custom detections, their runs and costs, the rows they have seen, and the responses they ask for. */
export interface CustomDetectionTables {
  custom_detections: {
    id: string
    name: string
    definition: ColumnType<unknown, string, string>
    enabled: boolean
    paused: Generated<boolean>
    note: string | null
    version: Generated<number>
    created_by: string
    created_at: Generated<Date>
    updated_by: string
    updated_at: Generated<Date>
    covered_to: Date | null
    covered_batch: number | null
    raise_after: Date | null
    next_run: Generated<Date>
    run_requested_by: string | null
    failures: Generated<number>
    lease_until: Date | null
  }
  custom_detection_runs: {
    id: Generated<number>
    detection_id: string
    kind: string
    state: string
    started_at: Generated<Date>
    finished_at: Date | null
    from_time: Date
    to_time: Date
    requested_by: string | null
    rows: Generated<number>
    alerts: Generated<number>
    repeats: Generated<number>
    ms: Generated<number>
    rows_read: Generated<number>
    bytes_read: Generated<number>
    error: string | null
    notes: ColumnType<string[], string | undefined, string>
    cause: string | null
    attempts: Generated<number>
  }
  custom_detection_days: {
    detection_id: string
    day: ColumnType<Date, string, string>
    runs: Generated<number>
    failed: Generated<number>
    ms: Generated<number>
    rows_read: Generated<number>
    bytes_read: Generated<number>
  }
  custom_detection_seen: { detection_id: string; row_key: Buffer; row_time: Date }
  custom_detection_requests: {
    alert_id: string
    target_key: string
    detection_id: string
    type: string
    comment: string
    requested_for: string
    state: Generated<string>
    action_id: string | null
    detail: Generated<string>
    at: Generated<Date>
    attempts: Generated<number>
    next_try: Generated<Date>
  }
}
