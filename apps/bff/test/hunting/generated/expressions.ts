import type { Column, Row, Type, Value } from './relation.ts'
import type { Random } from './random.ts'

/** A scalar expression with its meaning, written down apart from the translator: one row at a time, no SQL. */
export interface Expression {
  kql: string
  type: Type
  uses: readonly string[]
  of(row: Row): Value
}

/** What texts and numbers the made data hold, so that predicates hit something. */
export const words = {
  texts: ['', 'sh', 'bash', 'xmrig', 'XMRig', 'kube-system', 'shop', "o'br\\ien", 'a`b', '%', '_', 'x|y "z"', '🙂'],
  terms: ['xmrig', 'sh', 'pool', '3333', 'tmp', 'XMRIG', 'ig', 'br', 'none'],
}

export const day = Date.UTC(2026, 0, 5)
const hour = 3_600_000

export function literal(value: Value): string {
  if (value === null) return 'long(null)'
  return typeof value === 'string' ? JSON.stringify(value) : JSON.stringify(value)
}

/** A value of this type: a column, a literal or a call, at most `depth` calls deep. */
export function scalar(random: Random, columns: readonly Column[], type: Type, depth = 2): Expression {
  const fitting = columns.filter((column) => column.type === type)
  if (fitting.length > 0 && (depth === 0 || random.chance(0.45))) return columnOf(random.one(fitting))
  if (depth === 0 || random.chance(0.2)) return constant(random, type)
  const part = (of: Type): Expression => scalar(random, columns, of, depth - 1)
  switch (type) {
    case 'string':
      return textCall(random, part)
    case 'long':
      return numberCall(random, part)
    case 'datetime':
      return timeCall(random, part)
    case 'dynamic':
      return random.one([
        () => call('pack_array', [part('string'), part('string')], 'dynamic', (x, y) => [asText(x), asText(y)]),
        () => call('split', [part('string')], 'dynamic', (x) => asText(x).split(' '), ', " "'),
        () =>
          call('array_concat', [part('dynamic'), part('dynamic')], 'dynamic', (x, y) => [...asList(x), ...asList(y)]),
      ])()
    case 'bool':
      return predicate(random, columns, depth)
  }
}

/** Something true, false or null of a row. */
export function predicate(random: Random, columns: readonly Column[], depth = 2): Expression {
  const part = (type: Type): Expression => scalar(random, columns, type, depth - 1)
  if (depth > 1 && random.chance(0.4)) {
    const [a, b] = [predicate(random, columns, depth - 1), predicate(random, columns, depth - 1)]
    return random.one([
      () => made(`(${a.kql} and ${b.kql})`, 'bool', [a, b], (x, y) => both(x, y)),
      () => made(`(${a.kql} or ${b.kql})`, 'bool', [a, b], (x, y) => opposite(both(opposite(x), opposite(y)))),
      () => made(`not(${a.kql})`, 'bool', [a], opposite),
    ])()
  }
  return random.one([
    () => compared(random, part),
    () => compared(random, part),
    () => textMatch(random, part('string')),
    () => textMatch(random, part('string')),
    () => between(random, part('long')),
    () => listMatch(random, part('string')),
    () => {
      const of = part(random.one(['long', 'datetime'] as const))
      return random.chance(0.5)
        ? made(`isnull(${of.kql})`, 'bool', [of], (x) => x === null)
        : made(`isnotnull(${of.kql})`, 'bool', [of], (x) => x !== null)
    },
    () => {
      const of = part('string')
      return made(`isempty(${of.kql})`, 'bool', [of], (x) => x === '')
    },
  ])()
}

function columnOf({ name, type }: Column): Expression {
  return { kql: name, type, uses: [name], of: (row) => row[name] ?? (type === 'string' ? '' : null) }
}

function constant(random: Random, type: Type): Expression {
  const fixed = (kql: string, value: Value): Expression => ({ kql, type, uses: [], of: () => value })
  switch (type) {
    case 'string': {
      const text = random.one(words.texts)
      return fixed(JSON.stringify(text), text)
    }
    case 'long': {
      const number = random.whole(-5, 60)
      return random.chance(0.1) ? fixed('long(null)', null) : fixed(number < 0 ? `(${number})` : `${number}`, number)
    }
    case 'bool':
      return random.one([() => fixed('true', true), () => fixed('false', false), () => fixed('bool(null)', null)])()
    case 'datetime': {
      const time = day + random.whole(-6, 54) * hour
      return fixed(`datetime(${new Date(time).toISOString()})`, time)
    }
    case 'dynamic':
      return random.one([
        () => fixed('dynamic(["a","b"])', ['a', 'b']),
        () => fixed('dynamic([])', []),
        () => fixed('dynamic(null)', null),
      ])()
  }
}

