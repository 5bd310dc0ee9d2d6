import type { HuntResult } from '@cordon/contract'
import { Button, inertString, Notice, Popover, Skeleton, Tabs, Time, toast } from '@cordon/ui'
import { Copy, EyeOff, FilterX, Keyboard, Link2 } from 'lucide-react'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useMay } from '../../api/session.ts'
import { type ChartKind, chartKinds, chartLabels, chartOf } from '../../features/hunting/chart-data.ts'
import type { CellLink } from '../../features/hunting/GridRow.tsx'
import type { Pointed, Refinement } from '../../features/hunting/kql-edit.ts'
import type { MenuRequest } from '../../features/hunting/RefineMenu.tsx'
import { gridKeys } from '../../features/hunting/grid-keys.ts'
import { ResultGrid } from '../../features/hunting/ResultGrid.tsx'
import {
  filledColumns,
  markdownTable,
  noTableState,
  type NumberedRow,
  type Row,
  shownRows,
} from '../../features/hunting/result-rows.ts'
import { Timeline } from '../../features/hunting/Timeline.tsx'
import { ExportMenu } from './ExportMenu.tsx'
import { milliseconds, QueryDetails } from './QueryDetails.tsx'
import { TakeAction } from './TakeAction.tsx'

const HuntChart = lazy(async () => ({ default: (await import('../../features/hunting/HuntChart.tsx')).HuntChart }))

type View = 'table' | 'chart' | 'details'

export interface HuntResultsProps {
  result: HuntResult
  /** The text and span that the rows answer. */
  asked: { query: string; timespan: string }
  /** When they came, where they were kept over a reload; in ISO 8601. */
  keptFrom: string | undefined
  incidentId: number | undefined
  cluster: string | undefined
  clusters: readonly string[]
  inspected: number | null
  linkOf: (item: NumberedRow, column: string) => CellLink | undefined
  onInspect: (index: number) => void
  onEntity: (key: string) => void
  onMenu: (request: MenuRequest) => void
  onRefine: (pointed: Pointed, how: Refinement) => void
  onNarrow: (from: string, to: string) => void
  onLink: (rows: readonly Row[]) => void
}

const mostCopied = 500

