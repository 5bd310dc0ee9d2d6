import { useSyncExternalStore } from 'react'

let expired = false
const listeners = new Set<() => void>()
const set = (next: boolean) => {
  if (expired === next) return
  expired = next
  for (const listener of listeners) listener()
}

/** The server no longer knows the session. The page stays as it is; the shell asks for the password over it. */
export const markExpired = () => set(true)
export const clearExpired = () => set(false)

export function useExpired(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => expired,
  )
}
