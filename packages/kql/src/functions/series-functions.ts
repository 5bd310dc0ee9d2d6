import { toDynamic } from '../translate/casts.ts'
import { refuse, reuse } from '../translate/context.ts'
import { isNumeric, type Scalar } from '../translate/scalar.ts'
import { type Builder, type Call, dynamic, jsonArray, real } from './function.ts'

const numbers = 'Array(Nullable(Float64))'

/** The elements of a series as numbers; what is no number is null. A single number stands for itself. */
export function series(call: Call, index: number): string {
  const value = toDynamic(call.context, call.arg(index))
  const json = reuse(call.context, { ...value, sql: value.nullable ? `ifNull(${value.sql}, '')` : value.sql }).sql
  const number = `if(startsWith(x, '"'), NULL, JSONExtract(x, 'Nullable(Float64)'))`
  return reuse(call.context, {
    sql: `CAST(arrayMap(x -> ${number}, JSONExtractArrayRaw(${json})), '${numbers}')`,
    type: 'dynamic',
    nullable: false,
  }).sql
}

/** Whether one of the series holds numbers with a fraction: only then are whole results written `1.0`. */
function fractional(call: Call, indexes: readonly number[]): string {
  const tests = indexes.map((index) => {
    const value = toDynamic(call.context, call.arg(index))
    return `match(ifNull(${value.sql}, ''), '[.eE]')`
  })
  return `(${tests.join(' OR ')})`
}

/** A series of numbers as JSON. */
export function seriesJson(array: string, withFraction: string): Scalar {
  const plain = `toString(assumeNotNull(y))`
  const text = `multiIf(isNull(y), 'null', isNaN(y), '"NaN"', isInfinite(y), if(y > 0, '"Infinity"', '"-Infinity"'), ${withFraction} AND match(${plain}, '^-?[0-9]+$'), concat(${plain}, '.0'), ${plain})`
  return dynamic(jsonArray(`arrayMap(y -> ${text}, ${array})`), false)
}

const isSeries = (call: Call, index: number): string =>
  `startsWith(ifNull(${toDynamic(call.context, call.arg(index)).sql}, ''), '[')`

function orNull(call: Call, value: Scalar, indexes: readonly number[]): Scalar {
  const given = indexes.filter((index) => call.arg(index).type === 'dynamic')
  if (given.length === 0) return value
  return {
    ...value,
    sql: `if(${given.map((index) => isSeries(call, index)).join(' AND ')}, ${value.sql}, NULL)`,
    nullable: true,
  }
}

/** One number from each. */
const each =
  (build: (x: string) => string, keepsWhole = false): Builder =>
  (call) =>
    orNull(
      call,
      seriesJson(`arrayMap(x -> ${build('x')}, ${series(call, 0)})`, keepsWhole ? fractional(call, [0]) : 'true'),
      [0],
    )

/** The pairs of two series, the longer one deciding; a single number goes with every element. */
function pairs(call: Call): { array: string; left: string; right: string } {
  const sides = [0, 1].map((index) => (call.arg(index).type === 'dynamic' ? series(call, index) : undefined))
  const other = (index: number): string => `CAST(${call.real(index)}, 'Nullable(Float64)')`
  const known = sides.filter((side) => side !== undefined)
  if (known.length === 0) return refuse(call.node, 'One of the two must be a series')
  const size =
    known.length === 1 ? `length(${known[0]})` : `greatest(${known.map((side) => `length(${side})`).join(', ')})`
  const at = (index: number): string => {
    const side = sides[index]
    return side === undefined ? other(index) : `if(i <= length(${side}), ${side}[i], NULL)`
  }
  return { array: `range(1, toUInt64(${size}) + 1)`, left: at(0), right: at(1) }
}

const both =
  (build: (a: string, b: string) => string, keepsWhole = false): Builder =>
  (call) => {
    const { array, left, right } = pairs(call)
    const values = `CAST(arrayMap(i -> ${build(left, right)}, ${array}), '${numbers}')`
    return orNull(call, seriesJson(values, keepsWhole ? fractional(call, [0, 1]) : 'true'), [0, 1])
  }

const compared =
  (operator: string): Builder =>
  (call) => {
    const { array, left, right } = pairs(call)
    const text = `multiIf(isNull(${left}) OR isNull(${right}), 'null', ${left} ${operator} ${right}, 'true', 'false')`
    return orNull(call, dynamic(jsonArray(`arrayMap(i -> ${text}, ${array})`), false), [0, 1])
  }

/** Null, unless the query names another value for what is missing. */
function placeholder(call: Call, index: number): string {
  const given = index < call.count ? call.arg(index) : undefined
  return given === undefined || given.constant === null ? 'NULL' : call.real(index)
}

