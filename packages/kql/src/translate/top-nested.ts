import { type Column, columnSql, type Item, type Plan, type Relation, type SortKey } from '../algebra/relation.ts'
import { orderKeys } from '../algebra/render.ts'
import { list, maybe, part, type Syntax, token } from '../service/syntax.ts'
import { Aggregates, type Context, refuse, Row } from './context.ts'
import { countSql } from './expression.ts'
import { freshId } from './make-columns.ts'
import type { Scalar } from './scalar.ts'
import { aggregateValues } from './summarize.ts'

interface Level {
  key: Scalar
  value: Scalar
  items: readonly Item[]
  group: Row
  count: string | undefined
  descending: boolean
}

/** `top-nested`: the best values of the first column, within each the best of the second, and so on. */
export function topNested(context: Context, node: Syntax, input: Relation): Relation {
  if (input.partition) return refuse(node, 'top-nested is not supported within mv-apply and partition')
  const row = new Row(input, context.query)
  const clauses = list(node, 'Clauses')
  const levels = clauses.map((clause) => levelOf(context, clause, row))
  const shared: Plan = { op: 'shared', name: `$m${context.query.next()}`, plan: row.plan() }
  const ranked = levels.map((_, depth) => rankedLevel(shared, levels.slice(0, depth + 1)))
  let plan = ranked[0]
  if (!plan) return refuse(node, 'top-nested needs a column')
  for (const [depth, right] of ranked.entries()) if (depth > 0) plan = besideParents(plan, right, depth)
  const used = new Set<string>()
  const bound = node.columns ?? []
  const items: Item[] = []
  const columns = levels.flatMap(({ key, value }, depth) =>
    [key, value].map((cell, side): Column => {
      const name = bound[depth * 2 + side]?.name ?? `Column${depth * 2 + side + 1}`
      const id = freshId(context.query, name, used)
      used.add(id)
      items.push({ id, sql: columnSql(side === 0 ? `$k${depth}` : `$y${depth}`) })
      return { name, type: cell.type, nullable: cell.nullable, id }
    }),
  )
  const order = levels.map((level, depth): SortKey => ({
    id: columns[depth * 2 + 1]?.id ?? '',
    descending: level.descending,
    nullsFirst: false,
  }))
  return { plan: { op: 'project', input: plan, items }, columns, hidden: [], order }
}

function levelOf(context: Context, clause: Syntax, row: Row): Level {
  if (maybe(clause, 'WithOthersClause'))
    return refuse(
      part(clause, 'WithOthersClause'),
      'top-nested with others is not supported',
      'union a summarize of the rest',
    )
  const inner = { ...context, row }
  const of = part(clause, 'OfExpression')
  const by = part(clause, 'ByExpression')
  const ordered = by.kind === 'OrderedExpression'
  const sink = new Aggregates(row, context.query)
  const value = aggregateValues({ ...inner, aggregates: sink }, ordered ? part(by, 'Expression') : by)[0]
  if (!value) return refuse(by, 'top-nested takes one aggregate for each level')
  const given = maybe(clause, 'Expression')
  return {
    key: context.query.evaluate(inner, of.kind === 'SimpleNamedExpression' ? part(of, 'Expression') : of),
    value,
    items: sink.items,
    group: sink.group,
    count: given ? countSql(context, given) : undefined,
    descending: !ordered || token(part(by, 'Ordering'), 'AscOrDescKeyword') !== 'asc',
  }
}

/** Groups by this level and its parents, with the place among the children of the same parent. */
function rankedLevel(input: Plan, levels: readonly Level[]): Plan {
  const depth = levels.length - 1
  const level = levels[depth]
  if (!level) return input
  const keys = levels.map(({ key }, index) => ({ id: `$k${index}`, sql: key.sql }))
  const grouped: Plan = { op: 'aggregate', input, keys, items: level.items }
  const ids = keys.map(({ id }) => ({ id, sql: columnSql(id) }))
  const computed = level.group.over(
    grouped,
    [...keys, ...level.items].map(({ id }) => id),
  )
  const valued: Plan = { op: 'project', input: computed, items: [...ids, { id: `$y${depth}`, sql: level.value.sql }] }
  if (level.count === undefined) return valued
  const parents = keys.slice(0, depth).map(({ id }) => columnSql(id))
  const by = parents.length === 0 ? '' : `PARTITION BY ${parents.join(', ')} `
  const order = orderKeys([{ id: `$y${depth}`, descending: level.descending, nullsFirst: false }])
  const placed: Plan = {
    op: 'project',
    input: valued,
    items: [
      ...ids,
      { id: `$y${depth}`, sql: columnSql(`$y${depth}`) },
      { id: '$place', sql: `row_number() OVER (${by}ORDER BY ${order})` },
    ],
  }
  return { op: 'filter', input: placed, where: `${columnSql('$place')} <= ${level.count}` }
}

function besideParents(left: Plan, right: Plan, depth: number): Plan {
  const own = (from: number, to: number, alias: string): Item[] =>
    Array.from({ length: to - from }, (_, index) => [`$k${from + index}`, `$y${from + index}`])
      .flat()
      .map((id) => ({ id, sql: columnSql(id, alias) }))
  return {
    op: 'join',
    kind: 'inner',
    left,
    right,
    on: Array.from(
      { length: depth },
      (_, index) => `${columnSql(`$k${index}`)} <=> ${columnSql(`$k${index}`, '$r')}`,
    ).join(' AND '),
    items: [...own(0, depth, '$'), ...own(depth, depth + 1, '$r')],
  }
}

/** `top-hitters`: the most frequent values, or those with the greatest sum. Exact here, an estimate in Kusto. */
export function topHitters(context: Context, node: Syntax, input: Relation): Relation {
  if (input.partition) return refuse(node, 'top-hitters is not supported within mv-apply and partition')
  const row = new Row(input, context.query)
  const inner = { ...context, row }
  const of = part(node, 'OfExpression')
  const key = context.query.evaluate(inner, of.kind === 'SimpleNamedExpression' ? part(of, 'Expression') : of)
  const by = maybe(node, 'ByClause')
  const weight = by ? context.query.evaluate(inner, part(by, 'Expression')) : undefined
  const real = weight?.type === 'real'
  const total = weight ? `ifNull(sum(${weight.sql}), 0)` : 'count()'
  const used = new Set<string>()
  const named = (index: number, fallback: string): { name: string; id: string } => {
    const name = node.columns?.[index]?.name ?? fallback
    const id = freshId(context.query, name, used)
    used.add(id)
    return { name, id }
  }
  const [first, second] = [named(0, 'Column1'), named(1, 'Column2')]
  const order: SortKey[] = [{ id: second.id, descending: true, nullsFirst: false }]
  const grouped: Plan = {
    op: 'aggregate',
    input: row.plan(),
    keys: [{ id: first.id, sql: key.sql }],
    items: [{ id: second.id, sql: real ? total : `toInt64(${total})` }],
  }
  return {
    plan: { op: 'limit', input: grouped, count: countSql(context, part(node, 'Expression')), order },
    columns: [
      { ...first, type: key.type, nullable: key.nullable },
      { ...second, type: real ? 'real' : 'long', nullable: false },
    ],
    hidden: [],
    order,
  }
}
