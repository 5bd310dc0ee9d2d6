import { ageOf, relativeTime } from './relative-time.ts'

const sameYear = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const otherYear = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' })

/** Short name of the browser's time zone, e.g. “GMT+1”. */
export const localZone: string =
  new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' }).formatToParts().find((p) => p.type === 'timeZoneName')
    ?.value ?? 'local time'

function shortTime(at: Date): string {
  return (at.getFullYear() === new Date().getFullYear() ? sameYear : otherYear).format(at)
}

/** An absolute local time; the tooltip tells how long ago, the zone and the whole date. */
export function Time({ value, fallback = '–' }: { value: string | null | undefined; fallback?: string }) {
  const at = value ? new Date(value) : undefined
  if (!at || Number.isNaN(at.getTime())) return <span className="text-muted">{fallback}</span>
  return (
    <time dateTime={at.toISOString()} title={`${relativeTime(at)}\n${whole.format(at)}`} className="whitespace-nowrap">
      {shortTime(at)}
    </time>
  )
}

/** How long ago something was; the tooltip tells when. */
export function Age({ value, fallback = '–' }: { value: string | null | undefined; fallback?: string }) {
  const at = value ? new Date(value) : undefined
  if (!at || Number.isNaN(at.getTime())) return <span className="text-muted">{fallback}</span>
  return (
    <time dateTime={at.toISOString()} title={whole.format(at)} className="whitespace-nowrap">
      {ageOf(at)}
    </time>
  )
}
