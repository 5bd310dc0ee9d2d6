import type { TuningSchedule } from './tuning-rule.ts'

export const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const

/**
 * Is the moment (epoch ms) inside the weekly window, by the clocks of its time zone? A window whose end isn't after its
 * beginning reaches into the next day and belongs to the day it begins on; the same time twice is the whole day round.
 * Where clocks are put forward, the hour that doesn't exist is no window; where they are put back, both hours are. False
 * for a zone that this platform doesn't know.
 */
export function inSchedule({ days, from, until, timeZone }: TuningSchedule, time: number): boolean {
  const now = clock(timeZone, time)
  if (!now) return false
  if (from < until) return days.includes(now.day) && now.time >= from && now.time < until
  const before = now.day === 1 ? 7 : now.day - 1
  return (days.includes(now.day) && now.time >= from) || (days.includes(before) && now.time < until)
}

/** Why the schedule can't be kept; undefined when it can. */
export function scheduleProblem({ timeZone }: TuningSchedule): string | undefined {
  return formatFor(timeZone) ? undefined : `“${timeZone}” isn’t a time zone of the IANA database.`
}

/** “Saturday, Sunday 22:00–04:00 (Europe/Berlin)” */
export function scheduleWords({ days, from, until, timeZone }: TuningSchedule): string {
  const on = days.length === 7 ? 'Every day' : days.toSorted().map((day) => weekdays[day - 1])
  return `${Array.isArray(on) ? on.join(', ') : on} ${from}–${until} (${timeZone})`
}

interface Clock {
  /** ISO 8601: Monday is 1. */
  day: number
  /** `HH:MM` */
  time: string
}

function clock(timeZone: string, time: number): Clock | undefined {
  const parts = formatFor(timeZone)?.formatToParts(time)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts?.find((one) => one.type === type)?.value ?? ''
  const day = weekdays.findIndex((name) => name === part('weekday')) + 1
  return day === 0 ? undefined : { day, time: `${part('hour')}:${part('minute')}` }
}

// Making one costs a thousand times what using it does.
const formats = new Map<string, Intl.DateTimeFormat | null>()
const mostFormats = 1000

function formatFor(timeZone: string): Intl.DateTimeFormat | null {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const made = makeFormat(timeZone)
  if (formats.size < mostFormats) formats.set(timeZone, made)
  return made
}

function makeFormat(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'long',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  } catch {
    return null // RangeError: no such zone
  }
}
