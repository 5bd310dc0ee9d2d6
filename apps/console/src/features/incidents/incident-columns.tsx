import { type IncidentSummary, classificationLabels } from '@cordon/incidents'
import { Badge, type Column, Inert, Time } from '@cordon/ui'
import type { ReactNode } from 'react'
import { ContainmentBadge } from '../../signs/ContainmentBadge.tsx'
import { EntityName } from '../../signs/EntityName.tsx'
import { Priority } from '../../signs/Priority.tsx'
import { SeverityMark } from '../../signs/Severity.tsx'
import { StatusMark } from '../../signs/Status.tsx'
import { sentence, tacticLabel } from '../../signs/attack.ts'

type Row = IncidentSummary

/** Columns of the incident queue; `link` draws the linked name. */
export function incidentColumns(link: (row: Row) => ReactNode): Column<Row>[] {
  const list = (items: readonly string[]) =>
    items.length > 0 ? <Inert value={items.join(', ')} max={120} /> : <span className="text-muted">–</span>
  return [
    {
      id: 'name',
      header: 'Incident',
      width: 280,
      roomy: 480,
      grow: true,
      sortKey: 'name',
      fixed: true,
      cell: (r) => <Name row={r} link={link(r)} />,
    },
    { id: 'id', header: 'ID', width: 60, sortKey: 'id', spare: 4, align: 'end', cell: (r) => r.id },
    {
      id: 'priority',
      header: 'Priority',
      width: 72,
      sortKey: 'priority',
      cell: (r) => <Priority score={r.priorityScore} />,
    },
    {
      id: 'severity',
      header: 'Severity',
      width: 104,
      sortKey: 'severity',
      cell: (r) => <SeverityMark severity={r.severity} />,
    },
    { id: 'status', header: 'Status', width: 108, cell: (r) => <StatusMark status={r.status} /> },
    {
      id: 'containment',
      header: 'Containment',
      width: 126,
      roomy: 240,
      spare: 5,
      cell: (r) => <Containment row={r} />,
    },
    {
      id: 'alerts',
      header: 'Active alerts',
      width: 88,
      spare: 3,
      align: 'end',
      cell: (r) => `${r.activeAlerts}/${r.totalAlerts}`,
    },
    { id: 'assets', header: 'Impacted assets', width: 210, roomy: 320, spare: 1, cell: (r) => <Assets row={r} /> },
    {
      id: 'categories',
      header: 'Categories',
      width: 170,
      roomy: 300,
      spare: 1,
      cell: (r) => list(r.categories.map(tacticLabel)),
    },
    { id: 'clusters', header: 'Cluster', width: 140, spare: 1, cell: (r) => list(r.clusters) },
    { id: 'namespaces', header: 'Namespace', width: 130, roomy: 220, spare: 1, cell: (r) => list(r.namespaces) },
    {
      id: 'tags',
      header: 'Tags',
      width: 150,
      roomy: 240,
      spare: 1,
      cell: (r) => (
        <span className="flex gap-1">
          {r.tags.map((t) => (
            <Badge key={t}>
              <Inert value={t} max={40} />
            </Badge>
          ))}
        </span>
      ),
    },
    { id: 'serviceSources', header: 'Service source', width: 120, spare: 1, cell: (r) => list(r.serviceSources) },
    { id: 'detectionSources', header: 'Detection source', width: 130, spare: 1, cell: (r) => list(r.detectionSources) },
    {
      id: 'assignedTo',
      header: 'Assigned to',
      width: 106,
      roomy: 150,
      spare: 2,
      cell: (r) =>
        r.assignedTo ? <Inert value={r.assignedTo} max={60} /> : <span className="text-muted">Unassigned</span>,
    },
    {
      id: 'classification',
      header: 'Classification',
      width: 150,
      spare: 1,
      cell: (r) =>
        r.classification ? classificationLabels[r.classification] : <span className="text-muted">Not set</span>,
    },
    {
      id: 'determination',
      header: 'Determination',
      width: 160,
      spare: 1,
      cell: (r) => (r.determination ? sentence(r.determination) : <span className="text-muted">Not set</span>),
    },
    {
      id: 'created',
      header: 'Created',
      width: 145,
      sortKey: 'created',
      spare: 1,
      cell: (r) => <Time value={r.createdAt} />,
    },
    {
      id: 'firstActivity',
      header: 'First activity',
      width: 145,
      spare: 1,
      cell: (r) => <Time value={r.firstActivity} />,
    },
    {
      id: 'lastActivity',
      header: 'Last activity',
      width: 145,
      spare: 1,
      sortKey: 'lastActivity',
      cell: (r) => <Time value={r.lastActivity} />,
    },
    { id: 'updated', header: 'Last update', width: 140, sortKey: 'updated', cell: (r) => <Time value={r.updatedAt} /> },
  ]
}

/** Name, and below it what is hit and where: the question a queue is opened for. */
function Name({ row, link }: { row: Row; link: ReactNode }) {
  return (
    <>
      {link}
      <span className="flex min-w-0 items-center gap-2 text-xs text-muted">
        <Assets row={row} nameOnly />
        <span className="truncate">
          <Inert value={[row.namespaces.join(', '), row.clusters.join(', ')].filter(Boolean).join(' · ')} max={100} />
        </span>
      </span>
    </>
  )
}

function Containment({ row }: { row: Row }) {
  const [first] = row.containment
  if (!first) return <span className="text-muted">–</span>
  return (
    <span className="flex min-w-0 items-center gap-1">
      <ContainmentBadge state={first.state} name={first.name} />
      {row.containment.length > 1 && <span className="text-xs text-muted">+{row.containment.length - 1}</span>}
    </span>
  )
}

function Assets({ row, nameOnly }: { row: Row; nameOnly?: boolean }) {
  const [first] = row.impactedAssets
  if (!first) return <span className="text-muted">–</span>
  const name = nameOnly ? (first.name.split('/').at(-1) ?? first.name) : first.name
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <EntityName kind={first.kind} name={name} max={60} />
      {row.impactedAssets.length > 1 && <span className="text-xs text-muted">+{row.impactedAssets.length - 1}</span>}
    </span>
  )
}
