import {
  type Column,
  columnSql,
  type Item,
  type JoinKind,
  kept,
  idsOf,
  type Plan,
  type Relation,
} from '../algebra/relation.ts'
import { list, maybe, part, type Syntax, token } from '../service/syntax.ts'
import { cast } from './casts.ts'
import { columnScalar } from './columns.ts'
import { type Context, refuse, Row } from './context.ts'
import { freshId } from './make-columns.ts'
import { nameOf, parametersOf } from './names.ts'
import { commonType } from './operators.ts'
import type { Scalar } from './scalar.ts'

interface JoinShape {
  kind: JoinKind
  /** The right table is the one whose rows decide; the sides are exchanged. */
  swapped?: boolean
  /** One row per key of the left side. */
  unique?: boolean
  /** Only the columns of one side are left. */
  oneSided?: boolean
}

/** The kinds of join. */
export const shapes: Readonly<Record<string, JoinShape>> = {
  innerunique: { kind: 'inner', unique: true },
  inner: { kind: 'inner' },
  leftouter: { kind: 'left' },
  rightouter: { kind: 'right' },
  fullouter: { kind: 'full' },
  leftsemi: { kind: 'left semi', oneSided: true },
  leftanti: { kind: 'left anti', oneSided: true },
  leftantisemi: { kind: 'left anti', oneSided: true },
  anti: { kind: 'left anti', oneSided: true },
  rightsemi: { kind: 'left semi', oneSided: true, swapped: true },
  rightanti: { kind: 'left anti', oneSided: true, swapped: true },
  rightantisemi: { kind: 'left anti', oneSided: true, swapped: true },
}

/** Kinds of join, for the list of what is supported. */
export const joinKinds = Object.keys(shapes)

/** `join`; without a kind it is `innerunique`. */
export function joinOperator(context: Context, node: Syntax, input: Relation): Relation {
  const kind = parametersOf(list(node, 'Parameters'))['kind'] ?? 'innerunique'
  const shape = shapes[kind]
  if (!shape) return refuse(node, `The join kind ${kind} is not supported`)
  const right = context.query.relate({ ...context, row: undefined }, part(node, 'Expression'))
  const keys = keysOf(context, node, maybe(node, 'ConditionClause'), [input, right])
  return joined(context, node, { shape, left: input, right, keys, dropRightKeys: false })
}

/** `lookup`: a left join that leaves out the right key columns. */
export function lookupOperator(context: Context, node: Syntax, input: Relation): Relation {
  const kind = parametersOf(list(node, 'Parameters'))['kind'] ?? 'leftouter'
  if (kind !== 'leftouter' && kind !== 'inner') return refuse(node, `The lookup kind ${kind} is not supported`)
  const shape = shapes[kind]
  const right = context.query.relate({ ...context, row: undefined }, part(node, 'Expression'))
  const keys = keysOf(context, node, maybe(node, 'LookupClause'), [input, right])
  return shape ? joined(context, node, { shape, left: input, right, keys, dropRightKeys: true }) : input
}

/** What is compared of both sides. */
export interface Key {
  left: Scalar
  right: Scalar
  /** Name of the right column, which a lookup leaves out. */
  rightName: string
}

function keysOf(
  context: Context,
  node: Syntax,
  clause: Syntax | undefined,
  [left, right]: [Relation, Relation],
): Key[] {
  if (clause?.kind !== 'JoinOnClause')
    return refuse(node, 'A join needs its keys', 'on Column, or on $left.a == $right.b')
  return list(clause, 'Expressions')
    .flatMap((each) => conditions(each))
    .map((each): Key => {
      if (each.kind === 'NameReference') {
        const name = nameOf(each)
        return key(context, each, [columnOf(left, name, each), columnOf(right, name, each)])
      }
      if (each.kind !== 'BinaryExpression' || token(each, 'Operator') !== '==')
        return refuse(each, 'Keys are compared with == only')
      const sides = [side(part(each, 'Left')), side(part(each, 'Right'))]
      const onLeft = sides.find((one) => one.table === '$left')
      const onRight = sides.find((one) => one.table === '$right')
      if (!onLeft || !onRight) return refuse(each, 'One side must be $left and the other $right')
      return key(context, each, [columnOf(left, onLeft.name, each), columnOf(right, onRight.name, each)])
    })
}

/** The parts of a condition that all must hold. */
export function conditions(node: Syntax): Syntax[] {
  if (node.kind === 'ParenthesizedExpression') return conditions(part(node, 'Expression'))
  if (node.kind === 'BinaryExpression' && token(node, 'Operator') === 'and')
    return [...conditions(part(node, 'Left')), ...conditions(part(node, 'Right'))]
  return [node]
}

function side(node: Syntax): { table: string; name: string } {
  if (node.kind !== 'PathExpression')
    return refuse(node, 'Keys are columns: $left.a or $right.b', 'extend the key before the join')
  return { table: nameOf(part(node, 'Expression')), name: nameOf(part(node, 'Selector')) }
}

