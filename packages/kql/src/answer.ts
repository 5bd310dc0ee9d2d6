import { quoted } from './algebra/relation.ts'
import type { BoundColumn } from './service/syntax.ts'
import { timespanText } from './translate/literals.ts'

/** A cell as JSON: numbers beyond 2^53 as text, datetimes as ISO text, timespans as `d.hh:mm:ss`, dynamic values as they are. */
export type Cell = string | number | boolean | null | object

/** Turns the engine's rows, whose columns are `r0`, `r1` …, into rows by the names of the query. */
export function answerRows(
  columns: readonly BoundColumn[],
  rows: readonly Record<string, unknown>[],
): Record<string, Cell>[] {
  return rows.map((row) =>
    Object.fromEntries(columns.map((column, index) => [column.name, cellOf(column.type, row[`r${index}`])])),
  )
}

/** The statement with the names of the query as names of its columns, for files that the engine itself writes. */
export function fileSelect(sql: string, columns: readonly BoundColumn[]): string {
  const used = new Set<string>()
  const items = columns.map(({ name, type }, index) => {
    // Files need names that differ, and not only in nothing.
    let own = name === '' ? `Column${index + 1}` : name
    while (used.has(own)) own += '_'
    used.add(own)
    return `${fileCell(type, `\`r${index}\``)} AS ${quoted(own)}`
  })
  return items.length === 0 ? sql : `SELECT ${items.join(', ')} FROM (${sql})`
}

/** Spans of time have no type in files: their ticks of 100 ns become seconds. */
function fileCell(type: BoundColumn['type'], sql: string): string {
  if (type === 'timespan') return `${sql} / 10000000`
  if (type === 'datetime') return `CAST(${sql}, 'Nullable(DateTime64(6, \\'UTC\\'))')`
  return type === 'decimal' ? `toString(${sql})` : sql
}

function cellOf(type: BoundColumn['type'], value: unknown): Cell {
  if (value === null || value === undefined) return type === 'string' ? '' : null
  switch (type) {
    case 'long':
    case 'int':
      return wholeNumber(value)
    case 'real':
      return typeof value === 'number' ? value : realNumber(text(value))
    case 'bool':
      return value === true || value === 1 || value === '1'
    case 'timespan':
      return timespanText(BigInt(text(value)))
    case 'dynamic':
      return dynamicValue(text(value))
    default:
      return text(value)
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function wholeNumber(value: unknown): Cell {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : text(value)
}

function realNumber(value: string): Cell {
  const special = { nan: 'NaN', '-nan': 'NaN', inf: 'Infinity', '-inf': '-Infinity' }[value]
  return special ?? (Number.isFinite(Number(value)) ? Number(value) : value)
}

function dynamicValue(value: string): Cell {
  try {
    return JSON.parse(value) as Cell // the engine's own JSON
  } catch {
    return value
  }
}
