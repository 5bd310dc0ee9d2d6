import { columnSql } from '../algebra/relation.ts'
import { orderKeys } from '../algebra/render.ts'
import { refuse } from '../translate/context.ts'
import { type Builder, type Call, long } from './function.ts'
import { missing } from '../translate/scalar.ts'
import { cast } from '../translate/casts.ts'

/** The window of the ordered rows; refused where the rows have no order, as their answer would be chance. */
export function window(call: Call, frame: string): string {
  const order = call.context.row?.relation.order ?? []
  if (order.length === 0)
    return refuse(
      call.node,
      `${call.node.ref?.name ?? 'This function'} needs ordered rows`,
      'put `| sort by …` or `| serialize` before it',
    )
  return `OVER (${partitionBy(call)}ORDER BY ${orderKeys(order)} ${frame})`
}

/** Within `mv-apply` and `partition` every outer row, or key, has windows of its own. */
function partitionBy(call: Call, group?: string): string {
  const own = (call.context.row?.relation.partition ?? []).slice(0, 1).map((id) => columnSql(id))
  const keys = [...own, ...(group === undefined ? [] : [group])]
  return keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')} `
}

const neighbour =
  (name: 'lagInFrame' | 'leadInFrame'): Builder =>
  (call) => {
    const value = call.arg(0)
    const offset = call.count > 1 ? call.constantNumber(1, 'The offset') : 1
    const fallback = call.count > 2 ? cast(call.context, call.arg(2), value.type) : missing(value.type)
    const sql = value.type === 'string' ? value.sql : `toNullable(${value.sql})`
    const other = value.type === 'string' ? fallback.sql : `toNullable(${fallback.sql})`
    return {
      sql: `${name}(${sql}, ${offset}, ${other}) ${window(call, 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING')}`,
      type: value.type,
      nullable: value.type !== 'string',
    }
  }

const rowNumber: Builder = (call) => {
  const start = call.count > 0 ? call.constantNumber(0, 'The first number') : 1
  if (call.count < 2) return long(`row_number() ${window(call, '')} + ${start - 1}`)
  const group = restartGroup(call, 1)
  return long(
    `row_number() OVER (${partitionBy(call, group)}ORDER BY ${orderKeys(call.context.row?.relation.order ?? [])}) + ${start - 1}`,
  )
}

/** How often the restart condition held up to this row: the number of its run. */
export function restartGroup(call: Call, index: number): string {
  const test = `toUInt8(ifNull(${call.as(index, 'bool').sql}, false))`
  const { row, query } = call.context
  const flagged = row?.setAside(test, query.next())
  if (!row || flagged === undefined) return refuse(call.node, 'A restart condition needs ordered rows')
  return row.setAside(`sum(${flagged}) ${window(call, 'ROWS UNBOUNDED PRECEDING')}`, query.next())
}

const rowCumsum: Builder = (call) => {
  const value = call.arg(0)
  const type = value.type === 'dynamic' ? 'real' : value.type
  const term = cast(call.context, value, type)
  const zero = term.nullable ? `ifNull(${term.sql}, 0)` : term.sql
  const order = orderKeys(call.context.row?.relation.order ?? [])
  const over =
    call.count > 1
      ? `OVER (${partitionBy(call, restartGroup(call, 1))}ORDER BY ${order} ROWS UNBOUNDED PRECEDING)`
      : window(call, 'ROWS UNBOUNDED PRECEDING')
  return {
    sql: `${type === 'int' ? 'toInt32' : type === 'real' || type === 'decimal' ? '' : 'toInt64'}(sum(${zero}) ${over})`,
    type,
    nullable: false,
  }
}

const rowRank =
  (dense: boolean): Builder =>
  (call) => {
    const value = call.arg(0)
    const { row, query } = call.context
    if (!row) return refuse(call.node, 'Ranks need ordered rows')
    const before = `lagInFrame(toNullable(${value.sql}), 1, NULL) ${window(call, 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING')}`
    const previous = row.setAside(before, query.next())
    const restart = call.count > 1 ? restartGroup(call, 1) : '1'
    const order = orderKeys(row.relation.order)
    const number = row.setAside(`row_number() OVER (${partitionBy(call, restart)}ORDER BY ${order})`, query.next())
    const changed = row.setAside(`toUInt8(${number} = 1 OR NOT (${value.sql} <=> ${previous}))`, query.next())
    const over = `OVER (${partitionBy(call, restart)}ORDER BY ${order} ROWS UNBOUNDED PRECEDING)`
    return long(dense ? `sum(${changed}) ${over}` : `max(if(${changed} = 1, ${number}, 0)) ${over}`)
  }

/** Functions over the order of the rows. */
export const windowFunctions: Readonly<Record<string, Builder>> = {
  prev: neighbour('lagInFrame'),
  next: neighbour('leadInFrame'),
  row_number: rowNumber,
  row_cumsum: rowCumsum,
  row_rank_dense: rowRank(true),
  row_rank_min: rowRank(false),
}
