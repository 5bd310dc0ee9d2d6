import { type Column, columnSql, kept, idsOf, type Relation } from '../algebra/relation.ts'
import { part, type Syntax } from '../service/syntax.ts'
import { type Context, refuse } from './context.ts'
import { nameOf } from './names.ts'

/** Operators that work within each partition. Those that would mix the rows of several are refused. */
const partitioned = new Set([
  'FilterOperator',
  'ProjectOperator',
  'ProjectAwayOperator',
  'ProjectKeepOperator',
  'ProjectRenameOperator',
  'ProjectReorderOperator',
  'ExtendOperator',
  'SummarizeOperator',
  'TakeOperator',
  'TopOperator',
  'SortOperator',
  'DistinctOperator',
  'CountOperator',
  'MvExpandOperator',
  'MvApplyOperator',
  'ParseOperator',
  'ParseWhereOperator',
  'ParseKvOperator',
  'SerializeOperator',
])

/** `partition by key (…)`: the pipeline runs over the rows of each key. */
export function partition(context: Context, node: Syntax, input: Relation): Relation {
  const name = nameOf(part(node, 'ByExpression'))
  const column = input.columns.find((each) => each.name === name)
  if (!column) return refuse(part(node, 'ByExpression'), 'partition takes a column')
  const operand = part(node, 'Operand')
  if (operand.kind !== 'PartitionSubquery')
    return refuse(operand, 'partition with a query in braces is not supported', 'partition by … (operators)')
  const subquery = part(operand, 'Subquery')
  // Nothing after a scan would know the partitions.
  const last = subquery.kind === 'PipeExpression' ? part(subquery, 'Operator') : subquery
  if (last.kind !== 'ScanOperator') checked(subquery)
  else if (last !== subquery) checked(part(subquery, 'Expression'))
  const id = `$n${context.query.next()}`
  const within: Relation = {
    ...input,
    plan: { op: 'project', input: input.plan, items: [...kept(idsOf(input)), { id, sql: columnSql(column.id) }] },
    hidden: [...input.hidden, id],
    partition: [id],
  }
  const applied = context.query.pipe(context, subquery, within)
  const columns: readonly Column[] = applied.columns
  return {
    plan: { op: 'project', input: applied.plan, items: kept(columns.map((each) => each.id)) },
    columns,
    hidden: [],
    order: [],
  }
}

/** Refuses what cannot run within partitions, wherever it stands in the pipeline. */
export function checked(pipeline: Syntax): void {
  const operator = pipeline.kind === 'PipeExpression' ? part(pipeline, 'Operator') : pipeline
  if (!partitioned.has(operator.kind))
    refuse(
      operator,
      `${operator.kind.replace(/Operator$/, '').toLowerCase()} is not supported within each partition`,
      'run it before or after',
    )
  if (pipeline.kind === 'PipeExpression') checked(part(pipeline, 'Expression'))
}
