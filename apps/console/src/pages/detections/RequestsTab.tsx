import type { Output } from '@cordon/contract'
import { type ActionTypeName, actionLabels } from '@cordon/response'
import { parseEntityKey } from '@cordon/entities'
import { Badge, type Column, DataTable, Empty, Inert, inertString, Time } from '@cordon/ui'
import { ShieldCheck } from 'lucide-react'
import { Link } from 'react-router'
import { paths } from '../../app/paths.ts'
import { EntityName } from '../../signs/EntityName.tsx'

type Details = Output<'customDetectionGet'>
type Request = Details['requests'][number]

const states = {
  wanted: { label: 'Not yet', tone: 'progress' },
  requested: { label: 'Asked for', tone: 'caution' },
  refused: { label: 'Not possible', tone: 'failed' },
} as const

const columns: Column<Request>[] = [
  { id: 'at', header: 'Time', width: 145, cell: (one) => <Time value={one.at} /> },
  {
    id: 'type',
    header: 'Response',
    width: 130,
    cell: (one) => actionLabels[one.type as ActionTypeName] ?? one.type,
  },
  {
    id: 'target',
    header: 'Pod',
    width: 230,
    grow: true,
    cell: (one) => (
      <Link className="hover:underline" to={paths.entity(one.target)}>
        <EntityName kind="pod" name={parseEntityKey(one.target)?.parts.join('/') ?? one.target} max={120} />
      </Link>
    ),
  },
  {
    id: 'state',
    header: 'State',
    width: 130,
    cell: (one) => <Badge tone={states[one.state].tone}>{states[one.state].label}</Badge>,
  },
  {
    id: 'detail',
    header: 'Outcome',
    width: 320,
    grow: true,
    cell: (one) => (
      <span title={inertString(one.detail)}>
        <Inert value={one.detail || '–'} max={300} />
      </span>
    ),
  },
  {
    id: 'action',
    header: 'Action',
    width: 110,
    cell: (one) =>
      one.actionId ? (
        <Link className="text-accent hover:underline" to={paths.action(one.actionId)}>
          Open action
        </Link>
      ) : (
        '–'
      ),
  },
  {
    id: 'incident',
    header: 'Incident',
    width: 80,
    cell: (one) =>
      one.incidentId === null ? (
        '–'
      ) : (
        <Link className="text-accent hover:underline" to={paths.incident(one.incidentId)}>
          #{one.incidentId}
        </Link>
      ),
  },
]

/** Responses its alerts have asked for; each waits for a second person. */
export function RequestsTab({ detection }: { detection: Details }) {
  return (
    <div className="flex min-h-0 flex-1 bg-panel">
      <DataTable
        label="Responses asked for"
        rows={detection.requests}
        columns={columns}
        rowKey={(one) => `${one.alertId} ${one.target}`}
        rowName={(one) => one.target}
        placeholder={
          <Empty icon={<ShieldCheck aria-hidden />} title="No response asked for">
            {detection.action
              ? 'For the pods of each new alert one is asked for, and waits in the Action center for a second person.'
              : 'It asks for none.'}
          </Empty>
        }
      />
    </div>
  )
}
