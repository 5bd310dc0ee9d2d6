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
