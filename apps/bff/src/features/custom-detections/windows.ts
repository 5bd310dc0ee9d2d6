/** Half-open: from up to, without, to. */
export interface Span {
  from: Date
  to: Date
}

export interface DueSpans {
  /** Spans to evaluate, oldest first; all but the last were missed. */
  spans: Span[]
  /** What is too long ago to be caught up with. */
  gap: Span | null
}

/** So many missed spans are caught up with, and none that ended longer ago. */
export const mostMissed = 288
export const longestMissedMs = 7 * 24 * 60 * 60_000
const minute = 60_000

export interface Schedule {
  frequencyMinutes: number
  lookbackMinutes: number
}

/**
 * Spans that are due: each ends a whole number of periods after what was covered, and reaches back as far as the
 * look-back says. Without anything covered: one that ends now.
 */
export function dueSpans({ frequencyMinutes, lookbackMinutes }: Schedule, coveredTo: Date | null, now: Date): DueSpans {
  const lookback = lookbackMinutes * minute
  const spanTo = (to: number): Span => ({ from: new Date(to - lookback), to: new Date(to) })
  if (coveredTo === null) return { spans: [spanTo(now.getTime())], gap: null }
  const period = frequencyMinutes * minute
  const periods = Math.floor((now.getTime() - coveredTo.getTime()) / period)
  const oldest = Math.max(
    1,
    periods - mostMissed + 1,
    Math.ceil((now.getTime() - longestMissedMs - coveredTo.getTime()) / period),
  )
  const spans: Span[] = []
  for (let number = oldest; number <= periods; number += 1) spans.push(spanTo(coveredTo.getTime() + number * period))
  const first = spans[0]
  const gap = first && first.from > coveredTo ? { from: coveredTo, to: first.from } : null
  return { spans, gap }
}

/** What lies between what was covered and a fresh start now; null where the look-back reaches that far. */
export function gapBefore(lookbackMinutes: number, coveredTo: Date | null, now: Date): Span | null {
  const from = new Date(now.getTime() - lookbackMinutes * minute)
  return coveredTo !== null && coveredTo < from ? { from: coveredTo, to: from } : null
}
