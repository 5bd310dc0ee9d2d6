const NAMED: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const RANGES: [number, number][] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
]

/**
 * The next time a five-field cron schedule fires after `after` (ms since 1970, UTC), within the coming year.
 * Undefined when the schedule can't be read or never fires.
 */
export function nextRun(schedule: string, after: number): number | undefined {
  const fields = (NAMED[schedule] ?? schedule).trim().split(/\s+/)
  if (fields.length !== 5) return undefined
  const sets = fields.map((field, index) => parseField(field, RANGES[index]!)) // five fields, five ranges
  if (sets.some((set) => set === undefined)) return undefined
  const [minutes, hours, days, months, weekdays] = sets as Set<number>[]
  const time = new Date(Math.floor(after / 60_000) * 60_000 + 60_000)
  for (let steps = 0; steps < 366 * 24 + 60; steps++) {
    const day = dayMatches(time, { days: days!, weekdays: weekdays!, fields }) && months!.has(time.getUTCMonth() + 1)
    if (day && hours!.has(time.getUTCHours())) {
      if (minutes!.has(time.getUTCMinutes())) return time.getTime()
      time.setUTCMinutes(time.getUTCMinutes() + 1)
    } else {
      time.setUTCHours(time.getUTCHours() + 1, 0)
    }
  }
  return undefined
}

/** When both day fields are restricted, either may match (crontab(5)). */
function dayMatches(time: Date, cron: { days: Set<number>; weekdays: Set<number>; fields: string[] }): boolean {
  const day = cron.days.has(time.getUTCDate())
  const weekday = cron.weekdays.has(time.getUTCDay())
  return cron.fields[2] === '*' || cron.fields[4] === '*' ? day && weekday : day || weekday
}

function parseField(field: string, [low, high]: [number, number]): Set<number> | undefined {
  const values = new Set<number>()
  for (const part of field.split(',')) {
    const match = /^(\*|\d+(?:-\d+)?)(?:\/(\d+))?$/.exec(part)
    if (!match) return undefined
    const step = Number(match[2] ?? 1)
    const [from, to] = match[1] === '*' ? [low, high] : match[1]!.split('-').map(Number) // group 1 always matches
    const end = to ?? (match[2] ? high : from!)
    if (step < 1 || from! < low || end > (high === 6 ? 7 : high)) return undefined
    for (let value = from!; value <= end; value += step) values.add(high === 6 ? value % 7 : value)
  }
  return values
}
