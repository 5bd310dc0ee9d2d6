import type { Table } from '@cordon/telemetry'
import { type Column, columnSql, type Item, type Relation } from './algebra/relation.ts'
import type { ScalarType } from './service/syntax.ts'

/** What a caller may see: nothing given is everything. */
export interface ReadScope {
  clusters?: readonly string[]
  namespaces?: readonly string[]
}

/** Half-open span of `Timestamp`, in ticks of 100 ns since 1970. */
export interface TimeSpan {
  from?: bigint
  to?: bigint
}

/** A table outside the event store that is handed in with each query, below the name `$<name>`. */
export interface StateTable {
  name: string
  columns: readonly { name: string; type: ScalarType }[]
  /** Whether the time span of a query restricts it; tables of what is now are not restricted. */
  timed: boolean
}

/** How a query reads one table. `text` writes a text as SQL. */
export interface Reading {
  scope: ReadScope
  time: TimeSpan
  /** Only what these ingest batches brought: later than `after`, up to and with `upTo`. */
  ingested?: Ingested
  text(value: string): string
}

export interface Ingested {
  after: number
  upTo: number
}

/** The relation of an event table: the caller's scope and the time span are part of it. */
export function eventRelation(table: Table, reading: Reading): Relation {
  const promotedIds = new Set(Object.values(table.promoted))
  const columns = table.columns.map((column): Column => {
    const members = Object.entries(table.promoted).filter(([path]) => path.startsWith(`${column.name}.`))
    return {
      name: column.name,
      type: column.type,
      nullable: column.sql.startsWith('Nullable(') || column.type === 'dynamic',
      id: column.name,
      ...(members.length > 0
        ? { promoted: Object.fromEntries(members), numbers: members.filter(isNumber(table)).map(([path]) => path) }
        : {}),
      ...(hasTextIndex(table, column.name) ? { indexed: true } : {}),
    }
  })
  const items: Item[] = [
    ...columns.map((column) => ({ id: column.id, sql: storedSql(column) })),
    ...[...promotedIds].map((id) => ({ id, sql: columnSql(id) })),
  ]
  return {
    plan: { op: 'scan', table: table.name, items, where: conditions(table.scope, reading).join(' AND ') },
    columns,
    hidden: [...promotedIds],
    order: [],
    source: table.name,
  }
}

/** The relation of a table that is handed in with the query; whoever hands it in applies the scope. */
export function stateRelation(table: StateTable, { time, text }: Omit<Reading, 'scope'>): Relation {
  const columns = table.columns.map(({ name, type }): Column => ({ name, type, nullable: type !== 'string', id: name }))
  const items = columns.map((column) => ({ id: column.id, sql: storedSql(column) }))
  return {
    plan: {
      op: 'scan',
      table: stateName(table.name),
      items,
      where: conditions({ cluster: '', namespace: '' }, { scope: {}, time, text }).join(' AND '),
    },
    columns,
    hidden: [],
    order: [],
    source: table.name,
  }
}

/** What a state table is called in the SQL. */
export function stateName(table: string): string {
  return `$${table}`
}

/** An empty dynamic value is stored as empty text. */
function storedSql(column: Column): string {
  return column.type === 'dynamic' ? `nullIf(${columnSql(column.id)}, '')` : columnSql(column.id)
}

function conditions(
  scope: { cluster: string; namespace: string },
  { scope: allowed, time, ingested, text }: Reading,
): string[] {
  const within = (column: string, values: readonly string[] | undefined): string[] =>
    values === undefined ? [] : [values.length === 0 ? '0' : `${columnSql(column)} IN (${values.map(text).join(', ')})`]
  const at = (operator: string, ticks: bigint | undefined): string[] =>
    ticks === undefined
      ? []
      : [`${columnSql('Timestamp')} ${operator} reinterpret(toInt64(${ticks}), 'DateTime64(7, \\'UTC\\')')`]
  return [
    ...within(scope.cluster, allowed.clusters),
    ...within(scope.namespace, allowed.namespaces),
    ...at('>=', time.from),
    ...at('<', time.to),
    ...(ingested
      ? [`${columnSql('_Batch')} > ${batch(ingested.after)}`, `${columnSql('_Batch')} <= ${batch(ingested.upTo)}`]
      : []),
  ]
}

function batch(number: number): string {
  return `toUInt64(${Math.trunc(number)})`
}

function isNumber(table: Table): (member: [path: string, id: string]) => boolean {
  return ([, id]) => table.internal.some((column) => column.name === id && column.sql.startsWith('Int'))
}

function hasTextIndex(table: Table, column: string): boolean {
  return table.indexes.some((index) => index.includes(`lower(${column}) TYPE text`))
}
