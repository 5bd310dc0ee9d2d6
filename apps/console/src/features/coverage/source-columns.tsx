import { type Column, Inert, Time } from '@cordon/ui'
import { Activity, type Source, SourceState } from './SourceState.tsx'
import { latencies, span } from './latency.ts'

/** Columns of the sources; what is left out where there is no room is in the pane of the row. */
export const sourceColumns: Column<Source>[] = [
  {
    id: 'cluster',
    header: 'Cluster',
    sortKey: 'cluster',
    width: 110,
    grow: true,
    cell: (s) => (
      <span className="font-medium">
        <Inert value={s.cluster} max={80} />
      </span>
    ),
  },
  { id: 'source', header: 'Source', width: 128, sortKey: 'source', cell: (s) => <Inert value={s.source} max={60} /> },
  { id: 'state', header: 'State', width: 140, sortKey: 'state', cell: (s) => <SourceState source={s} /> },
  {
    id: 'toAlert',
    header: 'Event to alert',
    width: 130,
    spare: 9,
    cell: (s) => <Latency latency={s.latency ?? []} until="stored" />,
  },
  {
    id: 'toScreen',
    header: 'Event to screen',
    width: 130,
    spare: 8,
    cell: (s) => <Latency latency={s.latency ?? []} until="shown" />,
  },
  {
    id: 'lastReceivedAt',
    header: 'Last received',
    sortKey: 'lastReceivedAt',
    width: 136,
    cell: (s) => <Time value={s.lastReceivedAt} fallback="Never" />,
  },
  {
    id: 'activity',
    header: 'Last 24 hours',
    width: 110,
    roomy: 200,
    spare: 7,
    cell: (s) => <Activity spans={s.rhythm?.activity ?? []} />,
  },
  {
    id: 'gaps',
    header: 'Gaps, 7 days',
    sortKey: 'gaps',
    width: 96,
    spare: 5,
    cell: (s) => <Gaps gaps={s.rhythm?.gaps ?? []} />,
  },
  {
    id: 'events',
    header: 'Events',
    width: 80,
    sortKey: 'events',
    spare: 6,
    align: 'end',
    cell: (s) => s.events.toLocaleString(),
  },
  {
    id: 'rejected',
    header: 'Set aside',
    width: 84,
    sortKey: 'rejected',
    align: 'end',
    cell: (s) =>
      s.rejected > 0 ? <span className="font-medium text-caution">{s.rejected.toLocaleString()}</span> : '0',
  },
  {
    id: 'lastEventAt',
    header: 'Last event (its clock)',
    width: 160,
    spare: 4,
    cell: (s) => <Time value={s.lastEventAt} fallback="Never" />,
  },
  {
    id: 'firstReceivedAt',
    header: 'First received',
    width: 140,
    spare: 3,
    cell: (s) => <Time value={s.firstReceivedAt} fallback="Never" />,
  },
  {
    id: 'duplicates',
    header: 'Repeats',
    width: 80,
    spare: 2,
    align: 'end',
    cell: (s) => s.duplicates.toLocaleString(),
  },
  {
    id: 'levels',
    header: 'Audit levels',
    width: 190,
    spare: 1,
    cell: (s) => <Inert value={s.levels.join(', ') || '–'} max={80} />,
  },
]

/** What the columns that can be sorted are sorted by. */
export const sourcesBy: Readonly<Record<string, (s: Source) => string | number>> = {
  cluster: (s) => `${s.cluster} ${s.source}`,
  source: (s) => `${s.source} ${s.cluster}`,
  state: (s) => (s.lastReceivedAt ? (s.rhythm?.state ?? '') : 'never'),
  lastReceivedAt: (s) => s.lastReceivedAt ?? '',
  gaps: (s) => s.rhythm?.gaps.length ?? 0,
  events: (s) => s.events,
  rejected: (s) => s.rejected,
}

function Gaps({ gaps }: { gaps: NonNullable<Source['rhythm']>['gaps'] }) {
  const own = gaps.filter((gap) => gap.cause === 'cordon').length
  if (gaps.length === 0) return <span className="text-muted">None</span>
  return (
    <span title={own > 0 ? `${own} of them while Cordon was not running` : undefined}>
      {gaps.length}
      {own > 0 && <span className="text-muted"> ({own === gaps.length ? 'Cordon off' : `${own} Cordon off`})</span>}
    </span>
  )
}

/** Median and 95th percentile of the last week, from the event's own time. */
function Latency({ latency, until }: { latency: NonNullable<Source['latency']>; until: 'stored' | 'shown' }) {
  if (latency.length === 0) return <span className="text-muted">No alert in 7 days</span>
  const words = (Object.keys(latencies) as (keyof typeof latencies)[]).flatMap((each) => {
    const one = latency.find((it) => it.until === each)
    if (!one) return []
    const { p50, p95, p99, alerts, late } = one
    const times = p50 === null ? 'all late' : `${span(p50)}, 95 % ${span(p95 ?? 0)}, 99 % ${span(p99 ?? 0)}`
    return [`${latencies[each]}: ${times} (${alerts} alerts, ${late} more than an hour late)`]
  })
  const own = latency.find((one) => one.until === until)
  return (
    <span title={['From the event’s own time, last 7 days', ...words].join('\n')}>
      {own && own.p50 !== null ? (
        `${span(own.p50)} / ${span(own.p95 ?? 0)}`
      ) : (
        <span className="text-muted">{own ? 'Over an hour' : 'No open console'}</span>
      )}
    </span>
  )
}
