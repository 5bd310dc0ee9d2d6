import { hasMember, membersIn } from './lazy-members.ts'

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

/** A dotted path, split once. */
export interface FieldPath {
  parts: string[]
  /** Per step the names that it may have: its own, and those that take the following steps' dots into them. */
  names: string[][]
}

const absent: Resolved = { present: false, empty: true, values: [], texts: [], lowers: [] }
for (const list of [absent.values, absent.texts, absent.lowers]) Object.freeze(list)

const maxValues = 2000
const maxDepth = 40

/**
 * Field names are dotted paths through objects and arrays: a step into an array means any element, a number or `[n]`
 * that element, `[*]` any. A member whose own name has dots (`app.kubernetes.io/name`) is found too.
 */
export function splitPath(field: string): FieldPath {
  const before = split.get(field)
  if (before) return before
  const path = parsePath(field)
  if (split.size >= mostSplit) split.clear()
  split.set(field, path)
  return path
}

// Fields are those of the rules, so they are few; the bound is for users' files of any size.
const split = new Map<string, FieldPath>()
const mostSplit = 10_000

function parsePath(field: string): FieldPath {
  const parts = field
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .replaceAll(/\[\*?\]/g, '')
    .split('.')
    .filter((part) => part !== '')
  const names = parts.map((_, at) => parts.slice(at).map((_, length) => parts.slice(at, at + length + 1).join('.')))
  return { parts, names }
}

/** Reads the values at any of the paths. */
export function resolveField(event: unknown, paths: FieldPath[]): Resolved {
  const found = new Found()
  for (const path of paths) walk(event, path, 0, found, 0)
  const { resolved } = found
  if (resolved.present) resolved.empty = resolved.values.every((value) => value === null)
  return resolved
}

/** The same for the one value of a field, which is no array. */
export function resolveSingle(value: unknown): Resolved {
  if (value === undefined) return absent
  if (value === true) return isTrue
  if (value === false) return isFalse
  return single(value)
}

function single(value: unknown): Resolved {
  const text = textOf(value)
  if (text === undefined) return { present: true, empty: value === null, values: [value], texts: [], lowers: [] }
  const lower = text.toLowerCase()
  const texts = [text]
  return {
    present: true,
    empty: false,
    values: typeof value === 'string' ? texts : [value],
    texts,
    lowers: lower === text ? texts : [lower],
  }
}

const isTrue = single(true)
const isFalse = single(false)

// Most fields are absent from most events: nothing is made for them.
class Found {
  resolved = absent
  own(): Resolved {
    if (this.resolved === absent) this.resolved = { present: true, empty: false, values: [], texts: [], lowers: [] }
    return this.resolved
  }
}

function walk(value: unknown, path: FieldPath, at: number, found: Found, depth: number): void {
  if (depth > maxDepth || found.resolved.values.length >= maxValues) return
  const { parts, names } = path
  if (Array.isArray(value)) {
    if (at < parts.length && /^\d+$/.test(parts[at]!)) {
      const index = Number(parts[at])
      if (index < value.length) walk(value[index], path, at + 1, found, depth + 1)
      return
    }
    if (at === parts.length && value.length === 0) found.own()
    for (const element of value) walk(element, path, at, found, depth + 1)
    return
  }
  if (at === parts.length) return take(value, found)
  if (typeof value !== 'object' || value === null) return
  const steps = names[at]!
  for (let i = 0; i < steps.length; i++) {
    const name = steps[i]!
    // Own members only: `constructor` or `__proto__` in a rule must not reach the prototype.
    if (hasMember(value, name)) {
      walk((value as Record<string, unknown>)[name], path, at + i + 1, found, depth + 1)
      return
    }
  }
}

function take(value: unknown, found: Found): void {
  if (value === undefined) return
  const resolved = found.own()
  resolved.values.push(value)
  const text = textOf(value)
  if (text === undefined) return
  resolved.texts.push(text)
  resolved.lowers.push(text.toLowerCase())
}

/** Text form of a scalar; undefined for null, objects and the like. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  return undefined
}

/** Every scalar of an event, for keywords that name no field. */
export function resolveAll(event: unknown): Resolved {
  const found = new Found()
  const resolved = found.own()
  const visit = (value: unknown, depth: number): void => {
    if (depth > maxDepth || resolved.values.length >= maxValues) return
    if (typeof value === 'object' && value !== null) {
      for (const member of membersIn(value)) visit(member, depth + 1)
    } else take(value, found)
  }
  visit(event, 0)
  return resolved
}
