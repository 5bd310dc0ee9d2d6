import { orderKeys } from '../algebra/render.ts'
import { list, part, type ScalarType, type Syntax } from '../service/syntax.ts'
import { cast, toDynamic } from '../translate/casts.ts'
import { type Context, refuse } from '../translate/context.ts'
import type { Scalar } from '../translate/scalar.ts'
import { Call, jsonArray } from './function.ts'

/** Most elements of a list or set; KQL's own limit. */
const maxElements = 1_048_576

/** An aggregate: SQL over the rows of a group, and what it gives. `only` restricts it to rows, for the `…if` forms. */
type Aggregate = (call: Call, only: string) => Scalar

const result = (sql: string, type: ScalarType, nullable = false): Scalar => ({ sql, type, nullable })

/** `name(args)` or `nameIf(args, condition)`. */
function sql(name: string, args: string, only: string): string {
  if (only === '') return `${name}(${args})`
  return `${name}If(${args === '' ? only : `${args}, ${only}`})`
}

function numeric(call: Call): Scalar {
  const value = call.arg(0)
  return value.type === 'dynamic'
    ? cast(call.context, value, 'real')
    : value.type === 'bool'
      ? cast(call.context, value, 'long')
      : value
}

const count: Aggregate = (_call, only) => result(`toInt64(${sql('count', '', only)})`, 'long')

const sum: Aggregate = (call, only) => {
  const value = numeric(call)
  const type = value.type === 'int' ? 'long' : value.type
  const total = sql('sum', value.sql, only)
  return result(value.nullable ? `ifNull(${total}, 0)` : total, type)
}

const avg: Aggregate = (call, only) => {
  const value = numeric(call)
  if (value.type === 'timespan') return result(`toInt64(ifNull(${sql('avgOrNull', value.sql, only)}, 0))`, 'timespan')
  if (value.type === 'datetime')
    return result(
      `reinterpret(toInt64(${sql('avgOrNull', `reinterpretAsInt64(${value.sql})`, only)}), 'DateTime64(7, \\'UTC\\')')`,
      'datetime',
      true,
    )
  // Sums of whole numbers wrap, and the mean is made of the sum.
  if (value.type === 'long' || value.type === 'int')
    return result(`(toFloat64(ifNull(${sql('sum', value.sql, only)}, 0)) / ${sql('count', value.sql, only)})`, 'real')
  return result(`ifNull(${sql('avgOrNull', `toFloat64(${value.sql})`, only)}, nan)`, 'real')
}

const extreme =
  (name: 'min' | 'max'): Aggregate =>
  (call, only) => {
    const value = call.arg(0).type === 'dynamic' ? numeric(call) : call.arg(0)
    if (value.type === 'string') return result(sql(name, value.sql, only), 'string')
    const found = sql(`${name}OrNull`, value.sql, only)
    // One NaN makes the result NaN.
    if (value.type === 'real')
      return result(
        `if(countIf(isNaN(${value.sql})${only === '' ? '' : ` AND ${only}`}) > 0, nan, ${found})`,
        'real',
        true,
      )
    return result(found, value.type, true)
  }

/** Sample or population spread; that of one value is 0. */
const spread =
  (name: string, population: boolean): Aggregate =>
  (call, only) => {
    const value = cast(call.context, numeric(call), 'real')
    const spread_ = sql(`${name}${population ? 'Pop' : 'Samp'}OrNull`, value.sql, only)
    const size = sql('count', value.sql, only)
    const undefined_ = `countIf(NOT isFinite(${value.sql})${only === '' ? '' : ` AND ${only}`})`
    return result(`multiIf(${undefined_} > 0, nan, ${size} <= 1, 0., ifNull(${spread_}, 0.))`, 'real')
  }

/** Rows with both values count; as with one value's spread, that of one row is 0. */
const covariance =
  (population: boolean): Aggregate =>
  (call, only) => {
    const [x, y] = [0, 1].map((index) => call.as(index, 'real').sql)
    const both = `isNotNull(${x}) AND isNotNull(${y})${only === '' ? '' : ` AND ${only}`}`
    const size = `countIf(${both})`
    const undefined_ = `countIf(${both} AND NOT (isFinite(${x}) AND isFinite(${y})))`
    const values = [x, y].map((value) => `assumeNotNull(ifNull(${value}, 0.))`).join(', ')
    const spread_ = `covar${population ? 'Pop' : 'Samp'}StableIf(${values}, ifNull(${both}, false))`
    return result(`multiIf(${undefined_} > 0, nan, ${size} <= 1, 0., ${spread_})`, 'real')
  }

const dcount: Aggregate = (call, only) =>
  result(`toInt64(ifNull(${sql('uniqCombined64', call.arg(0).sql, only)}, 0))`, 'long')
const countDistinct: Aggregate = (call, only) =>
  result(`toInt64(ifNull(${sql('uniqExact', call.arg(0).sql, only)}, 0))`, 'long')

