import { createContext, useContext, useEffect } from 'react'
import type { WhatIf } from '../../signs/impact.ts'

/** Lets the dialog draw its what-if on a graph of the page behind it. */
export interface WhatIfBoard {
  /** What graphs draw now; null = as things are. */
  shown: WhatIf | null
  show(whatIf: WhatIf | null): void
  /** Keys that a graph on the page can draw. */
  keys: ReadonlySet<string>
  offer(keys: ReadonlySet<string>): void
}

const none: ReadonlySet<string> = new Set()

export const WhatIfContext = createContext<WhatIfBoard>({ shown: null, show() {}, keys: none, offer() {} })

/** For a page with a graph: tells which entities it draws, and returns the what-if to draw on them. */
export function useWhatIf(keys: ReadonlySet<string>): WhatIf | null {
  const { shown, offer } = useContext(WhatIfContext)
  useEffect(() => {
    offer(keys)
    return () => offer(none)
  }, [keys, offer])
  return shown && keys.has(shown.targetKey) ? shown : null
}
