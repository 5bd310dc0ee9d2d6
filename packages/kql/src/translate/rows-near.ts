import { columnSql, idsOf, kept, type Relation } from '../algebra/relation.ts'
import { orderKeys } from '../algebra/render.ts'
import { list, part, type Syntax } from '../service/syntax.ts'
import { type Context, refuse, Row } from './context.ts'
import { condition } from './expression.ts'

/** `rows_near(condition, rows, rows after)`: the rows for which the condition holds, and so many before and after each. */
export function rowsNear(context: Context, node: Syntax, input: Relation): Relation {
  const [tested, before, after] = list(part(part(node, 'FunctionCall'), 'ArgumentList'), 'Expressions')
  if (!tested || !before) return refuse(node, 'rows_near takes a condition and a number of rows')
  if (input.order.length === 0)
    return refuse(node, 'rows_near needs ordered rows', 'put `| sort by …` or `| serialize` before it')
  const row = new Row(input, context.query)
  const holds = row.setAside(`toUInt8(ifNull(${condition({ ...context, row }, tested)}, false))`, context.query.next())
  const among = (input.partition ?? []).slice(0, 1).map((id) => `PARTITION BY ${columnSql(id)} `)
  const frame = `ROWS BETWEEN ${rows(context, after ?? before)} PRECEDING AND ${rows(context, before)} FOLLOWING`
  const near = row.setAside(
    `max(${holds}) OVER (${among.join('')}ORDER BY ${orderKeys(input.order)} ${frame})`,
    context.query.next(),
  )
  const filtered = { op: 'filter', input: row.plan(), where: `${near} = 1` } as const
  return { ...input, plan: { op: 'project', input: filtered, items: kept(idsOf(input)) } }
}

/** A number of rows, which the window needs as a constant. */
function rows(context: Context, node: Syntax): string {
  const { constant } = context.query.evaluate({ ...context, row: undefined }, node)
  return typeof constant === 'bigint' && constant >= 0n
    ? `${constant}`
    : refuse(node, 'rows_near takes constant numbers of rows')
}
