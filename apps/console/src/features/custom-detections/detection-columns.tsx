import { type CustomDetection, detectionFrequencies } from '@cordon/contract'
import { type Column, Inert, inertString, Time } from '@cordon/ui'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import { SeverityMark } from '../../signs/Severity.tsx'
import { bytesText, countText, durationText } from '../../signs/cost-text.ts'
import { DetectionState, RunState } from './DetectionState.tsx'
import { RowActs } from './RowActs.tsx'

export const detectionColumns: Column<CustomDetection>[] = [
  {
    id: 'name',
    header: 'Detection',
    width: 290,
    grow: true,
    sortKey: 'name',
    cell: (d) => (
      <Link
        to={paths.detection(d.id)}
        title={inertString(d.name)}
        className="block truncate rounded font-medium hover:text-accent hover:underline"
      >
        <Inert value={d.name} max={100} />
      </Link>
    ),
  },
  { id: 'state', header: 'State', width: 92, sortKey: 'state', cell: (d) => <DetectionState detection={d} /> },
  { id: 'acts', header: 'Run, switch', width: 86, cell: (d) => <RowActs detection={d} /> },
  {
    id: 'severity',
    header: 'Severity',
    width: 118,
    sortKey: 'severity',
    cell: (d) => <SeverityMark severity={d.severity} />,
  },
  {
    id: 'frequency',
    header: 'Frequency',
    width: 124,
    sortKey: 'frequency',
    cell: (d) => detectionFrequencies[d.frequencyMinutes].label,
  },
  {
    id: 'lastRun',
    header: 'Last run',
    width: 140,
    sortKey: 'lastRun',
    cell: (d) => <Time value={d.lastRun?.finishedAt ?? d.lastRun?.startedAt} fallback="Not yet" />,
  },
  {
    id: 'lastState',
    header: 'Result',
    width: 112,
    cell: (d) => (d.lastRun ? <RunState run={d.isRunning ? { ...d.lastRun, state: 'running' } : d.lastRun} /> : '–'),
  },
  {
    id: 'nextRun',
    header: 'Next run',
    width: 140,
    spare: 1,
    cell: (d) =>
      d.state === 'on' && d.frequencyMinutes === 0 ? 'On new events' : <Time value={d.nextRunAt} fallback="–" />,
  },
  {
    id: 'alerts',
    header: 'Alerts',
    width: 124,
    align: 'end',
    sortKey: 'alerts',
    cell: (d) =>
      d.alerts.total === 0 ? (
        '0'
      ) : (
        <Link
          className="text-accent hover:underline"
          to={`${paths.alerts}?status=any&ruleId=${encodeURIComponent(`custom:${d.id}`)}`}
        >
          {d.alerts.total.toLocaleString()}
          {d.alerts.open > 0 && `, ${d.alerts.open.toLocaleString()} open`}
        </Link>
      ),
  },
  {
    id: 'cost',
    header: 'Cost, 7 days',
    width: 96,
    spare: 1,
    align: 'end',
    sortKey: 'cost',
    cell: (d) => (
      <span
        title={`Engine time of 7 days: ${durationText(d.cost.ms)} in ${d.cost.runs.toLocaleString()} runs, ${d.cost.failed.toLocaleString()} of them failed; ${countText(d.cost.rowsRead)} rows, ${bytesText(d.cost.bytesRead)} read`}
      >
        {durationText(d.cost.ms)}
      </span>
    ),
  },
]

const rank = ['informational', 'low', 'medium', 'high']
/** How the columns that can be sorted are. */
export const detectionsBy: Readonly<Record<string, (d: CustomDetection) => string | number>> = {
  name: (d) => d.name,
  state: (d) => d.state,
  severity: (d) => rank.indexOf(d.severity),
  frequency: (d) => d.frequencyMinutes,
  lastRun: (d) => d.lastRun?.startedAt ?? '',
  alerts: (d) => d.alerts.total,
  cost: (d) => d.cost.ms,
}
