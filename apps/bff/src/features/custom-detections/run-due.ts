import type { DetectionRun } from '@cordon/contract'
import { Unchanged } from '../../adapters/postgres/commit.ts'
import { isDatabaseDown } from '../../adapters/postgres/is-database-down.ts'
import { system } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { authorOf } from './author-of.ts'
import { definitionOf, type DetectionRow } from './detection-record.ts'
import { evaluateSpan } from './evaluate-span.ts'
import type { DetectionPorts } from './ports.ts'
import { addContinuousRun, finishRun, noteGap, release, type RunResult, startRun } from './run-store.ts'
import { dueSpans, type Span } from './windows.ts'

const minute = 60_000
/** Failures in a row after which a custom detection is paused; those that pass by themselves don't count. */
export const failuresToPause = 5
/** How far back a row that comes in now may lie and still be evaluated continuously. */
const lateMs = 7 * 24 * 60 * minute
const continuousEveryMs = 2000

/** Evaluates what is due of one custom detection that was claimed, and gives it back with its next time. */
export async function runDue(ports: DetectionPorts, row: DetectionRow, signal: AbortSignal): Promise<void> {
  const definition = definitionOf(row)
  const now = new Date()
  try {
    const author = await authorOf(ports.deps.db, row.updated_by)
    const evaluate = (kind: DetectionRun['kind'], span: Span, ingested?: { after: number; upTo: number }) =>
      evaluated(ports, row, {
        kind,
        span,
        run: () =>
          evaluateSpan(ports, {
            id: row.id,
            definition,
            author,
            span,
            raiseAfter: row.raise_after,
            signal,
            ...(ingested ? { ingested } : {}),
          }),
      })
    if (definition.frequencyMinutes === 0) await runContinuous(ports, row, { now, evaluate })
    else await runScheduled(ports, row, { ...definition, now, evaluate })
  } catch (error) {
    if (signal.aborted) await release(ports.deps, row, {})
    else await failed(ports, row, error)
  }
}

type Evaluate = (
  kind: DetectionRun['kind'],
  span: Span,
  ingested?: { after: number; upTo: number },
) => Promise<RunResult>

interface Continuous {
  now: Date
  evaluate: Evaluate
}

async function runContinuous(ports: DetectionPorts, row: DetectionRow, { now, evaluate }: Continuous): Promise<void> {
  const { lookbackMinutes } = definitionOf(row)
  if (row.run_requested_by !== null)
    await evaluate('manual', { from: new Date(now.getTime() - lookbackMinutes * minute), to: now })
  const upTo = ports.lastBatch()
  const after = row.covered_batch ?? upTo
  if (row.enabled && upTo > after)
    await evaluate(
      'continuous',
      { from: new Date(now.getTime() - lateMs), to: new Date(now.getTime() + lateMs) },
      { after, upTo },
    )
  const left = {
    ...over(row),
    covered_batch: row.enabled ? Math.max(upTo, after) : null,
    next_run: new Date(Date.now() + continuousEveryMs),
  }
  // Nobody needs to hear every few seconds that nothing was found.
  const isHeard = row.run_requested_by !== null || row.failures > 0
  await release(ports.deps, row, left, isHeard ? ['customDetection'] : [])
}

interface Scheduled extends Continuous {
  frequencyMinutes: number
  lookbackMinutes: number
}

async function runScheduled(ports: DetectionPorts, row: DetectionRow, due: Scheduled): Promise<void> {
  const { now, evaluate } = due
  let coveredTo = row.covered_to
  if (row.enabled) {
    const { spans, gap } = dueSpans(due, coveredTo, now)
    const [first, last] = [spans[0], spans.at(-1)]
    if (gap && first) {
      await noteGap(ports.deps, row.id, gap, 'Not evaluated: it lies too far back to be caught up with.')
      await coverTo(ports, row, new Date(first.to.getTime() - due.frequencyMinutes * minute))
    }
    for (const span of spans) {
      const isManual = span === last && row.run_requested_by !== null && row.covered_to === null
      await evaluate(isManual ? 'manual' : span === last ? 'scheduled' : 'catch-up', span)
      coveredTo = span.to
      // Kept at once: after a crash it goes on behind this span.
      await coverTo(ports, row, coveredTo)
    }
  }
  // Who asks for a run wants one that ends now; its times count from here.
  if (row.run_requested_by !== null && coveredTo?.getTime() !== now.getTime()) {
    await evaluate('manual', { from: new Date(now.getTime() - due.lookbackMinutes * minute), to: now })
    coveredTo = row.enabled ? now : row.covered_to
  }
  await release(ports.deps, row, {
    ...over(row),
    covered_to: coveredTo,
    next_run: new Date((coveredTo ?? now).getTime() + due.frequencyMinutes * minute),
  })
}

