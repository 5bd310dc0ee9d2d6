import { columnSql, type Item, kept, type Plan, type Relation } from '../algebra/relation.ts'
import { list, part, type Syntax } from '../service/syntax.ts'
import { cast } from './casts.ts'
import { type Context, refuse, Row } from './context.ts'
import { freshId } from './make-columns.ts'
import { nameOf } from './names.ts'
import { datetimeOf, type Scalar, ticksOf } from './scalar.ts'

/**
 * `activity_counts_metrics(id, time, start, end, step, dimensions…)`: per window with rows, counted from the start, its
 * rows, its distinct ids, those that no earlier window had, and all ids so far.
 */
export function activityCounts(context: Context, node: Syntax, input: Relation): Relation {
  if (input.partition) return refuse(node, 'activity_counts_metrics is not supported within mv-apply and partition')
  const [id, time, start, end, step, ...dimensions] = list(
    part(part(node, 'FunctionCall'), 'ArgumentList'),
    'Expressions',
  )
  if (!id || !time || !start || !end || !step) return refuse(node, 'activity_counts_metrics takes at least five values')
  const row = new Row(input, context.query)
  const inner = { ...context, row }
  const width = context.query.evaluate(inner, step)
  if (width.type !== 'timespan')
    return refuse(step, 'activity_counts_metrics takes windows of a fixed width here', '1d, 7d, …')
  const [at, from, to] = [time, start, end].map((each) => cast(inner, context.query.evaluate(inner, each), 'datetime'))
  if (!at || !from || !to) return refuse(node, 'activity_counts_metrics takes at least five values')
  const [ticks, first, last] = [at, from, to].map((each) => ticksOf(each.sql))
  const window = `(${first} + intDiv(${ticks} - ${first}, ${width.sql}) * ${width.sql})`
  const values = dimensions.map((each) => ({ node: each, value: context.query.evaluate(inner, each) }))
  const keys: Item[] = values.map(({ value }, index) => ({ id: `$k${index}`, sql: value.sql }))
  const rows: Plan = {
    op: 'filter',
    input: row.plan(),
    where: `(${ticks} >= ${first} AND ${ticks} <= ${last} AND ${width.sql} > 0)`,
  }
  const counted = windows(rows, keys, { window, id: context.query.evaluate(inner, id).sql })
  const count = (name: string): Scalar => ({ sql: columnSql(name), type: 'long', nullable: false })
  const cells: { name: string; value: Scalar }[] = [
    {
      name: nameOf(time),
      value: { sql: datetimeOf(columnSql('$at')), type: 'datetime', nullable: true },
    },
    ...values.map(({ node: each, value }, index) => ({
      name: nameOf(each),
      value: { sql: columnSql(`$k${index}`), type: value.type, nullable: value.nullable },
    })),
    { name: 'count', value: count('$rows') },
    { name: 'dcount', value: count('$ids') },
    { name: 'new_dcount', value: count('$new') },
    { name: 'aggregated_dcount', value: count('$all') },
  ]
  const used = new Set<string>()
  const columns = cells.map(({ name, value }, index) => {
    const id_ = freshId(context.query, node.columns?.[index]?.name ?? name, used)
    used.add(id_)
    return { name: node.columns?.[index]?.name ?? name, type: value.type, nullable: value.nullable, id: id_ }
  })
  const items = columns.map((column, index) => ({ id: column.id, sql: cells[index]?.value.sql ?? 'NULL' }))
  return { plan: { op: 'project', input: counted, items }, columns, hidden: [], order: [] }
}

/** Each id once per window with the first window that has it, then the windows, then the sums over them. */
function windows(rows: Plan, keys: readonly Item[], { window, id }: { window: string; id: string }): Plan {
  const ids = keys.map((key) => key.id)
  const among = (...others: string[]): string => {
    const all = [...ids.map((key) => columnSql(key)), ...others]
    return all.length === 0 ? '' : `PARTITION BY ${all.join(', ')} `
  }
  const once: Plan = {
    op: 'aggregate',
    input: rows,
    keys: [...keys, { id: '$at', sql: `toInt64(${window})` }, { id: '$id', sql: id }],
    items: [{ id: '$n', sql: 'count()' }],
  }
  const first: Plan = {
    op: 'project',
    input: once,
    items: [
      ...kept([...ids, '$at', '$n']),
      { id: '$first', sql: `min(${columnSql('$at')}) OVER (${among(columnSql('$id'))})` },
    ],
  }
  const each: Plan = {
    op: 'aggregate',
    input: first,
    keys: kept([...ids, '$at']),
    items: [
      { id: '$rows', sql: `toInt64(sum(${columnSql('$n')}))` },
      { id: '$ids', sql: 'toInt64(count())' },
      { id: '$new', sql: `toInt64(countIf(${columnSql('$at')} = ${columnSql('$first')}))` },
    ],
  }
  const before = `${among()}ORDER BY ${columnSql('$at')} ROWS UNBOUNDED PRECEDING`
  return {
    op: 'project',
    input: each,
    items: [
      ...kept([...ids, '$at', '$rows', '$ids', '$new']),
      { id: '$all', sql: `toInt64(sum(${columnSql('$new')}) OVER (${before}))` },
    ],
  }
}
