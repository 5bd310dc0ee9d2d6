import type { DetectionRun, Noun } from '@cordon/contract'
import { sql, type UpdateObject } from 'kysely'
import type { Tx } from '../../adapters/postgres/commit.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import { toJsonb } from '../../adapters/postgres/storable.ts'
import type { Deps } from '../../deps.ts'
import type { DetectionRow } from './detection-record.ts'
import type { Span } from './windows.ts'

type Store = Pick<Deps, 'db' | 'commitUnrecorded'>

export const leaseMs = 60_000
const keptRuns = 100
const dayMs = 24 * 60 * 60_000
/** Longer than any look-back, with what may be caught up with. */
const seenDays = 45
const mostSeen = 200_000

/** Takes the next custom detection that is due, for as long as the lease is renewed; undefined when none is. */
export async function claimDue(
  { commitUnrecorded }: Store,
  lastBatch: number,
  except: readonly string[],
): Promise<DetectionRow | undefined> {
  return commitUnrecorded(async (tx) => {
    const due = await tx
      .selectFrom('custom_detections')
      .selectAll()
      .where((eb) => eb.or([eb('enabled', '=', true), eb('run_requested_by', 'is not', null)]))
      .where('next_run', '<=', new Date())
      .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', new Date())]))
      // A continuous one is due when there is something new.
      .where(
        sql<boolean>`not (run_requested_by is null and coalesce(covered_batch >= ${lastBatch}, false)
          and (definition ->> 'frequencyMinutes')::int = 0)`,
      )
      .$if(except.length > 0, (query) => query.where('id', 'not in', [...except]))
      .orderBy('next_run')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst()
    if (!due) return { result: undefined, changed: [] }
    await renew(tx, due.id)
    // Only a process that ended in between leaves a run behind; its span is evaluated again.
    await tx
      .updateTable('custom_detection_runs')
      .set({ state: 'failed', finished_at: new Date(), error: 'Cordon ended during this run; its span is run again.' })
      .where('detection_id', '=', due.id)
      .where('state', '=', 'running')
      .execute()
    return { result: due, changed: [] }
  })
}

export async function renewLease({ commitUnrecorded }: Store, id: string): Promise<void> {
  await commitUnrecorded(async (tx) => {
    await renew(tx, id)
    return { result: undefined, changed: [] }
  })
}

async function renew(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('custom_detections')
    .set({ lease_until: new Date(Date.now() + leaseMs) })
    .where('id', '=', id)
    .execute()
}

/** Gives it back with what is true now. A change by a person in between stays. */
export async function release(
  { commitUnrecorded }: Store,
  { id, version }: Pick<DetectionRow, 'id' | 'version'>,
  set: UpdateObject<Database, 'custom_detections'>,
  changed: readonly Noun[] = ['customDetection'],
): Promise<void> {
  await commitUnrecorded(async (tx) => {
    await tx
      .updateTable('custom_detections')
      .set({ ...set, lease_until: null })
      .where('id', '=', id)
      .where('version', '=', version)
      .execute()
    await tx.updateTable('custom_detections').set({ lease_until: null }).where('id', '=', id).execute()
    return { result: undefined, changed }
  })
}

export interface RunStart extends Span {
  kind: DetectionRun['kind']
  requestedBy: string | null
}

