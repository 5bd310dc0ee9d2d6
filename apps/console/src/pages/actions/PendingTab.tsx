import type { Action } from '@cordon/response'
import { Button, type Column, Empty, Inert } from '@cordon/ui'
import { UserCheck } from 'lucide-react'
import { useState } from 'react'
import { qPages } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { DecideMany } from '../../features/response/DecideMany.tsx'
import { actionColumns } from '../../features/response/action-columns.tsx'
import { whyNotDecide } from '../../features/response/why-not-decide.ts'
import { useQueue } from '../../lists/useQueue.ts'
import { ActionList, ActionNameLink, keyOf } from './ActionList.tsx'

const shown = ['requestedAt', 'type', 'target', 'cluster', 'namespace', 'requestedBy', 'comment', 'incident']

const rule: Column<Action> = {
  id: 'why',
  header: 'Why it waits',
  width: 180,
  grow: true,
  cell: (action: Action) => <Inert value={action.approval?.reason ?? '–'} max={200} />,
}

/** Actions that wait for a second person, oldest first. */
export function PendingTab() {
  const queue = useQueue<Action>(
    qPages('actionList', { state: ['pending-approval'], sort: 'requestedAt', dir: 'asc', limit: 100 }),
    keyOf,
    'pending',
  )
  const { data: session } = useSession()
  const may = useMay('actionApprove')
  const [selected, setSelected] = useState<Set<string>>(new Set())
  // What the dialog was opened with: decided rows leave the list, their results stay in the dialog.
  const [deciding, setDeciding] = useState<{ decision: 'approve' | 'reject'; actions: Action[] } | null>(null)
  const chosen = queue.rows.filter((row) => selected.has(row.id))
  const user = session?.user?.name
  const why =
    whyNotDecide(chosen, user, may) ??
    (chosen.length === 0
      ? 'Choose what to decide.'
      : chosen.some((action) => action.type !== chosen[0]?.type)
        ? 'Choose actions of one type.'
        : undefined)
  const begin = (decision: 'approve' | 'reject') => setDeciding({ decision, actions: chosen })
  const columns = actionColumns((action) => <ActionNameLink action={action} />).filter((c) => shown.includes(c.id))
  return (
    <>
      {queue.rows.length > 0 && (
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-5 py-2.5">
          <Button size="sm" look="primary" disabled={why !== undefined} title={why} onClick={() => begin('approve')}>
            Approve{chosen.length > 0 ? ` ${chosen.length}` : ''}
          </Button>
          <Button size="sm" disabled={why !== undefined} title={why} onClick={() => begin('reject')}>
            Reject{chosen.length > 0 ? ` ${chosen.length}` : ''}
          </Button>
          <span className="text-xs text-muted">{why ?? 'Nothing has been written to a cluster yet.'}</span>
        </div>
      )}
      <ActionList
        label="Actions waiting for approval"
        queue={queue}
        columns={[...columns.slice(0, 3), rule, ...columns.slice(3)]}
        selected={new Set(chosen.map(keyOf))}
        onSelect={setSelected}
        empty={
          <Empty icon={<UserCheck aria-hidden />} title="Nothing waits for approval">
            Actions for which the approval policy asks for a second person wait here. Nothing is written to a cluster
            before someone approves.
          </Empty>
        }
      />
      {deciding && (
        <DecideMany
          {...deciding}
          onClose={() => {
            setDeciding(null)
            setSelected(new Set())
          }}
        />
      )}
    </>
  )
}
