const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** “3 minutes ago”, “in 2 hours”. */
export function relativeTime(at: Date, now = Date.now()): string {
  const delta = at.getTime() - now
  for (const [unit, size] of units) if (Math.abs(delta) >= size) return words.format(Math.trunc(delta / size), unit)
  return words.format(Math.trunc(delta / 1000), 'second')
}

/** How long ago, as short as a column needs it: “45 s”, “12 min”, “3 h”, “9 d”. */
export function ageOf(at: Date, now = Date.now()): string {
  const seconds = Math.max(0, Math.floor((now - at.getTime()) / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400).toLocaleString()} d`
}
