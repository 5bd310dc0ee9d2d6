import { character } from './encoding-functions.ts'
import { type Builder, named, text } from './function.ts'

/** The numbers of RFC 3492, section 5: base 36, thresholds 1 to 26, first bias 72, first code point 128. */
const digits = 'abcdefghijklmnopqrstuvwxyz0123456789'
const points = 'Array(Int64)'

const threshold = (k: string, bias: string): string => `least(26, greatest(1, ${k} - ${bias}))`

/** The bias after a delta, section 6.1: divided by 35 while it is above 455, which five comparisons count. */
function adapted(delta: string, count: string, first: string): string {
  const times = [456, 15_960, 558_600, 19_551_000, 684_285_000].map((least) => `(d >= ${least})`).join(' + ')
  const rest = 'intDiv(d, [1, 35, 1225, 42875, 1500625, 52521875][s + 1])'
  return named(
    'e',
    `intDiv(${delta}, if(${first}, 700, 2))`,
    named(
      'd',
      `toInt64(e + intDiv(e, ${count}))`,
      named('s', times, named('r', rest, `toInt64(36 * s + intDiv(36 * r, r + 38))`)),
    ),
  )
}

/** The code points of a text that is valid. */
const pointsOf = (value: string): string =>
  `CAST(arrayMap(c -> toInt64(reinterpretAsUInt32(reverse(convertCharset(c, 'UTF-8', 'UTF-32BE')))), extractAll(if(isValidUTF8(${value}), ${value}, ''), '(?s).')), '${points}')`

/** A text of code points; empty where one is none. */
function textOf(list: string): string {
  const bytes = `arrayMap(p -> ${character('p')}, q)`
  return named(
    'q',
    list,
    `if(arrayAll(p -> p BETWEEN 0 AND 55295 OR p BETWEEN 57344 AND 1114111, q), arrayStringConcat(${bytes}), '')`,
  )
}

/** What has been read, the last code point, the place of the next, the place before, bias, weight, k, whether it holds. */
const reading = `Tuple(${points}, Int64, Int64, Int64, Int64, Int64, Int64, UInt8)`

/** Decoding, section 6.2: the text of `x`; empty where it is not punycode. */
function decoded(x: string): string {
  const split = `(length(${x}) - position(reverse(${x}), '-') + 1)`
  const hasBasic = `position(${x}, '-') > 0`
  const basic = `if(${hasBasic}, substring(${x}, 1, ${split} - 1), '')`
  const extended = `if(${hasBasic}, substring(${x}, ${split} + 1), ${x})`
  const list = `arrayMap(c -> toInt64(position('${digits}', lower(c))) - 1, ngrams(${extended}, 1))`
  const inserted = named(
    'z',
    'toInt64(length(a.1) + 1)',
    named(
      'o',
      'i % z',
      `CAST((arrayConcat(arraySlice(a.1, 1, o), [toInt64(a.2 + intDiv(i, z))], arraySlice(a.1, o + 1)), a.2 + intDiv(i, z), o + 1, o + 1, ${adapted('(i - a.4)', 'z', 'a.4 = 0')}, 1, 36, 1), '${reading}')`,
    ),
  )
  const further = `CAST((a.1, a.2, i, a.4, a.5, a.6 * (36 - t), a.7 + 36, a.6 < 2147483648), '${reading}')`
  const failed = `CAST((a.1, a.2, a.3, a.4, a.5, a.6, a.7, 0), '${reading}')`
  const step = named(
    'i',
    'toInt64(a.3 + c * a.6)',
    named(
      't',
      threshold('a.7', 'a.5'),
      `multiIf(a.8 = 0, a, c < 0 OR i > 2147483647 OR a.2 > 1114111, ${failed}, c < t, ${inserted}, ${further})`,
    ),
  )
  const start = `CAST((${pointsOf(basic)}, 128, 0, 0, 72, 1, 36, match(${basic}, '^[\\\\x00-\\\\x7F]*$')), '${reading}')`
  const end = `arrayFold((a, c) -> ${step}, ${list}, ${start})`
  return named('v', end, `if(v.8 = 1 AND v.7 = 36, ${textOf('v.1')}, '')`)
}

