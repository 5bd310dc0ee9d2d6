/** All values of one field in one event, resolved once and shared by every rule that asks. */
export interface Resolved {
  present: boolean
  /** The field is there and null, or isn't there. */
  empty: boolean
  values: unknown[]
  /** Values in their text form; `lowers` are the same in lower case. */
  texts: string[]
  lowers: string[]
}

const maxValues = 2000
const maxDepth = 40

/**
 * Field names are dotted paths through objects and arrays: a step into an array means any element, a number or `[n]`
 * that element, `[*]` any. A member whose own name has dots (`app.kubernetes.io/name`) is found too.
 */
export function splitPath(field: string): string[] {
  return field
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .replaceAll(/\[\*?\]/g, '')
    .split('.')
    .filter((part) => part !== '')
}

/** Reads the values at any of the paths. */
export function resolveField(event: unknown, paths: string[][]): Resolved {
  const found: Resolved = { present: false, empty: true, values: [], texts: [], lowers: [] }
  for (const path of paths) walk(event, path, 0, found, 0)
  if (found.present) found.empty = found.values.every((value) => value === null)
  return found
}

function walk(value: unknown, path: string[], at: number, found: Resolved, depth: number): void {
  if (depth > maxDepth || found.values.length >= maxValues) return
  if (Array.isArray(value)) {
    if (at < path.length && /^\d+$/.test(path[at]!)) {
      const index = Number(path[at])
      if (index < value.length) walk(value[index], path, at + 1, found, depth + 1)
      return
    }
    if (at === path.length && value.length === 0) found.present = true
    for (const element of value) walk(element, path, at, found, depth + 1)
    return
  }
  if (at === path.length) return take(value, found)
  if (typeof value !== 'object' || value === null) return
  let name = path[at]!
  for (let end = at + 1; ; end++) {
    // Own members only: `constructor` or `__proto__` in a rule must not reach the prototype.
    if (Object.hasOwn(value, name)) {
      walk((value as Record<string, unknown>)[name], path, end, found, depth + 1)
      return
    }
    if (end >= path.length) return
    name += `.${path[end]}`
  }
}

function take(value: unknown, found: Resolved): void {
  if (value === undefined) return
  found.present = true
  found.values.push(value)
  const text = textOf(value)
  if (text === undefined) return
  found.texts.push(text)
  found.lowers.push(text.toLowerCase())
}

/** Text form of a scalar; undefined for null, objects and the like. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  return undefined
}

/** Every scalar of an event, for keywords that name no field. */
export function resolveAll(event: unknown): Resolved {
  const found: Resolved = { present: true, empty: false, values: [], texts: [], lowers: [] }
  const visit = (value: unknown, depth: number): void => {
    if (depth > maxDepth || found.values.length >= maxValues) return
    if (typeof value === 'object' && value !== null) {
      for (const member of Object.values(value)) visit(member, depth + 1)
    } else take(value, found)
  }
  visit(event, 0)
  return found
}
