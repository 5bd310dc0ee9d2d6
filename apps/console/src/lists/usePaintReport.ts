import { useRef } from 'react'
import { reportShown } from '../api/shown.ts'

/** What a row shows: an alert, or an incident as of a time (ISO 8601). */
export type Shown = { alert: string } | { incident: { id: number; updatedAt: string } }

const mostKnown = 20_000

/**
 * Tells the server which rows came new to an open queue, once they are painted: detection latency is measured until
 * somebody could see it. Rows that were there when the queue was opened aren't news. Give the result to the table.
 */
export function usePaintReport<T>(scope: string, isSettled: boolean, shownBy: (row: T) => Shown) {
  const known = useRef<{ scope: string; keys: Set<string> } | null>(null)
  return (rows: readonly T[]) => {
    if (!isSettled || document.visibilityState !== 'visible') return
    const all = rows.map((row) => {
      const shown = shownBy(row)
      return { shown, key: 'alert' in shown ? shown.alert : `${shown.incident.id} ${shown.incident.updatedAt}` }
    })
    const isFirst = known.current?.scope !== scope || known.current.keys.size > mostKnown
    const keys = known.current && !isFirst ? known.current.keys : new Set<string>()
    known.current = { scope, keys }
    const fresh = all.filter(({ key }) => !keys.has(key))
    for (const { key } of fresh) keys.add(key)
    if (isFirst || fresh.length === 0) return
    // The second frame begins after the first was painted.
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        reportShown(
          fresh.map(({ shown }) => shown),
          performance.now(),
        ),
      ),
    )
  }
}