/** The JSON texts of the values, nulls left out, arrays written out into their elements. */
function gathered(call: Call, only: string, withNulls = false): { array: string; ordered: boolean } {
  const value = toDynamic(call.context, call.arg(0))
  // A dynamic null is an element as any other.
  const flat = call.arg(0).type === 'dynamic'
  const whole = flat || withNulls
  const wanted = value.nullable && !whole ? `isNotNull(${value.sql})${only === '' ? '' : ` AND ${only}`}` : only
  const text = !value.nullable ? value.sql : whole ? `ifNull(${value.sql}, 'null')` : `assumeNotNull(${value.sql})`
  const order = call.context.row?.relation.order ?? []
  const spread_ = `if(startsWith(${text}, '['), JSONExtractArrayRaw(${text}), [${text}])`
  if (order.length === 0)
    return { array: flat ? sql('groupArrayArray', spread_, wanted) : sql('groupArray', text, wanted), ordered: false }
  const place = call.context.row?.setAside(
    `row_number() OVER (ORDER BY ${orderKeys(order)})`,
    call.context.query.next(),
  )
  const sorted = `arrayMap(e -> e.2, arraySort(e -> e.1, ${sql('groupArray', `(${place}, ${flat ? spread_ : text})`, wanted)}))`
  return { array: flat ? `arrayFlatten(${sorted})` : sorted, ordered: true }
}

function limited(call: Call, index: number, array: string): string {
  const size =
    call.count > index ? Math.min(maxElements, Math.max(0, call.constantNumber(index, 'The size'))) : maxElements
  return `arraySlice(${array}, 1, ${Math.trunc(size)})`
}

const makeList =
  (conditional: boolean): Aggregate =>
  (call, only) =>
    result(jsonArray(limited(call, conditional ? 2 : 1, gathered(call, only).array)), 'dynamic')

const makeSet =
  (conditional: boolean): Aggregate =>
  (call, only) => {
    const value = toDynamic(call.context, call.arg(0))
    const flat = call.arg(0).type === 'dynamic'
    const wanted = value.nullable ? `isNotNull(${value.sql})${only === '' ? '' : ` AND ${only}`}` : only
    const text = value.nullable ? `assumeNotNull(${value.sql})` : value.sql
    // Arrays count by their elements.
    const set = flat
      ? sql('groupUniqArrayArray', `if(startsWith(${text}, '['), JSONExtractArrayRaw(${text}), [${text}])`, wanted)
      : sql('groupUniqArray', text, wanted)
    // Sets have no order; a fixed one makes answers repeatable.
    const sorted = `arraySort(x -> (toFloat64OrNull(x), x), ${set})`
    return result(jsonArray(limited(call, conditional ? 2 : 1, sorted)), 'dynamic')
  }

const makeBag: Aggregate = (call, only) => {
  const value = call.as(0, 'dynamic')
  const pairs = sql('groupArrayArray', `JSONExtractKeysAndValuesRaw(ifNull(${value.sql}, ''))`, only)
  const first = `arrayFilter((p, i) -> i = indexOf(arrayMap(q -> q.1, ${pairs}), p.1), ${pairs}, arrayEnumerate(${pairs}))`
  return result(
    `concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(p.1), ':', p.2), ${first}), ','), '}')`,
    'dynamic',
  )
}

const takeAny: Aggregate = (call, only) => {
  const value = call.arg(0)
  if (value.type === 'string') return result(sql('any', value.sql, only), 'string')
  return result(sql('anyOrNull', value.sql, only), value.type, true)
}

/** The value at rank ⌈p·n⌉ of the sorted values. */
export function percentileSql(call: Call, share: number, only: string): Scalar {
  const value = numeric(call)
  const wanted = value.nullable ? `isNotNull(${value.sql})${only === '' ? '' : ` AND ${only}`}` : only
  const sorted = `arraySort(${sql('groupArray', value.nullable ? `assumeNotNull(${value.sql})` : value.sql, wanted)})`
  const rank = `greatest(1, toInt64(ceil(${share} * length(${sorted}) / 100)))`
  const type = value.type === 'int' ? 'long' : value.type
  return result(`if(empty(${sorted}), NULL, ${sorted}[${rank}])`, type, true)
}

/** The value at rank ⌈p·n⌉ where each value stands as often as its weight says. */
export function weightedPercentileSql(call: Call, share: number, only: string): Scalar {
  const value = numeric(call)
  const weight = call.as(1, 'long').sql
  const wanted = `isNotNull(${value.sql}) AND ifNull(${weight} > 0, false)${only === '' ? '' : ` AND ${only}`}`
  const sorted = `arraySort(groupArrayIf((assumeNotNull(${value.sql}), assumeNotNull(ifNull(${weight}, 0))), ${wanted}))`
  const ends = `arrayCumSum(p -> p.2, ${sorted})`
  const rank = `greatest(1, toInt64(ceil(${share} * ${ends}[-1] / 100)))`
  const type = value.type === 'int' ? 'long' : value.type
  return result(`if(empty(${sorted}), NULL, (${sorted}[arrayFirstIndex(e -> e >= ${rank}, ${ends})]).1)`, type, true)
}

