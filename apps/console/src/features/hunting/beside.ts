import { createContext, useContext } from 'react'

/** A ready query to open. */
export interface HuntToOpen {
  query: string
  timespan: string
  title: string
}

/** Opens a hunt beside what is being looked at; undefined where there is only the hunting page to go to. */
export const BesideContext = createContext<((hunt: HuntToOpen) => void) | undefined>(undefined)

export function useOpenBeside(): ((hunt: HuntToOpen) => void) | undefined {
  return useContext(BesideContext)
}
