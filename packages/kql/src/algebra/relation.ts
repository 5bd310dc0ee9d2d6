import type { ScalarType } from '../service/syntax.ts'

/** A column of a relation. Names of hunters never reach SQL: `id` is what the SQL calls it. */
export interface Column {
  name: string
  type: ScalarType
  nullable: boolean
  id: string
  /** Stored copies of members of this dynamic column: path joined with `.` to the id of a hidden column. */
  promoted?: Readonly<Record<string, string>>
  /** Those of these paths whose copies are whole numbers, 0 where the member is absent. */
  numbers?: readonly string[]
  /** SQL of the lower-cased text that has a text index, with `$` for the column. */
  indexed?: boolean
}

export interface SortKey {
  /** Id of a column or hidden column. */
  id: string
  descending: boolean
  nullsFirst: boolean
}

export interface Item {
  id: string
  /** SQL over the input, whose alias is `$`. */
  sql: string
}

export type JoinKind = 'inner' | 'left' | 'right' | 'full' | 'left semi' | 'left anti'

/** Relational operators. Each is one SELECT; expressions are SQL over the alias `$` (joins: `$` and `$r`). */
export type Plan =
  | { op: 'scan'; table: string; items: readonly Item[]; where: string }
  | { op: 'text'; sql: string }
  | { op: 'project'; input: Plan; items: readonly Item[] }
  | { op: 'filter'; input: Plan; where: string }
  | { op: 'aggregate'; input: Plan; keys: readonly Item[]; items: readonly Item[] }
  | { op: 'limit'; input: Plan; count: string; order: readonly SortKey[] }
  | { op: 'limit-by'; input: Plan; count: string; by: readonly string[]; order: readonly SortKey[] }
  | { op: 'expand'; input: Plan; keep: readonly string[]; array: string; element: string; items: readonly Item[] }
  | { op: 'join'; kind: JoinKind; left: Plan; right: Plan; on: string; items: readonly Item[] }
  | { op: 'union'; inputs: readonly { plan: Plan; items: readonly Item[] }[] }
  | { op: 'shared'; name: string; plan: Plan }

export interface Relation {
  plan: Plan
  columns: readonly Column[]
  /** Columns that later operators may need and nobody sees: sort keys and promoted members. */
  hidden: readonly string[]
  /** Order of the rows, where it is defined. */
  order: readonly SortKey[]
  /** Within `mv-apply`: hidden columns of the outer row, its number first; operators work within each of them. */
  partition?: readonly string[]
  /** What `union withsource` calls it. */
  source?: string
  /** The rows are the edges of a graph, and only operators on graphs may follow. */
  graph?: Graph
}

/** What `make-graph` adds to the rows that are its edges. */
export interface Graph {
  /** Ids of the nodes at the ends. */
  source: Column
  target: Column
  /** Properties of nodes: at most one row for each id. Nodes without a row have none. */
  nodes?: { plan: Plan; columns: readonly Column[]; id: Column }
  /** The one property of nodes without a table: their id. */
  idName?: string
}

/** An identifier of ours, quoted. */
export function quoted(id: string): string {
  return `\`${id.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

/** A column of the input. */
export function columnSql(id: string, alias = '$'): string {
  return `${quoted(alias)}.${quoted(id)}`
}

/** Every id a relation offers. */
export function idsOf(relation: Relation): string[] {
  return [...relation.columns.map((column) => column.id), ...relation.hidden]
}

/** The relation with other or further columns computed, keeping what order and promoted members need. */
export function kept(ids: readonly string[]): Item[] {
  return ids.map((id) => ({ id, sql: columnSql(id) }))
}
