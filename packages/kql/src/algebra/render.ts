import { columnSql, type Item, type Plan, quoted, type SortKey } from './relation.ts'

/** The plan as one SELECT statement. Shared parts become materialized common table expressions. */
export function render(plan: Plan): string {
  const shared = new Map<string, string>()
  const sql = select(plan, shared)
  if (shared.size === 0) return sql
  const parts = [...shared].map(([name, text]) => `${quoted(name)} AS MATERIALIZED (${text})`)
  return `WITH ${parts.join(', ')} ${sql}`
}

/** ORDER BY and its keys; empty without keys. */
export function orderBy(order: readonly SortKey[]): string {
  return order.length === 0 ? '' : ` ORDER BY ${orderKeys(order)}`
}

export function orderKeys(order: readonly SortKey[]): string {
  return order
    .map((key) => `${columnSql(key.id)} ${key.descending ? 'DESC' : 'ASC'} NULLS ${key.nullsFirst ? 'FIRST' : 'LAST'}`)
    .join(', ')
}

function select(plan: Plan, shared: Map<string, string>): string {
  const from = (input: Plan, alias = '$'): string => `(${select(input, shared)}) AS ${quoted(alias)}`
  switch (plan.op) {
    case 'scan': {
      const where = plan.where === '' ? '' : ` WHERE ${plan.where}`
      return `SELECT ${items(plan.items)} FROM ${quoted(plan.table)} AS ${quoted('$')}${where}`
    }
    case 'text':
      return plan.sql
    case 'project':
      return `SELECT ${items(plan.items)} FROM ${from(plan.input)}`
    case 'filter':
      return `SELECT ${quoted('$')}.* FROM ${from(plan.input)} WHERE ${plan.where}`
    case 'aggregate': {
      const by = plan.keys.length === 0 ? '' : ` GROUP BY ${plan.keys.map((key) => key.sql).join(', ')}`
      return `SELECT ${items([...plan.keys, ...plan.items])} FROM ${from(plan.input)}${by}`
    }
    case 'limit':
      return `SELECT ${quoted('$')}.* FROM ${from(plan.input)}${orderBy(plan.order)} LIMIT ${plan.count}`
    case 'limit-by': {
      const by = plan.by.map((id) => columnSql(id)).join(', ')
      return `SELECT ${quoted('$')}.* FROM ${from(plan.input)}${orderBy(plan.order)} LIMIT ${plan.count} BY ${by}`
    }
    case 'expand': {
      const inner = [...plan.keep.map((id) => ({ id, sql: columnSql(id) })), { id: '$array', sql: plan.array }]
      const rows = `SELECT ${items(inner)} FROM ${from(plan.input)}`
      const kept = plan.keep.map((id) => ({ id, sql: columnSql(id) }))
      return `SELECT ${items([...kept, ...plan.items])} FROM (${rows}) AS ${quoted('$')} ARRAY JOIN ${columnSql('$array')} AS ${quoted(plan.element)}`
    }
    case 'join':
      return `SELECT ${items(plan.items)} FROM ${from(plan.left)} ${joinWords[plan.kind]} JOIN ${from(plan.right, '$r')} ON ${plan.on}`
    case 'union':
      return plan.inputs.map((input) => `SELECT ${items(input.items)} FROM ${from(input.plan)}`).join(' UNION ALL ')
    case 'shared':
      // Parts it shares itself come first in the map, as the statement needs them.
      if (!shared.has(plan.name)) shared.set(plan.name, select(plan.plan, shared))
      return `SELECT * FROM ${quoted(plan.name)}`
  }
}

const joinWords = {
  inner: 'INNER',
  left: 'LEFT',
  right: 'RIGHT',
  full: 'FULL',
  'left semi': 'LEFT SEMI',
  'left anti': 'LEFT ANTI',
} as const

function items(list: readonly Item[]): string {
  // A relation may have no columns left; SQL can't say that.
  if (list.length === 0) return `1 AS ${quoted('$none')}`
  return list.map(({ id, sql }) => `${sql} AS ${quoted(id)}`).join(', ')
}
