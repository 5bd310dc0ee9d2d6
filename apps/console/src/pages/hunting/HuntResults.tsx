import type { HuntResult } from '@cordon/contract'
import { Notice, Tabs } from '@cordon/ui'
import { useState } from 'react'
import { HuntChart } from '../../features/hunting/HuntChart.tsx'
import { ResultTable } from '../../features/hunting/ResultTable.tsx'

type View = 'table' | 'columnchart' | 'barchart' | 'timechart' | 'piechart' | 'details'

const charts: Readonly<Record<string, View>> = {
  columnchart: 'columnchart',
  barchart: 'barchart',
  linechart: 'timechart',
  timechart: 'timechart',
  areachart: 'timechart',
  stackedareachart: 'timechart',
  piechart: 'piechart',
}

/** The answer: as table, as the chart that `render` names, and what the run took. */
export function HuntResults({
  result,
  onInspect,
}: {
  result: HuntResult
  onInspect: (row: Record<string, unknown>) => void
}) {
  const wanted = result.chart ? (charts[result.chart.kind] ?? 'table') : 'table'
  const [chosen, setChosen] = useState<{ of: HuntResult; view: View }>()
  // Each answer starts with the view that its query asks for.
  const view = chosen?.of === result ? chosen.view : wanted
  const rows = result.results.length.toLocaleString()
  const total = result.total === null ? 'more' : result.total.toLocaleString()
  const warnings = result.diagnostics.filter((each) => each.severity === 'warning')
  return (
    <>
      {result.truncated && (
        <Notice kind="warning" className="mx-3 mt-2">
          Showing {rows} of {total} rows. Filter or summarize to see the rest.
        </Notice>
      )}
      {warnings.map((each) => (
        <Notice key={`${each.start} ${each.message}`} kind="warning" className="mx-3 mt-2">
          {each.message}
        </Notice>
      ))}
      <Tabs
        small
        label="Results"
        value={view}
        onChange={(next) => setChosen({ of: result, view: next })}
        aside={
          <span className="text-xs text-muted">
            {rows} rows · {Math.round(result.stats.totalMs).toLocaleString()} ms
          </span>
        }
        tabs={[
          { value: 'table', label: 'Table' },
          { value: 'columnchart', label: 'Column' },
          { value: 'barchart', label: 'Bar' },
          { value: 'timechart', label: 'Line' },
          { value: 'piechart', label: 'Pie' },
          { value: 'details', label: 'Query details' },
        ]}
      >
        {view === 'table' ? (
          <ResultTable result={result} onInspect={onInspect} />
        ) : view === 'details' ? (
          <QueryDetails result={result} />
        ) : (
          <HuntChart result={result} kind={view} />
        )}
      </Tabs>
    </>
  )
}

function QueryDetails({ result }: { result: HuntResult }) {
  const { stats } = result
  const facts: [string, string][] = [
    ['Time range', `${result.from ?? 'beginning'} – ${result.to ?? 'now'}`],
    ['Translated in', `${stats.translateMs.toFixed(1)} ms`],
    ['Waited', `${stats.queuedMs.toFixed(1)} ms`],
    ['In the engine', `${stats.engineMs.toFixed(1)} ms`],
    ['In all', `${stats.totalMs.toFixed(1)} ms`],
    ['Rows read', stats.rowsRead.toLocaleString()],
    ['Bytes read', stats.bytesRead.toLocaleString()],
  ]
  return (
    <div className="min-h-0 flex-1 overflow-y-auto p-3 text-sm">
      <dl className="grid max-w-md grid-cols-[10rem_1fr] gap-y-1">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h3 className="pt-3 pb-1 font-medium">SQL</h3>
      <pre className="rounded-md border border-line bg-panel p-2 font-mono text-xs break-words whitespace-pre-wrap">
        {result.sql}
      </pre>
    </div>
  )
}
