import { parseCidr } from './cidr.ts'
import { base64, base64Offsets, latin, utf16, utf8 } from './encoding.ts'
import type { Resolved } from './field.ts'
import { parsePattern, patternTest, plainText, withDashes } from './pattern.ts'
import type { Pattern, TextTest } from './pattern.ts'
import { linearRegex } from './regex.ts'
import { regexLiterals } from './regex-literals.ts'
import type { Selection, SigmaValue } from './rule.ts'

type Item = Extract<Selection, { kind: 'item' }>

/** What a value of a field must satisfy; the field itself is chosen by the caller. */
export interface ItemTest {
  /** @param other values of another field of the same event, for `fieldref` */
  test(resolved: Resolved, other: (field: string) => Resolved): boolean
  /** One of these holds in every match; undefined when nothing can be promised. */
  witnesses?: ItemWitness[]
  /** Rough cost of the test, so that what is cheap is asked first: 1 is a comparison. */
  cost: number
}

/** What a field must be, contain (lower case), or merely have: any value. */
export interface ItemWitness {
  kind: 'equals' | 'contains' | 'present'
  literal: string
}

/** Cost of a regular expression, by measurement tens of comparisons. */
const regexCost = 40

/** Names → values for `expand` placeholders and for `x-cordon-in` lists. */
export type Lists = Readonly<Record<string, readonly string[]>>

const timeParts = new Set(['minute', 'hour', 'day', 'week', 'month', 'year'])
const orders = new Set(['lt', 'lte', 'gt', 'gte'])

/**
 * Compiles one field (or keyword) with its modifiers to a test.
 * @throws Error for a combination or value that has no meaning
 */
export function compileItem(item: Item, lists: Lists): ItemTest {
  const has = (name: string) => item.modifiers.includes(name)
  if (has('exists')) return existence(item)
  const positive = has('fieldref') ? references(item) : valueTests(item, lists)
  if (!has('neq') && !has('x-cordon-not-in')) return positive
  return { test: (resolved, other) => !positive.test(resolved, other), cost: positive.cost }
}

function existence(item: Item): ItemTest {
  const text = String(item.values[0]).toLowerCase()
  if (!['true', 'yes', 'false', 'no'].includes(text)) throw new Error('"exists" takes true or false')
  const wanted = text === 'true' || text === 'yes'
  return {
    test: (resolved) => resolved.present === wanted,
    witnesses: wanted ? [{ kind: 'present', literal: '' }] : undefined,
    cost: 1,
  }
}

function valueTests(item: Item, lists: Lists): ItemTest {
  const tests = item.values.flatMap((value) => singleTests(value, item, lists))
  if (tests.length === 0) return { test: () => false, witnesses: [], cost: 1 }
  const sets = tests.map(witnessesOf)
  const known = sets.filter((set) => set !== undefined)
  const cost = item.modifiers.includes('re') ? regexCost : 1 + Math.min(tests.length, 50) / 10
  if (item.modifiers.includes('all')) {
    const weight = (set: ItemWitness[]) => Math.min(...set.map((witness) => witness.literal.length)) / set.length
    const best = known.toSorted((a, b) => weight(b) - weight(a))[0]
    return { test: (resolved) => tests.every((test) => holds(test, resolved)), witnesses: best, cost }
  }
  const complete = known.length === tests.length ? known.flat() : undefined
  const literals = allEqual(tests)
  if (literals && !item.modifiers.includes('cased'))
    return { test: (resolved) => equalsAny(resolved.lowers, literals), witnesses: complete, cost: 1 }
  return { test: (resolved) => holdsAny(tests, resolved), witnesses: complete, cost }
}

function equalsAny(lowers: string[], literals: ReadonlySet<string>): boolean {
  for (let i = 0; i < lowers.length; i++) if (literals.has(lowers[i]!)) return true
  return false
}

function holdsAny(tests: SingleTest[], resolved: Resolved): boolean {
  for (let i = 0; i < tests.length; i++) if (holds(tests[i]!, resolved)) return true
  return false
}

/** `oneOf`: texts of which one occurs in every match. */
type SingleTest = { text: TextTest; oneOf?: string[] } | { raw: (resolved: Resolved) => boolean }

