import type { Action } from '@cordon/response'
import { type Column, Inert, Time } from '@cordon/ui'
import type { ReactNode } from 'react'
import { ActionStateBadge } from '../../signs/ActionState.tsx'
import { EntityName } from '../../signs/EntityName.tsx'
import { sentence } from '../../signs/attack.ts'

/** Words for where an action was asked for. */
export const sourceLabels: Record<Action['source'], string> = {
  'incident-graph': 'Incident graph',
  'entity-pane': 'Entity pane',
  'action-center': 'Action center',
  'containment-board': 'Containment board',
  hunting: 'Hunting',
  'custom-detection': 'Custom detection',
  api: 'API',
  expiry: 'Expiry',
}

/** Columns of every action table; `name` draws the type, linked as the page wants. */
export function actionColumns(name: (action: Action) => ReactNode): Column<Action>[] {
  return [
    {
      id: 'requestedAt',
      header: 'Time',
      width: 140,
      sortKey: 'requestedAt',
      fixed: true,
      cell: (a) => <Time value={a.requestedAt} />,
    },
    { id: 'type', header: 'Action type', width: 166, sortKey: 'type', fixed: true, cell: name },
    {
      id: 'target',
      header: 'Entity',
      width: 150,
      roomy: 240,
      grow: true,
      cell: (a) => <EntityName kind={a.target.kind} name={a.target.name} />,
    },
    { id: 'state', header: 'Status', width: 178, sortKey: 'state', cell: (a) => <ActionStateBadge state={a.state} /> },
    {
      id: 'cluster',
      header: 'Cluster',
      width: 110,
      spare: 4,
      sortKey: 'cluster',
      cell: (a) => <Inert value={a.target.cluster} max={60} />,
    },
    {
      id: 'namespace',
      header: 'Namespace',
      width: 110,
      roomy: 220,
      spare: 3,
      cell: (a) => <Inert value={a.target.namespace || '–'} max={60} />,
    },
    {
      id: 'requestedBy',
      header: 'Requested by',
      width: 116,
      roomy: 170,
      spare: 5,
      sortKey: 'requestedBy',
      cell: (a) => <Inert value={a.requestedBy} max={60} />,
    },
    {
      id: 'comment',
      header: 'Comment',
      width: 170,
      grow: true,
      spare: 6,
      cell: (a) => <Inert value={a.comment} max={240} />,
    },
    { id: 'source', header: 'Source', width: 120, spare: 1, cell: (a) => sourceLabels[a.source] ?? sentence(a.source) },
    { id: 'incident', header: 'Incident', width: 76, spare: 2, align: 'end', cell: (a) => a.incidentId ?? '–' },
    {
      id: 'updatedAt',
      header: 'Last update',
      width: 140,
      spare: 1,
      sortKey: 'updatedAt',
      cell: (a) => <Time value={a.updatedAt} />,
    },
  ]
}
