/** A cell as text for tables, filters and the clipboard. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A value as KQL writes it. */
export function kqlValue(value: unknown, type: string): string {
  const text = cellText(value)
  if (type === 'datetime') return `datetime(${text})`
  if (type === 'timespan') return `time(${text})`
  if (type === 'long' || type === 'int' || type === 'real') return text === '' ? `${type}(null)` : text
  if (type === 'bool') return text === '' ? 'bool(null)' : text
  return JSON.stringify(text.toWellFormed()).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

/** A column name as KQL writes it. */
export function kqlName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `['${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`
}

/** The query with one more condition on a column; before the trailing render, which must stay last. */
export function withCondition(
  query: string,
  column: { name: string; type: string },
  value: unknown,
  equal: boolean,
): string {
  const name = column.type === 'dynamic' ? `tostring(${kqlName(column.name)})` : kqlName(column.name)
  const written = column.type === 'dynamic' ? kqlValue(cellText(value), 'string') : kqlValue(value, column.type)
  const condition = `| where ${name} ${equal ? '==' : '!='} ${written}`
  const trimmed = query.trimEnd().replace(/;$/, '')
  const render = /\n?\|\s*render\b[^|]*$/.exec(trimmed)
  return render
    ? `${trimmed.slice(0, render.index)}\n${condition}${trimmed.slice(render.index)}`
    : `${trimmed}\n${condition}`
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
