import type { Alert } from '@cordon/incidents'
import { ColumnChooser, DataTable, FilterBar, Inert, PageHeader, buttonClass } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Siren } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { q, qPages } from '../api/query.ts'
import { AlertPane } from '../features/alerts/AlertPane.tsx'
import { alertColumns } from '../features/alerts/alert-columns.tsx'
import { alertFields, alertShape } from '../features/alerts/alert-filters.ts'
import { HiddenAlerts } from '../features/alerts/HiddenAlerts.tsx'
import { CoverageStrip } from '../features/coverage/CoverageStrip.tsx'
import { ListEmpty } from '../lists/ListEmpty.tsx'
import { ListPlaceholder } from '../lists/ListPlaceholder.tsx'
import { SearchBox } from '../lists/SearchBox.tsx'
import { useListState } from '../lists/useListState.ts'
import { usePaintReport } from '../lists/usePaintReport.ts'
import { useQueue } from '../lists/useQueue.ts'

const keyOf = (row: Alert) => row.id

export function Component() {
  const list = useListState(alertShape)
  const [params, setParams] = useSearchParams()
  const navigate = useNavigate()
  const clusters = useQuery(q('clusterList', {}))
  const queue = useQueue<Alert>(qPages('alertList', { ...list.query, limit: 100 }), keyOf, list.scope)
  const onDrawn = usePaintReport<Alert>(list.scope, queue.isSettled, (row) => ({ alert: row.id }))
  const [byKeyboard, setByKeyboard] = useState(false)
  const openId = params.get('open')
  const open = (id: string | null | undefined) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        if (id) next.set('open', id)
        else next.delete('open')
        return next
      },
      { replace: true },
    )
  const at = queue.rows.findIndex((row) => row.id === openId)
  const opened = queue.rows[at]
  const columns = alertColumns((alert) => (
    <Link to={paths.alert(alert.id)} className="block truncate rounded font-medium hover:text-accent hover:underline">
      <Inert value={alert.title} max={160} />
    </Link>
  ))
  return (
    <>
      <title>Alerts · Cordon</title>
      <PageHeader
        title="Alerts"
        count={
          queue.total === undefined
            ? undefined
            : `${queue.total.toLocaleString()} ${queue.total === 1 ? 'alert' : 'alerts'}`
        }
      >
        <HiddenAlerts />
        <SearchBox label="Search for title or ID" value={list.state.search} onChange={list.setSearch} />
        <ColumnChooser columns={columns} {...list.choosing} />
      </PageHeader>
      <CoverageStrip />
      <div className="px-5 pb-2.5">
        <FilterBar fields={alertFields(clusters.data?.items.map((c) => c.name) ?? [])} {...list.bar} />
      </div>
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">
        <DataTable
          label="Alerts"
          {...queue.table}
          onDrawn={onDrawn}
          rows={queue.rows}
          columns={list.shown(columns, openId !== null)}
          rowKey={keyOf}
          rowName={(row) => row.title}
          {...list.sorting}
          activeKey={openId}
          onOpen={(row, keyboard) => {
            setByKeyboard(keyboard)
            open(row.id === openId ? null : row.id)
          }}
          placeholder={
            <ListPlaceholder query={queue.query} rows={12}>
              <ListEmpty
                list={list}
                icon={<Siren aria-hidden />}
                none="alert"
                title="No active alerts"
                action={
                  <Link to={paths.coverage} className={buttonClass()}>
                    See what is being received
                  </Link>
                }
              >
                New and in-progress alerts appear here as rules match. Silence is only good news when every source
                reports.
              </ListEmpty>
            </ListPlaceholder>
          }
        />
        {openId && (
          <AlertPane
            key={openId}
            alertId={openId}
            takeFocus={byKeyboard}
            className="w-[26rem] max-w-[45vw] shrink-0"
            links={
              opened && (
                <Link
                  to={`${paths.incident(opened.incidentId)}?alert=${encodeURIComponent(openId)}`}
                  className={buttonClass()}
                >
                  Open in attack story
                </Link>
              )
            }
            onEntity={(key) => void navigate(paths.entity(key))}
            onClose={() => open(null)}
            onPrevious={at > 0 ? () => open(queue.rows[at - 1]?.id) : undefined}
            onNext={at >= 0 && at < queue.rows.length - 1 ? () => open(queue.rows[at + 1]?.id) : undefined}
          />
        )}
      </div>
    </>
  )
}
