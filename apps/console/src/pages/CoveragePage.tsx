import type { Output } from '@cordon/contract'
import { type Column, DataTable, Empty, Inert, PageHeader, Skeleton, Tabs, Time } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { PackageOpen, Radar, Radio, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link, useSearchParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { AttackMatrix, type MatrixRule } from '../features/coverage/AttackMatrix.tsx'
import { ClusterCoverage } from '../features/coverage/ClusterCoverage.tsx'
import { q, qPages } from '../api/query.ts'
import { useQueue } from '../lists/useQueue.ts'
import { Problem } from '../signs/Problem.tsx'

type Source = Output<'coverageGet'>['sources'][number]
type SetAside = Output<'setAsideList'>['items'][number]

const sourceColumns: Column<Source>[] = [
  {
    id: 'cluster',
    header: 'Cluster',
    width: 120,
    grow: true,
    cell: (s) => (
      <span className="font-medium">
        <Inert value={s.cluster} max={80} />
      </span>
    ),
  },
  { id: 'source', header: 'Source', width: 130, cell: (s) => <Inert value={s.source} max={60} /> },
  { id: 'state', header: 'State', width: 140, cell: (s) => <SourceState source={s} /> },
  {
    id: 'toAlert',
    header: 'Event to alert',
    width: 130,
    cell: (s) => <Latency latency={s.latency ?? []} until="stored" />,
  },
  {
    id: 'toScreen',
    header: 'Event to screen',
    width: 132,
    cell: (s) => <Latency latency={s.latency ?? []} until="shown" />,
  },
  {
    id: 'lastReceivedAt',
    header: 'Last received',
    width: 136,
    cell: (s) => <Time value={s.lastReceivedAt} fallback="never" />,
  },
  {
    id: 'activity',
    header: 'Last 24 hours',
    width: 120,
    cell: (s) => <Activity spans={s.rhythm?.activity ?? []} />,
  },
  {
    id: 'gaps',
    header: 'Gaps, 7 days',
    width: 100,
    cell: (s) => <Gaps gaps={s.rhythm?.gaps ?? []} />,
  },
  { id: 'events', header: 'Events', width: 90, align: 'end', cell: (s) => s.events.toLocaleString() },
  {
    id: 'rejected',
    header: 'Set aside',
    width: 84,
    align: 'end',
    cell: (s) =>
      s.rejected > 0 ? <span className="font-medium text-caution">{s.rejected.toLocaleString()}</span> : '0',
  },
  {
    id: 'lastEventAt',
    header: 'Last event (its clock)',
    width: 160,
    cell: (s) => <Time value={s.lastEventAt} fallback="never" />,
  },
  {
    id: 'firstReceivedAt',
    header: 'First received',
    width: 150,
    cell: (s) => <Time value={s.firstReceivedAt} fallback="never" />,
  },
  { id: 'duplicates', header: 'Repeats', width: 80, align: 'end', cell: (s) => s.duplicates.toLocaleString() },
  {
    id: 'levels',
    header: 'Audit levels',
    width: 190,
    cell: (s) => <Inert value={s.levels.join(', ') || '–'} max={80} />,
  },
]

const asideColumns: Column<SetAside>[] = [
  { id: 'at', header: 'Time', width: 150, cell: (e) => <Time value={e.at} /> },
  { id: 'cluster', header: 'Cluster', width: 140, cell: (e) => <Inert value={e.cluster} max={60} /> },
  { id: 'source', header: 'Source', width: 150, cell: (e) => <Inert value={e.source} max={60} /> },
  { id: 'reason', header: 'Reason', width: 260, grow: true, cell: (e) => <Inert value={e.reason} max={200} /> },
  { id: 'excerpt', header: 'Excerpt', width: 320, grow: true, cell: (e) => <Inert value={e.excerpt} mono max={200} /> },
]

const tabs = ['sources', 'clusters', 'attack', 'set-aside'] as const

export function Component() {
  const [params, setParams] = useSearchParams()
  const tab = tabs.find((one) => one === params.get('tab')) ?? 'sources'
  const coverage = useQuery({ ...q('coverageGet', {}), refetchInterval: 30_000 })
  return (
    <>
      <title>Coverage · Cordon</title>
      <PageHeader
        title="Coverage"
        meta={
          <span className="text-sm text-muted">
            What is being received. “No alerts” means little where nothing reports. Latency: median / 95 %, 7 days.
          </span>
        }
      />
      <Tabs
        label="Coverage"
        value={tab}
        onChange={(next) => setParams(next === 'sources' ? {} : { tab: next }, { replace: true })}
        tabs={[
          { value: 'sources', label: 'Sources', count: coverage.data?.sources.length },
          { value: 'clusters', label: 'Clusters', count: coverage.data?.clusters?.length },
          { value: 'attack', label: 'ATT&CK for Containers' },
          {
            value: 'set-aside',
            label: 'Set-aside events',
            count: coverage.data?.sources.reduce((sum, s) => sum + s.rejected, 0),
          },
        ]}
      >
        <div className="flex min-h-0 flex-1 bg-panel">
          {tab === 'sources' ? (
            <DataTable
              label="Sources"
              rows={coverage.data?.sources ?? []}
              columns={sourceColumns}
              rowKey={(s) => `${s.cluster}/${s.source}`}
              rowName={(s) => `${s.source} of ${s.cluster}`}
              placeholder={
                coverage.isError ? (
                  <Problem error={coverage.error} onRetry={() => void coverage.refetch()} />
                ) : coverage.isPending ? (
                  <Skeleton />
                ) : (
                  <Empty icon={<Radar aria-hidden />} title="No source has reported yet">
                    Point the audit webhook, Falco or Tetragon of a cluster at the ingest endpoints.
                  </Empty>
                )
              }
            />
          ) : tab === 'clusters' ? (
            coverage.data ? (
              <ClusterCoverage clusters={coverage.data.clusters ?? []} />
            ) : coverage.isError ? (
              <Problem error={coverage.error} onRetry={() => void coverage.refetch()} />
            ) : (
              <Skeleton />
            )
          ) : tab === 'attack' ? (
            <AttackMatrix linkTo={linkTo} />
          ) : (
            <SetAsideTable />
          )}
        </div>
      </Tabs>
    </>
  )
}

function SetAsideTable() {
  const queue = useQueue<SetAside>(qPages('setAsideList', { limit: 100 }), (e) => e.id, 'set-aside')
  return (
    <DataTable
      label="Set-aside events"
      {...queue.table}
      rows={queue.rows}
      columns={asideColumns}
      rowKey={(e) => e.id}
      rowName={(e) => e.reason}
      placeholder={
        queue.query.isError ? (
          <Problem error={queue.query.error} onRetry={() => void queue.query.refetch()} />
        ) : queue.query.isPending ? (
          <Skeleton />
        ) : (
          <Empty icon={<PackageOpen aria-hidden />} title="Nothing was set aside">
            Events that can’t be taken are kept here with the reason.
          </Empty>
        )
      }
    />
  )
}

function linkTo({ id, customDetection }: MatrixRule, title: ReactNode): ReactNode {
  const to = customDetection ? paths.detection(customDetection) : `${paths.rules}?open=${encodeURIComponent(id)}`
  return (
    <Link className="hover:text-accent hover:underline" to={to}>
      {title}
    </Link>
  )
}

function SourceState({ source }: { source: Source }) {
  if (source.rhythm?.state === 'silent' || !source.lastReceivedAt)
    return (
      <span
        className="inline-flex items-center gap-1.5 font-medium text-caution"
        title={`Silent for longer than ${minutes(source.rhythm?.habitMs ?? 0)}, which is unusual for it`}
      >
        <TriangleAlert className="size-4" aria-hidden />{' '}
        {source.lastReceivedAt ? 'Silent, unusually' : 'Never reported'}
      </span>
    )
  return (
    <span className="inline-flex items-center gap-1.5">
      <Radio className="size-4 text-muted" aria-hidden /> Reporting
    </span>
  )
}

function Activity({ spans }: { spans: readonly number[] }) {
  const most = Math.max(1, ...spans)
  const sent = spans.filter((count) => count > 0).length
  return (
    <svg
      viewBox={`0 0 ${Math.max(1, spans.length)} 16`}
      preserveAspectRatio="none"
      className="h-4 w-full text-accent"
      role="img"
      aria-label={`Events came in ${sent} of ${spans.length} quarters of an hour`}
    >
      {spans.map((count, at) => {
        const height = count === 0 ? 0 : Math.max(2, (16 * Math.log1p(count)) / Math.log1p(most))
        // oxlint-disable-next-line react/no-array-index-key -- the position is the time
        return <rect key={at} x={at} y={16 - height} width={0.8} height={height} fill="currentColor" />
      })}
    </svg>
  )
}

function Gaps({ gaps }: { gaps: NonNullable<Source['rhythm']>['gaps'] }) {
  const own = gaps.filter((gap) => gap.cause === 'cordon').length
  const text = gaps.map(
    (gap) =>
      `${new Date(gap.from).toLocaleString()} – ${new Date(gap.to).toLocaleString()}${gap.cause === 'cordon' ? ' (Cordon was not running)' : ''}`,
  )
  if (gaps.length === 0) return <>none</>
  return (
    <span title={text.join('\n')}>
      {gaps.length}
      {own > 0 && `, ${own} ours`}
    </span>
  )
}

const latencies = { stored: 'stored', told: 'told to an open console', shown: 'painted on its screen' } as const

/** Median and 95th percentile of the last week, from the event's own time. */
function Latency({ latency, until }: { latency: NonNullable<Source['latency']>; until: 'stored' | 'shown' }) {
  if (latency.length === 0) return <span className="text-muted">no alert in 7 days</span>
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
        <span className="text-muted">{own ? 'over an hour' : 'no open console'}</span>
      )}
    </span>
  )
}

function span(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : minutes(ms)
}

function minutes(ms: number): string {
  return `${Math.round(ms / 60_000)} min`
}