async function coverTo({ deps }: DetectionPorts, { id, version }: DetectionRow, to: Date): Promise<void> {
  await deps.commitUnrecorded(async (tx) => {
    await tx
      .updateTable('custom_detections')
      .set({ covered_to: to })
      .where('id', '=', id)
      .where('version', '=', version)
      .execute()
    return { result: undefined, changed: [] }
  })
}

/** What a run that went through leaves behind. */
function over(row: DetectionRow) {
  return { failures: 0, run_requested_by: null, note: row.paused ? row.note : null }
}

interface Evaluating {
  kind: DetectionRun['kind']
  span: Span
  run(): Promise<RunResult>
}

/** One run with its record, whatever comes of it. */
async function evaluated(ports: DetectionPorts, row: DetectionRow, evaluating: Evaluating): Promise<RunResult> {
  const { deps } = ports
  const { kind, span, run } = evaluating
  // Continuous runs come every few seconds: they get a record when they are over, and quiet ones share it.
  const runId =
    kind === 'continuous'
      ? undefined
      : await startRun(deps, row.id, { kind, requestedBy: kind === 'manual' ? row.run_requested_by : null, ...span })
  const since = performance.now()
  const end = (result: RunResult) =>
    runId === undefined ? addContinuousRun(deps, row.id, result) : finishRun(deps, { id: row.id, runId }, result)
  try {
    const result = await run()
    await end(result)
    return result
  } catch (error) {
    const nothing = { rows: 0, alerts: 0, repeats: 0, rowsRead: 0, bytesRead: 0, notes: [] }
    await end({
      ...nothing,
      state: 'failed',
      ms: performance.now() - since,
      error: reasonOf(error) + (isPassing(error) ? uncounted : ''),
    })
    throw error
  }
}

const uncounted = ' It says nothing about the query: it is tried again in a minute, and not counted as a failure of it.'

/** Whether what the run needs was away or overloaded: the same query may go through in a minute. */
function isPassing(error: unknown): boolean {
  return error instanceof Refusal ? error.code === 'unavailable' || error.code === 'too-many' : isDatabaseDown(error)
}

function reasonOf(error: unknown): string {
  if (isDatabaseDown(error)) return 'The database was not available.'
  return error instanceof Refusal ? error.message : 'An unexpected error occurred; the log of the server names it.'
}

async function failed(ports: DetectionPorts, row: DetectionRow, error: unknown): Promise<void> {
  const { deps } = ports
  if (!(error instanceof Refusal)) deps.log.error({ err: error, detection: row.id }, 'A custom detection failed')
  if (isPassing(error)) {
    // Whoever asked for the run still gets it.
    await release(deps, row, { next_run: new Date(Date.now() + minute) })
    return
  }
  const failures = row.failures + 1
  const { frequencyMinutes, name } = definitionOf(row)
  const retry = Math.min(Math.max(frequencyMinutes, 1), 60) * minute
  await release(deps, row, { failures, run_requested_by: null, next_run: new Date(Date.now() + retry) })
  if (failures < failuresToPause || !row.enabled) return
  const note = `Paused after ${failures} failed runs in a row. The last: ${reasonOf(error)}`
  await deps.commit(system, async (tx) => {
    const paused = await tx
      .updateTable('custom_detections')
      .set({ enabled: false, paused: true, note })
      .where('id', '=', row.id)
      .where('version', '=', row.version)
      .returning('id')
      .execute()
    if (paused.length === 0) return new Unchanged(undefined) // someone has changed it meanwhile
    const details = { name, enabled: { from: true, to: false }, reason: note }
    return {
      result: undefined,
      entries: [{ kind: 'custom-detection.pause', subject: `custom-detection:${row.id}`, details }],
      changed: ['customDetection'],
    }
  })
}
