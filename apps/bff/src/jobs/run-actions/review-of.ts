import { type Action, type ActionState, actions } from '@cordon/response'

type Reason = NonNullable<Action['review']>['reasons'][number]

/** The review an action is due for once it is in this state; null = none. What was decided already stays. */
export function reviewOf(action: Action, state: ActionState): Action['review'] {
  const before = action.review?.reasons ?? []
  const now: Reason[] = [
    ...(actions[action.type].irreversible && state !== 'failed' ? (['irreversible'] as const) : []),
    ...(state === 'failed' || state === 'not-verified' ? (['failed'] as const) : []),
  ]
  const reasons = [...new Set([...before, ...now])]
  if (reasons.length === 0) return null
  if (action.review && action.review.decision !== 'due') return action.review
  return { reasons, decision: 'due', decidedBy: null, decidedAt: null, comment: null }
}
