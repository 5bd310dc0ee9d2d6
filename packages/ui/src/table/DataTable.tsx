import { ArrowDown, ArrowUp, PanelRight } from 'lucide-react'
import { clsx } from 'clsx'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { Button, IconButton } from '../controls/Button.tsx'
import { Scroll } from '../layout/Scroll.tsx'
import { columnsThatFit } from './columns-that-fit.ts'
import { rowWindow } from './row-window.ts'
import { useScrollView } from './useScrollView.ts'

export interface Column<T> {
  id: string
  header: string
  /** Pixels; a column that grows takes what is left, at least this. */
  width: number
  grow?: boolean
  /** Name the server sorts by; the header becomes a button. */
  sortKey?: string
  /** Always shown: cannot be unchecked in the column chooser. */
  fixed?: boolean
  /** Pixels at which it cuts nothing off as a rule: given where there is room to spare. */
  roomy?: number
  /** Left out where there is no room for all, 1 first; only for what is told elsewhere too. */
  spare?: number
  align?: 'end'
  cell: (row: T) => ReactNode
}

export interface DataTableProps<T> {
  label: string
  rows: readonly T[]
  columns: readonly Column<T>[]
  rowKey: (row: T) => string
  /** What the row is called, in names of its controls. */
  rowName: (row: T) => string
  sort?: { key: string; dir: 'asc' | 'desc' }
  onSort?: (key: string) => void
  selected?: ReadonlySet<string>
  onSelect?: (selected: Set<string>) => void
  activeKey?: string | null
  /** A click on the row outside its links, or its “show summary” button. */
  onOpen?: (row: T, byKeyboard: boolean) => void
  pending?: number
  onApplyPending?: () => void
  onBusy?: (busy: boolean) => void
  /** Rows in all, where known. */
  total?: number
  hasMore?: boolean
  loadingMore?: boolean
  onMore?: () => void
  /** Told the rows that are in the page after each change of them. */
  onDrawn?: (rows: readonly T[]) => void
  /** Shown in place of rows. */
  placeholder?: ReactNode
  rowHeight?: number
}

/** A dense table of any length: native table semantics, only the rows in view in the page. */
export function DataTable<T>(props: DataTableProps<T>) {
  const {
    label,
    rows,
    rowKey,
    pending = 0,
    onApplyPending,
    onBusy,
    hasMore,
    loadingMore,
    onMore,
    placeholder,
    rowHeight = 40,
  } = props
  const scroller = useRef<HTMLElement>(null)
  const pointer = useRef(false)
  const focus = useRef(false)
  const tell = () => onBusy?.(pointer.current || focus.current)
  const told = useRef(tell)
  useEffect(() => {
    told.current = tell
  })
  useEffect(() => {
    // Where what was under the pointer is taken out, such as the bars of a list that loads, no leaving is told.
    const onOver = ({ target }: PointerEvent) => {
      if (!pointer.current || (target instanceof Node && scroller.current?.contains(target))) return
      pointer.current = false
      told.current()
    }
    document.addEventListener('pointerover', onOver, { passive: true })
    return () => document.removeEventListener('pointerover', onOver)
  }, [])
  const view = useScrollView(scroller, rowHeight * 4)
  const { first, end } = rowWindow(view, rows.length, rowHeight)
  const drawn = rows.slice(first, end)
  const { onDrawn } = props
  useEffect(() => {
    onDrawn?.(rows.slice(first, end))
  }, [onDrawn, rows, first, end])
  useEffect(() => {
    if (hasMore && !loadingMore && end >= rows.length) onMore?.()
  }, [hasMore, loadingMore, end, rows.length, onMore])
  const controls = (props.selected ? 40 : 0) + (props.onOpen ? 40 : 0)
  const { kept: columns, leftOut, width } = columnsThatFit(props.columns, view.width - controls)
  const minWidth = columns.reduce((sum, column) => sum + column.width, controls)
  return (
    <div className="relative flex min-h-0 min-w-0 flex-1 flex-col">
      <p className="sr-only" role="status" aria-live="polite">
        {pending > 0 ? `${pending} updates waiting in ${label}` : ''}
      </p>
      {pending > 0 && (
        <div className="pointer-events-none absolute inset-x-0 top-11 z-20 flex justify-center">
          <Button
            size="sm"
            look="primary"
            className="pointer-events-auto rounded-full shadow-pop"
            onClick={onApplyPending}
          >
            {pending === 1 ? '1 update' : `${pending.toLocaleString()} updates`} · show
          </Button>
        </div>
      )}
      <Scroll
        ref={scroller}
        label={`${label} table`}
        className="flex-1"
        onPointerEnter={() => ((pointer.current = true), tell())}
        onPointerLeave={() => ((pointer.current = false), tell())}
        onFocus={(event) => ((focus.current = event.target !== event.currentTarget), tell())}
        onBlur={() => ((focus.current = false), tell())}
        onKeyDown={moveByArrow}
      >
        <table
          aria-label={label}
          aria-rowcount={(props.total ?? rows.length) + 1}
          className="w-full table-fixed border-collapse text-left"
          style={{ minWidth }}
        >
          <Head {...props} columns={columns} leftOut={leftOut} widthOf={width} />
          <tbody>
            {first > 0 && <Spacer height={first * rowHeight} />}
            {drawn.map((row, index) => (
              <Row key={rowKey(row)} {...props} columns={columns} row={row} index={first + index} height={rowHeight} />
            ))}
            {end < rows.length && <Spacer height={(rows.length - end) * rowHeight} />}
          </tbody>
        </table>
        {rows.length === 0 && placeholder}
        {loadingMore && <p className="p-3 text-center text-xs text-muted">Loading more…</p>}
      </Scroll>
    </div>
  )
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden="true">
      <td style={{ height, padding: 0 }}>{'\u00a0'}</td>
    </tr>
  )
}

