export interface Shift {
  /** ISO 8601. */
  from: string
  /** Absent = until now. */
  to?: string
}

export const shiftHours = [8, 12, 24] as const
const hour = 3_600_000

/** The last hours until now, from a whole minute on. */
export function lastHours(hours: number, now: number): Shift {
  return { from: new Date(Math.floor((now - hours * hour) / 60_000) * 60_000).toISOString() }
}

/** What `datetime-local` shows: the same moment on this browser's clock. */
export function toLocal(iso: string): string {
  const at = new Date(iso)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** Back from a `datetime-local`; undefined when it isn't a moment. */
export function fromLocal(text: string): string | undefined {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** Hours where they stay readable as bars, days above three days. */
export function bucketOf({ from, to }: Shift, now: number): 'hour' | 'day' {
  return (to ? Date.parse(to) : now) - Date.parse(from) > 72 * hour ? 'day' : 'hour'
}