function made(kql: string, type: Type, parts: readonly Expression[], of: (...values: Value[]) => Value): Expression {
  return {
    kql,
    type,
    uses: [...new Set(parts.flatMap((part) => part.uses))],
    of: (row) => of(...parts.map((part) => part.of(row))),
  }
}

function call(
  name: string,
  parts: readonly Expression[],
  type: Type,
  of: (...values: Value[]) => Value,
  rest = '',
): Expression {
  return made(`${name}(${parts.map((part) => part.kql).join(', ')}${rest})`, type, parts, of)
}

type Part = (type: Type) => Expression

function textCall(random: Random, part: Part): Expression {
  const [from, length] = [random.whole(0, 4), random.whole(0, 5)]
  return random.one([
    () => call('tolower', [part('string')], 'string', (x) => asText(x).toLowerCase()),
    () => call('toupper', [part('string')], 'string', (x) => asText(x).toUpperCase()),
    () => call('strcat', [part('string'), part('string')], 'string', (x, y) => asText(x) + asText(y)),
    () =>
      call(
        'substring',
        [part('string')],
        'string',
        (x) => [...asText(x)].slice(from, from + length).join(''),
        `, ${from}, ${length}`,
      ),
    () => call('tostring', [part('long')], 'string', (x) => (x === null ? '' : `${Number(x)}`)),
    () =>
      call('iff', [part('bool'), part('string'), part('string')], 'string', (p, x, y) => (p === true ? x : y) ?? null),
    () => call('replace_string', [part('string')], 'string', (x) => asText(x).replaceAll('sh', '<%>'), ', "sh", "<%>"'),
    () => call('strcat_array', [part('dynamic')], 'string', (x) => (Array.isArray(x) ? x.join('-') : ''), ', "-"'),
  ])()
}

function numberCall(random: Random, part: Part): Expression {
  const arithmetic = (sign: string, of: (x: number, y: number) => number): Expression => {
    const [a, b] = [part('long'), part('long')]
    return made(`(${a.kql} ${sign} ${b.kql})`, 'long', [a, b], (x, y) =>
      x === null || y === null ? null : of(Number(x), Number(y)),
    )
  }
  const width = random.whole(2, 9)
  return random.one([
    () => arithmetic('+', (x, y) => x + y),
    () => arithmetic('-', (x, y) => x - y),
    () => arithmetic('*', (x, y) => x * y + 0),
    () => call('strlen', [part('string')], 'long', (x) => [...asText(x)].length),
    () =>
      call(
        'bin',
        [part('long')],
        'long',
        (x) => (x === null ? null : Math.floor(Number(x) / width) * width + 0),
        `, ${width}`,
      ),
    () => call('array_length', [part('dynamic')], 'long', (x) => (Array.isArray(x) ? x.length : null)),
    () => call('iff', [part('bool'), part('long'), part('long')], 'long', (p, x, y) => (p === true ? x : y) ?? null),
    () => call('coalesce', [part('long'), part('long')], 'long', (x, y) => x ?? y ?? null),
    () => call('indexof', [part('string')], 'long', (x) => codePointIndex(asText(x), 'sh'), ', "sh"'),
    () =>
      made1('tolong(hourofday(', part('datetime'), '))', (x) =>
        x === null ? null : new Date(Number(x)).getUTCHours(),
      ),
    () => call('tolong', [part('string')], 'long', (x) => (/^-?\d{1,9}$/.test(asText(x)) ? Number(x) : null)),
  ])()
}

