import type { Output } from '@cordon/contract'
import { type Column, DataTable, Empty, Inert, PageHeader, Tabs, Time, buttonClass } from '@cordon/ui'
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { PackageOpen, Radar } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { AttackMatrix, type MatrixRule } from '../features/coverage/AttackMatrix.tsx'
import { ClusterCoverage } from '../features/coverage/ClusterCoverage.tsx'
import { SourcePane } from '../features/coverage/SourcePane.tsx'
import type { Source } from '../features/coverage/SourceState.tsx'
import { sourceColumns, sourcesBy } from '../features/coverage/source-columns.tsx'
import { q, qPages } from '../api/query.ts'
import { ListPlaceholder } from '../lists/ListPlaceholder.tsx'
import { useSorted } from '../lists/useSorted.ts'
import { useQueue } from '../lists/useQueue.ts'

type SetAside = Output<'setAsideList'>['items'][number]

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
            <Sources coverage={coverage} />
          ) : tab === 'clusters' ? (
            coverage.data ? (
              <ClusterCoverage clusters={coverage.data.clusters ?? []} />
            ) : (
              <div className="flex-1">
                <ListPlaceholder query={coverage}>{null}</ListPlaceholder>
              </div>
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

const sourceKey = (source: Source) => `${source.cluster}/${source.source}`

function Sources({ coverage }: { coverage: UseQueryResult<Output<'coverageGet'>> }) {
  const [open, setOpen] = useState<{ key: string; byKeyboard: boolean } | null>(null)
  const rows = coverage.data?.sources ?? []
  const table = useSorted(rows, sourcesBy, { key: 'cluster', dir: 'asc' })
  const chosen = rows.find((source) => sourceKey(source) === open?.key)
  return (
    <>
      <DataTable
        label="Sources"
        {...table}
        columns={sourceColumns}
        rowKey={sourceKey}
        rowName={(s) => `${s.source} of ${s.cluster}`}
        activeKey={open?.key}
        onOpen={(source, byKeyboard) =>
          setOpen(sourceKey(source) === open?.key ? null : { key: sourceKey(source), byKeyboard })
        }
        placeholder={
          <ListPlaceholder query={coverage}>
            <Empty icon={<Radar aria-hidden />} title="No source has reported yet">
              Point the audit webhook, Falco or Tetragon of a cluster at the ingest endpoints. What each needs, to be
              copied, is in docs/sources.md.
            </Empty>
          </ListPlaceholder>
        }
      />
      {chosen && open && (
        <SourcePane
          key={open.key}
          source={chosen}
          takeFocus={open.byKeyboard}
          className="w-[26rem] max-w-[45vw] shrink-0"
          onClose={() => setOpen(null)}
          links={
            chosen.rejected > 0 && (
              <Link to="?tab=set-aside" className={buttonClass()}>
                See set-aside events
              </Link>
            )
          }
        />
      )}
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
        <ListPlaceholder query={queue.query}>
          <Empty icon={<PackageOpen aria-hidden />} title="Nothing was set aside">
            Events that can’t be taken are kept here with the reason.
          </Empty>
        </ListPlaceholder>
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
