/** A value as the reference knows it: datetimes are milliseconds since 1970, only lists of texts and numbers are dynamic. */
export type Value = string | number | boolean | null | readonly (string | number)[]

export type Type = 'string' | 'long' | 'bool' | 'datetime' | 'dynamic'

export interface Column {
  name: string
  type: Type
}

export type Row = Readonly<Record<string, Value>>

/** Rows with their columns. `ordered`: the order of rows is part of the answer. `unique`: a column without two equal values. */
export interface Relation {
  columns: readonly Column[]
  rows: readonly Row[]
  ordered: boolean
  unique: string | undefined
}

/** One text per row, the same for equal rows; sorted where the order means nothing. */
export function comparable({ columns, rows, ordered }: Relation): string[] {
  const texts = rows.map((row) => JSON.stringify(columns.map(({ name, type }) => shown(row[name] ?? null, type))))
  return ordered ? texts : texts.sort()
}

/** The same of an answer that came over HTTP's JSON. */
export function comparableAnswer(
  columns: readonly string[],
  rows: readonly Record<string, unknown>[],
  ordered: boolean,
): string[] {
  const texts = rows.map((row) => JSON.stringify(columns.map((name) => row[name] ?? null)))
  return ordered ? texts : texts.sort()
}

function shown(value: Value, type: Type): unknown {
  if (type === 'string') return value ?? ''
  if (type === 'datetime' && typeof value === 'number') return new Date(value).toISOString().replace('Z', '0000Z')
  return value
}

/** Groups rows by what they hold in these columns; null equals null. */
export function grouped(rows: readonly Row[], by: readonly string[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = keyOf(row, by)
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}

export function keyOf(row: Row, by: readonly string[]): string {
  return JSON.stringify(by.map((name) => row[name] ?? null))
}

/** Ascending, null first; texts by their characters' numbers. */
export function compareValues(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  return a === b ? 0 : a < b ? -1 : 1
}
