import type { ScrollView } from './useScrollView.ts'

/** Rows drawn beyond the visible ones on each side, so that quick scrolling shows no gap. */
const margin = 14

/** Which of `count` rows of one height are in view: first index and one past the last. */
export function rowWindow(
  view: Pick<ScrollView, 'top' | 'height'>,
  count: number,
  rowHeight: number,
): { first: number; end: number } {
  const first = Math.max(0, Math.min(Math.floor(view.top / rowHeight) - margin, count - 1))
  return { first, end: Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + margin) }
}
