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

/** Hours where they stay readable as bars, days above three days. */
export function bucketOf({ from, to }: Shift, now: number): 'hour' | 'day' {
  return (to ? Date.parse(to) : now) - Date.parse(from) > 72 * hour ? 'day' : 'hour'
}
