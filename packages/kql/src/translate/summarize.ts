import { prune } from '../algebra/prune.ts'
import { type Column, columnSql, type Item, kept, type Plan, type Relation, type SortKey } from '../algebra/relation.ts'
import { render } from '../algebra/render.ts'
import { list, maybe, part, type Syntax } from '../service/syntax.ts'
import { percentileSql, weightedPercentileSql } from '../functions/aggregates.ts'
import { Call } from '../functions/function.ts'
import { columnScalar } from './columns.ts'
import { Aggregates, type Context, refuse, Row } from './context.ts'
import { freshId } from './make-columns.ts'
import { nameOf } from './names.ts'
import { type Scalar, sqlType } from './scalar.ts'

/** `summarize`: group keys first, then one column per aggregate, `arg_max` and its like several. */
export function summarize(context: Context, node: Syntax, input: Relation): Relation {
  const row = new Row(input, context.query)
  const inner = { ...context, row }
  const keys = list(maybe(node, 'ByClause'), 'Expressions').map((each) => {
    const expression = each.kind === 'SimpleNamedExpression' ? part(each, 'Expression') : each
    return context.query.evaluate(inner, expression)
  })
  const aggregates = list(node, 'Aggregates')
  const names = namesOf(node)
  const lone = aggregates.length === 1 ? extremeCall(aggregates[0]) : undefined
  if (lone && keys.length > 0 && !input.partition) return newestRows(inner, { node, call: lone, keys, names, row })
  const sink = new Aggregates(row, context.query)
  const values = aggregates.flatMap((each) => aggregateValues({ ...inner, aggregates: sink }, each))
  matched(node, names, keys.length + values.length)
  return grouped(context, { input, row, sink, keys, values, names })
}

/** Names go by their place: a wrong number of them would put values below the wrong ones. */
function matched(node: Syntax, names: readonly string[], count: number): void {
  if (!node.open && names.length !== count)
    refuse(node, `The columns of this summarize are not certain: ${names.length} or ${count}`, 'name them instead of *')
}

function namesOf(node: Syntax): string[] {
  const bound = (node.columns ?? []).map((column) => column.name)
  for (const each of list(node, 'Aggregates')) {
    const name = covarianceName(each)
    // A second one of the same name has a number behind it.
    const index = bound.findIndex(
      (each) => name && each.startsWith(name.bound) && /^\d*$/.test(each.slice(name.bound.length)),
    )
    if (name && index >= 0) bound[index] = name.own
  }
  if (!node.open) return bound
  const named = (each: Syntax, index: number): string =>
    each.kind === 'SimpleNamedExpression' || each.kind === 'NameReference' ? nameOf(each) : `Column${index + 1}`
  return bound.length > 0
    ? bound
    : [...list(maybe(node, 'ByClause'), 'Expressions'), ...list(node, 'Aggregates')].map(named)
}

/** The engine names a covariance after both its values, the language service after the first. */
function covarianceName(node: Syntax): { bound: string; own: string } | undefined {
  if (node.kind !== 'FunctionCallExpression') return undefined
  const function_ = nameOf(part(node, 'Name'))
  if (!function_.startsWith('covariance')) return undefined
  const [x, y] = list(part(node, 'ArgumentList'), 'Expressions')
  if (x?.kind !== 'NameReference' || y?.kind !== 'NameReference')
    return refuse(node, `This ${function_}() needs a name`, `c = ${function_}(…)`)
  return { bound: `${function_}_${nameOf(x)}`, own: `${function_}_${nameOf(x)}_${nameOf(y)}` }
}

interface Grouping {
  input: Relation
  row: Row
  sink: Aggregates
  keys: readonly Scalar[]
  values: readonly Scalar[]
  names: readonly string[]
}

/** Groups, then computes what is made of the aggregates. */
export function grouped(context: Context, { input, row, sink, keys, values, names }: Grouping): Relation {
  const used = new Set<string>()
  const keyItems: Item[] = keys.map((key, index) => ({ id: `$k${index}`, sql: key.sql }))
  const partition = input.partition ?? []
  const carried: Item[] = partition.slice(1).map((id) => ({ id, sql: `any(${columnSql(id)})` }))
  const numbers: Item[] = partition.slice(0, 1).map((id) => ({ id, sql: columnSql(id) }))
  // Every group has a row: without keys there is one group, also over no rows.
  const items = sink.items.length + carried.length > 0 ? [...sink.items, ...carried] : [{ id: '$rows', sql: 'count()' }]
  const groups: Plan = { op: 'aggregate', input: row.plan(), keys: [...keyItems, ...numbers], items }
  const plan = sink.group.over(
    groups,
    [...groups.keys, ...groups.items].map(({ id }) => id),
  )
  const cells = [...keys.map((key, index) => ({ ...key, sql: columnSql(`$k${index}`) })), ...values]
  const columns = cells.map((cell, index): Column => {
    const name = names[index] ?? `Column${index + 1}`
    const id = freshId(context.query, name, used)
    used.add(id)
    return { name, type: cell.type, nullable: cell.nullable, id }
  })
  const output = [
    ...columns.map((column, index) => ({ id: column.id, sql: cells[index]?.sql ?? 'NULL' })),
    ...kept(partition),
  ]
  return {
    plan: { op: 'project', input: plan, items: output },
    columns,
    hidden: [...partition],
    order: [],
    ...(input.partition ? { partition: input.partition } : {}),
  }
}