function witnessesOf(test: SingleTest): ItemWitness[] | undefined {
  if (!('text' in test)) return undefined
  if (test.text.witness) return [test.text.witness]
  return test.oneOf?.map((literal) => ({ kind: 'contains', literal }))
}

function holds(test: SingleTest, resolved: Resolved): boolean {
  if ('raw' in test) return test.raw(resolved)
  const { texts, lowers } = resolved
  for (let i = 0; i < texts.length; i++) if (test.text.test(texts[i]!, lowers[i]!)) return true
  return false
}

function allEqual(tests: SingleTest[]): Set<string> | undefined {
  const literals = new Set<string>()
  for (const test of tests) {
    if (!('text' in test) || test.text.witness?.kind !== 'equals') return undefined
    literals.add(test.text.witness.literal)
  }
  return literals
}

function singleTests(value: SigmaValue, item: Item, lists: Lists): SingleTest[] {
  const has = (name: string) => item.modifiers.includes(name)
  const part = item.modifiers.find((name) => timeParts.has(name))
  const order = item.modifiers.find((name) => orders.has(name))
  if (part || order) return [{ raw: numberTest(value, part, order) }]
  if (value === null) return [{ raw: (resolved) => resolved.empty }]
  if (has('x-cordon-in') || has('x-cordon-not-in')) return listTests(String(value), item, lists)
  const text = String(value)
  if (has('re')) {
    const flags = ['i', 'm', 's'].filter(has).join('')
    const sources = has('expand') ? expand(text, lists).map((piece) => piece.source) : [text]
    return sources.map((source) => {
      const regex = linearRegex(source, flags)
      const oneOf = regexLiterals(source)
      // A look for what cannot be missing costs little beside the expression itself.
      const test = oneOf
        ? (content: string, lower: string) => includesAny(lower, oneOf) && regex.test(content)
        : (content: string) => regex.test(content)
      return { text: { test }, oneOf }
    })
  }
  if (has('cidr')) {
    const inside = parseCidr(text)
    return [{ text: { test: (content) => inside(content) } }]
  }
  const sources = has('expand') ? expand(text, lists).map((piece) => piece.source) : [text]
  return sources.flatMap((source) => encoded(source, item.modifiers)).map((pattern) => textTest(pattern, item))
}

function includesAny(text: string, literals: string[]): boolean {
  for (let i = 0; i < literals.length; i++) if (text.includes(literals[i]!)) return true
  return false
}

function listTests(name: string, item: Item, lists: Lists): SingleTest[] {
  const list = Object.hasOwn(lists, name) ? lists[name] : undefined
  if (!list) throw new Error(`list "${name}" is not defined`)
  return list.map((member) => textTest(parsePattern(member), item))
}

function textTest(pattern: Pattern, item: Item): SingleTest {
  const has = (name: string) => item.modifiers.includes(name)
  const any = { kind: 'any' } as const
  // A keyword names no field, so it is searched for inside every value.
  const within = has('contains') || (item.field === undefined && !has('startswith') && !has('endswith'))
  const front = within || has('endswith') ? [any] : []
  const back = within || has('startswith') ? [any] : []
  const whole = [...front, ...pattern, ...back].filter(
    (token, i, all) => token.kind !== 'any' || all[i - 1]?.kind !== 'any',
  )
  return { text: patternTest(whole, has('cased')) }
}

/** Applies the transforming modifiers in the rule's order; one value can become several. */
function encoded(source: string, modifiers: string[]): Pattern[] {
  let patterns: Pattern[] = [parsePattern(source)]
  let bytes: Uint8Array | undefined
  const content = (pattern: Pattern, name: string): Uint8Array => {
    if (bytes) return bytes
    const text = plainText(pattern)
    if (text === undefined) throw new Error(`"${name}" cannot encode wildcards; escape them`)
    return utf8(text)
  }
  const wide = (order: 'little' | 'big', mark: boolean, name: string): void => {
    const text = plainText(patterns[0]!)
    if (text === undefined) throw new Error(`"${name}" cannot encode wildcards; escape them`)
    bytes = utf16(text, order, mark)
    patterns = [literal(latin(bytes))]
  }
  for (const name of modifiers) {
    if (name === 'wide' || name === 'utf16le') wide('little', false, name)
    else if (name === 'utf16be') wide('big', false, name)
    else if (name === 'utf16') wide('little', true, name)
    else if (name === 'windash') patterns = patterns.map(withDashes)
    else if (name === 'base64') patterns = [literal(base64(content(patterns[0]!, name)))]
    else if (name === 'base64offset') patterns = base64Offsets(content(patterns[0]!, name)).map(literal)
  }
  return patterns
}

