import { cast, toDynamic } from '../translate/casts.ts'
import { bagOfColumns } from '../translate/bag-of-columns.ts'
import { refuse, reuse } from '../translate/context.ts'
import { stepArray } from './ranges.ts'
import { type Builder, type Call, dynamic, jsonArray, long, text, truth } from './function.ts'

/** JSON text of an argument; the JSON null where there is none. */
export function json(call: Call, index: number): string {
  const value = toDynamic(call.context, call.arg(index))
  return value.nullable ? `ifNull(${value.sql}, 'null')` : value.sql
}

/** One member of an object literal being built, as arguments of concat. */
function pair(name: string, value: string, first: boolean): string {
  return `${first ? `''` : `','`}, ${name}, ':', ${value}`
}

const parseJson: Builder = (call) => {
  const value = call.arg(0)
  if (value.type !== 'string' && value.type !== 'dynamic') return toDynamic(call.context, value)
  if (value.type === 'string' && typeof value.constant === 'string') {
    try {
      const parsed: unknown = JSON.parse(value.constant)
      return dynamic(
        parsed === null ? "CAST(NULL, 'Nullable(String)')" : call.parameter(JSON.stringify(parsed)),
        parsed === null,
      )
    } catch {
      return dynamic(
        value.constant === '' ? "CAST(NULL, 'Nullable(String)')" : call.parameter(JSON.stringify(value.constant)),
      )
    }
  }
  const source = reuse(call.context, call.as(0, 'string')).sql
  const raw = reuse(call.context, { sql: `JSONExtractRaw(${source})`, type: 'string', nullable: false }).sql
  // Text that is no JSON becomes a string value.
  return dynamic(`multiIf(${source} = '' OR ${raw} = 'null', NULL, ${raw} = '', toJSONString(${source}), ${raw})`)
}

const packArray: Builder = (call) => {
  if (call.count === 0) return dynamic(`'[]'`, false)
  return dynamic(jsonArray(`[${call.args.map((_, index) => json(call, index)).join(', ')}]`), false)
}

/** `bag_pack("a", x, …)`; members without a value are null. */
const bagPack: Builder = (call) => {
  const members: string[] = []
  for (let index = 0; index + 1 < call.count; index += 2)
    members.push(pair(`toJSONString(${call.text(index)})`, json(call, index + 1), index === 0))
  return dynamic(`concat('{', ${members.length > 0 ? `${members.join(', ')}, ` : ''}'}')`, false)
}

const packAll: Builder = (call) => {
  const skipEmpty = call.count > 0 && call.arg(0).constant === true
  return bagOfColumns(call.context, call.context.row?.relation.columns ?? [], skipEmpty)
}

const isArray = (value: string): string => `startsWith(ifNull(${value}, ''), '[')`
export const isBag = (value: string): string => `startsWith(ifNull(${value}, ''), '{')`

const arrayLength: Builder = (call) => {
  const value = call.reused(0, 'dynamic')
  return long(`if(${isArray(value)}, toInt64(JSONLength(${value})), NULL)`, true)
}

const bagKeys: Builder = (call) => {
  const value = call.reused(0, 'dynamic')
  return dynamic(`if(${isBag(value)}, toJSONString(JSONExtractKeys(ifNull(${value}, ''))), NULL)`)
}

export const pairsOf = (value: string): string => `JSONExtractKeysAndValuesRaw(ifNull(${value}, ''))`

export function jsonBag(pairs: string): string {
  return `concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(p.1), ':', p.2), ${pairs}), ','), '}')`
}

/** The first bag that has a key decides its value. */
const bagMerge: Builder = (call) => {
  const all = `arrayConcat(${call.args.map((_, index) => pairsOf(call.as(index, 'dynamic').sql)).join(', ')})`
  const once = reuse(call.context, { sql: all, type: 'dynamic', nullable: false }).sql
  return dynamic(
    jsonBag(`arrayFilter((p, i) -> i = indexOf(arrayMap(q -> q.1, ${once}), p.1), ${once}, arrayEnumerate(${once}))`),
    false,
  )
}