const extremes: Readonly<Record<string, 'max' | 'min'>> = {
  arg_max: 'max',
  argmax: 'max',
  arg_min: 'min',
  argmin: 'min',
}

function bare(node: Syntax): Syntax {
  return node.kind === 'SimpleNamedExpression' || node.kind === 'CompoundNamedExpression'
    ? part(node, 'Expression')
    : node
}

function extremeCall(node: Syntax | undefined): Syntax | undefined {
  const inner = node ? bare(node) : undefined
  return inner?.kind === 'FunctionCallExpression' && extremes[nameOf(part(inner, 'Name'))] ? inner : undefined
}

/** The values of one aggregate expression; several for those that give several columns. */
export function aggregateValues(outer: Context, node: Syntax): Scalar[] {
  const inner = bare(node)
  const context = { ...outer, row: outer.aggregates?.group }
  if (inner.kind === 'FunctionCallExpression') {
    const name = nameOf(part(inner, 'Name'))
    const args = list(part(inner, 'ArgumentList'), 'Expressions')
    if (extremes[name]) return extremeValues(context, inner)
    if (name === 'percentiles' || name === 'percentilesw') {
      const first = name === 'percentiles' ? 1 : 2
      const ranked = name === 'percentiles' ? percentileSql : weightedPercentileSql
      const own = rowContext(context)
      const call = new Call(
        own,
        inner,
        args.map((argument) => context.query.evaluate(own, argument)),
      )
      return args.slice(first).map((_, index) => {
        const value = ranked(call, call.constantNumber(index + first, 'The percentile'), '')
        return { ...value, sql: context.aggregates?.add(value.sql) ?? value.sql }
      })
    }
    if ((name === 'take_any' || name === 'any') && (args.length > 1 || args[0]?.kind === 'StarExpression'))
      return anyValues(context, inner, args)
  }
  return [context.query.evaluate(context, inner)]
}

function rowContext(context: Context): Context {
  return { ...context, row: context.aggregates?.row, aggregates: undefined }
}

function anyValues(context: Context, call: Syntax, args: readonly Syntax[]): Scalar[] {
  // The binder leaves the group keys out of `*`; what is named beside it stands there already.
  const named = new Set(args.filter((each) => each.kind === 'NameReference').map((each) => nameOf(each)))
  const wanted = call.columns?.map((column) => column.name).filter((name) => !named.has(name))
  const values = argumentValues(rowContext(context), args, wanted)
  return values.map((value) => ({
    ...value,
    nullable: value.type !== 'string',
    sql: context.aggregates?.add(`any(${value.sql})`) ?? value.sql,
  }))
}

/** The values of the arguments, `*` standing for every other column. */
function argumentValues(context: Context, args: readonly Syntax[], wanted: readonly string[] | undefined): Scalar[] {
  return args.flatMap((argument) => {
    if (argument.kind !== 'StarExpression') return [context.query.evaluate(context, argument)]
    const columns = context.row?.relation.columns ?? []
    return columns.filter((column) => wanted?.includes(column.name) !== false).map((column) => columnScalar(column))
  })
}

/** `arg_max(key, …)` beside other aggregates: all values of the row with the extreme key. */
function extremeValues(context: Context, call: Syntax): Scalar[] {
  const own = rowContext(context)
  const { key, values } = extremeParts(own, call)
  const which = extremes[nameOf(part(call, 'Name'))] === 'max'
  const all = [key, ...values]
  const typed = all.map((value) => `CAST(${value.sql}, '${sqlType(value.type).replaceAll("'", "\\'")}')`)
  const rank = rankOf(key, which)
  const tuple = context.aggregates?.add(`${which ? 'argMax' : 'argMin'}(tuple(${typed.join(', ')}), ${rank})`)
  return all.map((value, index) => ({
    sql: `tupleElement(${tuple}, ${index + 1})`,
    type: value.type,
    nullable: value.type !== 'string',
  }))
}

