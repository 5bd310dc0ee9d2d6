import { type RefObject, useLayoutEffect, useState } from 'react'

/** What of a scroller is in view, in pixels: how far it is scrolled, and its inner size. */
export interface ScrollView {
  top: number
  height: number
  width: number
}

/**
 * Follows a scroller in steps of so many pixels, so that a new range is drawn only when it matters. The height is one
 * step more than what is seen; the width is unlimited before it is known.
 */
export function useScrollView(scroller: RefObject<HTMLElement | null>, step: number): ScrollView {
  const [view, setView] = useState<ScrollView>({ top: 0, height: 900, width: Infinity })
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const read = () => {
      const top = Math.floor(element.scrollTop / step) * step
      const height = element.clientHeight + step
      const width = element.clientWidth
      setView((now) => (now.top === top && now.height === height && now.width === width ? now : { top, height, width }))
    }
    read()
    element.addEventListener('scroll', read, { passive: true })
    const observer = new ResizeObserver(read)
    observer.observe(element)
    return () => {
      element.removeEventListener('scroll', read)
      observer.disconnect()
    }
  }, [scroller, step])
  return view
}