const arraySlice: Builder = (call) => {
  const elements = call.elements(0)
  const size = `toInt64(length(${elements}))`
  const place = (index: number): string =>
    `if(${call.long(index)} < 0, ${size} + ${call.long(index)}, ${call.long(index)})`
  const from = `greatest(0, ${place(1)})`
  return dynamic(
    `if(${isArray(call.as(0, 'dynamic').sql)}, ${jsonArray(`arraySlice(${elements}, ${from} + 1, greatest(0, ${place(2)} - ${from} + 1))`)}, NULL)`,
  )
}

const arraySort =
  (descending: boolean): Builder =>
  (call) => {
    if (call.count > 2) return refuse(call.node, 'Sorting several arrays at once is not supported')
    const value = call.reused(0, 'dynamic')
    // Numbers before texts; nulls last unless asked for otherwise.
    const key = `x -> (x = 'null', startsWith(x, '"'), toFloat64OrZero(x), JSONExtractString(x))`
    const nullsFirst = call.count > 1 && call.arg(1).constant === false
    const elements = `JSONExtractArrayRaw(ifNull(${value}, ''))`
    const filled = `arrayFilter(x -> x != 'null', ${elements})`
    const nulls = `arrayFilter(x -> x = 'null', ${elements})`
    const sorted = `${descending ? 'arrayReverseSort' : 'arraySort'}(${key}, ${filled})`
    const all = nullsFirst ? `arrayConcat(${nulls}, ${sorted})` : `arrayConcat(${sorted}, ${nulls})`
    return dynamic(`if(${isArray(value)}, ${jsonArray(all)}, NULL)`)
  }

/** Sets keep the order of first appearance. */
const setOf =
  (build: (call: Call) => string): Builder =>
  (call) => {
    const nullable = call.args.map((_, index) => `isNull(${call.as(index, 'dynamic').sql})`).join(' AND ')
    return dynamic(`if(${nullable}, NULL, ${jsonArray(`arrayDistinct(${build(call)})`)})`)
  }

const setHasElement: Builder = (call) => {
  const wanted = toDynamic(call.context, call.arg(1))
  const value = call.reused(0, 'dynamic')
  return truth(
    `if(${isArray(value)}, has(JSONExtractArrayRaw(ifNull(${value}, '')), ifNull(${wanted.sql}, 'null')), NULL)`,
    true,
  )
}

const range: Builder = (call) => {
  const [from, to] = [call.arg(0), call.arg(1)]
  const step = call.count > 2 ? call.arg(2) : undefined
  return stepArray(call, from, to, step)
}

const zip: Builder = (call) => {
  const arrays = call.args.map((_, index) => call.elements(index))
  const size = `arrayMax([${arrays.map((array) => `length(${array})`).join(', ')}])`
  const row = arrays.map((array) => `if(i <= length(${array}), ${array}[i], 'null')`).join(`, ',', `)
  return dynamic(jsonArray(`arrayMap(i -> concat('[', ${row}, ']'), range(1, ${size} + 1))`), false)
}

const getType: Builder = (call) => {
  const value = call.arg(0)
  if (value.type !== 'dynamic') return text(`'${value.type}'`)
  const raw = call.reused(0, 'dynamic')
  return text(
    `multiIf(isNull(${raw}), 'null', startsWith(${raw}, '{'), 'dictionary', startsWith(${raw}, '['), 'array', startsWith(${raw}, '"'), 'string', ${raw} IN ('true', 'false'), 'bool', match(${raw}, '[.eE]'), 'double', 'long')`,
  )
}