/** Stores a run that begins. */
export async function startRun({ commitUnrecorded }: Store, id: string, start: RunStart): Promise<number> {
  return commitUnrecorded(async (tx) => {
    const run = await tx
      .insertInto('custom_detection_runs')
      .values({
        detection_id: id,
        kind: start.kind,
        state: 'running',
        finished_at: null,
        from_time: start.from,
        to_time: start.to,
        requested_by: start.requestedBy,
        error: null,
        cause: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return { result: run.id, changed: ['customDetection'] }
  })
}

export interface RunResult {
  state: 'completed' | 'partly'
  rows: number
  alerts: number
  repeats: number
  ms: number
  rowsRead: number
  bytesRead: number
  notes: string[]
}

/** Ends a run and adds what it cost to its day. */
export async function finishRun(
  { commitUnrecorded }: Store,
  { id, runId }: { id: string; runId: number },
  result: RunResult,
): Promise<void> {
  await commitUnrecorded(async (tx) => {
    await tx
      .updateTable('custom_detection_runs')
      .set((eb) => ({
        state: result.state,
        finished_at: new Date(),
        rows: eb('rows', '+', result.rows),
        alerts: eb('alerts', '+', result.alerts),
        repeats: eb('repeats', '+', result.repeats),
        ms: eb('ms', '+', result.ms),
        rows_read: eb('rows_read', '+', result.rowsRead),
        bytes_read: eb('bytes_read', '+', result.bytesRead),
        notes: toJsonb(result.notes),
      }))
      .where('id', '=', runId)
      .execute()
    await addCost(tx, id, { ...result, failed: 0 })
    await dropOldRuns(tx, id)
    return { result: undefined, changed: ['customDetection'] }
  })
}

const quietMs = 60 * 60_000

/**
 * Stores a continuous run that is over. One that found nothing is added to the record of the one before, as long as that
 * found nothing either and isn't old.
 */
export async function addContinuousRun({ commitUnrecorded }: Store, id: string, result: RunResult): Promise<void> {
  await commitUnrecorded(async (tx) => {
    const isQuiet = result.state === 'completed' && result.rows === 0
    const last = isQuiet ? await lastQuietRun(tx, id) : undefined
    const now = new Date()
    if (last)
      await tx
        .updateTable('custom_detection_runs')
        .set((eb) => ({
          finished_at: now,
          to_time: now,
          ms: eb('ms', '+', result.ms),
          rows_read: eb('rows_read', '+', result.rowsRead),
          bytes_read: eb('bytes_read', '+', result.bytesRead),
        }))
        .where('id', '=', last.id)
        .execute()
    else {
      const { rowsRead, bytesRead, notes, ...rest } = result
      await tx
        .insertInto('custom_detection_runs')
        .values({
          ...rest,
          detection_id: id,
          kind: 'continuous',
          started_at: new Date(now.getTime() - result.ms),
          finished_at: now,
          from_time: new Date(now.getTime() - result.ms),
          to_time: now,
          requested_by: null,
          rows_read: rowsRead,
          bytes_read: bytesRead,
          error: null,
          cause: null,
          notes: toJsonb(notes),
        })
        .execute()
      await dropOldRuns(tx, id)
    }
    await addCost(tx, id, { ...result, failed: 0 })
    return { result: undefined, changed: last ? [] : ['customDetection'] }
  })
}

async function lastQuietRun(tx: Tx, id: string): Promise<{ id: number } | undefined> {
  const last = await tx
    .selectFrom('custom_detection_runs')
    .select(['id', 'kind', 'state', 'rows', 'started_at'])
    .where('detection_id', '=', id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const isQuiet = last?.kind === 'continuous' && last.state === 'completed' && last.rows === 0
  return isQuiet && last.started_at.getTime() > Date.now() - quietMs ? last : undefined
}

interface Cost extends Pick<RunResult, 'ms' | 'rowsRead' | 'bytesRead'> {
  failed: 0 | 1
}

/** Adds what a run cost to its day. */
export async function addCost(tx: Tx, id: string, result: Cost): Promise<void> {
  await sql`
    insert into custom_detection_days (detection_id, day, runs, failed, ms, rows_read, bytes_read)
    values (${id}, current_date, 1, ${result.failed}, ${result.ms}, ${result.rowsRead}, ${result.bytesRead})
    on conflict (detection_id, day) do update set runs = custom_detection_days.runs + 1,
      failed = custom_detection_days.failed + excluded.failed, ms = custom_detection_days.ms + excluded.ms,
      rows_read = custom_detection_days.rows_read + excluded.rows_read,
      bytes_read = custom_detection_days.bytes_read + excluded.bytes_read`.execute(tx)
}

/** Keeps the newest runs only. */
export async function dropOldRuns(tx: Tx, id: string): Promise<void> {
  const oldest = tx
    .selectFrom('custom_detection_runs')
    .select('id')
    .where('detection_id', '=', id)
    .orderBy('id', 'desc')
    .offset(keptRuns)
    .limit(1)
  await tx.deleteFrom('custom_detection_runs').where('detection_id', '=', id).where('id', '<=', oldest).execute()
}

/** Says in the list of runs that a span was not evaluated. */
export async function noteGap({ commitUnrecorded }: Store, id: string, gap: Span, why: string): Promise<void> {
  await commitUnrecorded(async (tx) => {
    await insertGap(tx, id, gap, why)
    return { result: undefined, changed: ['customDetection'] }
  })
}

export async function insertGap(tx: Tx, id: string, gap: Span, why: string): Promise<void> {
  await tx
    .insertInto('custom_detection_runs')
    .values({
      detection_id: id,
      kind: 'gap',
      state: 'skipped',
      finished_at: new Date(),
      from_time: gap.from,
      to_time: gap.to,
      requested_by: null,
      error: null,
      cause: null,
      notes: toJsonb([why]),
    })
    .execute()
}

/** Which of these rows have raised or joined an alert already. */
export async function seenRows({ db }: Pick<Deps, 'db'>, id: string, rowKeys: readonly string[]): Promise<Set<string>> {
  const seen = new Set<string>()
  for (let at = 0; at < rowKeys.length; at += 5000) {
    const some = rowKeys.slice(at, at + 5000)
    const { rows } = await sql<{ key: string }>`
      select encode(row_key, 'hex') as key from custom_detection_seen
      where detection_id = ${id} and row_key in (select decode(unnest(${some}::text[]), 'hex'))`.execute(db)
    for (const { key } of rows) seen.add(key)
  }
  return seen
}

export async function markSeen(tx: Tx, id: string, rows: readonly { rowKey: string; time: number }[]): Promise<void> {
  await sql`
    insert into custom_detection_seen (detection_id, row_key, row_time)
    select ${id}, decode(key, 'hex'), time
    from unnest(${rows.map((row) => row.rowKey)}::text[], ${rows.map((row) => new Date(row.time))}::timestamptz[]) as t (key, time)
    on conflict do nothing`.execute(tx)
}

/** Forgets rows that no look-back reaches any more, and the oldest where there are too many. */
export async function forgetOldRows({ commitUnrecorded }: Store): Promise<void> {
  await commitUnrecorded(async (tx) => {
    await tx
      .deleteFrom('custom_detection_seen')
      .where('row_time', '<', new Date(Date.now() - seenDays * dayMs))
      .execute()
    await sql`
      delete from custom_detection_seen s using (
        select detection_id, row_key from (
          select detection_id, row_key, row_number() over (partition by detection_id order by row_time desc) as n
          from custom_detection_seen
        ) numbered where n > ${mostSeen}
      ) old where s.detection_id = old.detection_id and s.row_key = old.row_key`.execute(tx)
    await tx
      .deleteFrom('custom_detection_days')
      .where(sql<boolean>`day < current_date - 90`)
      .execute()
    return { result: undefined, changed: [] }
  })
}
