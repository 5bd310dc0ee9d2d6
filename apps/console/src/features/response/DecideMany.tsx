import type { Action } from '@cordon/response'
import { Button, Dialog, Inert, TextArea, toneText } from '@cordon/ui'
import { Check, CircleX } from 'lucide-react'
import { useState } from 'react'
import { useApi } from '../../api/query.ts'
import { actionLabel } from '../../signs/ActionState.tsx'
import { EntityName } from '../../signs/EntityName.tsx'
import { Problem } from '../../signs/Problem.tsx'

/** One decision on several waiting actions, with the result of each. */
export function DecideMany({
  decision,
  actions,
  onClose,
}: {
  decision: 'approve' | 'reject'
  actions: readonly Action[]
  onClose: () => void
}) {
  const [comment, setComment] = useState('')
  const decide = useApi(decision === 'approve' ? 'actionApprove' : 'actionReject')
  const results = new Map(decide.data?.results.map((result) => [result.id, result]))
  const word = decision === 'approve' ? 'Approve' : 'Reject'
  const what = `${actions.length} ${actions.length === 1 ? 'action' : 'actions'}`
  return (
    <Dialog
      open
      onClose={onClose}
      sticky={comment !== '' && !decide.data}
      title={`${word} ${what}`}
      description={actions[0] && actionLabel(actions[0].type)}
      footer={
        decide.data ? (
          <Button onClick={onClose}>Close</Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              look={decision === 'approve' ? 'primary' : 'danger'}
              disabled={decide.isPending}
              onClick={() => decide.mutate({ body: { ids: actions.map((a) => a.id), comment: comment.trim() } })}
            >
              {decide.isPending ? 'Recording…' : `${word} ${what}`}
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4 p-5">
        <p className="text-muted">
          {decision === 'approve'
            ? 'Each is checked again and then written to its cluster at once. It counts as done only when its effect is verified.'
            : 'Nothing is written. Who asked for it sees your comment.'}
        </p>
        <ul className="flex max-h-72 flex-col overflow-y-auto rounded-md border border-line" aria-live="polite">
          {actions.map((action) => (
            <li key={action.id} className="flex items-start gap-2 border-b border-line px-3 py-2 last:border-b-0">
              <Mark ok={results.get(action.id)?.ok} />
              <div className="min-w-0 flex-1">
                <EntityName kind={action.target.kind} name={action.target.name} className="font-medium" />
                <p className="text-xs text-muted">
                  <Inert value={`${action.target.cluster} / ${action.target.namespace}`} max={120} /> · asked by{' '}
                  <Inert value={action.requestedBy} max={60} />: <Inert value={action.comment} max={200} />
                </p>
                {results.get(action.id)?.ok === false && (
                  <p className="text-xs text-failed">
                    <Inert value={results.get(action.id)?.detail ?? ''} max={300} />
                  </p>
                )}
              </div>
            </li>
          ))}
        </ul>
        {!decide.data && (
          <TextArea
            label="Comment"
            placeholder="Why. It becomes part of the record."
            rows={2}
            className="min-h-14"
            maxLength={5000}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
        {decide.isError && <Problem error={decide.error} compact what="Not decided" />}
      </div>
    </Dialog>
  )
}

// A decision that was recorded is no proof of an effect: its mark isn't green.
function Mark({ ok }: { ok: boolean | undefined }) {
  if (ok === undefined) return null
  return ok ? (
    <Check className={`mt-0.5 size-4 shrink-0 ${toneText.progress}`} aria-label="Recorded" />
  ) : (
    <CircleX className={`mt-0.5 size-4 shrink-0 ${toneText.failed}`} aria-label="Refused" />
  )
}
