const named = new WeakSet<Element>()
// A cell, the link in it, the name in that, its text: cut text lies at most this deep around the pointer.
const depth = 5

/**
 * Gives text that its box cuts off with an ellipsis a tooltip with the whole of it, once the pointer comes over it.
 * Elements that have a tooltip of their own keep it. Returns how to stop.
 */
export function tellCutText(root: Document): () => void {
  const onOver = ({ target }: PointerEvent) => {
    let element = target instanceof Element ? target : null
    for (let step = 0; element && step < depth; step++, element = element.parentElement) {
      if (!(element instanceof HTMLElement)) continue
      if (named.has(element)) {
        element.removeAttribute('title')
        named.delete(element)
      }
      if (element.title) return
      if (!isCut(element)) continue
      element.title = element.innerText.trim()
      named.add(element)
      return
    }
  }
  root.addEventListener('pointerover', onOver, { passive: true })
  return () => root.removeEventListener('pointerover', onOver)
}

function isCut(element: HTMLElement): boolean {
  if (element.scrollWidth <= element.clientWidth && element.scrollHeight <= element.clientHeight) return false
  const { textOverflow, webkitLineClamp } = getComputedStyle(element)
  return textOverflow === 'ellipsis' ? element.scrollWidth > element.clientWidth : /^\d/.test(webkitLineClamp)
}
