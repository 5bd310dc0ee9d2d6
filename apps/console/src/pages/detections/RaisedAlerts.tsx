import type { Alert } from '@cordon/incidents'
import { type Column, DataTable, Empty, Inert, Skeleton } from '@cordon/ui'
import { Siren } from 'lucide-react'
import { Link } from 'react-router'
import { qPages } from '../../api/query.ts'
import { paths } from '../../app/paths.ts'
import { alertColumns } from '../../features/alerts/alert-columns.tsx'
import { useQueue } from '../../lists/useQueue.ts'
import { Problem } from '../../signs/Problem.tsx'

const shown = new Set(['title', 'severity', 'status', 'assets', 'cluster', 'namespace', 'occurrences', 'lastActivity'])
const columns: Column<Alert>[] = [
  ...alertColumns((alert) => (
    <Link to={paths.alert(alert.id)} className="block truncate rounded font-medium hover:text-accent hover:underline">
      <Inert value={alert.title} max={160} />
    </Link>
  )).filter(({ id }) => shown.has(id)),
  {
    id: 'incident',
    header: 'Incident',
    width: 100,
    cell: (alert) => (
      <Link className="text-accent hover:underline" to={paths.incident(alert.incidentId)}>
        Incident {alert.incidentId}
      </Link>
    ),
  },
]

/** Every alert of a custom detection, hidden and resolved ones included. */
export function RaisedAlerts({ id }: { id: string }) {
  const query = { ruleId: [`custom:${id}`], hidden: 'any' as const, limit: 100 }
  const queue = useQueue<Alert>(qPages('alertList', query), (alert) => alert.id, id)
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-panel">
      <DataTable
        label="Alerts of this detection"
        {...queue.table}
        rows={queue.rows}
        columns={columns}
        rowKey={(alert) => alert.id}
        rowName={(alert) => alert.title}
        placeholder={
          queue.query.isError ? (
            <Problem error={queue.query.error} onRetry={() => void queue.query.refetch()} />
          ) : queue.query.isPending ? (
            <Skeleton rows={8} />
          ) : (
            <Empty icon={<Siren aria-hidden />} title="No alerts yet">
              Alerts it raises join incidents like any other, and are listed here.
            </Empty>
          )
        }
      />
    </div>
  )
}
