import type { MappedPart } from '@cordon/contract'

export type QueryRow = Readonly<Record<string, unknown>>

/** A cell as text; empty for null and for what holds further values. */
export function cellText(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/**
 * The value of a column, or of `Column.member.member` of one that holds JSON. A column whose own name has dots is taken
 * as it is.
 */
export function columnValue(row: QueryRow, path: string): unknown {
  if (Object.hasOwn(row, path)) return row[path]
  const [name = '', ...members] = path.split('.')
  if (!Object.hasOwn(row, name)) return undefined
  let value = row[name]
  if (typeof value === 'string') value = parsed(value)
  for (const member of members) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return undefined
    value = (value as Record<string, unknown>)[member] // just looked
  }
  return value
}

/** Does the answer have the column that this path begins with? */
export function hasColumn(columns: readonly { name: string; type: string }[], path: string): boolean {
  const named = (name: string | undefined) => columns.find((column) => column.name === name)
  if (named(path)) return true
  const type = path.includes('.') ? named(path.split('.')[0])?.type : undefined
  return type === 'dynamic' || type === 'string'
}

export function partText(row: QueryRow, part: MappedPart): string {
  return 'value' in part ? part.value : cellText(columnValue(row, part.column)).slice(0, 512)
}

/** Epoch milliseconds of the row's event; undefined where the row has no usable time. */
export function rowTime(row: QueryRow): number | undefined {
  const time = Date.parse(cellText(row.Timestamp))
  return Number.isNaN(time) ? undefined : time
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
