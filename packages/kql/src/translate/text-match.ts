import { cast } from './casts.ts'
import { type Context, reuse } from './context.ts'
import type { Scalar } from './scalar.ts'

/** KQL's string predicates, by operator without `!`: what they match, and whether they look at case. */
export type TextPredicate = 'has' | 'hasprefix' | 'hassuffix' | 'contains' | 'startswith' | 'endswith'

/** Anything that is neither letter nor digit separates terms; the underscore does too. */
const separator = '[^\\p{L}\\p{N}]'
const asciiTerm = /^[A-Za-z0-9]+$/
// oxlint-disable-next-line no-control-regex -- the range of ASCII
const ascii = /^[\x00-\x7f]*$/

/** Whether the text matches. Both sides are strings. The result is never null. */
export function matchText(
  context: Context,
  predicate: TextPredicate,
  sides: { text: Scalar; needle: Scalar; caseSensitive: boolean },
): string {
  const text = cast(context, sides.text, 'string')
  const needle = cast(context, sides.needle, 'string')
  const { caseSensitive } = sides
  if (needle.constant === '') return 'true'
  switch (predicate) {
    case 'contains':
      return containsSql(context, text, needle, caseSensitive)
    case 'startswith':
      return `startsWith(${folded(text, needle, caseSensitive)}, ${foldedNeedle(context, needle, caseSensitive)})`
    case 'endswith':
      return `endsWith(${folded(text, needle, caseSensitive)}, ${foldedNeedle(context, needle, caseSensitive)})`
    default:
      return termSql(context, predicate, { text, needle, caseSensitive })
  }
}

function folded(text: Scalar, needle: Scalar, caseSensitive: boolean): string {
  if (
    caseSensitive ||
    (typeof needle.constant === 'string' && ascii.test(needle.constant) && !/[a-z]/i.test(needle.constant))
  )
    return text.sql
  return typeof needle.constant === 'string' && ascii.test(needle.constant)
    ? `lower(${text.sql})`
    : `lowerUTF8(${text.sql})`
}

function foldedNeedle(context: Context, needle: Scalar, caseSensitive: boolean): string {
  if (caseSensitive) return needle.sql
  if (typeof needle.constant === 'string') return context.query.parameters.text(needle.constant.toLowerCase())
  return `lowerUTF8(${needle.sql})`
}

