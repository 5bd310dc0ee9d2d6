/**
 * JSON with members sorted by code unit and no white space, after RFC 8785: two parties that hold the same value hash
 * the same bytes. Throws `TypeError` for what JSON cannot carry (functions, NaN, bigint, cycles end in `RangeError`).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('A ledger entry holds a number that JSON cannot carry.')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (
    typeof value === 'object' &&
    (Object.getPrototypeOf(value) === Object.prototype || !Object.getPrototypeOf(value))
  ) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    members.sort(([a], [b]) => (a < b ? -1 : 1)) // by UTF-16 code units, as RFC 8785 orders members
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
  }
  throw new TypeError(`A ledger entry holds a value that JSON cannot carry: ${typeof value}.`)
}
