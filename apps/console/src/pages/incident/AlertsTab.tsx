import type { Alert } from '@cordon/incidents'
import { Button, DataTable, Inert, buttonClass } from '@cordon/ui'
import { Suspense, lazy, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { paths } from '../../app/paths.ts'
import { useMay } from '../../api/session.ts'
import { AlertPane } from '../../features/alerts/AlertPane.tsx'
import { alertColumns } from '../../features/alerts/alert-columns.tsx'

// Fetched when asked for.
const MoveAlerts = lazy(async () => ({
  default: (await import('../../features/alerts/MoveAlerts.tsx')).MoveAlerts,
}))

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

/** What the pane and the page of an alert tell too, in the order it goes. Why each belongs here stays longest. */
const spare: Record<string, number> = { lastActivity: 1, occurrences: 2, category: 3, assets: 4, reason: 5 }

/** The incident's alerts as a table, in time order, with the reason each belongs here. */
export function AlertsTab({ alerts }: { alerts: readonly Alert[] }) {
  const [open, setOpen] = useState<{ id: string; focus: boolean } | null>(null)
  const [selected, setSelected] = useState<Set<string>>(new Set())
  const [isMoving, setMoving] = useState(false)
  const may = useMay('alertMove')
  const navigate = useNavigate()
  const chosen = alerts.filter((alert) => selected.has(alert.id))
  const columns = alertColumns((alert) => (
    <Link to={paths.alert(alert.id)} className="block truncate rounded font-medium hover:text-accent hover:underline">
      <Inert value={alert.title} max={160} />
    </Link>
  )).flatMap((column) => (shown.includes(column.id) ? [{ ...column, spare: spare[column.id] }] : []))
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-panel">
      {chosen.length > 0 && (
        <div className="flex items-center gap-2 border-b border-line px-5 py-1.5">
          <span className="text-xs text-muted">{chosen.length} selected</span>
          <Button
            size="sm"
            look="primary"
            disabled={!may.allowed || chosen.length > 100}
            title={may.allowed ? (chosen.length > 100 ? 'At most 100 at a time.' : undefined) : may.reason}
            onClick={() => setMoving(true)}
          >
            {chosen.length === 1 ? 'Move alert' : `Move ${chosen.length} alerts`}
          </Button>
          <Button size="sm" look="quiet" onClick={() => setSelected(new Set())}>
            Clear
          </Button>
        </div>
      )}
      <div className="flex min-h-0 flex-1">
        <DataTable
          label="Alerts of this incident"
          rows={alerts}
          selected={selected}
          onSelect={setSelected}
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
      <Suspense fallback={null}>
        {isMoving && chosen.length > 0 && (
          <MoveAlerts alerts={chosen} onClose={() => setMoving(false)} onMoved={() => setSelected(new Set())} />
        )}
      </Suspense>
    </div>
  )
}
