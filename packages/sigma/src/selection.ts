import type { Selection, SigmaValue } from './rule.ts'

const maxValuesPerItem = 20_000
const maxNesting = 20

/** Modifiers of the specification 2.1 and ours (`x-cordon-…`). */
const modifiers = new Set(
  (
    'all startswith endswith contains exists cased neq windash re i m s base64 base64offset utf16le utf16be utf16 ' +
    'wide lt lte gt gte minute hour day week month year cidr expand fieldref x-cordon-in x-cordon-not-in'
  ).split(' '),
)

const regexFlags = new Set(['i', 'm', 's'])

/**
 * Reads one search identifier: a map is AND of its items, a list OR of its members, a bare value a keyword.
 * @throws Error that says what doesn't fit
 */
export function parseSelection(source: unknown, depth = 0): Selection {
  if (depth > maxNesting) throw new Error(`selection is nested deeper than ${maxNesting}`)
  if (Array.isArray(source)) return parseList(source, depth)
  if (typeof source === 'object' && source !== null) return parseMap(source as Record<string, unknown>, depth)
  return keyword([scalar(source)])
}

function parseList(source: unknown[], depth: number): Selection {
  if (source.length === 0) throw new Error('selection is an empty list')
  const words = source.filter((member) => typeof member !== 'object' || member === null)
  const rest = source.filter((member) => typeof member === 'object' && member !== null)
  const of = rest.map((member) => parseSelection(member, depth + 1))
  if (words.length > 0) of.push(keyword(words.map(scalar)))
  return of.length === 1 ? of[0]! : { kind: 'any', of }
}

function parseMap(source: Record<string, unknown>, depth: number): Selection {
  const entries = Object.entries(source)
  if (entries.length === 0) throw new Error('selection is an empty map')
  const of = entries.map(([key, value]) => parseItem(key, value, depth))
  return of.length === 1 ? of[0]! : { kind: 'all', of }
}

function parseItem(key: string, value: unknown, depth: number): Selection {
  const [field = '', ...names] = key.split('|')
  for (const [i, name] of names.entries()) {
    if (!modifiers.has(name)) throw new Error(`unknown modifier "${name}" in "${key}"`)
    if (regexFlags.has(name) && !names.slice(0, i).includes('re'))
      throw new Error(`modifier "${name}" in "${key}" needs "re" before it`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    if (names.length > 0 || field === '') throw new Error(`"${key}" has a map where values are expected`)
    return nested(field, value as Record<string, unknown>, depth)
  }
  const values = flatten(value, 0)
  if (values.length === 0) throw new Error(`"${key}" has no values`)
  if (values.length > maxValuesPerItem) throw new Error(`"${key}" has more than ${maxValuesPerItem} values`)
  if (names.includes('all') && values.length < 2) throw new Error(`"${key}": "all" needs at least two values`)
  return { kind: 'item', field: field === '' ? undefined : field, modifiers: names, values }
}

// `a: {b: x}` means the same as `a.b: x`.
function nested(prefix: string, source: Record<string, unknown>, depth: number): Selection {
  const flat = Object.entries(source).map(([key, value]) => [`${prefix}.${key}`, value] as const)
  return parseSelection(Object.fromEntries(flat), depth + 1)
}

function keyword(values: SigmaValue[]): Selection {
  return { kind: 'item', field: undefined, modifiers: [], values }
}

function flatten(value: unknown, depth: number): SigmaValue[] {
  if (!Array.isArray(value)) return [scalar(value)]
  if (depth > maxNesting) throw new Error(`value list is nested deeper than ${maxNesting}`)
  return value.flatMap((member) => flatten(member, depth + 1))
}

function scalar(value: unknown): SigmaValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date) return value.toISOString()
  throw new Error('value is neither text, number, boolean nor null')
}
