import { useScrollView } from '@cordon/ui'
import type { RefObject } from 'react'

export const rowHeight = 30
export const expandedHeight = 240
const margin = 12

/** Pixels above a row: rows have one height, and those that are open in place another one more. */
export function offsetOf(index: number, open: readonly number[]): number {
  let opened = 0
  while (opened < open.length && (open[opened] ?? 0) < index) opened += 1
  return index * rowHeight + opened * expandedHeight
}

/** The row at a height, the other way round. */
function rowAt(height: number, count: number, open: readonly number[]): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (offsetOf(middle + 1, open) <= height) low = middle + 1
    else high = middle
  }
  return low
}

/** First row to draw and one past the last, for the part of the scroller that is in view. `open` is in ascending order. */
export function useGridWindow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  open: readonly number[],
): { first: number; end: number } {
  const view = useScrollView(scroller, rowHeight * 5)
  return {
    first: Math.max(0, rowAt(view.top, count, open) - margin),
    end: Math.min(count, rowAt(view.top + view.height, count, open) + margin),
  }
}
