import type { Column, Table } from './table.ts'

// Acknowledged rows must survive a power cut; the engine's defaults fsync nothing.
const durability =
  'fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1'

/**
 * The CREATE TABLE statement of a table, idempotent. `engine` is the engine with arguments, e.g. a ReplicatedMergeTree
 * of a ClickHouse cluster.
 */
export function createTableSql(table: Table, engine = 'MergeTree'): string {
  const columns = [...table.columns, ...table.internal].map((column) => `  ${columnText(column)}`)
  const indexes = table.indexes.map((index) => `  INDEX ${index}`)
  return [
    `CREATE TABLE IF NOT EXISTS ${quoteName(table.name)} (`,
    [...columns, ...indexes].join(',\n'),
    `) ENGINE = ${engine}`,
    `PARTITION BY _Day`,
    `ORDER BY ${table.orderBy}`,
    `SETTINGS ${durability}`,
  ].join('\n')
}

/** Adds a column to a table that an earlier release made; idempotent. */
export function addColumnSql(table: Table, column: Pick<Column, 'name' | 'sql'>): string {
  return `ALTER TABLE ${quoteName(table.name)} ADD COLUMN IF NOT EXISTS ${columnText(column)}`
}

/** Adds a skip index, for what is stored from then on; idempotent. */
export function addIndexSql(table: Table, index: string): string {
  return `ALTER TABLE ${quoteName(table.name)} ADD INDEX IF NOT EXISTS ${index}`
}

/** Name of a skip index, from its text. */
export function indexName(index: string): string {
  return index.slice(0, index.indexOf(' '))
}

function columnText({ name, sql }: Pick<Column, 'name' | 'sql'>): string {
  return `${quoteName(name)} ${sql}`
}

/** A name as ClickHouse identifier. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}
