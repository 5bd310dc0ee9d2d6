import type { HuntResult } from '@cordon/contract'
import { Empty } from '@cordon/ui'
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react'
import { type CellLink, GridRow } from './GridRow.tsx'
import { GridHead } from './GridHead.tsx'
import { copyValue, type MenuRequest } from './RefineMenu.tsx'
import type { Refinement } from './kql-edit.ts'
import { cellText } from './hunt-text.ts'
import { keyAction } from './grid-keys.ts'
import { columnWidth, type NumberedRow, sortedBy, type TableState } from './result-rows.ts'
import { RecordFields } from './RecordFields.tsx'
import { expandedHeight, offsetOf, rowHeight, useGridWindow } from './useGridWindow.ts'

export interface ResultGridProps {
  result: HuntResult
  /** The columns to show. */
  schema: HuntResult['schema']
  rows: readonly NumberedRow[]
  table: TableState
  onTable: (state: TableState) => void
  selected: ReadonlySet<number>
  onSelect: (selected: ReadonlySet<number>) => void
  inspected: number | null
  onInspect: (index: number) => void
  linkOf: (item: NumberedRow, column: string) => CellLink | undefined
  onEntity: (key: string) => void
  onMenu: (request: MenuRequest) => void
  onRefine: (pointed: MenuRequest['pointed'], how: Refinement) => void
}

const leading = '36px 26px'
const leadingWidth = 62

