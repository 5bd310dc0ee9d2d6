import type { EntityKind } from '@cordon/entities'

/** KQL scalar types, as the hunting schema names them. */
export type KqlType = 'string' | 'long' | 'int' | 'real' | 'bool' | 'datetime' | 'dynamic'

/** A column hunters see. `sql` is its ClickHouse type with codec. */
export interface Column {
  name: string
  type: KqlType
  doc: string
  sql: string
  /** Kind of thing the values name, for pivots from a result. */
  entity?: EntityKind
  /** Values the normalisers write, where they are a closed list. */
  values?: readonly string[]
}

/** A column that is stored beside the documented ones and never shown in the hunting schema. Starts with `_`. */
export interface InternalColumn {
  name: string
  sql: string
  doc: string
}

/** A hunting table as data: schema pane, completion, CREATE TABLE and scope filters all read this. */
export interface Table {
  /** Name in KQL and in the store. */
  name: string
  title: string
  doc: string
  /** Whether the columns are those of the documented table of the same name; false for a table of our own. */
  documented: boolean
  /** In documented order. */
  columns: readonly Column[]
  internal: readonly InternalColumn[]
  /** Where the caller's scopes are enforced. */
  scope: { cluster: string; namespace: string }
  /**
   * Stored copies of often-asked members of a dynamic column: KQL path to internal column. An empty text, and 0 in a
   * column of numbers, stand for an absent member.
   */
  promoted: Readonly<Record<string, string>>
  orderBy: string
  /** Skip indexes, each as the text after INDEX. */
  indexes: readonly string[]
  samples: readonly { title: string; query: string }[]
}

/** Columns every event table has for filtering, ordering, de-duplication and replay. */
export const commonInternal: readonly InternalColumn[] = [
  { name: '_Cluster', sql: 'LowCardinality(String)', doc: 'Cluster id the event was posted for' },
  {
    name: '_Source',
    sql: 'LowCardinality(String)',
    doc: 'Sender: kubernetes-audit, aks, eks, gke, falco, tetragon or process-events',
  },
  { name: '_ReceivedAt', sql: "DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))", doc: 'When ingest took it' },
  {
    name: '_Day',
    sql: 'Date',
    doc: 'Partition: the day of Timestamp, or of _ReceivedAt when the sender clock is out of range',
  },
  {
    name: '_Batch',
    sql: 'UInt64 CODEC(Delta, ZSTD(1))',
    doc: 'Ingest batch, rising over restarts; the watermark of detection counts these',
  },
  { name: '_Index', sql: 'UInt32 CODEC(Delta, ZSTD(1))', doc: 'Place within the batch over all tables' },
]

export const datetimeSql = "DateTime64(7, 'UTC') CODEC(Delta, ZSTD(1))"
export const textSql = 'String CODEC(ZSTD(1))'
export const nameSql = 'LowCardinality(String)'