/** Nulls lose; among real numbers NaN wins both ways. */
function rankOf(key: Scalar, greatest: boolean): string {
  const parts = [
    ...(key.nullable ? [`${greatest ? 'isNotNull' : 'isNull'}(${key.sql})`] : []),
    ...(key.type === 'real' ? [`${greatest ? '' : 'NOT '}ifNull(isNaN(${key.sql}), false)`] : []),
  ]
  if (parts.length === 0) return key.sql
  const value = key.nullable ? `assumeNotNull(${key.sql})` : key.sql
  return `(${[...parts, key.type === 'real' ? `if(isNaN(${value}), 0., ${value})` : value].join(', ')})`
}

function extremeParts(context: Context, call: Syntax): { key: Scalar; values: Scalar[] } {
  const [first, ...rest] = list(part(call, 'ArgumentList'), 'Expressions')
  if (!first) return refuse(call, 'An argument is missing')
  const key = context.query.evaluate(context, first)
  // The binder leaves the group keys and the key itself out of `*`.
  const own = first.kind === 'NameReference' ? nameOf(first) : ''
  const wanted = (call.columns ?? []).map((column) => column.name).filter((name) => name !== own)
  return { key, values: argumentValues(context, rest, call.columns ? wanted : rest.length === 0 ? undefined : []) }
}

interface Newest {
  node: Syntax
  call: Syntax
  keys: readonly Scalar[]
  names: readonly string[]
  row: Row
}

/** A lone `arg_max` by keys: the first row of each group in that order, ten times quicker than aggregating whole rows. */
function newestRows(context: Context, { node, call, keys, names, row }: Newest): Relation {
  const { key, values } = extremeParts(context, call)
  const cells = [...keys, key, ...values]
  matched(node, names, cells.length)
  const used = new Set<string>()
  const columns = cells.map((cell, index): Column => {
    const name = names[index] ?? `Column${index + 1}`
    const id = freshId(context.query, name, used)
    used.add(id)
    return { name, type: cell.type, nullable: cell.nullable, id }
  })
  const items = columns.map((column, index) => ({ id: column.id, sql: cells[index]?.sql ?? 'NULL' }))
  const keyColumn = columns[keys.length]
  const order: SortKey[] = []
  if (keyColumn?.type === 'real') {
    items.push({ id: '$nan', sql: `ifNull(isNaN(${key.sql}), false)` })
    order.push({ id: '$nan', descending: true, nullsFirst: false })
  }
  if (keyColumn)
    order.push({
      id: keyColumn.id,
      descending: extremes[nameOf(part(call, 'Name'))] === 'max',
      nullsFirst: false,
    })
  const by = columns.slice(0, keys.length).map((column) => column.id)
  const rows: Plan = { op: 'project', input: row.plan(), items }
  const comparedSafely = cells.slice(0, keys.length + 1).every((cell) => !cell.nullable && cell.type !== 'real')
  const twice = keyColumn && comparedSafely && repeatable(rows)
  return {
    plan: twice
      ? {
          op: 'limit-by',
          input: onlyExtreme(rows, by, keyColumn.id, order[0]?.descending === true),
          count: '1',
          by,
          order: [],
        }
      : { op: 'limit-by', input: rows, count: '1', by, order },
    columns,
    hidden: [],
    order: [],
  }
}

/** Whether the rows can be asked for twice: stored ones, filtered and computed the same each time. */
function repeatable(plan: Plan): boolean {
  switch (plan.op) {
    case 'scan':
      return !plan.table.startsWith('$')
    case 'filter':
      return steady(plan.where) && repeatable(plan.input)
    case 'project':
      return plan.items.every((item) => steady(item.sql)) && repeatable(plan.input)
    default:
      return false
  }
}

function steady(sql: string): boolean {
  return !/\b(?:rand|generateUUID|rowNumber|SELECT)/i.test(sql)
}

/**
 * The rows whose value is the greatest or least of their group. Finding that value first reads two narrow columns, and
 * the wide ones only where it stands: many times quicker than sorting or aggregating whole rows.
 */
function onlyExtreme(rows: Plan, by: readonly string[], id: string, greatest: boolean): Plan {
  const value = { id: '$x', sql: `${greatest ? 'max' : 'min'}(${columnSql(id)})` }
  const groups: Plan = { op: 'aggregate', input: rows, keys: kept(by), items: [value] }
  const found = render(prune(groups, new Set([...by, '$x'])))
  return {
    op: 'filter',
    input: rows,
    where: `(${[...by, id].map((each) => columnSql(each)).join(', ')}) IN (${found})`,
  }
}
