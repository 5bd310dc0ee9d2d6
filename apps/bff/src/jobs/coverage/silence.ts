import { spanMs } from './observe-sources.ts'

/** A source is given at least this long, however steadily it sends. */
const leastMs = 10 * 60_000
/** Before this many spans are known, nothing can be said of a source's habit. */
const fewSpans = 6
const unknownHabitMs = 15 * 60_000

export interface Gap {
  from: Date
  to: Date
  /** Cordon itself wasn't running for the whole of it, so the source may have sent. */
  isOurs: boolean
}

export interface Rhythm {
  /** Silence longer than this is unusual for the source. */
  habitMs: number
  isSilent: boolean
  gaps: Gap[]
}

/**
 * What a source's own rhythm says: nineteen of twenty pauses are shorter than `habitMs / 3`. Gaps are the pauses that
 * were longer than the habit, the present one included.
 * @param spans beginnings of the five minutes in which it sent, ascending, epoch ms
 * @param own the same for Cordon itself
 */
export function rhythmOf(spans: readonly number[], own: readonly number[], now: number): Rhythm {
  const pauses = spans.slice(1).map((start, i) => start - (spans[i] ?? start) - spanMs)
  const usual = pauses.toSorted((a, b) => a - b)[Math.floor(pauses.length * 0.95)] ?? 0
  const habitMs = spans.length < fewSpans ? unknownHabitMs : Math.max(leastMs, usual * 3)
  const ends = [...spans.slice(1), now]
  const gaps = spans.flatMap((start, i): Gap[] => {
    const [from, to] = [start + spanMs, ends[i] ?? now]
    if (to - from <= habitMs) return []
    return [{ from: new Date(from), to: new Date(to), isOurs: !own.some((at) => at + spanMs > from && at < to) }]
  })
  const last = spans.at(-1)
  return { habitMs, isSilent: last === undefined || now - (last + spanMs) > habitMs, gaps }
}
