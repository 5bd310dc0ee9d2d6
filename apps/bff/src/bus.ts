import type { Noun } from '@cordon/contract'

export interface Bus {
  /** Says that nouns changed. Called after the transaction that changed them. */
  announce(changed: readonly Noun[]): void
  /** Returns the stop function. A listener must not throw. */
  listen(listener: (changed: readonly Noun[]) => void): () => void
}

/** Hints inside this process that something changed; they carry no data. */
export function createBus(): Bus {
  const listeners = new Set<(changed: readonly Noun[]) => void>()
  return {
    announce(changed) {
      if (changed.length > 0) for (const listener of listeners) listener(changed)
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