function containsSql(context: Context, text: Scalar, needle: Scalar, caseSensitive: boolean): string {
  if (caseSensitive) return `position(${text.sql}, ${needle.sql}) > 0`
  const value = needle.constant
  if (typeof value !== 'string' || !ascii.test(value))
    return `position(lowerUTF8(${text.sql}), ${foldedNeedle(context, needle, false)}) > 0`
  if (text.indexed && value.length >= 4) {
    const pattern = `%${value.toLowerCase().replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
    return `lower(${text.sql}) LIKE ${context.query.parameters.text(pattern)}`
  }
  return `positionCaseInsensitive(${text.sql}, ${needle.sql}) > 0`
}

interface Sides {
  text: Scalar
  needle: Scalar
  caseSensitive: boolean
}

function termSql(
  context: Context,
  predicate: 'has' | 'hasprefix' | 'hassuffix',
  { text, needle, caseSensitive }: Sides,
): string {
  const value = needle.constant
  const { parameters } = context.query
  if (typeof value !== 'string') return dynamicTermSql(context, predicate, { text, needle, caseSensitive })
  const pattern = parameters.text(termPattern(predicate, value, caseSensitive))
  if (text.indexed && predicate === 'has' && ascii.test(value)) {
    const tokens = (value.toLowerCase().match(/[a-z0-9]+/g) ?? []).map((token) => parameters.text(token))
    if (tokens.length > 0) {
      const indexed = `hasAllTokens(lower(${text.sql}), [${tokens.join(', ')}])`
      return asciiTerm.test(value) && !caseSensitive ? indexed : `(${indexed} AND match(${text.sql}, ${pattern}))`
    }
  }
  if (!ascii.test(value)) return `match(${text.sql}, ${pattern})`
  const { sql } = reuse(context, text)
  const quick = caseSensitive
    ? `position(${sql}, ${needle.sql}) > 0`
    : `positionCaseInsensitive(${sql}, ${needle.sql}) > 0`
  return `(${quick} AND match(${sql}, ${pattern}))`
}

function termPattern(predicate: string, value: string, caseSensitive: boolean): string {
  const [before, after] = edgesOf(predicate, value)
  return `(?s${caseSensitive ? '' : 'i'})${before}${escapeRegex(value)}${after}`
}

/** What must stand before and after a term: nothing where it begins or ends with a separator itself. */
function edgesOf(predicate: string, value: string): [before: string, after: string] {
  const edge = /[\p{L}\p{N}]/u
  const first = [...value][0] ?? ''
  const last = [...value].at(-1) ?? ''
  return [
    predicate !== 'hassuffix' && edge.test(first) ? `(?:^|${separator})` : '',
    predicate !== 'hasprefix' && edge.test(last) ? `(?:$|${separator})` : '',
  ]
}

/** Needles that are computed per row. */
function dynamicTermSql(context: Context, predicate: string, { text, needle, caseSensitive }: Sides): string {
  const { parameters } = context.query
  const { sql } = reuse(context, needle)
  const before =
    predicate === 'hassuffix'
      ? `''`
      : `if(match(${sql}, '^[\\\\p{L}\\\\p{N}]'), ${parameters.text(`(?:^|${separator})`)}, '')`
  const after =
    predicate === 'hasprefix'
      ? `''`
      : `if(match(${sql}, '[\\\\p{L}\\\\p{N}]$'), ${parameters.text(`(?:$|${separator})`)}, '')`
  return `match(${text.sql}, concat('(?s${caseSensitive ? '' : 'i'})', ${before}, regexpQuoteMeta(${sql}), ${after}))`
}

/** One pattern that matches when any of the terms does. */
export function anyTermSql(context: Context, text: Scalar, values: readonly string[]): string {
  const { parameters } = context.query
  if (values.includes('')) return 'true'
  if (text.indexed && values.every((value) => asciiTerm.test(value)))
    return `hasAnyTokens(lower(${text.sql}), [${values.map((value) => parameters.text(value.toLowerCase())).join(', ')}])`
  if (text.indexed)
    return `(${values.map((value) => matchText(context, 'has', { text, needle: textScalar(context, value), caseSensitive: false })).join(' OR ')})`
  const { sql } = reuse(context, text)
  const tests = groupsOf(values).map((group) => {
    const pattern = parameters.text(anyTermPattern(group))
    if (!group.every((value) => ascii.test(value))) return `match(${sql}, ${pattern})`
    const needles = group.map((value) => parameters.text(value)).join(', ')
    return `(multiSearchAnyCaseInsensitive(${sql}, [${needles}]) AND match(${sql}, ${pattern}))`
  })
  return tests.length === 1 ? (tests[0] ?? 'true') : `(${tests.join(' OR ')})`
}

/** The engine searches for 255 texts at once, and compiles patterns up to a size. */
function groupsOf(values: readonly string[]): string[][] {
  const groups: string[][] = []
  let length = 0
  for (const value of values) {
    const group = groups.at(-1)
    length += value.length
    if (group && group.length < 200 && length < 8000) group.push(value)
    else {
      groups.push([value])
      length = value.length
    }
  }
  return groups
}

/** The edges stand once around all terms that have the same ones: each is a large class of characters. */
function anyTermPattern(values: readonly string[]): string {
  const within = new Map<string, string[]>()
  for (const value of values) {
    const [before, after] = edgesOf('has', value)
    const edges = `${before}(?:\0)${after}`
    const same = within.get(edges)
    if (same) same.push(escapeRegex(value))
    else within.set(edges, [escapeRegex(value)])
  }
  const alternatives = [...within].map(([edges, terms]) => edges.replace('\0', () => terms.join('|')))
  return `(?si)(?:${alternatives.join('|')})`
}

function textScalar(context: Context, value: string): Scalar {
  return { sql: context.query.parameters.text(value), type: 'string', nullable: false, constant: value }
}

/** A text as pattern that matches just it. */
export function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, (character) => `\\${character}`)
}

/** Equality of texts without regard to case. */
export function equalIgnoringCase(context: Context, left: Scalar, right: Scalar): string {
  const [a, b] = [cast(context, left, 'string'), cast(context, right, 'string')]
  if (typeof b.constant === 'string') return `${folded(a, b, false)} = ${foldedNeedle(context, b, false)}`
  if (typeof a.constant === 'string') return equalIgnoringCase(context, right, left)
  return `lowerUTF8(${a.sql}) = lowerUTF8(${b.sql})`
}
