import type { HuntResult } from '@cordon/contract'
import { Inert, Time } from '@cordon/ui'
import { clsx } from 'clsx'
import { ChevronRight } from 'lucide-react'
import { memo, type MouseEvent } from 'react'
import { cellText } from './hunt-text.ts'
import type { NumberedRow } from './result-rows.ts'
import { rowHeight } from './useGridWindow.ts'

export interface CellLink {
  key: string
  name: string
}

export interface GridRowProps {
  item: NumberedRow
  /** Place among the shown rows. */
  place: number
  top: number
  schema: HuntResult['schema']
  template: string
  gridId: string
  activeColumn: number | null
  isSelected: boolean
  isOpen: boolean
  isInspected: boolean
  linkOf: (item: NumberedRow, column: string) => CellLink | undefined
  onCell: (place: number, column: number, event: MouseEvent, what: 'focus' | 'menu' | 'inspect' | 'entity') => void
  onToggle: (item: NumberedRow, what: 'select' | 'open', event: MouseEvent) => void
}

const numeric = new Set(['long', 'int', 'real', 'decimal'])

/** One row of the grid. Focus stays on the grid itself; controls in here are for the pointer and have keys beside. */
export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { item, place, top, schema, template, gridId, activeColumn, isSelected, isOpen, isInspected } = props
  const { linkOf, onCell, onToggle } = props
  return (
    <div
      role="row"
      aria-rowindex={place + 2}
      aria-selected={isSelected}
      className={clsx(
        'absolute left-0 grid w-full border-b border-line/70 hover:bg-hover',
        isSelected || isInspected ? 'bg-accent-soft' : 'bg-panel',
      )}
      style={{ top, height: rowHeight, gridTemplateColumns: template }}
    >
      <div role="gridcell" className="flex items-center justify-center">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Select row ${item.index + 1}`}
          className="size-3.5 accent-(--solid)"
          checked={isSelected}
          onChange={() => {}}
          onClick={(event) => onToggle(item, 'select', event)}
        />
      </div>
      <div role="gridcell" className="flex items-center">
        <button
          type="button"
          tabIndex={-1}
          aria-label={`${isOpen ? 'Close' : 'Open'} row ${item.index + 1} in place`}
          aria-expanded={isOpen}
          className="flex size-6 items-center justify-center rounded text-muted hover:bg-hover hover:text-ink"
          onClick={(event) => onToggle(item, 'open', event)}
        >
          <ChevronRight className={clsx('size-4', isOpen && 'rotate-90')} aria-hidden />
        </button>
      </div>
      {schema.map((column, index) => {
        const link = linkOf(item, column.name)
        return (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the grid has the focus and the keys (aria-activedescendant)
          <div
            key={column.name}
            id={`${gridId}-${place}-${index}`}
            role="gridcell"
            aria-colindex={index + 3}
            className={clsx(
              'flex min-w-0 items-center truncate px-2 whitespace-nowrap',
              numeric.has(column.type) && 'justify-end tabular-nums',
              activeColumn === index && 'outline-2 -outline-offset-2 outline-accent',
            )}
            onClick={(event) => onCell(place, index, event, 'focus')}
            onDoubleClick={(event) => onCell(place, index, event, 'inspect')}
            onContextMenu={(event) => {
              event.preventDefault()
              onCell(place, index, event, 'menu')
            }}
          >
            {link ? (
              <button
                type="button"
                tabIndex={-1}
                className="min-w-0 truncate text-accent hover:underline"
                onClick={(event) => {
                  event.stopPropagation()
                  onCell(place, index, event, 'entity')
                }}
              >
                <Value value={item.row[column.name]} type={column.type} />
              </button>
            ) : (
              <span className="min-w-0 truncate">
                <Value value={item.row[column.name]} type={column.type} />
              </span>
            )}
          </div>
        )
      })}
    </div>
  )
})

function Value({ value, type }: { value: unknown; type: string }) {
  if (value === null || value === undefined || value === '') return <span className="text-muted">–</span>
  if (type === 'datetime' && typeof value === 'string') return <Time value={value} />
  return <Inert value={cellText(value).slice(0, 1000)} max={200} mono={type === 'dynamic'} />
}
