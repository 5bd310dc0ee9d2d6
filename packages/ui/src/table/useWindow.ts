import { type RefObject, useEffect, useState } from 'react'

/** Rows drawn beyond the visible ones on each side, so that quick scrolling shows no gap. */
const margin = 14

/** Which of `count` rows of one height are in view of the scroller: first index and one past the last. */
export function useWindow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
): { first: number; end: number } {
  const [view, setView] = useState({ top: 0, height: 900 })
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const read = () => {
      // Steps of some rows: a new range is drawn only when it matters.
      const step = rowHeight * 4
      const top = Math.floor(element.scrollTop / step) * step
      const height = element.clientHeight + step
      setView((now) => (now.top === top && now.height === height ? now : { top, height }))
    }
    read()
    element.addEventListener('scroll', read, { passive: true })
    const observer = new ResizeObserver(read)
    observer.observe(element)
    return () => {
      element.removeEventListener('scroll', read)
      observer.disconnect()
    }
  }, [scroller, rowHeight])
  const first = Math.max(0, Math.min(Math.floor(view.top / rowHeight) - margin, count - 1))
  return { first, end: Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + margin) }
}
