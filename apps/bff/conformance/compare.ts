/** Equal up to the last digits of a double. */
export function sameNumber(a: number, b: number, tolerance = 1e-9): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b)
  return a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))
}

/** Equal as JSON values; with `anyOrder` arrays are sets. */
export function sameJson(a: unknown, b: unknown, anyOrder = false): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  if (typeof a === 'number' || typeof b === 'number') return a !== '' && b !== '' && sameNumber(Number(a), Number(b))
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false
    if (a.every((each, index) => sameJson(each, b[index], anyOrder))) return true
    const sorted = (list: unknown[]): string =>
      list
        .map((each) => JSON.stringify(each))
        .toSorted()
        .join(',')
    return anyOrder && sorted(a) === sorted(b)
  }
  if (typeof a !== 'object' || typeof b !== 'object') return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>] // neither is null or an array
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => key in right && sameJson(left[key], right[key], anyOrder))
  )
}
