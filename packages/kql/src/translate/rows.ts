import { type Column, columnSql, idsOf, kept, type Relation, type SortKey } from '../algebra/relation.ts'
import { list, maybe, part, type Syntax, token } from '../service/syntax.ts'
import { columnScalar } from './columns.ts'
import { Aggregates, type Context, refuse, Row } from './context.ts'
import { condition, countSql } from './expression.ts'
import { withCells } from './make-columns.ts'
import { extend, valuesOf } from './project.ts'
import { grouped } from './summarize.ts'

/** `where`. */
export function filter(context: Context, node: Syntax, input: Relation): Relation {
  const row = new Row(input, context.query)
  const tested = condition({ ...context, row }, part(node, 'Condition'))
  // SQL filters before it looks at neighbours.
  const where = /\bOVER\s*\(/.test(tested) ? row.setAside(tested, context.query.next()) : tested
  const plan = row.plan()
  const filtered: Relation = { ...input, plan: { op: 'filter', input: plan, where } }
  // What was set aside for the condition ends here.
  if (plan === input.plan) return filtered
  return { ...filtered, plan: { op: 'project', input: filtered.plan, items: kept(idsOf(input)) } }
}

/** `take`: any rows; the first ones where there is an order. */
export function take(context: Context, node: Syntax, input: Relation): Relation {
  return limited(input, countSql(context, part(node, 'Expression')), input.order)
}

function limited(input: Relation, count: string, order: readonly SortKey[]): Relation {
  if (input.partition)
    return {
      ...input,
      plan: { op: 'limit-by', input: input.plan, count, by: input.partition.slice(0, 1), order },
      order,
    }
  return { ...input, plan: { op: 'limit', input: input.plan, count, order }, order }
}

/** `sort`: descending unless said otherwise; nulls are the smallest. */
export function sort(context: Context, node: Syntax, input: Relation): Relation {
  return sorted(context, list(node, 'Expressions'), input)
}

function sorted(context: Context, expressions: readonly Syntax[], input: Relation): Relation {
  const row = new Row(input, context.query)
  const hidden: { id: string; sql: string }[] = []
  const order = expressions.map((each): SortKey => {
    const inner = each.kind === 'OrderedExpression' ? part(each, 'Expression') : each
    const ordering = each.kind === 'OrderedExpression' ? maybe(each, 'Ordering') : undefined
    const value = context.query.evaluate({ ...context, row }, inner)
    if (value.type === 'dynamic')
      refuse(inner, 'Dynamic values have no order', 'tostring(…) or tolong(…) makes a value that has')
    const id = `$s${context.query.next()}`
    hidden.push({ id, sql: value.sql })
    const descending = (ordering ? token(ordering, 'AscOrDescKeyword') : '') !== 'asc'
    const nulls = ordering ? maybe(ordering, 'NullsClause') : undefined
    const nullsFirst = nulls ? token(nulls, 'FirstOrLastKeyword') === 'first' : !descending
    return { id, descending, nullsFirst }
  })
  // Earlier order no longer matters, its keys may go.
  const stale = new Set(input.order.map((key) => key.id).filter((id) => id.startsWith('$s')))
  const ids = idsOf(input).filter((id) => !stale.has(id))
  return {
    ...input,
    plan: { op: 'project', input: row.plan(), items: [...kept(ids), ...hidden] },
    hidden: [...input.hidden.filter((id) => !stale.has(id)), ...hidden.map((item) => item.id)],
    order,
  }
}

/** `top n by …`. */
export function top(context: Context, node: Syntax, input: Relation): Relation {
  const ordered = sorted(context, [part(node, 'ByExpression')], input)
  return limited(ordered, countSql(context, part(node, 'Expression')), ordered.order)
}

/** `count`. */
export function countRows(context: Context, node: Syntax, input: Relation): Relation {
  const name = node.columns?.[0]?.name ?? 'Count'
  if (input.partition) {
    const row = new Row(input, context.query)
    const sink = new Aggregates(row, context.query)
    const value = { sql: sink.add('toInt64(count())'), type: 'long', nullable: false } as const
    return grouped(context, { input, row, sink, keys: [], values: [value], names: [name] })
  }
  const column: Column = { name, type: 'long', nullable: false, id: 'Count' }
  return {
    plan: { op: 'aggregate', input: input.plan, keys: [], items: [{ id: 'Count', sql: 'toInt64(count())' }] },
    columns: [column],
    hidden: [],
    order: [],
  }
}

/** `distinct`. */
export function distinct(context: Context, node: Syntax, input: Relation): Relation {
  const expressions = list(node, 'Expressions')
  const only = expressions[0]
  const row = new Row(input, context.query)
  const cells =
    expressions.length === 1 && only?.kind === 'StarExpression'
      ? input.columns.map((column) => ({ name: column.name, value: columnScalar(column) }))
      : valuesOf({ ...context, row }, node, expressions)
  const narrow = withCells(context.query, { ...input, order: [] }, cells, row.plan())
  const keys = idsOf(narrow).map((id) => ({ id, sql: columnSql(id) }))
  return { ...narrow, plan: { op: 'aggregate', input: narrow.plan, keys, items: [] } }
}

/** `sample`: rows by chance. */
export function sample(context: Context, node: Syntax, input: Relation): Relation {
  const id = `$s${context.query.next()}`
  const plan = { op: 'project', input: input.plan, items: [...kept(idsOf(input)), { id, sql: 'rand()' }] } as const
  const order: SortKey[] = [{ id, descending: false, nullsFirst: true }]
  const picked = limited(
    { ...input, plan, hidden: [...input.hidden, id] },
    countSql(context, part(node, 'Expression')),
    order,
  )
  return { ...picked, order: [] }
}

/** `sample-distinct n of column`. */
export function sampleDistinct(context: Context, node: Syntax, input: Relation): Relation {
  const row = new Row(input, context.query)
  const cells = valuesOf({ ...context, row }, node, [part(node, 'OfExpression')])
  const narrow = withCells(context.query, { ...input, order: [] }, cells, row.plan())
  const keys = idsOf(narrow).map((id) => ({ id, sql: columnSql(id) }))
  const plan = { op: 'aggregate', input: narrow.plan, keys, items: [] } as const
  return limited({ ...narrow, plan }, countSql(context, part(node, 'Expression')), [])
}

/** `serialize`: fixes the order that the rows have now. */
export function serialize(context: Context, node: Syntax, input: Relation): Relation {
  const ordered = input.order.length > 0 ? input : arrival(context, input)
  const expressions = list(node, 'Expressions')
  if (expressions.length === 0) return ordered
  return extend(context, node, ordered)
}

/** Rows numbered as they come. */
function arrival(context: Context, input: Relation): Relation {
  const id = `$s${context.query.next()}`
  return {
    ...input,
    plan: { op: 'project', input: input.plan, items: [...kept(idsOf(input)), { id, sql: 'rowNumberInAllBlocks()' }] },
    hidden: [...input.hidden, id],
    order: [{ id, descending: false, nullsFirst: true }],
  }
}

/** `getschema`: the columns as rows. */
export function getSchema(context: Context, _node: Syntax, input: Relation): Relation {
  const names: Record<string, string> = {
    string: 'System.String', long: 'System.Int64', int: 'System.Int32', real: 'System.Double', bool: 'System.SByte',
    datetime: 'System.DateTime', timespan: 'System.TimeSpan', dynamic: 'System.Object', decimal: 'System.Data.SqlTypes.SqlDecimal', guid: 'System.Guid',
  } // prettier-ignore
  const { parameters } = context.query
  const rows = input.columns.map(
    (column, index) =>
      `(${parameters.text(column.name)}, toInt32(${index}), '${names[column.type] ?? 'System.Object'}', '${column.type}')`,
  )
  const column = (id: string, type: Column['type']): Column => ({ name: id, type, nullable: false, id })
  return {
    plan: {
      op: 'text',
      sql: `SELECT r.1 AS ColumnName, r.2 AS ColumnOrdinal, r.3 AS DataType, r.4 AS ColumnType FROM (SELECT arrayJoin([${rows.join(', ')}]) AS r)`,
    },
    columns: [
      column('ColumnName', 'string'),
      column('ColumnOrdinal', 'int'),
      column('DataType', 'string'),
      column('ColumnType', 'string'),
    ],
    hidden: [],
    order: [],
  }
}