const percentile: Aggregate = (call, only) => percentileSql(call, call.constantNumber(1, 'The percentile'), only)

type Ranked = (call: Call, share: number, only: string) => Scalar

const sharesIn =
  (ranked: Ranked, first: number): Aggregate =>
  (call, only) => {
    const shares = call.args
      .slice(first)
      .flatMap((value) =>
        typeof value.constant === 'string' ? (JSON.parse(value.constant) as number[]) : [Number(value.constant)],
      )
    const values = shares.map(
      (share) => `ifNull(${toDynamic({ ...call.context, row: undefined }, ranked(call, share, only)).sql}, 'null')`,
    )
    return result(jsonArray(`[${values.join(', ')}]`), 'dynamic')
  }

const bits =
  (name: string): Aggregate =>
  (call, only) =>
    result(`toInt64(${sql(name, call.long(0), only)})`, 'long')

const plain: Readonly<Record<string, Aggregate>> = {
  count,
  sum,
  avg,
  min: extreme('min'),
  max: extreme('max'),
  dcount,
  count_distinct: countDistinct,
  stdev: spread('stddev', false),
  stdevp: spread('stddev', true),
  variance: spread('var', false),
  variancep: spread('var', true),
  make_list: makeList(false),
  makelist: makeList(false),
  make_list_with_nulls: (call, only) =>
    result(jsonArray(limited(call, 1, gathered(call, only, true).array)), 'dynamic'),
  make_set: makeSet(false),
  makeset: makeSet(false),
  make_bag: makeBag,
  make_dictionary: makeBag,
  take_any: takeAny,
  any: takeAny,
  anyif: takeAny,
  percentile,
  percentiles_array: sharesIn(percentileSql, 1),
  percentilew: (call, only) => weightedPercentileSql(call, call.constantNumber(2, 'The percentile'), only),
  percentilesw_array: sharesIn(weightedPercentileSql, 2),
  covariance: covariance(false),
  covariancep: covariance(true),
  binary_all_or: bits('groupBitOr'),
  binary_all_and: bits('groupBitAnd'),
  binary_all_xor: bits('groupBitXor'),
}

/** The `…if` forms take a condition as last required argument. */
const conditional: Readonly<Record<string, { aggregate: Aggregate; condition: number }>> = {
  countif: { aggregate: count, condition: 0 },
  sumif: { aggregate: sum, condition: 1 },
  avgif: { aggregate: avg, condition: 1 },
  minif: { aggregate: extreme('min'), condition: 1 },
  maxif: { aggregate: extreme('max'), condition: 1 },
  dcountif: { aggregate: dcount, condition: 1 },
  count_distinctif: { aggregate: countDistinct, condition: 1 },
  stdevif: { aggregate: spread('stddev', false), condition: 1 },
  variancepif: { aggregate: spread('var', true), condition: 1 },
  covarianceif: { aggregate: covariance(false), condition: 2 },
  covariancepif: { aggregate: covariance(true), condition: 2 },
  varianceif: { aggregate: spread('var', false), condition: 1 },
  make_list_if: { aggregate: makeList(true), condition: 1 },
  make_set_if: { aggregate: makeSet(true), condition: 1 },
  make_bag_if: { aggregate: makeBag, condition: 1 },
  take_anyif: { aggregate: takeAny, condition: 1 },
  anyif: { aggregate: takeAny, condition: 1 },
}

/** Every aggregate by its name; those that give several columns are the operator's own. */
export const aggregates: Readonly<Record<string, true>> = Object.fromEntries(
  [
    ...Object.keys(plain),
    ...Object.keys(conditional),
    'arg_max',
    'arg_min',
    'argmax',
    'argmin',
    'percentiles',
    'percentilesw',
  ].map((name) => [name, true]),
)

/** One aggregate call within an expression of `summarize`. */
export function callAggregate(context: Context, node: Syntax, name: string): Scalar {
  const { aggregates: sink } = context
  if (!sink) return refuse(node, `The aggregate ${name}() is not possible here`)
  const inner: Context = { ...context, row: sink.row, aggregates: undefined, filtering: false }
  const nodes = list(part(node, 'ArgumentList'), 'Expressions')
  const args = name === 'count' ? [] : nodes.map((argument) => context.query.evaluate(inner, argument))
  const call = new Call(inner, node, args)
  const choice = Object.hasOwn(conditional, name) ? conditional[name] : undefined
  const aggregate = choice?.aggregate ?? plain[name]
  if (!aggregate) return refuse(node, `The aggregate ${name}() gives several columns and must stand alone`)
  const only = choice ? `ifNull(${call.as(choice.condition, 'bool').sql}, false)` : ''
  const value = aggregate(call, only)
  return { sql: sink.add(value.sql), type: value.type, nullable: value.nullable }
}
