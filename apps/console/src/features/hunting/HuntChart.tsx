import type { HuntResult } from '@cordon/contract'
import { Empty, inertString } from '@cordon/ui'
import { useMemo, useRef, useState } from 'react'
import { type ChartColumns, type ChartData, chartData, type ChartKind, columnsFor, isNumeric } from './chart-data.ts'
import { chartColours } from './chart-colours.ts'
import { Drawing } from './Drawing.tsx'
import { useSize } from './useSize.ts'

export interface HuntChartProps {
  result: HuntResult
  kind: ChartKind
  /** A mark was chosen: its place on the axis, as the row has it. */
  onPick: (column: { name: string; type: string }, value: string) => void
}

/** The rows as a picture; the table beside it holds the same numbers. */
export function HuntChart({ result, kind, onPick }: HuntChartProps) {
  const [chosen, setChosen] = useState<Partial<ChartColumns>>({})
  const box = useRef<HTMLDivElement>(null)
  const { width, height } = useSize(box)
  const usual = useMemo(() => columnsFor(result, kind), [result, kind])
  const columns = useMemo(() => usual && { ...usual, ...chosen }, [usual, chosen])
  const data = useMemo(() => columns && chartData(result, kind, columns), [result, kind, columns])
  const x = result.schema.find(({ name }) => name === columns?.x)
  return (
    <div ref={box} className="flex min-h-0 flex-1 flex-col gap-2 overflow-y-auto px-3 py-2">
      {!columns || !data || data.series.length === 0 ? (
        <Empty title="Nothing to draw">A chart needs a column of numbers, and one of times or names.</Empty>
      ) : (
        <>
          <ColumnChoice result={result} columns={columns} kind={kind} onChange={setChosen} />
          <figure className="flex flex-col gap-2">
            <Drawing
              data={data}
              width={Math.max(200, width - 24)}
              height={Math.max(170, Math.min(460, height - 90))}
              onPick={x && data.axis === 'steps' ? (place) => onPick(x, data.places[place] ?? '') : undefined}
            />
            <Legend data={data} />
          </figure>
        </>
      )}
    </div>
  )
}

function Legend({ data }: { data: ChartData }) {
  const names = data.kind === 'pie' ? data.places : data.series.map(({ name }) => name)
  return (
    <figcaption className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      {names.slice(0, chartColours.length).map((name, index) => (
        <span key={name} className="flex min-w-0 items-center gap-1.5">
          <span
            aria-hidden
            className="size-2.5 shrink-0 rounded-sm"
            style={{ background: chartColours[index % chartColours.length] }}
          />
          <bdi className="max-w-60 truncate">{inertString(name.slice(0, 120)) || '(empty)'}</bdi>
        </span>
      ))}
      {data.notes.length > 0 && <span>Shown: {inertString(data.notes.join('; '))}.</span>}
    </figcaption>
  )
}

function ColumnChoice({
  result,
  columns,
  kind,
  onChange,
}: {
  result: HuntResult
  columns: ChartColumns
  kind: ChartKind
  onChange: (columns: Partial<ChartColumns>) => void
}) {
  const { schema } = result
  const numbers = schema.filter(({ type, name }) => isNumeric(type) && name !== columns.x)
  const texts = schema.filter(({ type, name }) => !isNumeric(type) && type !== 'datetime' && name !== columns.x)
  const y = columns.y.length === 1 ? (columns.y[0] ?? '') : ''
  return (
    <div className="flex flex-wrap items-center gap-3 text-xs text-muted">
      <Choice
        label="Across"
        value={columns.x}
        options={schema.map(({ name }) => name)}
        onChange={(name) => onChange({ ...columns, x: name, y: columns.y.filter((one) => one !== name) })}
      />
      <Choice
        label="Values"
        value={y}
        options={numbers.map(({ name }) => name)}
        every={kind === 'pie' ? undefined : 'All numbers'}
        onChange={(name) => onChange({ ...columns, y: name === '' ? numbers.map((one) => one.name) : [name] })}
      />
      {kind !== 'pie' && (
        <Choice
          label="Series"
          value={columns.series ?? ''}
          options={texts.map(({ name }) => name)}
          every="None"
          onChange={(name) => onChange({ ...columns, series: name === '' ? null : name })}
        />
      )}
    </div>
  )
}

function Choice({
  label,
  value,
  options,
  every,
  onChange,
}: {
  label: string
  value: string
  options: readonly string[]
  every?: string | undefined
  onChange: (value: string) => void
}) {
  return (
    <label className="flex items-center gap-1.5">
      {label}
      <select
        className="h-7 max-w-56 rounded-md border border-line bg-panel px-1.5 text-xs text-ink"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {every !== undefined && <option value="">{every}</option>}
        {options.map((name) => (
          <option key={name} value={name}>
            {inertString(name)}
          </option>
        ))}
      </select>
    </label>
  )
}
