/** What a `datetime-local` field shows: the moment on this browser's clock; empty when it is none. */
export function toLocalTime(moment: string | number | Date, precision: 'minutes' | 'seconds' = 'minutes'): string {
  const at = new Date(moment)
  if (Number.isNaN(at.getTime())) return ''
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, precision === 'minutes' ? 16 : 19)
}

/** Back from a `datetime-local` to ISO 8601 in UTC; undefined when it is no moment. */
export function fromLocalTime(text: string): string | undefined {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}
