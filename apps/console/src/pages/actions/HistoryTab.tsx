import { type Action, finalStates } from '@cordon/response'
import { ColumnChooser, FilterBar, buttonClass } from '@cordon/ui'
import { useQuery } from '@tanstack/react-query'
import { Download, LockOpen, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { paths } from '../../app/paths.ts'
import { linkTo, q, qPages } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { ManyButton } from '../../features/response/ManyButton.tsx'
import { useRequestMany } from '../../features/response/action-request.ts'
import { actionColumns } from '../../features/response/action-columns.tsx'
import { actionFields, actionShape } from '../../features/response/action-filters.ts'
import { undoOf } from '../../features/response/undo.ts'
import { ListEmpty } from '../../lists/ListEmpty.tsx'
import { SearchBox } from '../../lists/SearchBox.tsx'
import { useListState } from '../../lists/useListState.ts'
import { useQueue } from '../../lists/useQueue.ts'
import { actionLabel } from '../../signs/ActionState.tsx'
import { ActionList, ActionNameLink, keyOf } from './ActionList.tsx'

/** Every action, with filters; several that are in force can be undone together. */
export function HistoryTab() {
  const list = useListState(actionShape)
  const { id } = useParams()
  const clusters = useQuery(q('clusterList', {}))
  const users = useQuery(q('userList', {}))
  const queue = useQueue<Action>(qPages('actionList', { ...list.query, limit: 100 }), keyOf, list.scope)
  const [selected, setSelected] = useState<Set<string>>(new Set())
  const chosen = queue.rows.filter((row) => selected.has(row.id))
  const columns = actionColumns((action) => <ActionNameLink action={action} />)
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 px-5 py-2.5">
        <FilterBar
          fields={actionFields(
            clusters.data?.items.map((c) => c.name) ?? [],
            users.data?.items.map((u) => ({ value: u.name, label: u.displayName || u.name })) ?? [],
          )}
          {...list.bar}
        />
        <div className="ml-auto flex flex-wrap items-center gap-2">
          {chosen.length > 0 && <UndoMany actions={chosen} />}
          <SearchBox label="Search entity or comment" value={list.state.search} onChange={list.setSearch} />
          <a className={buttonClass('plain', 'sm')} href={linkTo('actionExport', undefined, list.query)} download>
            <Download className="size-3.5" aria-hidden />
            Export CSV
          </a>
          <ColumnChooser columns={columns} {...list.choosing} />
        </div>
      </div>
      <div className="flex min-h-0 flex-1 border-t border-line">
        <ActionList
          label="Actions"
          queue={queue}
          columns={list.shown(columns, id !== undefined)}
          {...list.sorting}
          selected={new Set(chosen.map(keyOf))}
          onSelect={setSelected}
          empty={
            <ListEmpty
              list={list}
              icon={<ShieldCheck aria-hidden />}
              none="action"
              title="No action was taken yet"
              action={
                <Link to={paths.incidents} className={buttonClass()}>
                  Go to incidents
                </Link>
              }
            >
              Choose a pod in the attack story of an incident to isolate, restrict or terminate it. Every action is
              recorded here with its steps and its proof.
            </ListEmpty>
          }
        />
      </div>
    </>
  )
}

function isInForce(action: Action): boolean {
  return action.appliedAt !== null && !finalStates.includes(action.state) && !action.undoneBy
}

function UndoMany({ actions }: { actions: readonly Action[] }) {
  const open = useRequestMany()
  const may = useMay('actionRequestMany')
  const undo = actions[0] && undoOf[actions[0].type]
  const why = !may.allowed
    ? may.reason
    : !undo || actions.some((action) => !isInForce(action))
      ? 'Choose only actions that are in force and can be undone.'
      : actions.some((action) => undoOf[action.type] !== undo)
        ? 'Choose actions of one kind.'
        : undefined
  return (
    <ManyButton
      count={actions.length}
      why={why}
      look="primary"
      icon={<LockOpen className="size-3.5" aria-hidden />}
      onClick={() =>
        undo && open({ type: undo, targets: actions.map((action) => action.target), source: 'action-center' })
      }
    >
      {undo ? actionLabel(undo) : 'Undo'}
    </ManyButton>
  )
}