function literal(text: string): Pattern {
  return [{ kind: 'text', text }]
}

const maxExpansions = 20_000

function expand(source: string, lists: Lists): { source: string }[] {
  const pieces = source.split(/((?<!\\)%[^%\s]+%)/)
  let results = ['']
  for (const [i, piece] of pieces.entries()) {
    const name = i % 2 === 1 ? piece.slice(1, -1) : undefined
    const list = name !== undefined && Object.hasOwn(lists, name) ? lists[name] : undefined
    if (name !== undefined && !list) throw new Error(`placeholder "%${name}%" is not defined`)
    const choices = list ?? [piece.replaceAll('\\%', '%')]
    if (results.length * choices.length > maxExpansions) throw new Error(`"${source}" expands to too many values`)
    results = results.flatMap((head) => choices.map((choice) => head + choice))
  }
  return results.map((text) => ({ source: text }))
}

function numberTest(value: SigmaValue, part: string | undefined, order: string | undefined) {
  const limit = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof limit !== 'number' || !Number.isFinite(limit)) throw new Error(`"${String(value)}" is not a number`)
  const read = part ? (content: unknown) => timePart(content, part) : numeric
  return (resolved: Resolved): boolean =>
    resolved.values.some((content) => {
      const number = read(content)
      return number !== undefined && compare(number, order ?? 'eq', limit)
    })
}

/** Compares numbers by a Sigma comparison word. */
export function compare(left: number, word: string, right: number): boolean {
  switch (word) {
    case 'lt':
      return left < right
    case 'lte':
      return left <= right
    case 'gt':
      return left > right
    case 'gte':
      return left >= right
    case 'neq':
      return left !== right
    default:
      return left === right
  }
}

/** The number a value is, or spells. */
export function numeric(value: unknown): number | undefined {
  if (typeof value === 'bigint') return Number(value)
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

// Numbers above this are taken as epoch milliseconds, below as seconds (the year 5138 in seconds, 1973 in ms).
const millisecondsFrom = 1e11

function timePart(value: unknown, part: string): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined
  const date = new Date(typeof value === 'number' && value < millisecondsFrom ? value * 1000 : value)
  if (Number.isNaN(date.getTime())) return undefined
  switch (part) {
    case 'minute':
      return date.getUTCMinutes()
    case 'hour':
      return date.getUTCHours()
    case 'day':
      return date.getUTCDate()
    case 'week':
      return isoWeek(date)
    case 'month':
      return date.getUTCMonth() + 1
    default:
      return date.getUTCFullYear()
  }
}

function isoWeek(date: Date): number {
  const day = (date.getUTCDay() + 6) % 7
  const thursday = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() - day + 3)
  const firstOfYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1)
  return Math.floor((thursday - firstOfYear) / 604_800_000) + 1
}

function references(item: Item): ItemTest {
  const fields = item.values.map((value) => {
    if (typeof value !== 'string') throw new Error('"fieldref" takes a field name')
    return value
  })
  const cased = item.modifiers.includes('cased')
  const word = ['contains', 'startswith', 'endswith'].find((name) => item.modifiers.includes(name))
  const fit = (a: string, b: string) =>
    word === 'contains' ? a.includes(b) : word === 'startswith' ? a.startsWith(b) : word ? a.endsWith(b) : a === b
  const one = (resolved: Resolved, other: Resolved) => {
    const [left, right] = cased ? [resolved.texts, other.texts] : [resolved.lowers, other.lowers]
    return left.some((a) => right.some((b) => fit(a, b)))
  }
  const every = item.modifiers.includes('all')
  return {
    test: (resolved, other) => {
      const matches = (field: string) => one(resolved, other(field))
      return every ? fields.every(matches) : fields.some(matches)
    },
    cost: 4,
  }
}
