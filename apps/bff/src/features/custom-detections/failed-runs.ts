import type { DetectionRun } from '@cordon/contract'
import type { Tx } from '../../adapters/postgres/commit.ts'
import type { Deps } from '../../deps.ts'
import type { DetectionRow } from './detection-record.ts'
import { type Cause, isPassing } from './failure.ts'
import { addCost, dropOldRuns } from './run-store.ts'
import type { Span } from './windows.ts'

type Judged = Pick<DetectionRow, 'id' | 'updated_at'>

export interface Failure extends Span {
  /** Of the run that was stored when it began; undefined where none was. */
  runId: number | undefined
  kind: DetectionRun['kind']
  cause: Cause
  error: string
  ms: number
}

/**
 * Stores that a run failed. Attempts that fail for the same passing cause one after the other share the first one's row:
 * it says since when, and how often. Those asked for by hand don't disappear among the others, and a change begins anew.
 */
export async function failRun(
  { commitUnrecorded }: Pick<Deps, 'commitUnrecorded'>,
  row: Judged,
  failure: Failure,
): Promise<void> {
  const { id, updated_at: changed } = row
  const { runId, kind, cause, error, ms, from, to } = failure
  await commitUnrecorded(async (tx) => {
    const before = isPassing(cause) ? await newestRun(tx, id, runId) : undefined
    const isSame =
      before?.state === 'failed' &&
      before.cause === cause &&
      before.started_at >= changed &&
      (before.kind === 'manual') === (kind === 'manual')
    const set = { state: 'failed', finished_at: new Date(), cause, error }
    const runs = tx.updateTable('custom_detection_runs')
    if (isSame) {
      await runs
        .set((eb) => ({ ...set, to_time: to, attempts: eb('attempts', '+', 1), ms: eb('ms', '+', ms) }))
        .where('id', '=', before.id)
        .execute()
      if (runId !== undefined) await tx.deleteFrom('custom_detection_runs').where('id', '=', runId).execute()
    } else if (runId !== undefined)
      await runs
        .set({ ...set, ms })
        .where('id', '=', runId)
        .execute()
    else
      await tx
        .insertInto('custom_detection_runs')
        .values({
          ...set,
          detection_id: id,
          kind,
          ms,
          started_at: new Date(Date.now() - ms),
          from_time: from,
          to_time: to,
          requested_by: null,
        })
        .execute()
    await addCost(tx, id, { ms, rowsRead: 0, bytesRead: 0, failed: 1 })
    await dropOldRuns(tx, id)
    return { result: undefined, changed: ['customDetection'] }
  })
}

/** The newest run but one, gaps left out. */
async function newestRun(db: Pick<Tx, 'selectFrom'>, id: string, except?: number) {
  return db
    .selectFrom('custom_detection_runs')
    .select(['id', 'kind', 'state', 'cause', 'attempts', 'started_at', 'finished_at'])
    .where('detection_id', '=', id)
    .where('kind', '!=', 'gap')
    .$if(except !== undefined, (query) => query.where('id', '!=', except ?? 0))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export interface Trouble {
  cause: Cause
  attempts: number
  since: Date
  last: Date
}

/** What the newest runs failed for; null when the newest went through, or was before the last change. */
export async function troubleOf({ db }: Pick<Deps, 'db'>, row: Judged): Promise<Trouble | null> {
  const run = await newestRun(db, row.id)
  if (run?.state !== 'failed' || run.cause === null || run.started_at < row.updated_at) return null
  const { attempts, started_at: since, finished_at: last } = run
  return { cause: run.cause as Cause, attempts, since, last: last ?? since } // our own writes
}