/** Rows of an answer as a grid of any length: arrow keys move a cell, and what a cell can do has a key and a menu. */
export function ResultGrid(props: ResultGridProps) {
  const {
    result,
    schema,
    rows,
    table,
    onTable,
    selected,
    onSelect,
    inspected,
    onInspect,
    linkOf,
    onEntity,
    onMenu,
    onRefine,
  } = props
  const { results } = result
  const gridId = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState({ row: 0, column: 0 })
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const [filtering, setFiltering] = useState<string | null>(null)
  const [widths, setWidths] = useState<Readonly<Record<string, number>>>({})
  const lastSelected = useRef<number>(0)
  const columns = useMemo(() => schema.map((column) => columnWidth(column, results)), [schema, results])
  const sizes = schema.map(({ name }, index) => widths[name] ?? columns[index] ?? 120)
  const template = `${leading} ${sizes.map((size) => `${size}px`).join(' ')} minmax(0, 1fr)`
  const total = leadingWidth + sizes.reduce((sum, size) => sum + size, 0)
  const open = useMemo(
    () => (opened.size === 0 ? [] : rows.flatMap(({ index }, place) => (opened.has(index) ? [place] : []))),
    [opened, rows],
  )
  const { first, end } = useGridWindow(scroller, rows.length, open)
  const row = Math.min(active.row, rows.length - 1)

  const toggle = useCallback(
    (item: NumberedRow, what: 'select' | 'open', event?: { shiftKey: boolean }) => {
      if (what === 'open') {
        setOpened((before) => toggled(before, item.index))
        return
      }
      const place = rows.indexOf(item)
      const next = new Set(selected)
      const isOn = !next.has(item.index)
      const [from, to] = event?.shiftKey
        ? [Math.min(place, lastSelected.current), Math.max(place, lastSelected.current)]
        : [place, place]
      for (const each of rows.slice(from, to + 1)) {
        if (isOn) next.add(each.index)
        else next.delete(each.index)
      }
      lastSelected.current = place
      onSelect(next)
    },
    [rows, selected, onSelect],
  )

  const menuAt = useCallback(
    (place: number, column: number, at: { x: number; y: number }) => {
      const item = rows[place]
      const of = schema[column]
      if (!item || !of) return
      onMenu({
        pointed: { column: of, value: item.row[of.name] },
        at,
        entity: linkOf(item, of.name),
        onInspect: () => onInspect(item.index),
        onExpand: () => setOpened((before) => toggled(before, item.index)),
      })
    },
    [rows, schema, onMenu, linkOf, onInspect],
  )

  const onCell = useCallback(
    (place: number, column: number, event: MouseEvent, what: 'focus' | 'menu' | 'inspect' | 'entity') => {
      setActive({ row: place, column })
      const item = rows[place]
      const link = item && linkOf(item, schema[column]?.name ?? '')
      if (what === 'menu') menuAt(place, column, { x: event.clientX, y: event.clientY })
      else if (what === 'inspect' && item) onInspect(item.index)
      else if (what === 'entity' && link) onEntity(link.key)
    },
    [rows, schema, linkOf, menuAt, onInspect, onEntity],
  )

  const move = (to: number, column: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to))
    setActive({ row: next, column: Math.max(0, Math.min(schema.length - 1, column)) })
    reveal(scroller.current, offsetOf(next, open), leadingWidth + sum(sizes.slice(0, column)), sizes[column] ?? 0)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== event.currentTarget || rows.length === 0) return
    const act = keyAction(event, {
      row,
      column: active.column,
      page: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 300) / rowHeight) - 2),
      lastRow: rows.length - 1,
      lastColumn: schema.length - 1,
    })
    const item = rows[row]
    const column = schema[active.column]
    if (!act || !item || !column) return
    event.preventDefault()
    const pointed = { column, value: item.row[column.name] }
    if (act.to) move(act.to.row, act.to.column)
    else if (act.refine) onRefine(pointed, act.refine)
    else if (act.do === 'inspect') onInspect(item.index)
    else if (act.do === 'select') toggle(item, 'select', event)
    else if (act.do === 'open') toggle(item, 'open')
    else if (act.do === 'copy') copyValue(cellText(pointed.value))
    else if (act.do === 'filter') setFiltering(column.name)
    else if (act.do === 'sort') onTable(sortedBy(table, column.name))
    else if (act.do === 'all') onSelect(new Set(rows.map(({ index }) => index)))
    else {
      const box = document.querySelector(`#${CSS.escape(`${gridId}-${row}-${active.column}`)}`)?.getBoundingClientRect()
      menuAt(row, active.column, { x: box?.left ?? 0, y: box?.bottom ?? 0 })
    }
  }
  const drawn: ReactNode[] = rows.slice(first, end).map((item, at) => {
    const place = first + at
    return (
      <GridRow
        key={item.index}
        item={item}
        place={place}
        top={offsetOf(place, open)}
        schema={schema}
        template={template}
        gridId={gridId}
        activeColumn={place === row ? active.column : null}
        isSelected={selected.has(item.index)}
        isOpen={opened.has(item.index)}
        isInspected={inspected === item.index}
        linkOf={linkOf}
        onCell={onCell}
        onToggle={toggle}
      />
    )
  })
  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label="Results"
      aria-rowcount={rows.length + 1}
      aria-colcount={schema.length + 2}
      aria-multiselectable
      aria-activedescendant={
        rows.length > 0 && row >= first && row < end ? `${gridId}-${row}-${active.column}` : undefined
      }
      className="focus-inset @container min-h-0 flex-1 overflow-auto"
      onKeyDown={onKeyDown}
    >
      <GridHead
        schema={schema}
        results={results}
        template={template}
        width={total}
        table={table}
        onTable={onTable}
        filtering={filtering}
        onFiltering={setFiltering}
        widths={sizes}
        onWidth={(name, width) => setWidths((before) => ({ ...before, [name]: width }))}
        selection={
          rows.length > 0 && rows.every(({ index }) => selected.has(index))
            ? 'all'
            : selected.size > 0
              ? 'some'
              : 'none'
        }
        onSelectAll={(all) => onSelect(all ? new Set(rows.map(({ index }) => index)) : new Set())}
      />
      <div
        role="rowgroup"
        className="relative min-w-full"
        style={{ width: total, height: offsetOf(rows.length, open) }}
      >
        {drawn}
        {open
          .filter((place) => place >= first && place < end)
          .map((place) => (
            <Opened
              key={rows[place]?.index}
              top={offsetOf(place, open) + rowHeight}
              label={`Row ${(rows[place]?.index ?? 0) + 1}`}
            >
              <RecordFields
                dense
                schema={result.schema}
                row={rows[place]?.row ?? {}}
                onMenu={(pointed, at) => onMenu({ pointed, at })}
              />
            </Opened>
          ))}
      </div>
      {rows.length === 0 && (
        <Empty title={results.length === 0 ? 'No rows' : 'No row passes the filters'}>
          {results.length === 0
            ? 'The query ran and found nothing in this time range. Widen it, or take a condition out. Coverage tells what is received at all.'
            : `${results.length.toLocaleString()} rows are there; clear the filters of the columns to see them.`}
        </Empty>
      )}
    </div>
  )
}

// The row's content keeps in view while the grid scrolls sideways.
function Opened({ top, label, children }: { top: number; label: string; children: ReactNode }) {
  return (
    <div
      role="row"
      className="absolute left-0 w-full border-b border-line bg-raised"
      style={{ top, height: expandedHeight }}
    >
      <div role="gridcell" aria-label={label} className="h-full">
        <div className="sticky left-0 h-full w-[100cqw] overflow-auto px-4 py-2">{children}</div>
      </div>
    </div>
  )
}

function toggled(set: ReadonlySet<number>, one: number): Set<number> {
  const next = new Set(set)
  if (!next.delete(one)) next.add(one)
  return next
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0)
}

function reveal(scroller: HTMLElement | null, top: number, left: number, width: number): void {
  if (!scroller) return
  const head = 36
  if (top < scroller.scrollTop) scroller.scrollTop = top
  else if (top + rowHeight + head > scroller.scrollTop + scroller.clientHeight)
    scroller.scrollTop = top + rowHeight + head - scroller.clientHeight
  if (left < scroller.scrollLeft) scroller.scrollLeft = left - leadingWidth
  else if (left + width > scroller.scrollLeft + scroller.clientWidth)
    scroller.scrollLeft = left + width - scroller.clientWidth
}
