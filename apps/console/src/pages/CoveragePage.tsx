import type { Output } from '@cordon/contract'
import { type Column, DataTable, Empty, Inert, PageHeader, Skeleton, Tabs, Time } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { PackageOpen, Radar, Radio, TriangleAlert } from 'lucide-react'
import { useSearchParams } from 'react-router'
import { q, qPages } from '../api/query.ts'
import { useQueue } from '../lists/useQueue.ts'
import { Problem } from '../signs/Problem.tsx'

type Source = Output<'coverageGet'>['sources'][number]
type SetAside = Output<'setAsideList'>['items'][number]

// A cluster under load sends audit events every second; a quarter of an hour of silence is worth a look.
const silentAfterMs = 15 * 60_000

const sourceColumns: Column<Source>[] = [
  {
    id: 'cluster',
    header: 'Cluster',
    width: 160,
    grow: true,
    cell: (s) => (
      <span className="font-medium">
        <Inert value={s.cluster} max={80} />
      </span>
    ),
  },
  { id: 'source', header: 'Source', width: 160, cell: (s) => <Inert value={s.source} max={60} /> },
  { id: 'state', header: 'State', width: 170, cell: (s) => <SourceState source={s} /> },
  {
    id: 'lastReceivedAt',
    header: 'Last received',
    width: 150,
    cell: (s) => <Time value={s.lastReceivedAt} fallback="never" />,
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
  { id: 'events', header: 'Events', width: 90, align: 'end', cell: (s) => s.events.toLocaleString() },
  {
    id: 'rejected',
    header: 'Set aside',
    width: 84,
    align: 'end',
    cell: (s) =>
      s.rejected > 0 ? <span className="font-medium text-caution">{s.rejected.toLocaleString()}</span> : '0',
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

export function Component() {
  const [params, setParams] = useSearchParams()
  const tab = params.get('tab') === 'set-aside' ? 'set-aside' : 'sources'
  const coverage = useQuery({ ...q('coverageGet', {}), refetchInterval: 30_000 })
  return (
    <>
      <title>Coverage · Cordon</title>
      <PageHeader
        title="Coverage"
        meta={
          <span className="text-sm text-muted">
            What is being received. “No alerts” means little where nothing reports.
          </span>
        }
      />
      <Tabs
        label="Coverage"
        value={tab}
        onChange={(next) => setParams(next === 'sources' ? {} : { tab: next }, { replace: true })}
        tabs={[
          { value: 'sources', label: 'Sources', count: coverage.data?.sources.length },
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

function SourceState({ source }: { source: Source }) {
  if (isSilent(source))
    return (
      <span className="inline-flex items-center gap-1.5 font-medium text-caution">
        <TriangleAlert className="size-4" aria-hidden />{' '}
        {source.lastReceivedAt ? 'Silent 15 min or more' : 'Never reported'}
      </span>
    )
  return (
    <span className="inline-flex items-center gap-1.5">
      <Radio className="size-4 text-muted" aria-hidden /> Reporting
    </span>
  )
}

function isSilent(source: Source): boolean {
  return !source.lastReceivedAt || Date.now() - Date.parse(source.lastReceivedAt) > silentAfterMs
}
