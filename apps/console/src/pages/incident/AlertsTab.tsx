import type { Alert } from '@cordon/incidents'
import { DataTable, Inert, buttonClass } from '@cordon/ui'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { paths } from '../../app/paths.ts'
import { AlertPane } from '../../features/alerts/AlertPane.tsx'
import { alertColumns } from '../../features/alerts/alert-columns.tsx'

const shown = [
  'title',
  'severity',
  'status',
  'category',
  'assets',
  'reason',
  'occurrences',
  'firstActivity',
  'lastActivity',
]

/** The incident's alerts as a table, in time order, with the reason each belongs here. */
export function AlertsTab({ alerts }: { alerts: readonly Alert[] }) {
  const [open, setOpen] = useState<{ id: string; focus: boolean } | null>(null)
  const navigate = useNavigate()
  const columns = alertColumns((alert) => (
    <Link to={paths.alert(alert.id)} className="block truncate rounded font-medium hover:text-accent hover:underline">
      <Inert value={alert.title} max={160} />
    </Link>
  )).filter((column) => shown.includes(column.id))
  return (
    <div className="flex min-h-0 flex-1 bg-panel">
      <DataTable
        label="Alerts of this incident"
        rows={alerts}
        columns={columns}
        rowKey={(a) => a.id}
        rowName={(a) => a.title}
        activeKey={open?.id}
        onOpen={(a, focus) => setOpen({ id: a.id, focus })}
      />
      {open && (
        <AlertPane
          key={open.id}
          alertId={open.id}
          takeFocus={open.focus}
          className="w-[26rem] max-w-[45vw] shrink-0"
          links={
            <Link to={paths.alert(open.id)} className={buttonClass()}>
              Open alert page
            </Link>
          }
          onEntity={(key) => void navigate(paths.entity(key))}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  )
}
