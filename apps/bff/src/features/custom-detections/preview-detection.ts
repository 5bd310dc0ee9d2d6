import type { CustomDetectionInput, DetectionPreview } from '@cordon/contract'
import { setImmediate as breathe } from 'node:timers/promises'
import type { Actor } from '../../deps.ts'
import { timespanOf } from './evaluate-span.ts'
import { fillTemplate } from './fill-template.ts'
import { type AlertGroup, groupRows } from './group-rows.ts'
import type { Hunts } from './ports.ts'
import type { QueryRow } from './row-values.ts'
import type { Span } from './windows.ts'

const previewDays = 30
const dayMs = 24 * 60 * 60_000
/** A query that summarizes is asked span by span, until this time is used up. */
const budgetMs = 25_000
const mostExamples = 20

/**
 * The alerts that a custom detection would have raised in the past 30 days. Where each row follows from one event, one
 * run tells; else the span is laid out in look-backs, the newest first, since a sum over a month is not a sum over an
 * hour. Stores nothing.
 */
export async function previewDetection(
  hunts: Hunts,
  author: Actor,
  definition: CustomDetectionInput,
  signal: AbortSignal,
): Promise<DetectionPreview> {
  const since = performance.now()
  const to = new Date()
  const whole: Span = { from: new Date(to.getTime() - previewDays * dayMs), to }
  const { notRowWise } = await hunts.describe(author, definition.query, signal)
  const isLaidOut = notRowWise !== null && definition.lookbackMinutes * 60_000 < previewDays * dayMs
  const spans = isLaidOut ? laidOut(whole, definition.lookbackMinutes * 60_000) : [whole]
  const notes = isLaidOut
    ? [`The query ${notRowWise.replace(/^it /, '')}: its spans were laid end to end. Runs in between may raise more.`]
    : []
  const rows: QueryRow[] = []
  let [rowsRead, bytesRead] = [0, 0]
  let isTruncated = false
  let looked: Span = whole
  for (const span of spans) {
    if (rows.length > 0 && (performance.now() - since > budgetMs || rows.length >= hunts.mostRows)) {
      looked = { from: span.to, to }
      notes.push(`Only what happened since ${span.to.toISOString().slice(0, 16).replace('T', ' ')} UTC was looked at.`)
      break
    }
    const answer = await hunts.run(author, {
      query: definition.query,
      timespan: timespanOf(span),
      now: BigInt(span.to.getTime()) * 10_000n,
      signal,
    })
    rows.push(...answer.results)
    rowsRead += answer.stats.rowsRead
    bytesRead += answer.stats.bytesRead
    isTruncated ||= answer.truncated
    await breathe()
  }
  if (isTruncated)
    notes.push(`There are more than ${hunts.mostRows.toLocaleString('en')} rows: the figures are from a part of them.`)
  const { groups, unnamed, untimed, outside } = groupRows(definition, rows, author)
  if (unnamed > 0) notes.push(`${unnamed.toLocaleString('en')} rows name none of the mapped entities.`)
  if (outside > 0)
    notes.push(`${outside.toLocaleString('en')} rows are about something you may not see: they would raise nothing.`)
  if (untimed > 0) notes.push(`${untimed.toLocaleString('en')} rows have no Timestamp.`)
  return {
    from: looked.from.toISOString(),
    to: to.toISOString(),
    alerts: groups.length,
    rows: rows.length,
    days: perDay(groups, whole),
    examples: groups
      .slice(-mostExamples)
      .toReversed()
      .map((group) => exampleOf(definition, group)),
    notes,
    ms: performance.now() - since,
    rowsRead,
    bytesRead,
  }
}

/** Spans of one length, the newest first. */
function laidOut({ from, to }: Span, ms: number): Span[] {
  const spans: Span[] = []
  for (let end = to.getTime(); end > from.getTime(); end -= ms)
    spans.push({ from: new Date(Math.max(from.getTime(), end - ms)), to: new Date(end) })
  return spans
}

function perDay(groups: readonly AlertGroup[], { from, to }: Span): DetectionPreview['days'] {
  const days = new Map<string, { day: string; alerts: number; rows: number }>()
  for (let at = from.getTime(); at < to.getTime() + dayMs; at += dayMs) {
    const day = new Date(Math.min(at, to.getTime())).toISOString().slice(0, 10)
    days.set(day, { day, alerts: 0, rows: 0 })
  }
  for (const group of groups) {
    const begun = days.get(new Date(group.rows[0].time).toISOString().slice(0, 10))
    if (begun) begun.alerts += 1
    for (const { time } of group.rows) {
      const day = days.get(new Date(time).toISOString().slice(0, 10))
      if (day) day.rows += 1
    }
  }
  return [...days.values()]
}

function exampleOf(definition: CustomDetectionInput, { rows }: AlertGroup): DetectionPreview['examples'][number] {
  const [first] = rows
  const named = rows.flatMap((row) => row.evidence.filter(({ role }) => role !== 'contextual'))
  return {
    at: new Date(first.time).toISOString(),
    title: fillTemplate(definition.title, first.row),
    description: fillTemplate(definition.description, first.row),
    entities: [...new Map(named.map((item) => [item.key, item])).values()]
      .slice(0, 10)
      .map(({ key, kind, name }) => ({ key, kind, name })),
    rows: rows.length,
    sample: first.row,
  }
}
