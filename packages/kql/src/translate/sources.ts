import type { Column, Relation } from '../algebra/relation.ts'
import { list, part, type ScalarType, type Syntax } from '../service/syntax.ts'
import { cast } from './casts.ts'
import { type Context, refuse, Row } from './context.ts'
import { freshId } from './make-columns.ts'
import { nameOf } from './names.ts'
import { valuesOf } from './project.ts'
import { sqlType } from './scalar.ts'

const maxCells = 20_000

/** `datatable`: its rows as literals. */
export function datatable(context: Context, node: Syntax): Relation {
  const columns = boundColumns(context, node)
  const cells = list(node, 'Values').map((value, index) => {
    const column = columns[index % Math.max(1, columns.length)]
    return cast(context, context.query.evaluate({ ...context, row: undefined }, value), column?.type ?? 'string').sql
  })
  if (cells.length > maxCells) return refuse(node, `A datatable holds at most ${maxCells} values`)
  if (columns.length === 0 || cells.length % columns.length !== 0)
    return refuse(node, 'The values of the datatable do not fill its rows')
  const typed = (sql: string, index: number): string => {
    const column = columns[index % columns.length]
    return column ? `CAST(${sql}, '${sqlType(column.type).replaceAll("'", "\\'")}')` : sql
  }
  if (cells.length === 0) {
    const empty = columns.map(
      (column) =>
        `CAST(${column.type === 'string' ? `''` : 'NULL'}, '${sqlType(column.type).replaceAll("'", "\\'")}') AS \`${column.id}\``,
    )
    return { plan: { op: 'text', sql: `SELECT ${empty.join(', ')} WHERE 0` }, columns, hidden: [], order: [] }
  }
  const rows: string[] = []
  for (let at = 0; at < cells.length; at += columns.length)
    rows.push(
      `tuple(${cells
        .slice(at, at + columns.length)
        .map(typed)
        .join(', ')})`,
    )
  const names = columns.map((column, index) => `tupleElement(\`$row\`, ${index + 1}) AS \`${column.id}\``)
  const sql = `SELECT ${names.join(', ')} FROM (SELECT arrayJoin([${rows.join(', ')}]) AS \`$row\`)`
  return { plan: { op: 'text', sql }, columns, hidden: [], order: [] }
}

function boundColumns(context: Context, node: Syntax): Column[] {
  const used = new Set<string>()
  return (node.columns ?? []).map(({ name, type }) => {
    const id = freshId(context.query, name, used)
    used.add(id)
    return { name, type, nullable: type !== 'string', id }
  })
}

/** `print`: one row. */
export function printed(context: Context, node: Syntax): Relation {
  const nothing: Relation = { plan: { op: 'text', sql: 'SELECT 1 AS `$none`' }, columns: [], hidden: [], order: [] }
  const row = new Row(nothing, context.query)
  const used = new Set<string>()
  const cells = valuesOf({ ...context, row }, node, list(node, 'Expressions'))
  const items = cells.map((cell) => {
    if (!('value' in cell)) return refuse(node, 'print has no columns to read')
    const id = freshId(context.query, cell.name, used)
    used.add(id)
    return {
      id,
      sql: cell.value.sql,
      column: { name: cell.name, type: cell.value.type, nullable: cell.value.nullable, id },
    }
  })
  return {
    plan: { op: 'project', input: row.plan(), items: items.map(({ id, sql }) => ({ id, sql })) },
    columns: items.map((item) => item.column),
    hidden: [],
    order: [],
  }
}

const maxRangeRows = 1_000_000

/** `range x from … to … step …`. */
export function rangeOf(context: Context, node: Syntax): Relation {
  const name = nameOf(part(node, 'Name'))
  const none = { ...context, row: undefined }
  const [from, to, step] = ['From', 'To', 'Step'].map((each) => context.query.evaluate(none, part(node, each)))
  if (!from || !to || !step) return refuse(node, 'range needs from, to and step')
  const type: ScalarType =
    from.type === 'int'
      ? 'long'
      : [from, to, step].some((value) => value.type === 'real') && from.type !== 'datetime' && from.type !== 'timespan'
        ? 'real'
        : from.type
  const number = (value: typeof from): string =>
    value.type === 'datetime'
      ? `reinterpretAsInt64(${value.sql})`
      : type === 'real'
        ? cast(context, value, 'real').sql
        : value.type === 'timespan'
          ? value.sql
          : cast(context, value, 'long').sql
  const [a, b, s] = [number(from), number(to), number(step)]
  const at = `(${a} + toInt64(number) * ${s})`
  const value =
    type === 'datetime'
      ? `reinterpret(toInt64${at}, 'DateTime64(7, \\'UTC\\')')`
      : type === 'real'
        ? `toFloat64(${a} + number * ${s})`
        : `toInt64${at}`
  const rows = `toUInt64(least(${maxRangeRows}, greatest(0, floor((${b} - ${a}) / nullIf(${s}, 0)) + 1)))`
  const id = freshId(context.query, name, new Set())
  const sql = `SELECT ${value} AS \`${id}\` FROM (SELECT arrayJoin(range(assumeNotNull(ifNull(${rows}, 0)))) AS number)`
  const descending = typeof step.constant === 'bigint' || typeof step.constant === 'number' ? step.constant < 0 : false
  return {
    plan: { op: 'text', sql },
    columns: [{ name, type, nullable: false, id }],
    hidden: [],
    order: [{ id, descending, nullsFirst: true }],
  }
}
