import type { Output } from '@cordon/contract'
import { Age, Badge, Button, type Column, DataTable, Empty, Inert, PageHeader, Time, buttonClass } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { EyeOff, LockOpen, ShieldCheck, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { paths } from '../app/paths.ts'
import { q } from '../api/query.ts'
import { useMay } from '../api/session.ts'
import { useRequestAction, useRequestMany } from '../features/response/action-request.ts'
import { ManyButton } from '../features/response/ManyButton.tsx'
import { ListPlaceholder } from '../lists/ListPlaceholder.tsx'
import { type SortedBy, useSorted } from '../lists/useSorted.ts'
import { ActionStateBadge } from '../signs/ActionState.tsx'
import { EntityName } from '../signs/EntityName.tsx'

type Row = Output<'containmentList'>['items'][number]

const sortedBy: SortedBy<Row> = {
  pod: (r) => r.pod?.name ?? '',
  kind: (r) => r.kind,
  state: (r) => r.state ?? '',
  verified: (r) => r.lastVerifiedAt ?? '',
  // The youngest came last.
  age: (r) => -Date.parse(r.since ?? ''),
}

const keyOf = (row: Row) => `${row.cluster} ${row.actionId}`

/** Every isolation and restriction in force now, as the clusters themselves say. */
export function Component() {
  const board = useQuery({ ...q('containmentList', {}), refetchInterval: 30_000 })
  const { data } = board
  const navigate = useNavigate()
  const open = useRequestAction()
  const may = useMay('actionRequest')
  const columns = containmentColumns(open, may)
  const table = useSorted(data?.items ?? [], sortedBy, { key: 'age', dir: 'asc' })
  const [selected, setSelected] = useState<Set<string>>(new Set())
  const chosen = (data?.items ?? []).filter((row) => selected.has(keyOf(row)))
  return (
    <>
      <title>Containment · Cordon</title>
      <PageHeader
        title="Containment"
        count={data && `${data.items.length} in force`}
        meta={<span className="text-sm text-muted">What is cut off now, as the clusters themselves say.</span>}
      >
        {chosen.length > 0 && <UndoMany rows={chosen} />}
      </PageHeader>
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">
        <DataTable
          label="Containment"
          rowHeight={50}
          {...table}
          columns={columns}
          rowKey={keyOf}
          selected={new Set(chosen.map(keyOf))}
          onSelect={setSelected}
          rowName={(r) => r.pod?.name ?? r.actionId}
          onOpen={(r) => {
            if (r.state !== null) void navigate(paths.action(r.actionId))
          }}
          placeholder={
            <ListPlaceholder query={board}>
              <Empty
                icon={<ShieldCheck aria-hidden />}
                title="Nothing is contained"
                action={
                  <Link to={paths.incidents} className={buttonClass()}>
                    Go to incidents
                  </Link>
                }
              >
                Isolated and restricted pods appear here for as long as it lasts. Choose a pod in the attack story of an
                incident to cut it off.
              </Empty>
            </ListPlaceholder>
          }
        />
      </div>
    </>
  )
}

function UndoMany({ rows }: { rows: readonly Row[] }) {
  const open = useRequestMany()
  const may = useMay('actionRequestMany')
  const undo = rows[0]?.undoneBy
  const why = !may.allowed
    ? may.reason
    : rows.some((row) => row.undoneBy !== undo)
      ? 'Choose isolations or restrictions, not both.'
      : rows.some((row) => !row.pod)
        ? 'Of some, only policies are left: their pod is gone.'
        : undefined
  return (
    <ManyButton
      count={rows.length}
      why={why}
      look="primary"
      icon={<LockOpen className="size-3.5" aria-hidden />}
      onClick={() =>
        undo &&
        open({
          type: undo,
          source: 'containment-board',
          targets: rows.flatMap((row) =>
            row.pod ? [{ ...row.pod, cluster: row.cluster, namespace: row.namespace }] : [],
          ),
        })
      }
    >
      {undo === 'unrestrict-pod' ? 'Lift' : 'Release'} {rows.length}
    </ManyButton>
  )
}

function containmentColumns(open: ReturnType<typeof useRequestAction>, may: ReturnType<typeof useMay>): Column<Row>[] {
  return [
    {
      id: 'pod',
      header: 'Pod',
      sortKey: 'pod',
      width: 230,
      roomy: 300,
      grow: true,
      cell: (r) => <Pod row={r} />,
    },
    {
      id: 'kind',
      header: 'Kind',
      width: 92,
      sortKey: 'kind',
      cell: (r) => (r.kind === 'isolation' ? 'Isolation' : 'Restriction'),
    },
    { id: 'state', header: 'State', width: 150, sortKey: 'state', cell: (r) => <State row={r} /> },
    { id: 'undo', header: 'Undo', width: 104, cell: (r) => <Undo row={r} open={open} may={may} /> },
    {
      id: 'drift',
      header: 'Drift',
      width: 110,
      roomy: 160,
      cell: (r) =>
        r.drift.length > 0 ? (
          <span className="text-broken">
            <Inert value={r.drift.join('; ')} max={200} />
          </span>
        ) : (
          <span className="text-muted">As applied</span>
        ),
    },
    {
      id: 'verified',
      header: 'Last verified',
      sortKey: 'verified',
      width: 136,
      cell: (r) => <Time value={r.lastVerifiedAt} fallback="Never" />,
    },
    { id: 'age', header: 'Age', width: 72, sortKey: 'age', spare: 4, cell: (r) => <Age value={r.since} /> },
    {
      id: 'expires',
      header: 'Ends by itself',
      width: 136,
      spare: 3,
      cell: (r) => <Time value={r.expiresAt} fallback="No" />,
    },
    { id: 'by', header: 'By', width: 110, roomy: 150, spare: 2, cell: (r) => <Inert value={r.by ?? '–'} max={40} /> },
    {
      id: 'reason',
      header: 'Reason',
      width: 150,
      grow: true,
      cell: (r) => <Inert value={r.reason ?? '–'} max={160} />,
    },
    {
      id: 'owner',
      header: 'Workload',
      width: 150,
      roomy: 240,
      spare: 1,
      cell: (r) => <Inert value={r.pod?.owner ?? '–'} max={80} />,
    },
  ]
}

function Pod({ row }: { row: Row }) {
  return (
    <>
      {row.pod ? (
        <Link
          to={paths.entity(row.pod.key)}
          className="block truncate rounded font-medium hover:text-accent hover:underline"
        >
          <EntityName kind="pod" name={row.pod.name} />
        </Link>
      ) : (
        <span className="text-caution">Only its policies are left</span>
      )}
      <span className="block truncate text-xs text-muted">
        <Inert value={`${row.namespace} · ${row.cluster}`} max={140} />
      </span>
    </>
  )
}

function Undo({
  row: { pod, undoneBy, cluster, namespace, incidentId },
  open,
  may,
}: {
  row: Row
  open: ReturnType<typeof useRequestAction>
  may: ReturnType<typeof useMay>
}) {
  if (!pod) return null
  return (
    <Button
      size="sm"
      disabled={!may.allowed}
      title={may.allowed ? undefined : may.reason}
      icon={<LockOpen className="size-3.5" aria-hidden />}
      onClick={() =>
        open({
          type: undoneBy,
          target: { ...pod, cluster, namespace },
          source: 'containment-board',
          incidentId: incidentId ?? undefined,
        })
      }
    >
      {undoneBy === 'release-pod' ? 'Release' : 'Lift'}
    </Button>
  )
}

function State({ row }: { row: Row }) {
  if (row.unseen)
    return (
      <Badge tone="doubt" icon={<EyeOff aria-hidden />} title={row.unseen}>
        Can’t be seen now
      </Badge>
    )
  if (row.state === null)
    return (
      <Badge tone="caution" icon={<TriangleAlert aria-hidden />}>
        Not in the record
      </Badge>
    )
  return <ActionStateBadge state={row.state as Parameters<typeof ActionStateBadge>[0]['state']} /> // the record's own words; others get a neutral badge
}
