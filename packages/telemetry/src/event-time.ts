import type { EventFlag } from './event.ts'

const minute = 60_000
const day = 86_400_000
const earliest = Date.UTC(1971, 0, 1)
// The last second ClickHouse's DateTime64(7) can hold is in 2299.
const latest = Date.UTC(2299, 0, 1)

/** RFC 3339 text or epoch milliseconds to epoch milliseconds; undefined when unreadable or absurd (Go's zero time). */
export function readTime(value: unknown): number | undefined {
  const time =
    typeof value === 'string' && /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d/.test(value)
      ? Date.parse(value)
      : typeof value === 'number'
        ? Math.floor(value)
        : Number.NaN
  return time >= earliest && time < latest ? time : undefined
}

/**
 * The event's time and what is odd about it. A sender's own time is kept even when wrong; only a missing or absurd one
 * is replaced by the time of receipt.
 */
export function stamp(value: unknown, ctx: { receivedAt: number }): { time: number; flags: EventFlag[] } {
  const time = readTime(value)
  if (time === undefined) return { time: ctx.receivedAt, flags: ['no-usable-time'] }
  if (time > ctx.receivedAt + 5 * minute) return { time, flags: ['clock-ahead'] }
  return { time, flags: [] }
}

/** Whether the event is older than the days that its table keeps. */
export function isLate(event: { time: number; receivedAt: number }, keptDays: number): boolean {
  return event.time < event.receivedAt - keptDays * day
}

/**
 * Day of the partition as YYYY-MM-DD: the event's own, unless its clock is more than a day ahead or it is flagged late;
 * then the day of receipt. This bounds the number of partitions whatever senders claim.
 */
export function partitionDay(event: { time: number; receivedAt: number; flags?: EventFlag[] }): string {
  const outOfRange = event.flags?.includes('late') || event.time > event.receivedAt + day
  return new Date(outOfRange ? event.receivedAt : event.time).toISOString().slice(0, 10)
}

const utcText = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?[Zz]$/

/** ClickHouse text of a time with 7 digits; `exact` is the sender's own text, kept when it is finer than milliseconds. */
export function storeTime(time: number, exact?: unknown): string {
  const match = typeof exact === 'string' ? utcText.exec(exact) : null
  if (match && Date.parse(exact as string) === time)
    return `${match[1]} ${match[2]}.${(match[3] ?? '').padEnd(7, '0').slice(0, 7)}`
  return `${new Date(time).toISOString().slice(0, 23).replace('T', ' ')}0000`
}