const extractJson: Builder = (call) => {
  const path = call.constantText(0, 'The path')
  const steps = [...path.matchAll(/\.([A-Za-z_][\w-]*)|\[\s*(?:'([^']*)'|"([^"]*)"|(\d+))\s*\]/g)].map((match) =>
    match[4] === undefined ? call.parameter(match[1] ?? match[2] ?? match[3] ?? '') : String(Number(match[4]) + 1),
  )
  if (!path.startsWith('$')) return refuse(call.node, 'The path must start with $')
  const value = text(`JSONExtractString(${[call.text(1), ...steps].join(', ')})`)
  if (call.count < 3) return value
  const type = call.arg(2).constant
  return cast(call.context, value, type as 'string') // typeof(…), checked by the binder
}

const arrayIff: Builder = (call) => {
  const branch = (index: number): string =>
    call.arg(index).type === 'dynamic'
      ? `if(${isArray(call.as(index, 'dynamic').sql)}, if(i <= length(${call.elements(index)}), ${call.elements(index)}[i], 'null'), ${json(call, index)})`
      : json(call, index)
  const tests = call.elements(0)
  return dynamic(
    jsonArray(
      `arrayMap((c, i) -> multiIf(NOT match(c, '^(true|false|-?[0-9].*)$'), 'null', c = 'true' OR toFloat64OrZero(c) != 0, ${branch(1)}, ${branch(2)}), ${tests}, arrayEnumerate(${tests}))`,
    ),
    false,
  )
}

/** Functions over dynamic values: arrays and bags. */
export const dynamicFunctions: Readonly<Record<string, Builder>> = {
  parse_json: parseJson,
  todynamic: parseJson,
  toobject: parseJson,
  parsejson: parseJson,
  extractjson: extractJson,
  extract_json: extractJson,
  pack_array: packArray,
  bag_pack: bagPack,
  pack: bagPack,
  pack_dictionary: bagPack,
  pack_all: packAll,
  array_length: arrayLength,
  arraylength: arrayLength,
  array_concat: (call) =>
    dynamic(jsonArray(`arrayConcat(${call.args.map((_, index) => call.elements(index)).join(', ')})`), false),
  array_slice: arraySlice,
  array_sort_asc: arraySort(false),
  array_sort_desc: arraySort(true),
  array_reverse: (call) =>
    dynamic(`if(${isArray(call.as(0, 'dynamic').sql)}, ${jsonArray(`arrayReverse(${call.elements(0)})`)}, NULL)`),
  array_sum: (call) => ({
    sql: `if(empty(${call.elements(0)}), NULL, arraySum(arrayMap(x -> toFloat64OrZero(x), ${call.elements(0)})))`,
    type: 'real',
    nullable: true,
  }),
  array_iff: arrayIff,
  array_iif: arrayIff,
  repeat: (call) =>
    dynamic(
      `if(${call.long(1)} < 0, NULL, ${jsonArray(`arrayWithConstant(greatest(0, least(100000, ${call.long(1)})), ${json(call, 0)})`)})`,
    ),
  bag_keys: bagKeys,
  bag_merge: bagMerge,
  set_union: setOf((call) => `arrayConcat(${call.args.map((_, index) => call.elements(index)).join(', ')})`),
  set_intersect: setOf((call) =>
    call.args
      .map((_, index) => call.elements(index))
      .reduce((all, next) => `arrayFilter(x -> has(${next}, x), ${all})`),
  ),
  set_difference: setOf((call) =>
    call.args
      .map((_, index) => call.elements(index))
      .reduce((all, next) => `arrayFilter(x -> NOT has(${next}, x), ${all})`),
  ),
  set_equals: (call) =>
    truth(`arraySort(arrayDistinct(${call.elements(0)})) = arraySort(arrayDistinct(${call.elements(1)}))`),
  set_has_element: setHasElement,
  jaccard_index: (call) => ({
    sql: `(length(arrayIntersect(${call.elements(0)}, ${call.elements(1)})) / length(arrayDistinct(arrayConcat(${call.elements(0)}, ${call.elements(1)}))))`,
    type: 'real',
    nullable: false,
  }),
  range,
  zip,
  gettype: getType,
}