/** What has been written, the last code point, delta, bias, how many are done. */
const writing = 'Tuple(String, Int64, Int64, Int64, Int64)'

/** A delta as digits, section 6.3. Eight are more than any delta needs. */
function digitsOf(delta: string, bias: string): string {
  const digit = (value: string): string => `substring('${digits}', ${value} + 1, 1)`
  const step = named(
    't',
    threshold('j * 36', bias),
    `multiIf(w.3 = 1, w, w.1 < t, (w.1, concat(w.2, ${digit('w.1')}), toUInt8(1)), (toInt64(intDiv(w.1 - t, 36 - t)), concat(w.2, ${digit('(t + (w.1 - t) % (36 - t))')}), toUInt8(0)))`,
  )
  return `tupleElement(arrayFold((w, j) -> ${step}, range(1, 9), (toInt64(${delta}), '', toUInt8(0))), 2)`
}

/** Encoding, section 6.3: the text of `x` as punycode. */
function encoded(x: string): string {
  const isBasic = 'length(arrayFilter(p -> p < 128, y))'
  // Every code point beyond ASCII goes through the whole text, from the least to the greatest.
  const passes = `arrayFlatten(arrayMap(m -> arrayMap((p, j) -> (m, p, toUInt8(j = 1), toUInt8(j = length(y))), y, arrayEnumerate(y)), arraySort(arrayDistinct(arrayFilter(p -> p >= 128, y)))))`
  const written = `(concat(a.1, ${digitsOf('g', 'a.4')}), c.1, 0, ${adapted('g', '(a.5 + 1)', 'a.5 = b')}, a.5 + 1)`
  const passed = `if(c.2 = c.1, CAST(${written}, '${writing}'), CAST((a.1, c.1, g + (c.2 < c.1), a.4, a.5), '${writing}'))`
  const step = named(
    'g',
    `toInt64(if(c.3 = 1, a.3 + (c.1 - a.2) * (a.5 + 1), a.3))`,
    named('u', passed, `if(c.4 = 1, CAST((u.1, u.2 + 1, u.3 + 1, u.4, u.5), '${writing}'), u)`),
  )
  const code = named(
    'b',
    `toInt64(${isBasic})`,
    `tupleElement(arrayFold((a, c) -> ${step}, ${passes}, CAST(('', 128, 0, 72, b), '${writing}')), 1)`,
  )
  const basic = `arrayStringConcat(arrayMap(p -> char(p), arrayFilter(p -> p < 128, y)))`
  return named('y', pointsOf(x), `concat(${basic}, if(${isBasic} > 0, '-', ''), ${code})`)
}

/** Labels of a domain one by one, those that need it. */
const decodedDomain: Builder = (call) => {
  const label = named('k', decoded('substring(x, 5)'), `(k, k != '')`)
  const labels = `arrayMap(x -> if(startsWith(lower(x), 'xn--'), ${label}, (x, true)), splitByChar('.', ${call.text(0)}))`
  return text(named('l', labels, `if(arrayAll(p -> p.2, l), arrayStringConcat(arrayMap(p -> p.1, l), '.'), '')`))
}

/** Four kinds of dots part labels, RFC 3490, section 3.1. */
const encodedDomain: Builder = (call) => {
  const labels = `splitByRegexp('[.\\\\x{3002}\\\\x{FF0E}\\\\x{FF61}]', ${call.text(0)})`
  const label = `if(match(x, '[^\\\\x00-\\\\x7F]'), concat('xn--', ${encoded('x')}), x)`
  return text(`arrayStringConcat(arrayMap(x -> ${label}, ${labels}), '.')`)
}

/** Names with characters beyond ASCII, as the domain name system writes them. */
export const punycodeFunctions: Readonly<Record<string, Builder>> = {
  punycode_from_string: (call) => text(named('x', call.text(0), encoded('x'))),
  punycode_to_string: (call) => text(named('x', call.text(0), decoded('x'))),
  punycode_domain_from_string: decodedDomain,
  punycode_domain_to_string: encodedDomain,
}
