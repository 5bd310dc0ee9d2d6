import { type Column, columnSql, type Relation } from '../algebra/relation.ts'
import { list, maybe, part, type Syntax } from '../service/syntax.ts'
import { cast, constant } from './casts.ts'
import { Aggregates, type Context, refuse, Row } from './context.ts'
import { freshId } from './make-columns.ts'
import { parametersOf } from './names.ts'
import type { Scalar } from './scalar.ts'
import { aggregateValues } from './summarize.ts'

const maxPoints = 100_000

interface Axis {
  /** Where the places are counted from; without `from` the beginning of the type, and each series has its own first place. */
  anchor: string
  step: string
  /** Number of places from the anchor, where `to` is given. */
  count: string | undefined
  bounded: boolean
  type: Scalar['type']
}

/** `make-series`: one row per group, with an array per aggregate and one for the axis; gaps get the default. */
export function makeSeries(context: Context, node: Syntax, input: Relation): Relation {
  const row = new Row(input, context.query)
  const inner = { ...context, row }
  const keys = list(maybe(node, 'ByClause'), 'Expressions').map((each) => context.query.evaluate(inner, each))
  const on = context.query.evaluate(inner, part(part(node, 'OnClause'), 'Expression'))
  const axis = axisOf(context, node, on)
  const distance = `(${number(on)} - (${axis.anchor}))`
  const position = `intDiv(${distance} - positiveModulo(${distance}, ${axis.step}), ${axis.step})`
  const inside = [
    `isNotNull(${number(on)})`,
    ...(axis.bounded ? [`${distance} >= 0`] : []),
    ...(axis.count === undefined ? [] : [`${position} < ${axis.count}`]),
  ].join(' AND ')
  const sink = new Aggregates(row, context.query)
  const series = list(node, 'Aggregates').map((each) => {
    const value = aggregateValues({ ...inner, aggregates: sink }, part(each, 'Expression'))[0]
    if (!value) return refuse(each, 'This aggregate is not possible in make-series')
    const given = maybe(each, 'DefaultExpression')
    const fallback = given
      ? cast(context, context.query.evaluate(context, part(given, 'Expression')), value.type)
      : constant(context, value.type === 'real' ? 0 : 0n, value.type)
    return { value, fallback }
  })
  const keyItems = keys.map((key, index) => ({ id: `$k${index}`, sql: key.sql }))
  const cells = {
    op: 'aggregate',
    input: { op: 'filter', input: row.plan(), where: `(${inside})` },
    keys: [...keyItems, { id: '$at', sql: `toInt64(${position})` }],
    items: sink.items,
  } as const
  const values = series.map(({ value }, index) => ({ id: `$y${index}`, sql: cast(context, value, 'dynamic').sql }))
  const points = {
    op: 'project',
    input: sink.group.over(
      cells,
      [...cells.keys, ...cells.items].map(({ id }) => id),
    ),
    items: [...keyItems.map(({ id }) => ({ id, sql: columnSql(id) })), { id: '$at', sql: columnSql('$at') }, ...values],
  } as const
  const at = columnSql('$at')
  const first = axis.bounded ? 'toInt64(0)' : `min(${at})`
  const size = `toInt64(least(${maxPoints}, greatest(0, ${axis.count ?? `max(${at}) + 1`} - ${first})))`
  const arrays = series.map(({ fallback }, index) => {
    const map = `mapFromArrays(groupArray(${columnSql('$at')}), groupArray(ifNull(${columnSql(`$y${index}`)}, 'null')))`
    const none = cast({ ...context, row: undefined }, fallback, 'dynamic').sql
    return {
      id: `$z${index}`,
      sql: `concat('[', arrayStringConcat(arrayMap(i -> if(mapContains(${map}, toInt64(i) + ${first}), ${map}[toInt64(i) + ${first}], ifNull(${none}, 'null')), range(assumeNotNull(toUInt64(${size})))), ','), ']')`,
    }
  })
  const groups = {
    op: 'aggregate',
    input: points,
    keys: keyItems.map(({ id }) => ({ id, sql: columnSql(id) })),
    items: [...arrays, { id: '$first', sql: first }, { id: '$size', sql: size }, { id: '$rows', sql: 'count()' }],
  } as const
  // No rows give no series, unless one is asked for.
  const nonempty = parametersOf(list(node, 'Parameters'))['kind'] === 'nonempty' && keys.length === 0
  const plan = nonempty ? groups : ({ op: 'filter', input: groups, where: `${columnSql('$rows')} > 0` } as const)
  return shaped(context, node, { plan, keys, series: series.length, axis })
}

