import type { HuntResult } from '@cordon/contract'
import { Inert, inertString, Popover } from '@cordon/ui'
import { clsx } from 'clsx'
import { ArrowDown, ArrowUp, ListFilter } from 'lucide-react'
import type { PointerEvent } from 'react'
import { ColumnFilterBox } from './ColumnFilterBox.tsx'
import { type Row, sortedBy, type TableState } from './result-rows.ts'

export interface GridHeadProps {
  schema: HuntResult['schema']
  results: readonly Row[]
  template: string
  width: number
  table: TableState
  onTable: (state: TableState) => void
  filtering: string | null
  onFiltering: (name: string | null) => void
  widths: readonly number[]
  onWidth: (name: string, width: number) => void
  selection: 'all' | 'some' | 'none'
  onSelectAll: (all: boolean) => void
}

/** Names of the columns: a click sorts, the funnel filters, the edge sets the width. */
export function GridHead(props: GridHeadProps) {
  const { schema, results, template, width, table, onTable, filtering, onFiltering, widths, onWidth } = props
  const setFilter = (name: string, filter: Parameters<Parameters<typeof ColumnFilterBox>[0]['onChange']>[0]) => {
    const filters = new Map(table.filters)
    if (filter) filters.set(name, filter)
    else filters.delete(name)
    onTable({ ...table, filters })
  }
  return (
    <div role="rowgroup" className="sticky top-0 z-10 min-w-full bg-panel" style={{ width }}>
      <div
        role="row"
        aria-rowindex={1}
        className="grid h-9 border-b border-line"
        style={{ gridTemplateColumns: template }}
      >
        <div role="columnheader" className="flex items-center justify-center">
          <input
            type="checkbox"
            aria-label="Select all shown"
            className="size-3.5 accent-(--solid)"
            checked={props.selection === 'all'}
            ref={(box) => {
              if (box) box.indeterminate = props.selection === 'some'
            }}
            onChange={() => props.onSelectAll(props.selection !== 'all')}
          />
        </div>
        <div role="columnheader">
          <span className="sr-only">Open in place</span>
        </div>
        {schema.map(({ name, type }, index) => {
          const sorted = table.sort?.key === name ? table.sort.dir : null
          const filter = table.filters.get(name)
          return (
            <div
              key={name}
              role="columnheader"
              aria-colindex={index + 3}
              aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : undefined}
              className="group relative flex min-w-0 items-center gap-0.5 px-2 text-xs font-medium text-muted"
            >
              <button
                type="button"
                tabIndex={-1}
                title={`${inertString(name)} (${type})`}
                className="flex min-w-0 items-center gap-1 rounded hover:text-ink"
                onClick={() => onTable(sortedBy(table, name))}
              >
                <span className="min-w-0 truncate">
                  <Inert value={name} max={80} />
                </span>
                {sorted === 'asc' && <ArrowUp className="size-3 shrink-0" aria-hidden />}
                {sorted === 'desc' && <ArrowDown className="size-3 shrink-0" aria-hidden />}
              </button>
              <Popover
                label={`Filter ${inertString(name)}`}
                open={filtering === name}
                onOpenChange={(open) => onFiltering(open ? name : null)}
                trigger={
                  <button
                    type="button"
                    tabIndex={-1}
                    aria-label={`Filter ${inertString(name)}${filter ? ', filtered' : ''}`}
                    className={clsx(
                      'ml-auto flex size-5 shrink-0 items-center justify-center rounded hover:bg-hover hover:text-ink',
                      filter ? 'text-accent' : 'opacity-0 group-hover:opacity-100 aria-expanded:opacity-100',
                    )}
                  >
                    <ListFilter className="size-3.5" aria-hidden />
                  </button>
                }
              >
                <ColumnFilterBox
                  name={name}
                  results={results}
                  filter={filter}
                  onChange={(next) => setFilter(name, next)}
                />
              </Popover>
              <span
                aria-hidden
                className="absolute inset-y-1 right-0 w-1.5 cursor-col-resize rounded hover:bg-line-strong"
                onPointerDown={(event) => resize(event, widths[index] ?? 120, (to) => onWidth(name, to))}
              />
            </div>
          )
        })}
      </div>
    </div>
  )
}

function resize(event: PointerEvent<HTMLElement>, from: number, onWidth: (to: number) => void): void {
  event.preventDefault()
  const edge = event.currentTarget
  const start = event.clientX
  const move = (next: globalThis.PointerEvent) => onWidth(Math.max(60, Math.min(1600, from + next.clientX - start)))
  edge.setPointerCapture(event.pointerId)
  edge.addEventListener('pointermove', move)
  edge.addEventListener('pointerup', () => edge.removeEventListener('pointermove', move), { once: true })
}
