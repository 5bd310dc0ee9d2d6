import { picked, plain } from './operators.ts'
import type { Random } from './random.ts'
import type { Column, Relation, Row } from './relation.ts'

const kinds = [
  'inner',
  'leftouter',
  'rightouter',
  'fullouter',
  'leftsemi',
  'rightsemi',
  'leftanti',
  'rightanti',
] as const

type Kind = (typeof kinds)[number] | 'innerunique'

/** A join of two relations with its meaning by nested loops; undefined where they share no column to join on. */
export function joined(
  random: Random,
  left: Relation,
  right: Relation,
): { kql(right: string): string; rows: Relation; passes: readonly string[] | undefined } | undefined {
  const shared = left.columns.filter(
    (a) => a.type !== 'dynamic' && right.columns.some((b) => b.name === a.name && b.type === a.type),
  )
  if (shared.length === 0) return undefined
  const on = random.some(shared).map((column) => column.name)
  // Which of several equal left rows innerunique keeps is free: only with unique ones is the answer one.
  const kind: Kind = on.includes(left.unique ?? '') && random.chance(0.3) ? 'innerunique' : random.one(kinds)
  return {
    kql: (text) => `join ${kind === 'innerunique' ? '' : `kind=${kind} `}(${text}) on ${on.join(', ')}`,
    rows: nestedLoops(kind, left, right, on),
    passes: kind === 'inner' || kind.startsWith('left') ? left.columns.map((column) => column.name) : undefined,
  }
}

function nestedLoops(kind: Kind, left: Relation, right: Relation, on: readonly string[]): Relation {
  const matches = (a: Row, b: Row): boolean => on.every((name) => (a[name] ?? null) === (b[name] ?? null))
  if (kind === 'leftsemi' || kind === 'leftanti')
    return {
      ...plain(
        left.columns,
        left.rows.filter((a) => right.rows.some((b) => matches(a, b)) === (kind === 'leftsemi')),
      ),
      unique: left.unique,
    }
  if (kind === 'rightsemi' || kind === 'rightanti')
    return {
      ...plain(
        right.columns,
        right.rows.filter((b) => left.rows.some((a) => matches(a, b)) === (kind === 'rightsemi')),
      ),
      unique: right.unique,
    }
  const taken = new Set(left.columns.map((column) => column.name))
  const renamed = right.columns.map((column): [from: string, to: Column] => {
    let name = column.name
    for (let n = 1; taken.has(name); n += 1) name = `${column.name}${n}`
    taken.add(name)
    return [column.name, { ...column, name }]
  })
  const ofLeft = (row: Row | undefined): Row => missing(row, left.columns)
  const ofRight = (row: Row | undefined): Row =>
    Object.fromEntries(renamed.map(([from, to]) => [to.name, row?.[from] ?? (to.type === 'string' ? '' : null)]))
  const rows: Row[] = left.rows.flatMap((a) =>
    right.rows.filter((b) => matches(a, b)).map((b) => ({ ...ofLeft(a), ...ofRight(b) })),
  )
  if (kind === 'leftouter' || kind === 'fullouter')
    for (const a of left.rows)
      if (!right.rows.some((b) => matches(a, b))) rows.push({ ...ofLeft(a), ...ofRight(undefined) })
  if (kind === 'rightouter' || kind === 'fullouter')
    for (const b of right.rows)
      if (!left.rows.some((a) => matches(a, b))) rows.push({ ...ofLeft(undefined), ...ofRight(b) })
  return plain([...left.columns, ...renamed.map(([, to]) => to)], rows)
}

function missing(row: Row | undefined, columns: readonly Column[]): Row {
  return row
    ? picked(
        row,
        columns.map((column) => column.name),
      )
    : Object.fromEntries(columns.map(({ name, type }) => [name, type === 'string' ? '' : null]))
}