interface Shape {
  plan: Relation['plan']
  keys: readonly Scalar[]
  series: number
  axis: Axis
}

/** Columns as the binder orders them: keys, then aggregates, then the axis. */
function shaped(context: Context, node: Syntax, { plan, keys, series, axis }: Shape): Relation {
  const at = `(${axis.anchor} + (toInt64(i) + ${columnSql('$first')}) * ${axis.step})`
  const tick: Scalar =
    axis.type === 'datetime'
      ? { sql: `reinterpret(toInt64${at}, 'DateTime64(7, \\'UTC\\')')`, type: 'datetime', nullable: false }
      : { sql: at, type: axis.type, nullable: false }
  const text = cast({ ...context, row: undefined }, tick, 'dynamic').sql
  const axisSql = `concat('[', arrayStringConcat(arrayMap(i -> ${text}, range(toUInt64(${columnSql('$size')}))), ','), ']')`
  const sources = [
    ...keys.map((key, index) => ({ ...key, sql: columnSql(`$k${index}`) })),
    ...Array.from({ length: series }, (_, index): Scalar => ({
      sql: columnSql(`$z${index}`),
      type: 'dynamic',
      nullable: false,
    })),
    { sql: axisSql, type: 'dynamic', nullable: false } as Scalar,
  ]
  const used = new Set<string>()
  const columns = sources.map((source, index): Column => {
    const name = node.columns?.[index]?.name ?? `Column${index + 1}`
    const id = freshId(context.query, name, used)
    used.add(id)
    return { name, type: source.type, nullable: source.nullable, id }
  })
  return {
    plan: {
      op: 'project',
      input: plan,
      items: columns.map((column, index) => ({ id: column.id, sql: sources[index]?.sql ?? 'NULL' })),
    },
    columns,
    hidden: [],
    order: [],
  }
}

function number(value: Scalar): string {
  return value.type === 'datetime' ? `reinterpretAsInt64(${value.sql})` : value.sql
}

function axisOf(context: Context, node: Syntax, on: Scalar): Axis {
  const none = { ...context, row: undefined }
  const range = part(node, 'RangeClause')
  const inRange = range.kind === 'MakeSeriesInRangeClause'
  const parts = inRange
    ? list(part(range, 'Arguments'), 'Expressions')
    : [
        maybe(range, 'MakeSeriesFromClause'),
        maybe(range, 'MakeSeriesToClause'),
        maybe(range, 'MakeSeriesStepClause'),
      ].map((clause) => (clause ? part(clause, 'Expression') : undefined))
  const [from, to, step] = parts
  if (!step) return refuse(node, 'make-series needs a step', 'make-series … on Timestamp step 1h')
  const evaluated = (each: Syntax | undefined): Scalar | undefined =>
    each ? cast(context, context.query.evaluate(none, each), on.type === 'int' ? 'long' : on.type) : undefined
  const [a, b] = [evaluated(from), evaluated(to)]
  const s = context.query.evaluate(none, step)
  if (on.type === 'real' || s.type === 'real')
    return refuse(node, 'make-series over real numbers is not supported', 'tolong(…)')
  const anchor = a ? number(a) : on.type === 'datetime' ? '-621355968000000000' : '0'
  // `in range` includes its end, `to` does not.
  const span = b ? `(${number(b)} - ${anchor})` : undefined
  const places = inRange ? `intDiv(${span}, ${number(s)}) + 1` : `intDiv(${span} + ${number(s)} - 1, ${number(s)})`
  return { anchor, step: number(s), count: span && `(${places})`, bounded: a !== undefined, type: on.type }
}
