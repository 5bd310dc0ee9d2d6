/**
 * PostgreSQL refuses U+0000 in text and jsonb, and unpaired surrogates in jsonb; attackers can put both into names and
 * command lines. Returns a copy with each replaced by U+FFFD. Members that are undefined are dropped.
 */
export function storable<T>(value: T): T {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\u0000', '\uFFFD') as T
  if (Array.isArray(value)) return value.map((item) => storable(item)) as T
  if (value && typeof value === 'object' && !(value instanceof Date)) {
    const copy: Record<string, unknown> = {}
    for (const [key, member] of Object.entries(value)) if (member !== undefined) copy[storable(key)] = storable(member)
    return copy as T
  }
  return value
}

/** JSON text for a jsonb column. */
export function toJsonb(value: unknown): string {
  return JSON.stringify(storable(value))
}
