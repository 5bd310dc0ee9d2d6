/** Reads of untrusted policy objects: never throw, never see inherited properties. */

export type Fields = Record<string, unknown>

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The own property, or undefined; a `null` counts as absent, as it does for the API server. */
export function field(value: unknown, name: string): unknown {
  if (!isObject(value) || !Object.hasOwn(value, name)) return undefined
  return value[name] ?? undefined
}

export function listField(value: unknown, name: string): unknown[] | undefined {
  const found = field(value, name)
  return Array.isArray(found) ? found : undefined
}

export function textField(value: unknown, name: string): string | undefined {
  const found = field(value, name)
  return typeof found === 'string' ? found : undefined
}

export function numberField(value: unknown, name: string): number | undefined {
  const found = field(value, name)
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

/** Property names present (not null) that are not in `known`. */
export function foreignKeys(value: unknown, known: readonly string[]): string[] {
  if (!isObject(value)) return []
  return Object.keys(value).filter((key) => !known.includes(key) && value[key] !== null && value[key] !== undefined)
}
