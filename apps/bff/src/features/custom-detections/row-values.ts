export type QueryRow = Readonly<Record<string, unknown>>

/** A cell as text; empty for null and for what holds further values. */
export function cellText(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** Epoch milliseconds of the row's event; undefined where the row has no usable time. */
export function rowTime(row: QueryRow): number | undefined {
  const time = Date.parse(cellText(row.Timestamp))
  return Number.isNaN(time) ? undefined : time
}
