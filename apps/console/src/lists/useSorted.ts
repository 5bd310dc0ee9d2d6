import { useState } from 'react'

export interface Sort {
  key: string
  dir: 'asc' | 'desc'
}

/** What a row is sorted by, for each `sortKey` of a table's columns. */
export type SortedBy<T> = Readonly<Record<string, (row: T) => string | number>>

/** A list that came whole, in the order somebody chose by the table's head. Spread the result into the table. */
export function useSorted<T>(rows: readonly T[], by: SortedBy<T>, first: Sort) {
  const [sort, setSort] = useState(first)
  return {
    rows: inOrder(rows, by, sort),
    sort,
    onSort: (key: string) => setSort({ key, dir: sort.key === key && sort.dir === 'asc' ? 'desc' : 'asc' }),
  }
}

/** Rows by what a column is sorted by; of equals, and of a column that has no order, as they came. */
export function inOrder<T>(rows: readonly T[], by: SortedBy<T>, { key, dir }: Sort): readonly T[] {
  const value = by[key]
  return value ? rows.toSorted((a, b) => compare(value(a), value(b)) * (dir === 'asc' ? 1 : -1)) : rows
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'string' || typeof b === 'string') return String(a).localeCompare(String(b))
  // No end, Infinity, less no end isn't a number.
  return a === b ? 0 : a - b
}
