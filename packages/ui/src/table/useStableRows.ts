import { useState } from 'react'
import { stableRows } from './stable-rows.ts'

/**
 * Rows for a live table. `scope` names the query (filters and sort): when it changes, the newest rows are taken at once,
 * since the person asked for other rows.
 */
export function useStableRows<T>(latest: readonly T[], keyOf: (row: T) => string, scope: string) {
  const [busy, setBusy] = useState(false)
  const [held, setHeld] = useState<{ scope: string; rows: readonly T[] }>({ scope, rows: latest })
  const frozen = busy && held.scope === scope && held.rows.length > 0
  const { rows, pending } = frozen ? stableRows(held.rows, latest, keyOf) : { rows: latest as T[], pending: 0 }
  // Remembered during render, as React advises for state derived from inputs: what is on screen is what gets frozen.
  if (!sameRows(held.rows, rows) || held.scope !== scope) setHeld({ scope, rows })
  return {
    rows,
    pending,
    /** Tell whether the pointer is over the table or focus is in a row. */
    setBusy,
    /** Take the newest rows now. */
    apply: () => setHeld({ scope, rows: latest }),
  }
}

function sameRows<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((row, index) => row === b[index])
}
