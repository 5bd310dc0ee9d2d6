import { type Action, actionStateLabels } from '@cordon/response'
import type { Tone } from '@cordon/ui'

export interface Stage {
  id: string
  label: string
  /** `proof` only where a check passed; a write that the cluster took is no proof. */
  mark: 'done' | 'proof' | 'now' | 'todo' | 'partly' | 'doubt' | 'broken' | 'failed' | 'ended'
  at: string | null
}

const toneOf: Record<Stage['mark'], Tone> = {
  done: 'progress',
  proof: 'proof',
  now: 'progress',
  todo: 'neutral',
  partly: 'caution',
  doubt: 'doubt',
  broken: 'broken',
  failed: 'failed',
  ended: 'neutral',
}

export function stageTone(mark: Stage['mark']): Tone {
  return toneOf[mark]
}

/**
 * The way of an action as stages: requested → applied → verified, and what became of it afterwards. Where it stopped,
 * the stage it stopped at says so, and later ones stay open.
 */
export function stagesOf(
  action: Pick<Action, 'state' | 'requestedAt' | 'appliedAt' | 'verifiedAt' | 'endedAt' | 'updatedAt'>,
): Stage[] {
  const { state, requestedAt, appliedAt, verifiedAt, endedAt, updatedAt } = action
  const stages: Stage[] = [{ id: 'requested', label: 'Requested', mark: 'done', at: requestedAt }]
  if (state === 'pending-approval')
    return [
      ...stages,
      { id: 'approval', label: actionStateLabels[state], mark: 'now', at: null },
      { id: 'applied', label: 'Applied', mark: 'todo', at: null },
      { id: 'verified', label: 'Verified', mark: 'todo', at: null },
    ]
  if (state === 'rejected')
    return [...stages, { id: 'ended', label: 'Rejected', mark: 'ended', at: endedAt ?? updatedAt }]
  if (state === 'cancelled')
    return [...stages, { id: 'ended', label: 'Cancelled before any change', mark: 'ended', at: endedAt ?? updatedAt }]
  stages.push(
    appliedAt
      ? { id: 'applied', label: 'Applied', mark: 'done', at: appliedAt }
      : state === 'failed'
        ? { id: 'applied', label: 'Failed', mark: 'failed', at: endedAt ?? updatedAt }
        : { id: 'applied', label: 'Applying', mark: state === 'requested' ? 'now' : 'todo', at: null },
  )
  stages.push(verificationStage(action))
  if (state === 'broken') stages.push({ id: 'ended', label: actionStateLabels.broken, mark: 'broken', at: updatedAt })
  if (state === 'released' || state === 'expired' || (state === 'gone' && !verifiedAt))
    stages.push({ id: 'ended', label: actionStateLabels[state], mark: 'ended', at: endedAt ?? updatedAt })
  return stages
}

function verificationStage({
  state,
  appliedAt,
  verifiedAt,
  updatedAt,
  endedAt,
}: Parameters<typeof stagesOf>[0]): Stage {
  if (state === 'partly') return { id: 'verified', label: actionStateLabels.partly, mark: 'partly', at: updatedAt }
  if (state === 'not-verified')
    return { id: 'verified', label: actionStateLabels['not-verified'], mark: 'doubt', at: updatedAt }
  if (state === 'failed' && appliedAt)
    return { id: 'verified', label: 'Failed', mark: 'failed', at: endedAt ?? updatedAt }
  if (state === 'applied') return { id: 'verified', label: 'Verifying', mark: 'now', at: null }
  if (verifiedAt && state !== 'requested')
    return { id: 'verified', label: 'Verified', mark: state === 'verified' ? 'proof' : 'done', at: verifiedAt }
  return { id: 'verified', label: 'Verified', mark: 'todo', at: null }
}