function timeCall(random: Random, part: Part): Expression {
  const hours = random.one([1, 2, 6, 24])
  return random.one([
    () =>
      call(
        'bin',
        [part('datetime')],
        'datetime',
        (x) => (x === null ? null : Math.floor(Number(x) / (hours * hour)) * hours * hour),
        `, ${hours}h`,
      ),
    () =>
      call('startofday', [part('datetime')], 'datetime', (x) =>
        x === null ? null : Math.floor(Number(x) / (24 * hour)) * 24 * hour,
      ),
    () => {
      const of = part('datetime')
      return made(`(${of.kql} + ${hours}h)`, 'datetime', [of], (x) => (x === null ? null : Number(x) + hours * hour))
    },
  ])()
}

/** Null is never less or greater; it equals nothing and differs from every value; of two nulls nothing is known. */
function compared(random: Random, part: Part): Expression {
  const type = random.one(['long', 'long', 'datetime', 'string'] as const)
  const [a, b] = [part(type), part(type)]
  const sign = random.one(type === 'string' ? ['==', '!=', '=~', '!~'] : ['==', '!=', '<', '<=', '>', '>='])
  return made(`(${a.kql} ${sign} ${b.kql})`, 'bool', [a, b], (x, y) => compareBySign(sign, x ?? null, y ?? null))
}

function compareBySign(sign: string, x: Value, y: Value): Value {
  if (typeof x === 'string' && typeof y === 'string') {
    const same = sign.includes('~') ? x.toLowerCase() === y.toLowerCase() : x === y
    return sign.startsWith('!') ? !same : same
  }
  if (x === null && y === null) return null
  if (sign === '==' || sign === '!=') return (x === y) === (sign === '==')
  if (x === null || y === null) return null
  if (sign === '<') return x < y
  if (sign === '<=') return x <= y
  return sign === '>' ? x > y : x >= y
}

function between(random: Random, of: Expression): Expression {
  const [low, high] = [random.whole(-3, 20), random.whole(10, 60)]
  return made(`(${of.kql} between (${low} .. ${high}))`, 'bool', [of], (x) =>
    x === null ? null : Number(x) >= low && Number(x) <= high,
  )
}

function listMatch(random: Random, of: Expression): Expression {
  const list = random.some(words.texts).slice(0, 4)
  const sign = random.one(['in', '!in', 'in~', '!in~'])
  return made(`(${of.kql} ${sign} (${list.map((text) => JSON.stringify(text)).join(', ')}))`, 'bool', [of], (x) => {
    const fold = (text: string): string => (sign.endsWith('~') ? text.toLowerCase() : text)
    return list.map(fold).includes(fold(asText(x))) !== sign.startsWith('!')
  })
}

const matches: Readonly<Record<string, (text: string, sought: string) => boolean>> = {
  has: (text, sought) => hasTerm(text, sought),
  contains: (text, sought) => text.includes(sought),
  startswith: (text, sought) => text.startsWith(sought),
  endswith: (text, sought) => text.endsWith(sought),
}

function textMatch(random: Random, of: Expression): Expression {
  const name = random.one(Object.keys(matches))
  const cased = random.chance(0.3)
  const not = random.chance(0.25)
  const sought = random.one(words.terms)
  return made(
    `(${of.kql} ${not ? '!' : ''}${name}${cased ? '_cs' : ''} ${JSON.stringify(sought)})`,
    'bool',
    [of],
    (x) => {
      const fold = (text: string): string => (cased ? text : text.toLowerCase())
      return matches[name]?.(fold(asText(x)), fold(sought)) !== not
    },
  )
}

function hasTerm(text: string, term: string): boolean {
  const inWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character)
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1))
    if (!inWord(text[at - 1]) && !inWord(text[at + term.length])) return true
  return false
}

function both(x: Value | undefined, y: Value | undefined): Value {
  if (x === false || y === false) return false
  return x === null || y === null || x === undefined || y === undefined ? null : true
}

function opposite(x: Value | undefined): Value {
  return x === null || x === undefined ? null : x !== true
}

function made1(before: string, of: Expression, after: string, value: (x: Value) => Value): Expression {
  return made(`${before}${of.kql}${after}`, 'long', [of], (x) => value(x ?? null))
}

function asList(value: Value | undefined): readonly (string | number)[] {
  return Array.isArray(value) ? value : []
}

function asText(value: Value | undefined): string {
  return typeof value === 'string' ? value : ''
}

function codePointIndex(text: string, sought: string): number {
  const at = text.indexOf(sought)
  return at < 0 ? -1 : Array.from(text.slice(0, at)).length
}
