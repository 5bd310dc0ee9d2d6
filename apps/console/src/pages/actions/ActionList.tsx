import type { Action } from '@cordon/response'
import { type Column, DataTable } from '@cordon/ui'
import { type ReactNode, useState } from 'react'
import { Link, useLocation, useNavigate, useParams } from 'react-router'
import { paths } from '../../app/paths.ts'
import { ActionPane } from '../../features/response/ActionPane.tsx'
import { ListPlaceholder } from '../../lists/ListPlaceholder.tsx'
import type { useQueue } from '../../lists/useQueue.ts'
import { actionLabel } from '../../signs/ActionState.tsx'

export const keyOf = (row: Action) => row.id

export interface ActionListProps {
  label: string
  queue: ReturnType<typeof useQueue<Action>>
  columns: Column<Action>[]
  empty: ReactNode
  sort?: { key: string; dir: 'asc' | 'desc' }
  onSort?: (key: string) => void
  selected?: ReadonlySet<string>
  onSelect?: (selected: Set<string>) => void
}

/** A list of actions with the pane of the one in the address beside it. */
export function ActionList({ label, queue, columns, empty, ...table }: ActionListProps) {
  const { id } = useParams()
  const { search } = useLocation()
  const navigate = useNavigate()
  const [byKeyboard, setByKeyboard] = useState(false)
  const at = queue.rows.findIndex((row) => row.id === id)
  const open = (next: string | null) =>
    void navigate({ pathname: next ? paths.action(next) : paths.actions, search }, { replace: true })
  return (
    <div className="flex min-h-0 min-w-0 flex-1 bg-panel">
      <DataTable
        label={label}
        {...queue.table}
        {...table}
        rows={queue.rows}
        columns={columns}
        rowKey={keyOf}
        rowName={(row) => `${actionLabel(row.type)} ${row.target.name}`}
        activeKey={id}
        onOpen={(row, keyboard) => {
          setByKeyboard(keyboard)
          open(row.id === id ? null : row.id)
        }}
        placeholder={
          <ListPlaceholder query={queue.query} rows={12}>
            {empty}
          </ListPlaceholder>
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
  )
}

/** The action's type, linked to its pane on the same list. */
export function ActionNameLink({ action }: { action: Action }) {
  const { search } = useLocation()
  return (
    <Link
      to={{ pathname: paths.action(action.id), search }}
      className="block truncate rounded font-medium hover:text-accent hover:underline"
    >
      {actionLabel(action.type)}
    </Link>
  )
}

function incidentLink(incident: number) {
  return (
    <Link to={paths.incident(incident)} className="rounded text-accent hover:underline">
      Incident {incident}
    </Link>
  )
}
