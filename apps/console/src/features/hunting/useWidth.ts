import { type RefObject, useEffect, useState } from 'react'

/** The width of an element in pixels, as it is now. */
export function useWidth(of: RefObject<HTMLElement | null>, before = 800): number {
  const [width, setWidth] = useState(before)
  useEffect(() => {
    const element = of.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(Math.max(200, Math.floor(element.clientWidth))))
    observer.observe(element)
    return () => observer.disconnect()
  }, [of])
  return width
}
