import type { KeyboardEvent } from 'react'
import type { Refinement } from './kql-edit.ts'

interface Place {
  row: number
  column: number
}

export type GridAct = {
  to?: Place
  refine?: Refinement
  do?: 'inspect' | 'select' | 'open' | 'copy' | 'menu' | 'filter' | 'sort' | 'all'
}

const refinements: Readonly<Record<string, Refinement>> = {
  '=': 'equals',
  '!': 'not-equals',
  '~': 'contains',
  e: 'extend',
}
const acts: Readonly<Record<string, NonNullable<GridAct['do']>>> = {
  Enter: 'inspect',
  ' ': 'select',
  x: 'open',
  f: 'filter',
  s: 'sort',
  m: 'menu',
  ContextMenu: 'menu',
}

/** What the keys of the grid mean, as its help lists them. */
export const gridKeys: readonly [string, string][] = [
  ['Arrows, Page, Home, End', 'Move'],
  ['Enter', 'Inspect the record'],
  ['X', 'Open the row in place'],
  ['Space', 'Select the row; with Shift, up to here'],
  ['=  !  ~', 'Add a filter to the query: equals, not equals, contains'],
  ['E', 'Extend JSON into a column'],
  ['M or Menu key', 'Menu of the cell'],
  ['F, S', 'Filter or sort by the column'],
  ['Ctrl+C', 'Copy the value'],
]

/** What a key does at a place of the grid; undefined for keys that mean nothing there. */
export function keyAction(
  event: KeyboardEvent,
  at: Place & { page: number; lastRow: number; lastColumn: number },
): GridAct | undefined {
  const { key } = event
  const { row, column } = at
  if (event.ctrlKey || event.metaKey) {
    if (key === 'c') return { do: 'copy' }
    if (key === 'a') return { do: 'all' }
    if (key === 'Home') return { to: { row: 0, column: 0 } }
    if (key === 'End') return { to: { row: at.lastRow, column: at.lastColumn } }
    return undefined
  }
  if (event.altKey) return undefined
  if (key === 'F10' && event.shiftKey) return { do: 'menu' }
  const moves: Readonly<Record<string, Place>> = {
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    ArrowLeft: { row, column: Math.max(0, column - 1) },
    ArrowRight: { row, column: Math.min(at.lastColumn, column + 1) },
    PageUp: { row: row - at.page, column },
    PageDown: { row: row + at.page, column },
    Home: { row, column: 0 },
    End: { row, column: at.lastColumn },
  }
  const to = moves[key]
  if (to) return { to }
  const refine = refinements[key]
  if (refine) return { refine }
  const act = acts[key]
  return act ? { do: act } : undefined
}