/** The column of that name. */
export function columnOf(relation: Relation, name: string, node: Syntax): Column {
  return relation.columns.find((column) => column.name === name) ?? refuse(node, `There is no column ${name} here`)
}

/** A column of each side, made comparable. */
export function key(context: Context, node: Syntax, [left, right]: [Column, Column]): Key {
  if (left.type === 'dynamic' || right.type === 'dynamic')
    return refuse(node, 'Dynamic columns are no keys', 'tostring(…) before the join')
  const type = commonType(left.type, right.type)
  const none = { ...context, row: undefined }
  const a = columnScalar(left)
  const b: Scalar = { ...columnScalar(right), sql: columnSql(right.id, '$r') }
  return { left: type ? cast(none, a, type) : a, right: type ? cast(none, b, type) : b, rightName: right.name }
}

interface Joining {
  shape: JoinShape
  left: Relation
  right: Relation
  keys: readonly Key[]
  dropRightKeys: boolean
}

/** The sides joined; with `dropRightKeys` as `lookup` does. */
export function joined(context: Context, node: Syntax, { shape, left, right, keys, dropRightKeys }: Joining): Relation {
  const [a, b] = shape.swapped ? [right, left] : [left, right]
  const on = keys.map((each) => conditionSql(each, shape.swapped === true)).join(' AND ')
  const missing = {
    left: shape.kind === 'right' || shape.kind === 'full',
    right: shape.kind === 'left' || shape.kind === 'full',
  }
  const leftPlan = shape.unique ? onePerKey(context, left, keys) : a.plan
  // Names go by their place; where the binder counts other columns they are made here.
  const count = a.columns.length + (shape.oneSided ? 0 : b.columns.length - (dropRightKeys ? keys.length : 0))
  const bound = node.columns?.length === count ? node.columns : []
  const used = new Set<string>()
  const columns: Column[] = []
  const items: Item[] = []
  const add = (column: Column, alias: string, absent: boolean): void => {
    const name = bound[columns.length]?.name ?? uniqueName(columns, column.name)
    const id = freshId(context.query, name, used)
    used.add(id)
    items.push({ id, sql: columnSql(column.id, alias) })
    columns.push({ name, type: column.type, nullable: column.type !== 'string' && (column.nullable || absent), id })
  }
  for (const column of a.columns) add(column, '$', missing.left)
  const dropped = new Set(dropRightKeys ? keys.map((each) => each.rightName) : [])
  if (!shape.oneSided) for (const column of b.columns) if (!dropped.has(column.name)) add(column, '$r', missing.right)
  return {
    plan: {
      op: 'join',
      kind: shape.kind,
      left: absentAsNull(leftPlan, a, missing.left),
      right: absentAsNull(b.plan, b, missing.right),
      on,
      items,
    },
    columns,
    hidden: [],
    order: [],
  }
}

function uniqueName(columns: readonly Column[], name: string): string {
  let candidate = name
  for (let number = 1; columns.some((column) => column.name === candidate); number += 1) candidate = `${name}${number}`
  return candidate
}

/** Nulls match nulls. Plain equality where no null is possible, since it is quicker. */
function conditionSql({ left, right }: Key, swapped: boolean): string {
  const exchange = (sql: string): string =>
    sql.replaceAll(/`\$(r?)`\./g, (_, right_: string) => (right_ === '' ? '`$r`.' : '`$`.'))
  const [a, b] = swapped ? [exchange(right.sql), exchange(left.sql)] : [left.sql, right.sql]
  return left.nullable && right.nullable ? `${a} <=> ${b}` : `${a} = ${b}`
}

/** Where a side may have no partner, its values must be able to be null; texts are empty then anyway. */
export function absentAsNull(plan: Plan, relation: Pick<Relation, 'columns'>, absent: boolean): Plan {
  if (!absent) return { op: 'project', input: plan, items: kept(relation.columns.map((column) => column.id)) }
  const items = relation.columns.map((column) => ({
    id: column.id,
    sql:
      column.type === 'string'
        ? `toString(${columnSql(column.id)})`
        : column.nullable
          ? columnSql(column.id)
          : `toNullable(${columnSql(column.id)})`,
  }))
  return { op: 'project', input: plan, items }
}

/** `innerunique`: one row of the left side per key. */
function onePerKey(context: Context, left: Relation, keys: readonly Key[]): Plan {
  const row = new Row(left, context.query)
  const named = keys.map((each, index) => ({ id: `$u${index}`, sql: each.left.sql }))
  const plan: Plan = { op: 'project', input: row.plan(), items: [...kept(idsOf(left)), ...named] }
  return { op: 'limit-by', input: plan, count: '1', by: named.map((item) => item.id), order: left.order }
}
