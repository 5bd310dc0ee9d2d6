import type { CustomDetectionInput } from '@cordon/contract'
import type { Actor } from '../../deps.ts'
import { groupRows } from './group-rows.ts'
import type { DetectionPorts } from './ports.ts'
import { mostAlerts, raiseAlerts } from './raise-alerts.ts'
import { rowTime } from './row-values.ts'
import type { RunResult } from './run-store.ts'
import type { Span } from './windows.ts'

export interface Evaluation {
  id: string
  definition: CustomDetectionInput
  author: Actor
  span: Span
  /** Evaluates what these ingest batches brought instead of all rows of the span. */
  ingested?: { after: number; upTo: number }
  /** Rows up to here raise nothing. */
  raiseAfter: Date | null
  signal: AbortSignal
}

/** Runs the query over a span and makes alerts of its rows. Throws `Refusal` when the query fails or is refused. */
export async function evaluateSpan(ports: DetectionPorts, evaluation: Evaluation): Promise<RunResult> {
  const { id, definition, author, span, ingested, raiseAfter, signal } = evaluation
  const since = performance.now()
  const answer = await ports.hunts.run(author, {
    query: definition.query,
    timespan: timespanOf(span),
    ...(ingested ? { ingested } : { now: BigInt(span.to.getTime()) * 10_000n }),
    signal,
  })
  const judged = raiseAfter
    ? answer.results.filter((row) => (rowTime(row) ?? Infinity) > raiseAfter.getTime())
    : answer.results
  const { groups, unnamed, untimed, outside } = groupRows(definition, judged, author)
  const times = groups.flatMap((group) => group.rows.map((row) => row.time))
  // A continuous run's rows lie anywhere in time: the link leads to where they are.
  const found =
    ingested && times.length > 0
      ? {
          from: new Date(times.reduce((a, b) => Math.min(a, b))),
          to: new Date(times.reduce((a, b) => Math.max(a, b)) + 1),
        }
      : span
  const raised = await raiseAlerts(
    ports,
    { id, definition, reads: answer.reads, span: found, author: author.name },
    groups,
  )
  const notes = [
    ...(answer.truncated
      ? [
          `The query has ${answer.total === null ? 'more' : answer.total.toLocaleString('en')} rows; ${ports.hunts.mostRows.toLocaleString('en')} of them were looked at.`,
        ]
      : []),
    ...(raised.leftOut > 0
      ? [
          `${raised.leftOut} more alerts are over the limit of ${mostAlerts} a run and were not raised${ingested ? '' : ' yet'}.`,
        ]
      : []),
    ...(unnamed > 0 ? [`${unnamed} rows name none of the mapped entities: no alert can be made of them.`] : []),
    ...(outside > 0
      ? [`${outside} rows are about something that ${author.name} may not see: they raised nothing.`]
      : []),
    ...(untimed > 0 ? [`${untimed} rows have no Timestamp: no alert can be made of them.`] : []),
  ]
  return {
    state: notes.length > 0 ? 'partly' : 'completed',
    rows: answer.results.length,
    alerts: raised.alerts,
    repeats: raised.repeats,
    ms: performance.now() - since,
    rowsRead: answer.stats.rowsRead,
    bytesRead: answer.stats.bytesRead,
    notes,
  }
}

export function timespanOf({ from, to }: Span): string {
  return `${from.toISOString()}/${to.toISOString()}`
}
