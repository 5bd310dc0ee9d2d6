import { kqlWords } from './kql-words.ts'

/** A cell as text for tables, filters and the clipboard. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A text as KQL writes it. Rows hold what attackers wrote, so nothing in it may end the literal or hide. */
export function kqlText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll(
    // What JSON leaves as it is, but ends a line or draws nothing.
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A value as KQL writes it. */
export function kqlValue(value: unknown, type: string): string {
  const text = cellText(value)
  if (type === 'datetime' || type === 'decimal' || type === 'guid') return `${type}(${text === '' ? 'null' : text})`
  if (type === 'timespan') return `time(${text === '' ? 'null' : text})`
  if (type === 'long' || type === 'int' || type === 'real') return text === '' ? `${type}(null)` : text
  if (type === 'bool') return text === '' ? 'bool(null)' : text
  return kqlText(text)
}

/** A column name as KQL writes it; names that the language uses itself are quoted too. */
export function kqlName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !kqlWords.has(name) ? name : `[${kqlText(name)}]`
}

/** Rows in the order of one column; missing values last. */
export function sortedRows<T extends Record<string, unknown>>(
  rows: readonly T[],
  name: string,
  dir: 'asc' | 'desc',
): T[] {
  const sign = dir === 'asc' ? 1 : -1
  return rows.toSorted((a, b) => {
    const [x, y] = [a[name], b[name]]
    if (x === null || x === undefined || x === '') return y === null || y === undefined || y === '' ? 0 : 1
    if (y === null || y === undefined || y === '') return -1
    if (typeof x === 'number' && typeof y === 'number') return (x - y) * sign
    const [s, t] = [cellText(x), cellText(y)]
    return (s < t ? -1 : s > t ? 1 : 0) * sign
  })
}
