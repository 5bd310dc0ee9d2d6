import { addColumnSql, addIndexSql, createTableSql, indexName, type Table } from '@cordon/telemetry'
import type { EventStore } from './event-store.ts'

type Preparing = Pick<EventStore, 'query'> & { command(sql: string): Promise<void> }

/**
 * Creates a table, or gives one that an earlier release made the columns and indexes that came since. Rows stored
 * before have a new column's default: null, 0 or empty text. Indexes serve what is stored from now on. Nothing is ever
 * removed or retyped, so that an earlier release can still write. Safe while another Cordon does the same.
 */
export async function prepareTable(store: Preparing, table: Table): Promise<void> {
  await store.command(createTableSql(table))
  const { rows } = await store.query<{ kind: string; name: string }>(
    `SELECT 'column' AS kind, name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}
     UNION ALL SELECT 'index', name FROM system.data_skipping_indices WHERE database = currentDatabase() AND table = {table:String}`,
    { table: table.name },
  )
  const there = new Set(rows.map(({ kind, name }) => `${kind} ${name}`))
  for (const column of [...table.columns, ...table.internal])
    if (!there.has(`column ${column.name}`)) await store.command(addColumnSql(table, column))
  for (const index of table.indexes)
    if (!there.has(`index ${indexName(index)}`)) await store.command(addIndexSql(table, index))
}
