import { type CustomDetection, CustomDetectionInput, type DetectionRun } from '@cordon/contract'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import { ruleIdOf } from './to-detections.ts'

export type DetectionRow = Selectable<Database['custom_detections']>

export function definitionOf(row: Pick<DetectionRow, 'definition'>): CustomDetectionInput {
  return CustomDetectionInput.parse(row.definition)
}

export function runRecord(row: Selectable<Database['custom_detection_runs']>): DetectionRun {
  return {
    id: String(row.id),
    kind: row.kind as DetectionRun['kind'], // our own writes
    state: row.state as DetectionRun['state'],
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    from: row.from_time.toISOString(),
    to: row.to_time.toISOString(),
    requestedBy: row.requested_by,
    rows: row.rows,
    alerts: row.alerts,
    repeats: row.repeats,
    ms: row.ms,
    rowsRead: row.rows_read,
    bytesRead: row.bytes_read,
    error: row.error,
    cause: row.cause as DetectionRun['cause'],
    attempts: row.attempts,
    notes: row.notes,
  }
}

/** Custom detections as the contract names them, by name; all or those of these ids. */
export async function readDetections(db: Kysely<Database>, ids?: readonly string[]): Promise<CustomDetection[]> {
  let query = db
    .selectFrom('custom_detections')
    .selectAll()
    .orderBy(sql`lower(name)`)
  if (ids) query = query.where('id', 'in', [...ids])
  const rows = await query.execute()
  if (rows.length === 0) return []
  const [runs, costs, alerts] = await Promise.all([lastRuns(db), costsOf(db), alertsOf(db)])
  const now = Date.now()
  return rows.map((row) => {
    const last = runs.get(row.id)
    const isDue = row.enabled || row.run_requested_by !== null
    return {
      ...definitionOf(row),
      id: row.id,
      version: row.version,
      createdBy: row.created_by,
      createdAt: row.created_at.toISOString(),
      updatedBy: row.updated_by,
      updatedAt: row.updated_at.toISOString(),
      enabled: row.enabled,
      state: row.paused ? 'paused' : row.enabled ? 'on' : 'off',
      note: row.note,
      isRunning: last?.state === 'running' && (row.lease_until?.getTime() ?? 0) > now,
      lastRun: last ? runRecord(last) : null,
      nextRunAt: isDue ? row.next_run.toISOString() : null,
      failures: row.failures,
      cost: costs.get(row.id) ?? { runs: 0, failed: 0, ms: 0, rowsRead: 0, bytesRead: 0 },
      alerts: alerts.get(ruleIdOf(row.id)) ?? { total: 0, open: 0, lastAt: null },
    }
  })
}

async function lastRuns(db: Kysely<Database>) {
  const rows = await db
    .selectFrom('custom_detection_runs')
    .selectAll()
    .distinctOn('detection_id')
    .where('kind', '!=', 'gap')
    .orderBy('detection_id')
    .orderBy('id', 'desc')
    .execute()
  return new Map(rows.map((row) => [row.detection_id, row]))
}

const costDays = 7

async function costsOf(db: Kysely<Database>): Promise<Map<string, CustomDetection['cost']>> {
  const { rows } = await sql<CustomDetection['cost'] & { id: string }>`
    select detection_id as id, sum(runs)::int as runs, sum(failed)::int as failed, sum(ms) as ms,
      sum(rows_read)::float8 as "rowsRead", sum(bytes_read)::float8 as "bytesRead"
    from custom_detection_days where day > current_date - ${costDays}::int group by 1`.execute(db)
  return new Map(rows.map(({ id, ...cost }) => [id, cost]))
}

async function alertsOf(db: Kysely<Database>): Promise<Map<string, CustomDetection['alerts']>> {
  const { rows } = await sql<{ id: string; total: number; open: number; last: Date }>`
    select rule_id as id, count(*)::int as total, (count(*) filter (where status <> 'resolved'))::int as open,
      max(last_activity) as last
    from alerts where detection_source = 'Custom detection' group by 1`.execute(db)
  return new Map(rows.map(({ id, total, open, last }) => [id, { total, open, lastAt: last.toISOString() }]))
}