interface HeadProps<T> extends DataTableProps<T> {
  leftOut: readonly Column<T>[]
  widthOf: (column: Column<T>) => number
}

function Head<T>(props: HeadProps<T>) {
  const { rows, columns, leftOut, widthOf, rowKey, sort, onSort, selected, onSelect, onOpen } = props
  const all = selected && rows.length > 0 && rows.every((row) => selected.has(rowKey(row)))
  const some = selected && selected.size > 0
  return (
    <thead>
      <tr aria-rowindex={1}>
        {selected && (
          <th scope="col" className={clsx(headClass, 'w-10 pl-4')} style={{ width: 40 }}>
            <input
              type="checkbox"
              aria-label="Select all shown"
              className="size-3.5 align-middle accent-(--solid)"
              checked={Boolean(all)}
              ref={(box) => {
                if (box) box.indeterminate = Boolean(some && !all)
              }}
              onChange={() => onSelect?.(all ? new Set() : new Set(rows.map(rowKey)))}
            />
          </th>
        )}
        {columns.map((column) => {
          const active = column.sortKey !== undefined && column.sortKey === sort?.key
          return (
            <th
              key={column.id}
              scope="col"
              aria-sort={active ? (sort.dir === 'asc' ? 'ascending' : 'descending') : undefined}
              className={clsx(headClass, column.align === 'end' && 'text-right')}
              style={{ width: column.grow ? undefined : widthOf(column) }}
            >
              {column.sortKey && onSort ? (
                <button
                  type="button"
                  className="inline-flex items-center gap-1 rounded hover:text-ink"
                  onClick={() => onSort(column.sortKey ?? '')}
                >
                  {column.header}
                  {active &&
                    (sort.dir === 'asc' ? (
                      <ArrowUp className="size-3" aria-hidden />
                    ) : (
                      <ArrowDown className="size-3" aria-hidden />
                    ))}
                </button>
              ) : (
                column.header
              )}
            </th>
          )
        })}
        {onOpen && (
          <th scope="col" className={clsx(headClass, 'right-0 z-20')} style={{ width: 40 }}>
            <span className="sr-only">Summary</span>
            {leftOut.length > 0 && (
              <span
                className="cursor-default text-2xs"
                title={`No room for: ${leftOut.map(({ header }) => header).join(', ')}. The summary of a row tells them.`}
              >
                +{leftOut.length}
              </span>
            )}
          </th>
        )}
      </tr>
    </thead>
  )
}

const headClass =
  'sticky top-0 z-10 h-9 border-b border-line bg-panel px-2 text-xs font-medium whitespace-nowrap text-muted first:pl-4'

function Row<T>(props: DataTableProps<T> & { row: T; index: number; height: number }) {
  const { row, index, height, columns, rowKey, rowName, selected, onSelect, activeKey, onOpen } = props
  const key = rowKey(row)
  const isActive = key === activeKey
  const isSelected = selected?.has(key) ?? false
  const toggle = () => {
    const next = new Set(selected)
    if (!next.delete(key)) next.add(key)
    onSelect?.(next)
  }
  return (
    <tr
      aria-rowindex={index + 2}
      data-active={isActive || undefined}
      className={clsx(
        'border-b border-line/70 hover:bg-hover',
        onOpen && 'cursor-default',
        isActive || isSelected ? 'bg-accent-soft' : 'bg-panel',
      )}
      style={{ height }}
      onClick={(event) => {
        if ((event.target as Element).closest('a,button,input,label,summary') || getSelection()?.type === 'Range')
          return
        onOpen?.(row, false)
      }}
    >
      {selected && (
        <td className="pl-4">
          <input
            type="checkbox"
            data-cell="select"
            aria-label={`Select ${rowName(row)}`}
            className="size-3.5 align-middle accent-(--solid)"
            checked={isSelected}
            onChange={toggle}
          />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.id} className={clsx('truncate px-2 first:pl-4', column.align === 'end' && 'text-right')}>
          {column.cell(row)}
        </td>
      ))}
      {onOpen && (
        <td className="sticky right-0 bg-inherit px-1 text-right">
          <IconButton
            label={`Show summary of ${rowName(row)}`}
            data-cell="open"
            aria-expanded={isActive}
            onClick={(event) => onOpen(row, event.detail === 0)}
          >
            <PanelRight className="size-4" aria-hidden />
          </IconButton>
        </td>
      )}
    </tr>
  )
}

// Up and down go to the same control of the neighbouring row, as in a file list.
function moveByArrow(event: KeyboardEvent<HTMLElement>) {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  const row = (event.target as Element).closest('tbody tr')
  if (!step || !row) return
  const control = (event.target as Element).closest('a,button,input')
  const place = control ? [...row.querySelectorAll('a,button,input')].indexOf(control) : 0
  const next = step > 0 ? row.nextElementSibling : row.previousElementSibling
  const options = next?.querySelectorAll<HTMLElement>('a,button,input')
  const target = options?.[Math.min(place, options.length - 1)]
  if (!target) return
  event.preventDefault()
  target.focus()
}
