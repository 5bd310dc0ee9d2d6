// Reads members of data that strangers wrote: wrong types count as absent, never as an error.

export type Members = Record<string, unknown>

export function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined
}

/** Own member only: names such as `constructor` must not reach the prototype. */
export function member(from: Members | undefined, key: string): unknown {
  return from !== undefined && Object.hasOwn(from, key) ? from[key] : undefined
}

export function objectAt(from: Members | undefined, key: string): Members | undefined {
  return membersOf(member(from, key))
}

export function textAt(from: Members | undefined, key: string): string | undefined {
  const value = member(from, key)
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function listAt(from: Members | undefined, key: string): unknown[] {
  const value = member(from, key)
  return Array.isArray(value) ? value : []
}

/** A whole number, also when written as text; undefined outside the safe range. */
export function wholeAt(from: Members | undefined, key: string): number | undefined {
  const value = member(from, key)
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

export function flagAt(from: Members | undefined, key: string): boolean | undefined {
  const value = member(from, key)
  return typeof value === 'boolean' ? value : undefined
}

/** The object without members that are undefined; so that stored JSON and equality stay tidy. For objects of ours only. */
export function compact<T extends object>(from: T): T {
  const result = {} as T
  // A loop: this runs several times per event, and Object.fromEntries was a tenth of all work.
  for (const key in from) if (from[key] !== undefined) result[key] = from[key]
  return result
}