function isMissing(element: string, missing: string): string {
  return missing === 'NULL' ? `isNull(${element})` : `ifNull(${element} = ${missing}, false)`
}

/** The elements as JSON texts stay as they are; only the missing ones change. */
const fillFrom =
  (backward: boolean): Builder =>
  (call) => {
    const missing = placeholder(call, 1)
    const [values, texts] = [series(call, 0), call.elements(0)]
    const turn = (array: string): string => (backward ? `arrayReverse(${array})` : array)
    const filled = `arrayFill((t, x) -> NOT (${isMissing('x', missing)}), ${turn(texts)}, ${turn(values)})`
    return orNull(call, dynamic(jsonArray(turn(filled)), false), [0])
  }

const fillConst: Builder = (call) => {
  const missing = placeholder(call, 2)
  const value = toDynamic(call.context, call.arg(1)).sql
  const filled = `arrayMap((t, x) -> if(${isMissing('x', missing)}, ${value}, t), ${call.elements(0)}, ${series(call, 0)})`
  return orNull(call, dynamic(jsonArray(filled), false), [0])
}

const fillLinear: Builder = (call) => {
  const missing = placeholder(call, 1)
  const edges = call.count > 2 ? call.arg(2).constant !== false : true
  const fallback = call.count > 3 ? call.arg(3) : undefined
  const values = series(call, 0)
  const known = reuse(call.context, {
    sql: `arrayFilter((i, x) -> NOT (${isMissing('x', missing)}), arrayEnumerate(${values}), ${values})`,
    type: 'dynamic',
    nullable: false,
  }).sql
  const before = `arrayLast(k -> k < i, ${known})`
  const after = `arrayFirst(k -> k > i, ${known})`
  const at = (place: string): string => `${values}[${place}]`
  const exact = `${at(before)} + (${at(after)} - ${at(before)}) * (toInt64(i) - toInt64(${before})) / (toInt64(${after}) - toInt64(${before}))`
  const between = `if(${fractional(call, [0])}, ${exact}, floor(${exact}))`
  const outside = edges ? at(`if(${before} = 0, ${after}, ${before})`) : at('i')
  const none = fallback === undefined ? '0' : fallback.constant === null ? 'NULL' : call.real(3)
  const element = `multiIf(NOT (${isMissing(at('i'), missing)}), ${at('i')}, empty(${known}), ${none}, ${before} = 0 OR ${after} = 0, ${outside}, ${between})`
  const filled = `CAST(arrayMap(i -> ${element}, arrayEnumerate(${values})), '${numbers}')`
  return orNull(call, seriesJson(filled, `(empty(${known}) OR ${fractional(call, [0])})`), [0])
}

/** Each point from those before it, weighted; `center` counts half of them after it. */
const fir: Builder = (call) => {
  const [values, filter] = [series(call, 0), series(call, 1)]
  const negative = `arrayExists(f -> f < 0, ${filter})`
  const wanted = call.count > 2 ? call.as(2, 'bool').sql : `NOT ${negative}`
  const size = `toInt64(length(${filter}))`
  const shift = call.count > 3 ? `if(${call.as(3, 'bool').sql}, intDiv(${size}, 2), 0)` : '0'
  const term = (place: string): string =>
    `toFloat64(if(${place} BETWEEN 1 AND length(${values}), ifNull(f * ${values}[${place}], 0), 0))`
  const total = `arraySum(arrayMap((f, j) -> ${term(`toInt64(i) - toInt64(j) + 1 + ${shift}`)}, ${filter}, arrayEnumerate(${filter})))`
  const scale = `if(${wanted}, arraySum(arrayMap(f -> ifNull(f, 0), ${filter})), 1)`
  const sql = `CAST(arrayMap(i -> ${total} / ${scale}, arrayEnumerate(${values})), '${numbers}')`
  return orNull(call, seriesJson(sql, `(${wanted} OR ${fractional(call, [0, 1])})`), [0, 1])
}

const iir: Builder = (call) => {
  const [values, above, below] = [series(call, 0), series(call, 1), series(call, 2)]
  const input = `arraySum(arrayMap((b, j) -> toFloat64(if(toInt64(i) - toInt64(j) + 1 >= 1, ifNull(b * ${values}[toInt64(i) - toInt64(j) + 1], 0), 0)), ${above}, arrayEnumerate(${above})))`
  const inputs = `CAST(arrayMap(i -> ${input}, arrayEnumerate(${values})), 'Array(Float64)')`
  // The newest result stands first.
  const back = `arraySum(arrayMap((a, j) -> toFloat64(if(j > 1 AND toInt64(j) - 1 <= length(acc), ifNull(a, 0) * acc[toInt64(j) - 1], 0)), ${below}, arrayEnumerate(${below})))`
  const folded = `arrayFold((acc, x) -> CAST(arrayPushFront(acc, (x - ${back}) / ifNull(${below}[1], 1)), 'Array(Float64)'), ${inputs}, CAST([], 'Array(Float64)'))`
  return orNull(call, seriesJson(`CAST(arrayReverse(${folded}), '${numbers}')`, 'true'), [0, 1, 2])
}

