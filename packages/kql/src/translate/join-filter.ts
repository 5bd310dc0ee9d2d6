import type { Relation } from '../algebra/relation.ts'
import { children, list, part, type Syntax } from '../service/syntax.ts'
import type { Context } from './context.ts'
import { conditions } from './join.ts'
import { nameOf, parametersOf } from './names.ts'
import { operator } from './operator.ts'

/** Answers differ from call to call, or depend on the rows beside. */
const unsteady = /^(rand|new_guid|prev|next|row_)/

/**
 * `join` of the default kind keeps any one row per key of its left side. Kusto lets the filters that follow choose:
 * what they ask of left columns is asked before the rows are thinned out. Undefined for every other pipeline.
 */
export function filteredJoin(context: Context, node: Syntax): Relation | undefined {
  const filters: Syntax[] = []
  let at = node
  while (at.kind === 'PipeExpression' && part(at, 'Operator').kind === 'FilterOperator') {
    filters.unshift(part(at, 'Operator'))
    at = part(at, 'Expression')
  }
  if (filters.length === 0 || at.kind !== 'PipeExpression') return undefined
  const join = part(at, 'Operator')
  if (join.kind !== 'JoinOperator') return undefined
  if ((parametersOf(list(join, 'Parameters'))['kind'] ?? 'innerunique') !== 'innerunique') return undefined
  const plain: Context = { ...context, row: undefined, aggregates: undefined }
  const left = context.query.relate(context, part(at, 'Expression'))
  const early = filters
    .flatMap((each) => conditions(part(each, 'Condition')))
    .filter((each) => isAbout(left, each))
    .map((each): Syntax => ({ kind: 'FilterOperator', start: each.start, end: each.end, parts: { Condition: each } }))
  const chosen = early.reduce((rows, each) => operator(plain, each, rows), left)
  return [join, ...filters].reduce((rows, each) => operator(plain, each, rows), chosen)
}

/** The condition reads columns of these rows, and nothing that could answer otherwise a second time. */
function isAbout(rows: Relation, condition: Syntax): boolean {
  let columns = 0
  const visit = (node: Syntax): boolean => {
    if (node.kind === 'StarExpression') return false
    if (node.kind === 'FunctionCallExpression' && unsteady.test(nameOf(part(node, 'Name')))) return false
    if (node.kind === 'NameReference' && node.ref?.kind === 'column') {
      columns += 1
      if (!rows.columns.some((column) => column.name === node.ref?.name)) return false
    }
    return children(node).every(visit)
  }
  return visit(condition) && columns > 0
}
