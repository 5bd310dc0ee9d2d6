import type { DetectionRun } from '@cordon/contract'
import { Unchanged } from '../../adapters/postgres/commit.ts'
import { system } from '../../deps.ts'
import { authorOf } from './author-of.ts'
import { definitionOf, type DetectionRow } from './detection-record.ts'
import { evaluateSpan } from './evaluate-span.ts'
import { failRun, type Trouble, troubleOf } from './failed-runs.ts'
import { causeOf, failureText, isPassing, waitAfter } from './failure.ts'
import type { DetectionPorts } from './ports.ts'
import { addContinuousRun, finishRun, noteGap, release, type RunResult, startRun } from './run-store.ts'
import { dueSpans, type DueSpans, type Span } from './windows.ts'

const minute = 60_000
/** Failures in a row after which a custom detection is paused; those that pass by themselves don't count. */
export const failuresToPause = 5
/** So often a query may run out of time on what was missed; then it goes on with the newest. */
const timeoutsToSkip = 3
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
        signal,
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
    const trouble = await troubleOf(ports.deps, row)
    const stuck = trouble?.cause === 'timeout' && trouble.attempts >= timeoutsToSkip ? trouble : null
    if (definition.frequencyMinutes === 0) await runContinuous(ports, row, { now, stuck, evaluate })
    else await runScheduled(ports, row, { ...definition, now, stuck, evaluate })
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
  /** Time ran out again and again on what was missed. */
  stuck: Trouble | null
  evaluate: Evaluate
}

async function runContinuous(
  ports: DetectionPorts,
  row: DetectionRow,
  { now, stuck, evaluate }: Continuous,
): Promise<void> {
  const { lookbackMinutes } = definitionOf(row)
  if (row.run_requested_by !== null)
    await evaluate('manual', { from: new Date(now.getTime() - lookbackMinutes * minute), to: now })
  const upTo = ports.lastBatch()
  let after = row.covered_batch ?? upTo
  if (row.enabled && stuck && upTo - 1 > after) {
    after = upTo - 1
    const from = stuck.attempts === timeoutsToSkip ? stuck.since : stuck.last
    await noteGap(ports.deps, row.id, { from, to: now }, skipped)
  }
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
  const { now, stuck, evaluate } = due
  let coveredTo = row.covered_to
  if (row.enabled) {
    const { spans, gap } = newestOnly(dueSpans(due, coveredTo, now), coveredTo, stuck !== null)
    const [first, last] = [spans[0], spans.at(-1)]
    if (gap && first) {
      await noteGap(
        ports.deps,
        row.id,
        gap,
        stuck ? skipped : 'Not evaluated: it lies too far back to be caught up with.',
      )
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

const skipped = `Not evaluated: the query ran out of time ${timeoutsToSkip} times.`

/** Where one is stuck, what was missed is given up for the newest span. */
function newestOnly(due: DueSpans, coveredTo: Date | null, isStuck: boolean): DueSpans {
  const newest = due.spans.at(-1)
  if (!isStuck || !newest || due.spans.length === 1) return due
  const gap = coveredTo !== null && newest.from > coveredTo ? { from: coveredTo, to: newest.from } : null
  return { spans: [newest], gap }
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
  signal: AbortSignal
  run(): Promise<RunResult>
}

/** One run with its record, whatever comes of it. */
async function evaluated(ports: DetectionPorts, row: DetectionRow, evaluating: Evaluating): Promise<RunResult> {
  const { deps } = ports
  const { kind, span, signal, run } = evaluating
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
    // Cordon is ending: the next start finds the run that was left behind.
    if (!signal.aborted)
      await failRun(deps, row, {
        ...span,
        runId,
        kind,
        cause: causeOf(error),
        error: failureText(error),
        ms: performance.now() - since,
      })
    throw error
  }
}

async function failed(ports: DetectionPorts, row: DetectionRow, error: unknown): Promise<void> {
  const { deps } = ports
  const cause = causeOf(error)
  if (cause === 'unexpected') deps.log.error({ err: error, detection: row.id }, 'A custom detection failed')
  if (isPassing(cause)) {
    const { attempts = 1 } = (await troubleOf(deps, row)) ?? {}
    // Whoever asked for a run still gets it, unless its query is what takes too long.
    const asked = cause === 'timeout' ? { run_requested_by: null } : {}
    await release(deps, row, { ...asked, next_run: new Date(Date.now() + waitAfter(cause, attempts)) })
    return
  }
  const failures = row.failures + 1
  const { frequencyMinutes, name } = definitionOf(row)
  const retry = Math.min(Math.max(frequencyMinutes, 1), 60) * minute
  await release(deps, row, { failures, run_requested_by: null, next_run: new Date(Date.now() + retry) })
  if (failures < failuresToPause || !row.enabled) return
  const note = `Paused after ${failures} failed runs in a row. The last: ${failureText(error)}`
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