const total =
  (build: (array: string) => string): Builder =>
  (call) =>
    orNull(
      call,
      real(build(`arrayMap(x -> assumeNotNull(x), arrayFilter(x -> isNotNull(x), ${series(call, 0)}))`), true),
      [0],
    )

/**
 * Both series up to the length of the shorter one, without the pairs that lack a number. A number by itself stands for
 * a series of it.
 */
function complete(call: Call): [string, string] {
  const [a, b] = [0, 1].map((index) =>
    isNumeric(call.arg(index).type) && !isNumeric(call.arg(1 - index).type)
      ? `arrayWithConstant(length(${series(call, 1 - index)}), ${call.real(index)})`
      : series(call, index),
  ) as [string, string]
  const size = `least(length(${a}), length(${b}))`
  const kept = `arrayFilter(p -> isNotNull(p.1) AND isNotNull(p.2), arrayZip(arrayResize(${a}, ${size}), arrayResize(${b}, ${size})))`
  const zipped = reuse(call.context, { sql: kept, type: 'dynamic', nullable: false }).sql
  return [`arrayMap(p -> assumeNotNull(p.1), ${zipped})`, `arrayMap(p -> assumeNotNull(p.2), ${zipped})`]
}

const norm = (array: string): string => `sqrt(arraySum(arrayMap(x -> x * x, ${array})))`

const overPairs =
  (build: (a: string, b: string) => string): Builder =>
  (call) => {
    const [a, b] = complete(call)
    return orNull(call, real(build(a, b), true), [0, 1])
  }

const dot = (a: string, b: string): string => `arraySum(arrayMap((x, y) -> x * y, ${a}, ${b}))`

interface Statistics {
  name: string
  sql: string
  type: 'real' | 'long'
}

/** What `series_stats` says of a series, in its order of columns. */
export function seriesStatistics(call: Call): Statistics[] {
  const values = series(call, 0)
  const lenient = call.count > 1 && call.arg(1).constant === true
  const finite = `arrayFilter(x -> ifNull(isFinite(x), false), ${values})`
  const known = reuse(call.context, { sql: `CAST(${finite}, 'Array(Float64)')`, type: 'dynamic', nullable: false }).sql
  const usable = lenient ? `notEmpty(${known})` : `(notEmpty(${known}) AND length(${known}) = length(${values}))`
  const when = (sql: string): string => `if(${usable}, ${sql}, NULL)`
  const squares = `arraySum(arrayMap(x -> pow(x - arrayAvg(${known}), 2), ${known}))`
  const variance = `if(length(${known}) > 1, ${squares} / (length(${known}) - 1), 0.)`
  const place = (extreme: string): string => `toInt64(indexOf(${values}, ${extreme}(${known}))) - 1`
  return [
    { name: 'min', sql: when(`toFloat64(arrayMin(${known}))`), type: 'real' },
    { name: 'min_idx', sql: when(place('arrayMin')), type: 'long' },
    { name: 'max', sql: when(`toFloat64(arrayMax(${known}))`), type: 'real' },
    { name: 'max_idx', sql: when(place('arrayMax')), type: 'long' },
    { name: 'avg', sql: when(`arrayAvg(${known})`), type: 'real' },
    { name: 'stdev', sql: when(`sqrt(${variance})`), type: 'real' },
    { name: 'variance', sql: when(variance), type: 'real' },
  ]
}

