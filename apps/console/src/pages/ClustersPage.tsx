import { entityKey } from '@cordon/entities'
import { type Column, DataTable, Empty, Inert, PageHeader, Skeleton, buttonClass } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Boxes, ShieldBan, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { q } from '../api/query.ts'
import { ClusterPane, type ClusterView } from '../features/coverage/ClusterPane.tsx'
import { ClusterStateBadge, platformLabels } from '../features/coverage/ClusterState.tsx'
import { type SortedBy, useSorted } from '../lists/useSorted.ts'
import { Problem } from '../signs/Problem.tsx'

const columns: Column<ClusterView>[] = [
  {
    id: 'name',
    header: 'Cluster',
    sortKey: 'name',
    width: 140,
    roomy: 260,
    cell: (c) => (
      <span className="font-medium">
        <Inert value={c.name} max={80} />
      </span>
    ),
  },
  { id: 'state', header: 'State', width: 124, sortKey: 'state', cell: (c) => <ClusterStateBadge state={c.state} /> },
  {
    id: 'platform',
    header: 'Platform',
    width: 96,
    sortKey: 'platform',
    spare: 5,
    cell: (c) => platformLabels[c.platform],
  },
  {
    id: 'version',
    header: 'Version',
    width: 112,
    roomy: 220,
    spare: 4,
    cell: (c) => <Inert value={c.version ?? '–'} max={40} />,
  },
  {
    id: 'plugin',
    header: 'Network plugin',
    width: 150,
    roomy: 300,
    spare: 3,
    cell: (c) => (
      <Inert
        value={c.networkPlugins.map((p) => `${p.name} ${p.version ?? ''}`.trim()).join(', ') || 'None found'}
        max={80}
      />
    ),
  },
  {
    id: 'isolation',
    header: 'Isolation',
    width: 260,
    roomy: 360,
    grow: true,
    cell: (c) =>
      c.isolation.possible ? (
        <span className="inline-flex items-center gap-1.5">
          <ShieldCheck className="size-4 text-muted" aria-hidden /> Possible
        </span>
      ) : (
        <span className="inline-flex max-w-full items-center gap-1.5 text-caution">
          <ShieldBan className="size-4 shrink-0" aria-hidden />
          <span className="truncate">
            <Inert value={c.isolation.reason ?? 'Not possible'} max={200} />
          </span>
        </span>
      ),
  },
  {
    id: 'nodes',
    header: 'Nodes',
    width: 68,
    sortKey: 'nodes',
    spare: 1,
    align: 'end',
    cell: (c) => c.nodes?.toLocaleString() ?? '–',
  },
  {
    id: 'pods',
    header: 'Pods',
    width: 68,
    sortKey: 'pods',
    spare: 2,
    align: 'end',
    cell: (c) => c.pods?.toLocaleString() ?? '–',
  },
  {
    id: 'incidents',
    header: 'Active incidents',
    sortKey: 'incidents',
    width: 120,
    align: 'end',
    cell: (c) => c.activeIncidents.toLocaleString(),
  },
]

const sortedBy: SortedBy<ClusterView> = {
  name: (c) => c.name,
  state: (c) => c.state,
  platform: (c) => platformLabels[c.platform],
  nodes: (c) => c.nodes ?? -1,
  pods: (c) => c.pods ?? -1,
  incidents: (c) => c.activeIncidents,
}

export function Component() {
  const { name } = useParams()
  const navigate = useNavigate()
  const [byKeyboard, setByKeyboard] = useState(false)
  const { data, error, isPending, refetch } = useQuery(q('clusterList', {}))
  const table = useSorted(data?.items ?? [], sortedBy, { key: 'name', dir: 'asc' })
  const chosen = data?.items.find((c) => c.name === name)
  const open = (next: string | null) =>
    void navigate(next ? `${paths.clusters}/${encodeURIComponent(next)}` : paths.clusters, { replace: true })
  return (
    <>
      <title>Clusters · Cordon</title>
      <PageHeader title="Clusters" count={data && `${data.items.length} connected or configured`} />
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">
        <DataTable
          label="Clusters"
          {...table}
          columns={columns}
          rowKey={(c) => c.name}
          rowName={(c) => c.name}
          activeKey={name}
          onOpen={(c, keyboard) => {
            setByKeyboard(keyboard)
            open(c.name === name ? null : c.name)
          }}
          placeholder={
            error ? (
              <Problem error={error} onRetry={() => void refetch()} />
            ) : isPending ? (
              <Skeleton />
            ) : (
              <Empty icon={<Boxes aria-hidden />} title="No cluster is configured">
                Start Cordon with CORDON_KUBECONFIG to connect the clusters of a kubeconfig, or with CORDON_LAB=on for
                the lab.
              </Empty>
            )
          }
        />
        {chosen && (
          <ClusterPane
            key={chosen.name}
            cluster={chosen}
            takeFocus={byKeyboard}
            className="w-[26rem] max-w-[45vw] shrink-0"
            onClose={() => open(null)}
            links={
              <>
                <Link
                  className={buttonClass('primary')}
                  to={`${paths.incidents}?cluster=${encodeURIComponent(chosen.name)}`}
                >
                  Incidents of this cluster
                </Link>
                <Link className={buttonClass()} to={paths.entity(entityKey('cluster', chosen.name))}>
                  Open entity page
                </Link>
              </>
            }
          />
        )}
      </div>
    </>
  )
}
