import type { IncidentSummary } from '@cordon/incidents'
import { Button, ColumnChooser, DataTable, FilterBar, Inert, PageHeader, buttonClass, toast } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Link2, ShieldCheck } from 'lucide-react'
import { Suspense, lazy, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { q, qPages } from '../api/query.ts'
import { useMay } from '../api/session.ts'
import { TrendStrip } from '../features/incidents/TrendStrip.tsx'
import { incidentColumns } from '../features/incidents/incident-columns.tsx'
import { incidentFields, incidentShape } from '../features/incidents/incident-filters.ts'
import { HiddenAlerts } from '../features/alerts/HiddenAlerts.tsx'
import { CoverageStrip } from '../features/coverage/CoverageStrip.tsx'
import { ListEmpty } from '../lists/ListEmpty.tsx'
import { ListPlaceholder } from '../lists/ListPlaceholder.tsx'
import { SearchBox } from '../lists/SearchBox.tsx'
import { useListState } from '../lists/useListState.ts'
import { usePaintReport } from '../lists/usePaintReport.ts'
import { useQueue } from '../lists/useQueue.ts'

// Fetched with the first row that is opened or managed, so that the queue itself comes sooner.
const IncidentPane = lazy(async () => ({
  default: (await import('../features/incidents/IncidentPane.tsx')).IncidentPane,
}))
const ManageIncident = lazy(async () => ({
  default: (await import('../features/incidents/ManageIncident.tsx')).ManageIncident,
}))
const MergeIncidents = lazy(async () => ({
  default: (await import('../features/incidents/MergeIncidents.tsx')).MergeIncidents,
}))
const ManageMany = lazy(async () => ({ default: (await import('../features/incidents/ManageMany.tsx')).ManageMany }))

const keyOf = (row: IncidentSummary) => String(row.id)

export function Component() {
  const list = useListState(incidentShape)
  const [params, setParams] = useSearchParams()
  const facets = useQuery(q('incidentFacets', {}))
  const queue = useQueue<IncidentSummary>(qPages('incidentList', { ...list.query, limit: 100 }), keyOf, list.scope)
  const [selected, setSelected] = useState<Set<string>>(new Set())
  const onDrawn = usePaintReport<IncidentSummary>(list.scope, queue.isSettled, (row) => ({
    incident: { id: row.id, updatedAt: row.updatedAt },
  }))
  const [byKeyboard, setByKeyboard] = useState(false)
  const [managing, setManaging] = useState<'one' | 'many' | 'merge' | null>(null)
  const may = useMay('incidentUpdate')
  const openId = params.get('open')
  const open = (id: string | null) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        if (id) next.set('open', id)
        else next.delete('open')
        return next
      },
      { replace: true },
    )
  const at = queue.rows.findIndex((row) => keyOf(row) === openId)
  const columns = incidentColumns((row) => (
    <Link to={paths.incident(row.id)} className="block truncate rounded font-medium hover:text-accent hover:underline">
      <Inert value={row.name} max={160} />
    </Link>
  ))
  const chosen = queue.rows.filter((row) => selected.has(keyOf(row)))
  return (
    <>
      <title>Incidents · Cordon</title>
      <PageHeader
        title="Incidents"
        count={
          queue.total === undefined
            ? undefined
            : `${queue.total.toLocaleString()} ${queue.total === 1 ? 'incident' : 'incidents'}`
        }
      >
        <HiddenAlerts />
        <SearchBox label="Search for name, ID or asset" value={list.state.search} onChange={list.setSearch} />
        <Button
          size="sm"
          icon={<Link2 className="size-3.5" aria-hidden />}
          onClick={() =>
            void navigator.clipboard.writeText(list.link()).then(
              () => toast({ title: 'Link copied', description: 'It carries every filter and the order.' }),
              () => toast({ title: 'Could not copy the link', kind: 'failed' }),
            )
          }
        >
          Copy link
        </Button>
        <ColumnChooser columns={columns} {...list.choosing} />
      </PageHeader>
      <TrendStrip />
      <CoverageStrip />
      <div className="flex items-center gap-3 px-5 pb-2.5">
        <FilterBar fields={incidentFields(facets.data)} {...list.bar} />
        {chosen.length > 0 && (
          <div className="ml-auto flex shrink-0 items-center gap-2">
            <span className="text-xs text-muted">{chosen.length} selected</span>
            <Button
              size="sm"
              look="primary"
              disabled={!may.allowed}
              title={may.allowed ? undefined : may.reason}
              onClick={() => setManaging(chosen.length === 1 ? 'one' : 'many')}
            >
              {chosen.length === 1 ? 'Manage incident' : 'Manage incidents'}
            </Button>
            {chosen.length > 1 && (
              <Button
                size="sm"
                disabled={!may.allowed || chosen.length > 5}
                title={chosen.length > 5 ? 'At most 5 incidents can be merged at a time.' : undefined}
                onClick={() => setManaging('merge')}
              >
                Merge incidents
              </Button>
            )}
            <Button size="sm" look="quiet" onClick={() => setSelected(new Set())}>
              Clear
            </Button>
          </div>
        )}
      </div>
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">
        <DataTable
          label="Incidents"
          rowHeight={50}
          {...queue.table}
          onDrawn={onDrawn}
          rows={queue.rows}
          columns={list.shown(columns, openId !== null)}
          rowKey={keyOf}
          rowName={(row) => `incident ${row.id}`}
          {...list.sorting}
          selected={selected}
          onSelect={setSelected}
          activeKey={openId}
          onOpen={(row, keyboard) => {
            setByKeyboard(keyboard)
            open(keyOf(row) === openId ? null : keyOf(row))
          }}
          placeholder={
            <ListPlaceholder query={queue.query} rows={14}>
              <ListEmpty
                list={list}
                icon={<ShieldCheck aria-hidden />}
                none="incident"
                title="No open incidents"
                action={
                  <Link to={paths.coverage} className={buttonClass()}>
                    See what is being received
                  </Link>
                }
              >
                New and in-progress incidents of high, medium and low severity appear here as they are raised. Silence
                is only good news when every source reports.
              </ListEmpty>
            </ListPlaceholder>
          }
        />
        {openId && (
          <Suspense fallback={<div className="w-[26rem] max-w-[45vw] shrink-0 border-l border-line" />}>
            <IncidentPane
              key={openId}
              id={Number(openId)}
              className="w-[26rem] max-w-[45vw] shrink-0"
              takeFocus={byKeyboard}
              open={
                <Link to={paths.incident(Number(openId))} className={buttonClass('primary')}>
                  Open incident page
                </Link>
              }
              onManage={() => {
                setSelected(new Set([openId]))
                setManaging('one')
              }}
              onClose={() => open(null)}
              onPrevious={at > 0 ? () => open(keyOf(queue.rows[at - 1] as IncidentSummary)) : undefined} // at > 0, so the row exists
              onNext={
                at >= 0 && at < queue.rows.length - 1
                  ? () => open(keyOf(queue.rows[at + 1] as IncidentSummary))
                  : undefined
              } // as above
            />
          </Suspense>
        )}
      </div>
      <Suspense fallback={null}>
        {managing === 'many' && (
          <ManageMany
            incidents={chosen}
            onClose={() => setManaging(null)}
            onDone={() => toast({ title: `${chosen.length} incidents changed` })}
          />
        )}
        {managing === 'merge' && (
          <MergeIncidents
            incidents={chosen}
            onClose={() => setManaging(null)}
            onDone={() => {
              setManaging(null)
              setSelected(new Set())
            }}
          />
        )}
        {managing === 'one' && <ManageOne id={Number([...selected][0])} onClose={() => setManaging(null)} />}
      </Suspense>
    </>
  )
}

function ManageOne({ id, onClose }: { id: number; onClose: () => void }) {
  const { data } = useQuery(q('incidentGet', { params: { id } }))
  return data ? <ManageIncident incident={data} onClose={onClose} /> : null
}
