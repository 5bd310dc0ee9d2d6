import { refuse, reuse } from '../translate/context.ts'
import { patternSql, storedPattern } from '../translate/regex.ts'
import { type Builder, type Call, dynamic, jsonArray, long, text } from './function.ts'

interface Window {
  source: string
  /** First and one past the last character that is searched, counted from 0. */
  from: string
  to: string
  valid: string
  occurrence: string
  size: string
}

/** The part of the text that `start` and `length` leave; the whole of it by default. */
function windowOf(call: Call): Window {
  const source = call.reused(0, 'string')
  const size = `toInt64(lengthUTF8(${source}))`
  const start = call.count > 2 ? call.long(2) : '0'
  const length = call.count > 3 ? call.long(3) : '-1'
  const occurrence = call.count > 4 ? call.long(4) : '1'
  const from = `if(${start} < 0, greatest(0, ${size} + (${start})), ${start})`
  return {
    source,
    from,
    to: `if(${length} < 0, ${size}, ${from} + (${length}))`,
    valid: `(${length}) >= -1 AND (${occurrence}) >= 0`,
    occurrence,
    size,
  }
}

const part = ({ source, from, to }: Window): string =>
  `substringUTF8(${source}, ${from} + 1, greatest(0, ${to} - ${from}))`

/** `indexof(text, part, start, length, occurrence)`; null for an empty part. */
const indexOf: Builder = (call) => {
  const window = windowOf(call)
  const needle = call.reused(1, 'string')
  if (call.count === 2)
    return long(`if(${needle} = '', NULL, toInt64(positionUTF8(${window.source}, ${needle})) - 1)`, true)
  // The length limits where a match begins, not where it ends.
  const searched = reuse(call.context, text(part({ ...window, to: `${window.to} + lengthUTF8(${needle}) - 1` }))).sql
  const places = `arrayFilter(i -> substringUTF8(${searched}, i, lengthUTF8(${needle})) = ${needle}, range(1, lengthUTF8(${searched}) + 1))`
  const found = `toInt64(${places}[greatest(1, ${window.occurrence})])`
  return long(
    `if(${needle} = '' OR NOT (${window.valid}), NULL, if(${found} = 0, -1, ${found} - 1 + ${window.from}))`,
    true,
  )
}

/** `indexof_regex`: matches do not overlap. A negative start is no place. */
const indexOfRegex: Builder = (call) => {
  const window = windowOf(call)
  const pattern = patternSql(call.context, call.as(1, 'string'))
  const searched = reuse(call.context, text(part(window))).sql
  // What stands before each match: its length is the place.
  const pieces = `extractAllGroupsVertical(${searched}, concat('(?s)(.*?)(', ${pattern}, ')'))`
  const lengths = `arrayMap(g -> (toInt64(lengthUTF8(g[1])), toInt64(lengthUTF8(g[2]))), ${pieces})`
  const before = `arraySum(p -> p.1 + p.2, arraySlice(${lengths}, 1, greatest(1, ${window.occurrence}) - 1))`
  const own = `${lengths}[greatest(1, ${window.occurrence})].1`
  const start = call.count > 2 ? call.long(2) : '0'
  return long(
    `multiIf(NOT (${window.valid}) OR (${start}) < 0, NULL, length(${lengths}) < greatest(1, ${window.occurrence}), -1, ${before} + ${own} + ${window.from})`,
    true,
  )
}

