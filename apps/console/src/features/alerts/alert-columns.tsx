import { type Alert, impactedAssets } from '@cordon/incidents'
import { type Column, Inert, Time } from '@cordon/ui'
import type { ReactNode } from 'react'
import { EntityName } from '../../signs/EntityName.tsx'
import { SeverityMark } from '../../signs/Severity.tsx'
import { StatusMark } from '../../signs/Status.tsx'
import { sentence, tacticLabel } from '../../signs/attack.ts'

/** Columns of every alert table; `name` draws the title, linked or not as the page wants. */
export function alertColumns(name: (alert: Alert) => ReactNode): Column<Alert>[] {
  return [
    { id: 'title', header: 'Alert', width: 220, roomy: 380, grow: true, sortKey: 'title', fixed: true, cell: name },
    {
      id: 'severity',
      header: 'Severity',
      width: 120,
      sortKey: 'severity',
      cell: (a) => <SeverityMark severity={a.severity} />,
    },
    { id: 'status', header: 'Status', width: 108, cell: (a) => <StatusMark status={a.status} /> },
    {
      id: 'category',
      header: 'Category',
      width: 130,
      roomy: 240,
      spare: 3,
      cell: (a) => a.tactics.map(tacticLabel).join(', ') || '–',
    },
    {
      id: 'assets',
      header: 'Impacted asset',
      width: 168,
      roomy: 280,
      cell: (a) => <ImpactedAsset alert={a} />,
    },
    {
      id: 'cluster',
      header: 'Cluster',
      width: 110,
      roomy: 140,
      spare: 4,
      cell: (a) => <Inert value={a.cluster} max={60} />,
    },
    {
      id: 'namespace',
      header: 'Namespace',
      width: 110,
      roomy: 220,
      spare: 2,
      cell: (a) => (a.namespace ? <Inert value={a.namespace} max={60} /> : '–'),
    },
    { id: 'tier', header: 'Seen by', width: 130, spare: 1, cell: (a) => sentence(a.tier) },
    {
      id: 'reason',
      header: 'Correlation reason',
      width: 190,
      roomy: 460,
      spare: 1,
      cell: (a) => <Inert value={a.correlation.text} max={240} />,
    },
    {
      id: 'occurrences',
      header: 'Times',
      width: 70,
      spare: 1,
      align: 'end',
      cell: (a) => a.occurrences.toLocaleString(),
    },
    {
      id: 'firstActivity',
      header: 'First activity',
      width: 140,
      spare: 1,
      cell: (a) => <Time value={a.firstActivity} />,
    },
    {
      id: 'lastActivity',
      header: 'Last activity',
      width: 140,
      sortKey: 'lastActivity',
      cell: (a) => <Time value={a.lastActivity} />,
    },
  ]
}

/** The first of what the alert struck: a process or a request is evidence, not an asset. */
function ImpactedAsset({ alert }: { alert: Alert }) {
  const [first, ...others] = impactedAssets([alert])
  if (!first) return <>–</>
  return (
    <span className="flex w-full min-w-0 items-center gap-1.5">
      {/* The namespace has a column of its own. */}
      <EntityName
        kind={first.kind}
        name={first.name.split('/').at(-1) ?? first.name}
        max={80}
        className="min-w-0 flex-1"
      />
      {others.length > 0 && <span className="shrink-0 text-xs text-muted">+{others.length}</span>}
    </span>
  )
}
