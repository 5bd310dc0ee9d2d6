import type { CustomDetectionInput } from '@cordon/contract'
import { columnValue } from '@cordon/entities'
import { covers } from '@cordon/rbac'
import { createHash } from 'node:crypto'
import type { Actor } from '../../deps.ts'
import { mapRow, type MappedRow } from './map-row.ts'
import { cellText, type QueryRow, rowTime } from './row-values.ts'

export interface JudgedRow extends MappedRow {
  row: QueryRow
  /** Epoch milliseconds. */
  time: number
  /** What tells the row from others in every run over its time: 16 bytes in hex. */
  rowKey: string
}

/** Rows of one alert, the oldest first. */
export interface AlertGroup {
  /** What the rows have in common: 16 bytes in hex. */
  key: string
  rows: [JudgedRow, ...JudgedRow[]]
}

export interface Grouped {
  groups: AlertGroup[]
  /** Rows that name no entity, and rows without a time: no alert can be made of them. */
  unnamed: number
  untimed: number
  /** Rows about something that lies outside of what the author may see: they may compute any name. */
  outside: number
}

type Grouping = Pick<CustomDetectionInput, 'entities' | 'dedupe'>

/**
 * Rows as the alerts they would be: those that agree in the key columns, or in their impacted entities, and follow each
 * other within the window, are one.
 */
export function groupRows({ entities, dedupe }: Grouping, rows: readonly QueryRow[], { scope }: Actor): Grouped {
  const byKey = new Map<string, Map<string, JudgedRow>>()
  let unnamed = 0
  let untimed = 0
  let outside = 0
  for (const row of rows) {
    const time = rowTime(row)
    const mapped = time === undefined ? undefined : mapRow(entities, row)
    if (time === undefined) untimed += 1
    else if (!mapped) unnamed += 1
    else if (!covers(scope, mapped)) outside += 1
    else {
      const values =
        dedupe.columns.length > 0
          ? dedupe.columns.map((column) => valueText(columnValue(row, column)))
          : mapped.identity
      const key = hash([mapped.cluster, ...values])
      const rowKey = hash([key, cellText(row.Timestamp), cellText(row.ReportId)])
      const same = byKey.get(key) ?? new Map<string, JudgedRow>()
      byKey.set(key, same)
      if (!same.has(rowKey)) same.set(rowKey, { ...mapped, row, time, rowKey })
    }
  }
  const groups = [...byKey].flatMap(([key, same]) => within(key, [...same.values()], dedupe.windowMinutes * 60_000))
  return { groups: groups.toSorted((a, b) => a.rows[0].time - b.rows[0].time), unnamed, untimed, outside }
}

function within(key: string, rows: JudgedRow[], windowMs: number): AlertGroup[] {
  const groups: AlertGroup[] = []
  for (const row of rows.toSorted((a, b) => a.time - b.time)) {
    const open = groups.at(-1)
    if (open && row.time - (open.rows.at(-1) ?? row).time <= windowMs) open.rows.push(row)
    else groups.push({ key, rows: [row] })
  }
  return groups
}

function valueText(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : cellText(value)
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}