/** The answer: as table, as a chart, and what the run took; with what can be done about its rows. */
export function HuntResults(props: HuntResultsProps) {
  const { result, asked, onNarrow, onLink, onRefine } = props
  const wanted = chartOf(result.chart)
  const [view, setView] = useState<View>(wanted ? 'chart' : 'table')
  const [kind, setKind] = useState<ChartKind>(wanted ?? 'column')
  const [table, setTable] = useState(noTableState)
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set())
  const shown = useMemo(() => shownRows(result.results, table), [result, table])
  const chosen = useMemo(() => result.results.filter((_, index) => selected.has(index)), [selected, result])
  const [isAll, setAll] = useState(false)
  const filled = useMemo(() => filledColumns(result.schema, result.results), [result])
  const empty = result.schema.length - filled.length
  const may = useMay('huntingLink')
  const time = timeColumn(result)
  const count = result.results.length
  const total = result.total === null ? 'more' : result.total.toLocaleString()
  const rows = result.truncated
    ? `${count.toLocaleString()} of ${total} rows`
    : count === 1
      ? '1 row'
      : `${count.toLocaleString()} rows`
  const notes = result.diagnostics.filter((each) => each.severity === 'warning')
  const copy = () => {
    const from = chosen.length > 0 ? chosen : shown.map(({ row }) => row)
    navigator.clipboard
      .writeText(markdownTable(isAll ? result.schema : filled, from.slice(0, mostCopied), inertString))
      .then(
        () =>
          toast({
            title: 'Copied as Markdown',
            description:
              from.length > mostCopied
                ? `The first ${mostCopied} of ${from.length.toLocaleString()} rows.`
                : `${from.length.toLocaleString()} rows.`,
          }),
        () => toast({ title: 'Could not copy', kind: 'failed' }),
      )
  }
  const refusal = !may.allowed ? may.reason : chosen.length === 0 ? 'Select rows first.' : undefined
  return (
    <>
      {result.truncated && (
        <Notice kind="warning" className="mx-3 mt-2">
          Showing {count.toLocaleString()} of {total} rows. Filter or summarize to see the rest, or export all of them.
        </Notice>
      )}
      {notes.map((each) => (
        <Notice key={`${each.start} ${each.message}`} kind="warning" className="mx-3 mt-2">
          {inertString(each.message)}
        </Notice>
      ))}
      <Tabs
        small
        label="Results"
        value={view}
        onChange={setView}
        aside={
          <>
            <span className="text-xs whitespace-nowrap text-muted">
              {rows} · {milliseconds(result.stats.totalMs)}
              {props.keptFrom && (
                <>
                  {' '}
                  · as of <Time value={props.keptFrom} />
                </>
              )}
            </span>
            <ExportMenu asked={asked} />
          </>
        }
        tabs={[
          { value: 'table', label: 'Table' },
          { value: 'chart', label: 'Chart' },
          { value: 'details', label: 'Query details' },
        ]}
      >
        {view === 'table' && (
          <>
            <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
              <Button
                size="sm"
                icon={<Link2 className="size-3.5" aria-hidden />}
                aria-disabled={refusal !== undefined}
                title={refusal}
                onClick={() => refusal === undefined && onLink(chosen)}
              >
                Link to incident
              </Button>
              <TakeAction {...props} rows={chosen} />
              <Button size="sm" look="quiet" icon={<Copy className="size-3.5" aria-hidden />} onClick={copy}>
                Copy as Markdown
              </Button>
              {empty > 0 && (
                <Button
                  size="sm"
                  look="quiet"
                  aria-pressed={!isAll}
                  icon={<EyeOff className="size-3.5" aria-hidden />}
                  onClick={() => setAll(!isAll)}
                >
                  {isAll
                    ? `Hide ${empty} empty columns`
                    : empty === 1
                      ? '1 empty column hidden'
                      : `${empty} empty columns hidden`}
                </Button>
              )}
              <Keys />
              <span className="ml-auto text-xs text-muted" role="status">
                {selected.size > 0 && `${selected.size.toLocaleString()} selected`}
                {selected.size > 0 && shown.length < count && ' · '}
                {shown.length < count &&
                  `${shown.length.toLocaleString()} of ${count.toLocaleString()} pass the filters`}
              </span>
              {table.filters.size > 0 && (
                <Button
                  size="sm"
                  look="quiet"
                  icon={<FilterX className="size-3.5" aria-hidden />}
                  onClick={() => setTable({ ...table, filters: new Map() })}
                >
                  Clear filters
                </Button>
              )}
            </div>
            {time && <Timeline rows={result.results} column={time} onNarrow={onNarrow} />}
            <ResultGrid
              {...props}
              schema={isAll ? result.schema : filled}
              rows={shown}
              table={table}
              onTable={setTable}
              selected={selected}
              onSelect={setSelected}
            />
          </>
        )}
        {view === 'chart' && (
          <>
            <div
              className="flex shrink-0 flex-wrap gap-1 border-b border-line px-3 py-1.5"
              role="group"
              aria-label="Kind of chart"
            >
              {chartKinds.map((one) => (
                <Button
                  key={one}
                  size="sm"
                  look="quiet"
                  aria-pressed={kind === one}
                  className="aria-pressed:bg-accent-soft aria-pressed:text-accent"
                  onClick={() => setKind(one)}
                >
                  {chartLabels[one]}
                </Button>
              ))}
            </div>
            <Suspense fallback={<Skeleton rows={8} />}>
              <HuntChart
                key={kind}
                result={result}
                kind={kind}
                onPick={(column, value) => onRefine({ column, value }, 'equals')}
              />
            </Suspense>
          </>
        )}
        {view === 'details' && <QueryDetails result={result} />}
      </Tabs>
    </>
  )
}

/** The column that a timeline is made of: the event's own time before any other. */
function timeColumn({ schema }: HuntResult): string | undefined {
  const times = schema.filter(({ type }) => type === 'datetime').map(({ name }) => name)
  return times.find((name) => name === 'Timestamp' || name === 'TimeGenerated') ?? times[0]
}

function Keys() {
  return (
    <Popover
      label="Keys of the table"
      trigger={
        <Button size="sm" look="quiet" icon={<Keyboard className="size-3.5" aria-hidden />}>
          Keys
        </Button>
      }
    >
      <dl className="grid w-96 grid-cols-[10rem_1fr] gap-x-3 gap-y-1 text-sm">
        {gridKeys.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt className="font-medium">{keys}</dt>
            <dd className="text-muted">{what}</dd>
          </div>
        ))}
      </dl>
    </Popover>
  )
}
