import { columnSql, type Column, type Item, type Relation } from '../algebra/relation.ts'
import type { Query } from './context.ts'
import type { Scalar } from './scalar.ts'

/** A column of a result: one of the input as it is, or a value. */
export type Cell = { name: string; column: Column } | { name: string; value: Scalar }

/** An id for a column of that name, not used yet in the relation. Readable where the name allows it. */
export function freshId(query: Query, name: string, used: ReadonlySet<string>): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,60}$/.test(name) && !used.has(name)) return name
  return `c${query.next()}$`
}

/**
 * The relation with exactly these columns. What order and promoted members need is carried along hidden. `plan` is the
 * input with everything set aside that the values read.
 */
export function withCells(query: Query, input: Relation, cells: readonly Cell[], plan: Relation['plan']): Relation {
  const hidden = new Set<string>()
  for (const key of input.order) hidden.add(key.id)
  for (const id of input.partition ?? []) hidden.add(id)
  const used = new Set<string>()
  const items: Item[] = []
  const columns = cells.map((cell): Column => {
    const id = freshId(query, cell.name, used)
    used.add(id)
    if ('column' in cell) {
      items.push({ id, sql: columnSql(cell.column.id) })
      for (const promoted of Object.values(cell.column.promoted ?? {})) hidden.add(promoted)
      return { ...cell.column, name: cell.name, id }
    }
    items.push({ id, sql: cell.value.sql })
    return { name: cell.name, type: cell.value.type, nullable: cell.value.nullable, id }
  })
  const renamed = new Map<string, string>()
  const kept: string[] = []
  for (const id of hidden) {
    // A sort key that stays visible under its own id needs no copy.
    const same = items.find((item) => item.id === id && item.sql === columnSql(id))
    if (same) continue
    const copy = id.startsWith('$') && !used.has(id) ? id : `$h${query.next()}`
    used.add(copy)
    renamed.set(id, copy)
    items.push({ id: copy, sql: columnSql(id) })
    kept.push(copy)
  }
  const moved = (id: string): string => renamed.get(id) ?? id
  return {
    plan: { op: 'project', input: plan, items },
    columns: columns.map((column) =>
      column.promoted
        ? {
            ...column,
            promoted: Object.fromEntries(Object.entries(column.promoted).map(([path, id]) => [path, moved(id)])),
          }
        : column,
    ),
    hidden: kept,
    order: input.order.map((key) => ({ ...key, id: moved(key.id) })),
    ...(input.partition ? { partition: input.partition.map(moved) } : {}),
  }
}
