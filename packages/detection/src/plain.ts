/** Reading of untrusted JSON: every function answers undefined or empty for anything that doesn't fit. */
export type Plain = Record<string, unknown>

export function plain(value: unknown): Plain | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Plain) : undefined
}

/** A member on a path of own members. */
export function at(value: unknown, ...path: string[]): unknown {
  let current: unknown = value
  for (const name of path) {
    if (typeof current !== 'object' || current === null || Array.isArray(current) || !Object.hasOwn(current, name))
      return undefined
    current = (current as Plain)[name]
  }
  return current
}

export function textAt(value: unknown, ...path: string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' && found !== '' ? found : undefined
}

export function numberAt(value: unknown, ...path: string[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

/** At most 1000 elements; more in one object is an attack on the reader. */
export function listAt(value: unknown, ...path: string[]): unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.slice(0, 1000) : []
}

export function textsAt(value: unknown, ...path: string[]): string[] {
  return listAt(value, ...path).filter((element): element is string => typeof element === 'string')
}
