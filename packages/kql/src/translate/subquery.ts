import { columnSql } from '../algebra/relation.ts'
import { render } from '../algebra/render.ts'
import type { Syntax } from '../service/syntax.ts'
import type { Context } from './context.ts'
import { type Scalar, sqlType } from './scalar.ts'

/** `toscalar(…)`: the first cell of a table, null when there is none; of a value, the value. */
export function scalarSubquery(context: Context, node: Syntax): Scalar {
  if (!node.columns) return context.query.evaluate(context, node)
  const relation = context.query.relate({ ...context, row: undefined }, node)
  const column = relation.columns[0]
  if (!column) return { sql: 'NULL', type: 'unknown', nullable: true, constant: null }
  const limited = render({ op: 'limit', input: relation.plan, count: '1', order: relation.order })
  const value = `(SELECT CAST(${columnSql(column.id)}, '${sqlType(column.type).replaceAll("'", "\\'")}') FROM (${limited}) AS \`$\`)`
  if (column.type === 'string') return { sql: `ifNull(${value}, '')`, type: 'string', nullable: false }
  return { sql: value, type: column.type, nullable: true }
}
