import type { DetectionRun, Output } from '@cordon/contract'
import { type Column, DataTable, Empty, Inert, inertString, Time } from '@cordon/ui'
import { History } from 'lucide-react'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import { bytesText, countText, durationText } from '../../signs/cost-text.ts'
import { RunState } from '../../features/custom-detections/DetectionState.tsx'

const kinds: Record<DetectionRun['kind'], string> = {
  scheduled: 'Scheduled',
  continuous: 'Continuous',
  manual: 'By hand',
  'catch-up': 'Catching up',
  gap: 'Gap',
}

function runColumns(query: string): Column<DetectionRun>[] {
  return [
    { id: 'started', header: 'Started', width: 140, cell: (run) => <Time value={run.startedAt} /> },
    { id: 'kind', header: 'Kind', width: 104, cell: (run) => kinds[run.kind] },
    { id: 'state', header: 'Result', width: 132, cell: (run) => <RunState run={run} /> },
    {
      id: 'span',
      header: 'Evaluated',
      width: 266,
      cell: (run) =>
        run.kind === 'gap' || run.kind === 'continuous' ? (
          <span>
            <Time value={run.from} /> – <Time value={run.to} />
          </span>
        ) : (
          <Link
            className="text-accent hover:underline"
            title="Open the query with the rows of this run"
            to={paths.hunting({ query, timespan: `${run.from}/${run.to}`, run: true })}
          >
            <Time value={run.from} /> – <Time value={run.to} />
          </Link>
        ),
    },
    {
      id: 'notes',
      header: 'Notes',
      width: 200,
      grow: true,
      cell: (run) => {
        const text = [run.error, ...run.notes].filter(Boolean).join(' ')
        const by = run.requestedBy ? `Asked for by ${run.requestedBy}. ` : ''
        return (
          <span className="block truncate" title={inertString(`${by}${text}`)}>
            {run.attempts > 1 && (
              <span className="font-medium">
                {run.attempts.toLocaleString()} times, last <Time value={run.finishedAt} />.{' '}
              </span>
            )}
            <Inert value={`${by}${text}` || '–'} max={400} />
          </span>
        )
      },
    },
    { id: 'rows', header: 'Rows', width: 60, align: 'end', cell: (run) => run.rows.toLocaleString() },
    { id: 'alerts', header: 'New alerts', width: 84, align: 'end', cell: (run) => run.alerts.toLocaleString() },
    { id: 'repeats', header: 'Repeats', width: 70, align: 'end', cell: (run) => run.repeats.toLocaleString() },
    {
      id: 'cost',
      header: 'Cost',
      width: 80,
      align: 'end',
      cell: (run) => (
        <span title={`${countText(run.rowsRead)} rows, ${bytesText(run.bytesRead)} read`}>{durationText(run.ms)}</span>
      ),
    },
  ]
}

/** The newest runs and the gaps between them. */
export function RunsTab({ detection }: { detection: Output<'customDetectionGet'> }) {
  return (
    <div className="flex min-h-0 flex-1 bg-panel">
      <DataTable
        label="Runs"
        rows={detection.runs}
        columns={runColumns(detection.query)}
        rowKey={(run) => run.id}
        rowName={(run) => `run of ${run.startedAt}`}
        rowHeight={36}
        placeholder={
          <Empty icon={<History aria-hidden />} title="No runs yet">
            {detection.state !== 'on'
              ? 'It is switched off. Turn it on, or run it once with Run now.'
              : detection.frequencyMinutes === 0
                ? 'It runs when new events come in.'
                : 'The first run is about to begin.'}
          </Empty>
        }
      />
    </div>
  )
}