/** The names of a pattern's groups by their number; null for those without. */
function groupsOf(pattern: string): (string | null)[] {
  const names: (string | null)[] = []
  for (const match of pattern.matchAll(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\((\?P?<([A-Za-z_]\w*)>|(?!\?))/g))
    if (match[0].startsWith('(')) names.push(match[2] ?? null)
  return names
}

const extractAll: Builder = (call) => {
  const pattern = call.constantText(0, 'The pattern')
  const groups = groupsOf(pattern)
  if (groups.length === 0) return refuse(call.node, 'The pattern needs at least one group')
  const all = `extractAllGroupsVertical(${call.text(call.count - 1)}, ${call.parameter(storedPattern(pattern))})`
  const wanted = call.count > 2 ? (JSON.parse(call.constantText(1, 'The groups')) as unknown[]) : undefined // a dynamic literal
  const numbers = wanted?.map((each) => (typeof each === 'string' ? groups.indexOf(each) + 1 : Number(each)))
  if (numbers?.some((number) => !(number >= 1 && number <= groups.length)))
    return refuse(call.node, 'The pattern has no such group')
  const single = numbers ? (numbers.length === 1 ? numbers[0] : undefined) : groups.length === 1 ? 1 : undefined
  const shown =
    single !== undefined
      ? `arrayMap(m -> m[${single}], ${all})`
      : numbers
        ? `arrayMap(m -> [${numbers.map((number) => `m[${number}]`).join(', ')}], ${all})`
        : all
  return dynamic(`if(empty(${all}), NULL, toJSONString(${shown}))`)
}

/**
 * One text of the list after the other; what has been replaced is not looked at again. A match is held by bytes that no
 * text has until all are found: the engine splits by constants only.
 */
const replaceStrings: Builder = (call) => {
  for (const index of [1, 2]) {
    const { constant } = call.arg(index)
    if (typeof constant === 'string' && !constant.startsWith('['))
      return refuse(call.node, 'replace_strings takes lists of texts')
  }
  const set = (sql: string): string => reuse(call.context, text(sql)).sql
  const [given, rewrites] = [set(call.elements(1)), set(call.elements(2))]
  const isText = (raw: string): string => `startsWith(${raw}, '"')`
  const lookups = set(`arrayMap(x -> if(${isText('x')}, toValidUTF8(JSONExtractString(x)), ''), ${given})`)
  // What has no text to be replaced by stays, and is not looked at again either.
  const puts = `arrayMap((o, i) -> if(i <= length(${rewrites}) AND ${isText(`${rewrites}[i]`)}, toValidUTF8(JSONExtractString(${rewrites}[i])), o), ${lookups}, arrayEnumerate(${lookups}))`
  const digit = 'char(248 + bitAnd(bitShiftRight(toUInt32(k), 2 * d), 3))'
  const marks = set(
    `arrayMap(k -> concat(char(254), arrayStringConcat(arrayMap(d -> ${digit}, range(8)))), arrayEnumerate(${lookups}))`,
  )
  const found = `arrayFold((a, o, m) -> if(o = '', a, replaceAll(a, if(o = '', ' ', o), m)), ${lookups}, ${marks}, toValidUTF8(${call.text(0)}))`
  return text(`arrayFold((a, m, p) -> replaceAll(a, m, p), ${marks}, ${puts}, ${found})`)
}

/** The fields of the first record; quotes hold commas and line breaks, and are doubled within. */
const parseCsv: Builder = (call) => {
  const source = call.reused(0, 'string')
  const field = call.parameter(String.raw`(?s)^((?:[^"\r\n]|"(?:[^"]|"")*")*)`)
  const record = reuse(call.context, text(`regexpExtract(${source}, ${field}, 1)`)).sql
  const fields = `extractAllGroupsVertical(concat(${record}, ','), ${call.parameter(String.raw`(?s)(?:"((?:[^"]|"")*)"[^,]*|([^,]*)),`)})`
  const value = `toJSONString(if(g[1] != '', replaceAll(g[1], '""', '"'), g[2]))`
  return dynamic(jsonArray(`arrayMap(g -> ${value}, ${fields})`), false)
}

/** Functions that look for places and parts within a text. */
export const searchInTextFunctions: Readonly<Record<string, Builder>> = {
  indexof: indexOf,
  indexof_regex: indexOfRegex,
  extract_all: extractAll,
  extractall: extractAll,
  replace_strings: replaceStrings,
  parse_csv: parseCsv,
}
