/** What a frozen list shows, and how much the newest data differs from it. */
export interface StableRows<T> {
  rows: T[]
  /** Rows that are new, gone or elsewhere in the newest data. */
  pending: number
}

/**
 * Keeps rows where they are while a person points at or works in the list. Contents are refreshed in place; new rows,
 * moved rows and rows that left wait. Rows that follow the last shown one in the newest data are appended at once,
 * because nothing above them moves (that is how “load more” arrives).
 */
export function stableRows<T>(shown: readonly T[], latest: readonly T[], keyOf: (row: T) => string): StableRows<T> {
  const newest = new Map(latest.map((row) => [keyOf(row), row]))
  const shownKeys = new Set(shown.map(keyOf))
  const rows = shown.map((row) => newest.get(keyOf(row)) ?? row)
  const lastCommon = latest.findLastIndex((row) => shownKeys.has(keyOf(row)))
  const tail = lastCommon < 0 ? [] : latest.slice(lastCommon + 1)
  const inserted = latest.slice(0, Math.max(lastCommon, 0)).filter((row) => !shownKeys.has(keyOf(row))).length
  const added = lastCommon < 0 ? latest.length : inserted
  const gone = shown.filter((row) => !newest.has(keyOf(row))).length
  return { rows: [...rows, ...tail], pending: added + gone + moved(shown, latest, keyOf) }
}

function moved<T>(shown: readonly T[], latest: readonly T[], keyOf: (row: T) => string): number {
  const shownKeys = shown.map(keyOf)
  const inShown = new Set(shownKeys)
  const after = latest.map(keyOf).filter((key) => inShown.has(key))
  const stillThere = new Set(after)
  const before = shownKeys.filter((key) => stillThere.has(key))
  return before.length - longestCommonRun(before, after)
}

// Length of the longest increasing subsequence of old positions: the rows that kept their order.
function longestCommonRun(before: readonly string[], after: readonly string[]): number {
  const place = new Map(before.map((key, index) => [key, index]))
  const tails: number[] = []
  for (const key of after) {
    const at = place.get(key) ?? 0
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((tails[middle] ?? 0) < at) low = middle + 1
      else high = middle
    }
    tails[low] = at
  }
  return tails.length
}
