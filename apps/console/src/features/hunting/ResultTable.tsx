import type { HuntResult } from '@cordon/contract'
import { type Column, DataTable, Empty, Inert, TextField, Time } from '@cordon/ui'
import { useMemo, useState } from 'react'
import { cellText, sortedRows } from './hunt-text.ts'

type Row = Record<string, unknown>

export interface ResultTableProps {
  result: HuntResult
  onInspect: (row: Row) => void
}

const widths: Readonly<Record<string, number>> = {
  datetime: 190,
  bool: 80,
  long: 110,
  int: 100,
  real: 120,
  timespan: 130,
}
const numbers = new Set(['long', 'int', 'real'])

/** The rows of a run: sorted and filtered here, since they are all at hand. */
export function ResultTable({ result, onInspect }: ResultTableProps) {
  const [sort, setSort] = useState<{ key: string; dir: 'asc' | 'desc' } | undefined>()
  const [filter, setFilter] = useState('')
  const [within, setWithin] = useState('')
  const numbered = useMemo(() => result.results.map((row, index) => ({ row, id: String(index) })), [result])
  const shown = useMemo(() => {
    const word = filter.trim().toLowerCase()
    const names = within === '' ? result.schema.map((column) => column.name) : [within]
    const kept =
      word === ''
        ? numbered
        : numbered.filter(({ row }) => names.some((name) => cellText(row[name]).toLowerCase().includes(word)))
    if (!sort) return kept
    const order = new Map(kept.map((each) => [each.row, each]))
    return sortedRows([...order.keys()], sort.key, sort.dir).flatMap((row) => order.get(row) ?? [])
  }, [numbered, filter, within, sort, result])
  const columns = useMemo(() => columnsOf(result), [result])
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex items-end gap-2 px-3 py-1.5">
        <TextField
          label="Filter rows"
          hideLabel
          placeholder="Filter rows"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <select
          aria-label="Column to filter"
          className="h-8 rounded-md border border-line bg-panel px-2 text-sm"
          value={within}
          onChange={(event) => setWithin(event.target.value)}
        >
          <option value="">All columns</option>
          {result.schema.map((column) => (
            <option key={column.name}>{column.name}</option>
          ))}
        </select>
        {shown.length !== numbered.length && (
          <span className="pb-1.5 text-xs text-muted">
            {shown.length.toLocaleString()} of {numbered.length.toLocaleString()} rows
          </span>
        )}
      </div>
      <DataTable
        label="Results"
        rows={shown}
        columns={columns}
        rowKey={({ id }) => id}
        rowName={({ id }) => `row ${Number(id) + 1}`}
        rowHeight={32}
        sort={sort}
        onSort={(key) =>
          setSort(sort?.key === key ? (sort.dir === 'asc' ? { key, dir: 'desc' } : undefined) : { key, dir: 'asc' })
        }
        onOpen={({ row }) => onInspect(row)}
        placeholder={<Empty title="No rows">The query ran and found nothing in this time range.</Empty>}
      />
    </div>
  )
}

interface Numbered {
  row: Row
  id: string
}

function columnsOf(result: HuntResult): Column<Numbered>[] {
  return result.schema.map(({ name, type }) => ({
    id: name,
    header: name,
    width: widths[type] ?? 180,
    grow: !(type in widths),
    sortKey: name,
    ...(numbers.has(type) ? { align: 'end' as const } : {}),
    cell: ({ row }) => <ResultCell value={row[name]} type={type} />,
  }))
}

function ResultCell({ value, type }: { value: unknown; type: string }) {
  if (value === null || value === undefined) return <span className="text-muted">–</span>
  if (type === 'datetime' && typeof value === 'string') return <Time value={value} />
  return <Inert value={cellText(value)} max={200} mono={type === 'dynamic'} />
}
