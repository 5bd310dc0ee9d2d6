import type { Action } from '@cordon/response'
import { Button, Facts, Inert, Notice, Section, TextArea, Time, toast } from '@cordon/ui'
import { UserCheck } from 'lucide-react'
import { useState } from 'react'
import { useApi } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { Problem } from '../../signs/Problem.tsx'
import { reviewReasons } from './review-reasons.ts'
import { whyNotDecide } from './why-not-decide.ts'

const decisions: Record<string, string> = {
  pending: 'Waiting',
  approved: 'Approved',
  rejected: 'Rejected',
  'break-glass': 'Done at once, without approval',
  due: 'Due',
  agree: 'Agreed',
  disagree: 'Disagreed',
}

/** The second person’s part: approval before anything is written, review afterwards. */
export function ActionDecision({ action }: { action: Action }) {
  return (
    <>
      {action.approval && (
        <Section title="Approval">
          {action.state === 'pending-approval' ? (
            <Approve action={action} reason={action.approval.reason} />
          ) : (
            <Decided {...action.approval} why={action.approval.reason} />
          )}
        </Section>
      )}
      {action.review && (
        <Section title="Review">
          {action.review.decision === 'due' ? (
            <ReviewForm action={action} why={action.review.reasons.map((r) => reviewReasons[r] ?? r).join('. ')} />
          ) : (
            <Decided {...action.review} why={action.review.reasons.map((r) => reviewReasons[r] ?? r).join('. ')} />
          )}
        </Section>
      )}
    </>
  )
}

interface DecidedProps {
  why: string
  decision: string
  decidedBy: string | null
  decidedAt: string | null
  comment: string | null
}

function Decided({ why, decision, decidedBy, decidedAt, comment }: DecidedProps) {
  return (
    <Facts
      items={[
        { label: 'Why', value: <Inert value={why} max={400} /> },
        { label: 'Decision', value: decisions[decision] ?? decision },
        { label: 'By', value: decidedBy ? <Inert value={decidedBy} /> : '–' },
        { label: 'At', value: <Time value={decidedAt} /> },
        ...(comment ? [{ label: 'Comment', value: <Inert value={comment} max={600} block /> }] : []),
      ]}
    />
  )
}

function Approve({ action, reason }: { action: Action; reason: string }) {
  const [comment, setComment] = useState('')
  const approve = useApi('actionApprove')
  const reject = useApi('actionReject')
  const { data: session } = useSession()
  const may = useMay('actionApprove')
  const why = whyNotDecide([action], session?.user?.name, may)
  const call = approve.isPending || approve.isError || approve.data ? approve : reject
  const refused = call.data?.results.find((result) => !result.ok)
  const body = { ids: [action.id], comment: comment.trim() }
  return (
    <div className="flex flex-col gap-2">
      <Notice kind="warning" icon={<UserCheck aria-hidden />}>
        <Inert value={reason} max={400} /> Nothing has been written yet.
      </Notice>
      <CommentBox value={comment} disabled={why !== undefined} onChange={setComment} />
      <div className="flex gap-2">
        <Button
          look="primary"
          disabled={why !== undefined || approve.isPending}
          title={why}
          onClick={() => approve.mutate({ body })}
        >
          Approve
        </Button>
        <Button disabled={why !== undefined || reject.isPending} title={why} onClick={() => reject.mutate({ body })}>
          Reject
        </Button>
      </div>
      {why && <p className="text-xs text-muted">{why}</p>}
      {refused && (
        <p role="alert" className="text-xs text-failed">
          {refused.detail}
        </p>
      )}
      {call.isError && <Problem error={call.error} compact what="Not decided" />}
    </div>
  )
}

function ReviewForm({ action, why }: { action: Action; why: string }) {
  const [comment, setComment] = useState('')
  const review = useApi('actionReview')
  const may = useMay('actionReview')
  const { data: session } = useSession()
  const refusal =
    session?.user?.name === action.requestedBy
      ? 'Nobody reviews their own action.'
      : may.allowed
        ? undefined
        : may.reason
  const unsaid = comment.trim() === '' ? 'A disagreement needs a comment: say why.' : undefined
  const send = (decision: 'agree' | 'disagree') =>
    review.mutate(
      { params: { id: action.id }, body: { decision, comment: comment.trim() } },
      { onSuccess: () => toast({ title: 'Review recorded' }) },
    )
  return (
    <div className="flex flex-col gap-2">
      <p>
        <span className="font-medium">Due for review.</span> {why}.
      </p>
      <CommentBox value={comment} disabled={refusal !== undefined} onChange={setComment} />
      <div className="flex gap-2">
        <Button disabled={refusal !== undefined || review.isPending} title={refusal} onClick={() => send('agree')}>
          Agree
        </Button>
        <Button
          disabled={refusal !== undefined || unsaid !== undefined || review.isPending}
          title={refusal ?? unsaid}
          onClick={() => send('disagree')}
        >
          Disagree
        </Button>
      </div>
      <p className="text-xs text-muted">{refusal ?? unsaid}</p>
      {review.isError && <Problem error={review.error} compact what="Not recorded" />}
    </div>
  )
}

function CommentBox({
  value,
  disabled,
  onChange,
}: {
  value: string
  disabled: boolean
  onChange: (text: string) => void
}) {
  return (
    <TextArea
      label="Comment"
      rows={2}
      className="min-h-14"
      maxLength={5000}
      value={value}
      disabled={disabled}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
