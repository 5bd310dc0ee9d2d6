import type { Action } from '@cordon/response'
import { ColumnChooser, DataTable, Empty, FilterBar, PageHeader, Skeleton, buttonClass } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Download, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation, useNavigate, useParams } from 'react-router'
import { paths } from '../app/paths.ts'
import { linkTo, q, qPages } from '../api/query.ts'
import { ActionPane } from '../features/response/ActionPane.tsx'
import { actionColumns } from '../features/response/action-columns.tsx'
import { actionFields, actionShape } from '../features/response/action-filters.ts'
import { SearchBox } from '../lists/SearchBox.tsx'
import { useListState } from '../lists/useListState.ts'
import { useQueue } from '../lists/useQueue.ts'
import { actionLabel } from '../signs/ActionState.tsx'
import { Problem } from '../signs/Problem.tsx'

const keyOf = (row: Action) => row.id

export function Component() {
  const { id } = useParams()
  const list = useListState(actionShape)
  const navigate = useNavigate()
  const { search } = useLocation()
  const clusters = useQuery(q('clusterList', {}))
  const users = useQuery(q('userList', {}))
  const queue = useQueue<Action>(qPages('actionList', { ...list.query, limit: 100 }), keyOf, list.scope)
  const [byKeyboard, setByKeyboard] = useState(false)
  const open = (next: string | null) =>
    void navigate({ pathname: next ? paths.action(next) : paths.actions, search }, { replace: true })
  const at = queue.rows.findIndex((row) => row.id === id)
  const columns = actionColumns((action) => (
    <Link
      to={{ pathname: paths.action(action.id), search }}
      className="block truncate rounded font-medium hover:text-accent hover:underline"
    >
      {actionLabel(action.type)}
    </Link>
  ))
  return (
    <>
      <title>Action center · Cordon</title>
      <PageHeader
        title="Action center"
        count={
          queue.total === undefined
            ? undefined
            : `${queue.total.toLocaleString()} ${queue.total === 1 ? 'action' : 'actions'}`
        }
      >
        <SearchBox label="Search entity or comment" value={list.state.search} onChange={list.setSearch} />
        <a className={buttonClass('plain', 'sm')} href={linkTo('actionExport', undefined, list.query)} download>
          <Download className="size-3.5" aria-hidden />
          Export CSV
        </a>
        <ColumnChooser columns={columns} shown={list.state.columns} onChange={list.setColumns} />
      </PageHeader>
      <div className="px-5 pb-2.5">
        <FilterBar
          fields={actionFields(
            clusters.data?.items.map((c) => c.name) ?? [],
            users.data?.items.map((u) => ({ value: u.name, label: u.displayName || u.name })) ?? [],
          )}
          values={list.state.filters}
          onChange={list.setFilter}
          onReset={list.reset}
          isDefault={list.isDefault}
        />
      </div>
      <div className="flex min-h-0 flex-1 border-t border-line bg-panel">
        <DataTable
          label="Actions"
          {...queue.table}
          rows={queue.rows}
          columns={columns.filter((column) => column.fixed || list.state.columns.includes(column.id))}
          rowKey={keyOf}
          rowName={(row) => `${actionLabel(row.type)} ${row.target.name}`}
          sort={list.state.sort}
          onSort={list.toggleSort}
          activeKey={id}
          onOpen={(row, keyboard) => {
            setByKeyboard(keyboard)
            open(row.id === id ? null : row.id)
          }}
          placeholder={
            queue.query.isError ? (
              <Problem error={queue.query.error} onRetry={() => void queue.query.refetch()} />
            ) : queue.query.isPending ? (
              <Skeleton rows={12} />
            ) : (
              <Empty
                icon={<ShieldCheck aria-hidden />}
                title={list.isDefault ? 'No action was taken yet' : 'No action matches these filters'}
              >
                {list.isDefault
                  ? 'Every isolate, release and terminate is recorded here with its steps and its proof.'
                  : 'Remove a filter or widen the time.'}
              </Empty>
            )
          }
        />
        {id && (
          <ActionPane
            key={id}
            id={id}
            takeFocus={byKeyboard}
            className="w-[32rem] max-w-[50vw] shrink-0"
            incidentLink={incidentLink}
            onEntity={(key) => void navigate(paths.entity(key))}
            onAction={(next) => open(next)}
            onClose={() => open(null)}
            onPrevious={at > 0 ? () => open(queue.rows[at - 1]?.id ?? null) : undefined}
            onNext={at >= 0 && at < queue.rows.length - 1 ? () => open(queue.rows[at + 1]?.id ?? null) : undefined}
          />
        )}
      </div>
    </>
  )
}

function incidentLink(incident: number) {
  return (
    <Link to={paths.incident(incident)} className="rounded text-accent hover:underline">
      Incident {incident}
    </Link>
  )
}
