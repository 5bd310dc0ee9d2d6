import type { Action } from '@cordon/response'
import { type Column, Empty, Inert } from '@cordon/ui'
import { ClipboardCheck } from 'lucide-react'
import { qPages } from '../../api/query.ts'
import { actionColumns } from '../../features/response/action-columns.tsx'
import { reviewReasons } from '../../features/response/review-reasons.ts'
import { useQueue } from '../../lists/useQueue.ts'
import { ActionList, ActionNameLink, keyOf } from './ActionList.tsx'

const shown = ['requestedAt', 'type', 'target', 'state', 'cluster', 'namespace', 'requestedBy', 'comment', 'incident']

const why: Column<Action> = {
  id: 'why',
  header: 'Why',
  width: 180,
  grow: true,
  cell: (action: Action) => (
    <Inert value={action.review?.reasons.map((r) => reviewReasons[r] ?? r).join(', ') ?? '–'} max={200} />
  ),
}

/** Actions that someone must look at afterwards, oldest first; the decision is taken in the pane, beside the proof. */
export function ReviewTab() {
  const queue = useQueue<Action>(
    qPages('actionList', { review: ['due'], sort: 'requestedAt', dir: 'asc', limit: 100 }),
    keyOf,
    'review',
  )
  const columns = actionColumns((action) => <ActionNameLink action={action} />).filter((c) => shown.includes(c.id))
  return (
    <ActionList
      label="Actions due for review"
      queue={queue}
      columns={[...columns.slice(0, 3), why, ...columns.slice(3)]}
      empty={
        <Empty icon={<ClipboardCheck aria-hidden />} title="Nothing is due for review">
          Actions that can’t be undone, failed, went past an approval or were picked at random come here.
        </Empty>
      }
    />
  )
}