/** The line of least squares through a series, over its places 0, 1 …, with what `series_fit_line` says of it. */
export function fittedLine(call: Call): { name: string; value: Scalar }[] {
  const values = reuse(call.context, {
    sql: `arrayMap(x -> ifNull(x, nan), ${series(call, 0)})`,
    type: 'dynamic',
    nullable: false,
  }).sql
  const size = `length(${values})`
  const places = `arrayMap(i -> toFloat64(i), range(${size}))`
  const [meanX, meanY] = [`((${size} - 1) / 2)`, `arrayAvg(${values})`]
  const covariance = `arraySum(arrayMap((x, y) -> (x - ${meanX}) * (y - ${meanY}), ${places}, ${values}))`
  const once = (sql: string): string => reuse(call.context, { sql, type: 'real', nullable: false }).sql
  const slope = once(`if(${size} > 1, ${covariance} / arraySum(arrayMap(x -> pow(x - ${meanX}, 2), ${places})), 0.)`)
  const start = once(`(${meanY} - ${slope} * ${meanX})`)
  const variance = once(`if(${size} > 1, arraySum(arrayMap(y -> pow(y - ${meanY}, 2), ${values})) / (${size} - 1), 0.)`)
  const rest = once(
    `if(${size} > 1, arraySum(arrayMap((x, y) -> pow(y - (${start} + ${slope} * x), 2), ${places}, ${values})) / (${size} - 1), 0.)`,
  )
  const given = (sql: string): Scalar => ({ sql: `if(${size} > 0, ${sql}, NULL)`, type: 'real', nullable: true })
  const line = `CAST(arrayMap(x -> ${start} + ${slope} * x, ${places}), '${numbers}')`
  return [
    { name: 'rsquare', value: given(`if(${variance} = 0, 0., 1 - ${rest} / ${variance})`) },
    { name: 'slope', value: given(slope) },
    { name: 'variance', value: given(variance) },
    { name: 'rvariance', value: given(rest) },
    { name: 'interception', value: given(start) },
    { name: 'line_fit', value: orNull(call, seriesJson(line, 'true'), [0]) },
  ]
}

/** Members given by name as a bag. */
export function bagOf(members: readonly { name: string; text: string }[]): Scalar {
  const parts = members.map(({ name, text }, index) => `'${index > 0 ? ',' : ''}"${name}":', ifNull(${text}, 'null')`)
  return dynamic(`concat('{', ${parts.join(', ')}, '}')`, false)
}

const statsDynamic: Builder = (call) => {
  const text = (each: Statistics): string =>
    toDynamic(call.context, { sql: each.sql, type: each.type, nullable: true }).sql
  const members = seriesStatistics(call).map((each) => ({ name: each.name, text: text(each) }))
  const values = series(call, 0)
  const sum = toDynamic(call.context, real(`arraySum(arrayMap(x -> ifNull(x, nan), ${values}))`, true)).sql
  return orNull(
    call,
    bagOf([...members, { name: 'sum', text: sum }, { name: 'len', text: `toString(length(${values}))` }]),
    [0],
  )
}

const fitLineDynamic: Builder = (call) => {
  const members = fittedLine(call).map(({ name, value }) => ({ name, text: toDynamic(call.context, value).sql }))
  return orNull(call, bagOf(members), [0])
}

/** Functions over series of numbers. What fits seasons or finds anomalies has parameters of Kusto's own and is not here. */
export const seriesFunctions: Readonly<Record<string, Builder>> = {
  ...Object.fromEntries(
    ['acos', 'asin', 'atan', 'cos', 'exp', 'sin', 'tan', 'log'].map((name) => [
      `series_${name}`,
      each((x) => `${name}(${x})`),
    ]),
  ),
  series_abs: each((x) => `abs(${x})`, true),
  series_ceiling: each((x) => `ceil(${x})`),
  series_floor: each((x) => `floor(${x})`),
  series_sign: each((x) => `sign(${x})`, true),
  series_add: both((a, b) => `${a} + ${b}`, true),
  series_subtract: both((a, b) => `${a} - ${b}`, true),
  series_multiply: both((a, b) => `${a} * ${b}`, true),
  series_divide: both((a, b) => `${a} / ${b}`),
  series_pow: both((a, b) => `pow(${a}, ${b})`),
  series_equals: compared('='),
  series_not_equals: compared('!='),
  series_greater: compared('>'),
  series_greater_equals: compared('>='),
  series_less: compared('<'),
  series_less_equals: compared('<='),
  series_fill_forward: fillFrom(false),
  series_fill_backward: fillFrom(true),
  series_fill_const: fillConst,
  series_fill_linear: fillLinear,
  series_fir: fir,
  series_iir: iir,
  series_sum: total((array) => `toFloat64(arraySum(${array}))`),
  series_product: total((array) => `toFloat64(arrayProduct(${array}))`),
  series_magnitude: total((array) => norm(array)),
  series_dot_product: overPairs(dot),
  series_pearson_correlation: overPairs((a, b) => `if(empty(${a}), NULL, arrayReduce('corr', ${a}, ${b}))`),
  series_cosine_similarity: overPairs((a, b) => `if(empty(${a}), NULL, ${dot(a, b)} / (${norm(a)} * ${norm(b)}))`),
  series_stats_dynamic: statsDynamic,
  series_fit_line_dynamic: fitLineDynamic,
}
