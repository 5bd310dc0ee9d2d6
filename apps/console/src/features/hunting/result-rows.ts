import type { HuntResult } from '@cordon/contract'
import { cellText, sortedRows } from './hunt-text.ts'

export type Row = Readonly<Record<string, unknown>>

/** A row with its place in the answer, which names it through sorting and filtering. */
export interface NumberedRow {
  row: Row
  index: number
}

/** What a column lets through: a part of the text, some of its values, or both. */
export interface ColumnFilter {
  text: string
  values: ReadonlySet<string> | null
}

export interface TableState {
  filters: ReadonlyMap<string, ColumnFilter>
  sort: { key: string; dir: 'asc' | 'desc' } | null
}

export const noTableState: TableState = { filters: new Map(), sort: null }

/** The rows that the filters let through, sorted. All are at hand, so nothing is asked of the server. */
export function shownRows(results: readonly Row[], { filters, sort }: TableState): NumberedRow[] {
  const tests = [...filters].map(([name, filter]) => ({ name, ...filter, word: filter.text.trim().toLowerCase() }))
  const numbered: NumberedRow[] = []
  for (const [index, row] of results.entries()) {
    const isIn = tests.every(({ name, word, values }) => {
      const text = cellText(row[name])
      return (values === null || values.has(text)) && (word === '' || text.toLowerCase().includes(word))
    })
    if (isIn) numbered.push({ row, index })
  }
  if (!sort) return numbered
  const order = new Map(numbered.map((each) => [each.row, each]))
  return sortedRows([...order.keys()], sort.key, sort.dir).flatMap((row) => order.get(row) ?? [])
}

/** Ascending, descending, as it came. */
export function sortedBy(table: TableState, key: string): TableState {
  const { sort } = table
  return { ...table, sort: sort?.key !== key ? { key, dir: 'asc' } : sort.dir === 'asc' ? { key, dir: 'desc' } : null }
}

/** The commonest values of a column with how often each occurs, and how many there are in all. */
export function valuesOf(
  results: readonly Row[],
  name: string,
  most: number,
): { values: [string, number][]; all: number } {
  const counts = new Map<string, number>()
  for (const row of results) {
    const text = cellText(row[name])
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  const values = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, most)
  return { values, all: counts.size }
}

const fixed: Readonly<Record<string, number>> = { datetime: 150, bool: 84 }

/** Pixels a column starts with, by what is in its first rows. */
export function columnWidth({ name, type }: HuntResult['schema'][number], results: readonly Row[]): number {
  const longest = results
    .slice(0, 60)
    .reduce((most, row) => Math.max(most, Math.min(cellText(row[name]).length, 80)), 0)
  const wanted = Math.max(longest * (type === 'dynamic' ? 7.4 : 6.8), name.length * 7 + 30) + 22
  return Math.round(Math.min(440, Math.max(84, fixed[type] ?? 0, type === 'datetime' ? 150 : wanted)))
}

/** Columns that hold something in at least one row; all of them where there are no rows. */
export function filledColumns(schema: HuntResult['schema'], results: readonly Row[]): HuntResult['schema'] {
  return results.length === 0 ? schema : schema.filter(({ name }) => results.some((row) => cellText(row[name]) !== ''))
}

/** A text that holds an object or array, parsed; undefined for everything else. */
export function jsonOf(value: unknown): object | undefined {
  if (typeof value === 'object' && value !== null) return value
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return undefined
  try {
    const parsed: unknown = JSON.parse(value)
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}

/** The rows as a Markdown table. Nothing in a cell may end it, start markup or hide. */
export function markdownTable(
  schema: HuntResult['schema'],
  rows: readonly Row[],
  inert: (text: string) => string,
): string {
  const cell = (text: string) =>
    inert(text.replaceAll(/\r?\n/g, ' '))
      .slice(0, 500)
      .replaceAll(/[\\`*_[\]<>|~#]/g, String.raw`\$&`)
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(schema.map(({ name }) => cell(name))),
    line(schema.map(({ type }) => (type === 'long' || type === 'int' || type === 'real' ? '---:' : '---'))),
    ...rows.map((row) => line(schema.map(({ name }) => cell(cellText(row[name]))))),
  ].join('\n')
}
