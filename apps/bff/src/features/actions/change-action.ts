import { type Action, actions, actionStateLabels } from '@cordon/response'
import type { Actor, Deps } from '../../deps.ts'
import { readAction, saveAction, StaleAction, type StoredAction } from '../../jobs/run-actions/action-store.ts'
import { archived } from '../../jobs/run-actions/steps.ts'
import { Refusal } from '../../refusal.ts'
import { requirePlace } from '../../within-scope.ts'

type Ports = { deps: Pick<Deps, 'db' | 'commit'>; poke(): void }

/** The action of this id. Throws `Refusal` not-found, and forbidden when it lies outside of what the caller may see. */
export async function findAction({ deps }: Pick<Ports, 'deps'>, actor: Actor, id: string): Promise<StoredAction> {
  const stored = await readAction(deps.db, id)
  if (!stored) throw new Refusal('not-found', `There is no action ${id}.`)
  requirePlace(actor, stored.action.target)
  return stored
}

async function save(
  ports: Ports,
  ...args: Parameters<typeof saveAction> extends [unknown, ...infer R] ? R : never
): Promise<Action> {
  try {
    return (await saveAction(ports.deps, ...args)).action
  } catch (error) {
    if (error instanceof StaleAction) throw new Refusal('conflict', movedOn)
    throw error
  }
}

const movedOn = 'It moved on meanwhile; look at its state again.'

/** A watch touches a containment every few seconds: what stays allowed on its newest state isn't refused for that. */
async function insist(change: () => Promise<Action>): Promise<Action> {
  for (let attempt = 1; ; attempt++)
    try {
      return await change()
    } catch (error) {
      if (!(error instanceof Refusal) || error.message !== movedOn || attempt === 5) throw error
    }
}

/** Cancels an action before its first write. */
export async function cancelAction(ports: Ports, actor: Actor, id: string): Promise<Action> {
  const stored = await findAction(ports, actor, id)
  const { state, steps } = stored.action
  const begun = steps.some((s) => s.request && s.state !== 'pending')
  if ((state !== 'requested' && state !== 'pending-approval') || begun)
    throw new Refusal('conflict', 'Its first write to the cluster has begun; it can no longer be cancelled.')
  const outcome = `Cancelled by ${actor.name} before anything was written.`
  return save(ports, stored, { state: 'cancelled', outcome }, { actor })
}

/** Approves or rejects actions that wait; each on its own, so that one that moved on keeps no other waiting. */
export async function decideActions(
  ports: Ports,
  actor: Actor,
  ask: { ids: string[]; comment: string; decision: 'approved' | 'rejected' },
): Promise<{ results: { id: string; ok: boolean; detail: string }[] }> {
  const results = []
  for (const id of new Set(ask.ids))
    try {
      await decide(ports, actor, id, ask)
      results.push({ id, ok: true, detail: ask.decision === 'approved' ? 'Approved; it is being done.' : 'Rejected.' })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      results.push({ id, ok: false, detail: error.message })
    }
  ports.poke()
  return { results }
}

async function decide(
  ports: Ports,
  actor: Actor,
  id: string,
  { decision, comment }: { decision: 'approved' | 'rejected'; comment: string },
): Promise<void> {
  const stored = await findAction(ports, actor, id)
  const { state, approval, requestedBy } = stored.action
  if (state !== 'pending-approval' || !approval)
    throw new Refusal('conflict', `It isn't waiting for approval (${actionStateLabels[state]}).`)
  if (requestedBy === actor.name)
    throw new Refusal('forbidden', 'Who has requested an action can’t decide on it: that takes a second person.')
  const decided = {
    ...approval,
    decision,
    decidedBy: actor.name,
    decidedAt: new Date().toISOString(),
    comment: comment || null,
  }
  const change =
    decision === 'approved'
      ? { state: 'requested' as const, outcome: `Approved by ${actor.name}.`, approval: decided }
      : {
          state: 'rejected' as const,
          outcome: `Rejected by ${actor.name}${comment ? `: ${comment}` : '.'}`,
          approval: decided,
        }
  await save(ports, stored, change, {
    actor,
    kind: `action.${decision === 'approved' ? 'approve' : 'reject'}`,
    why: comment || undefined,
  })
}

/** Puts back what is missing of an action that no longer holds; the runner plans it on the cluster as it is. */
export function repairAction(ports: Ports, actor: Actor, id: string, comment: string): Promise<Action> {
  return insist(() => repair(ports, actor, id, comment))
}

async function repair(ports: Ports, actor: Actor, id: string, comment: string): Promise<Action> {
  const stored = await findAction(ports, actor, id)
  const { state, type } = stored.action
  if (!actions[type].undoneBy) throw new Refusal('invalid', 'Only what stays in force can be repaired.')
  if (!['broken', 'partly', 'not-verified'].includes(state))
    throw new Refusal('conflict', `There is nothing to repair: ${actionStateLabels[state]}.`)
  const repaired = await save(
    ports,
    stored,
    {
      state: 'requested',
      outcome: `Repair requested by ${actor.name}.`,
      appliedAt: null,
      steps: archived(stored.action.steps),
    },
    { actor, plan: { ...stored.plan, repairing: true }, kind: 'action.repair', why: comment || undefined },
  )
  ports.poke()
  return repaired
}

/** Sets when a containment ends by itself, counted from now; null = when someone ends it. */
export function renewAction(ports: Ports, actor: Actor, id: string, minutes: number | null): Promise<Action> {
  return insist(() => renew(ports, actor, id, minutes))
}

async function renew(ports: Ports, actor: Actor, id: string, minutes: number | null): Promise<Action> {
  const stored = await findAction(ports, actor, id)
  const { type, endedAt, expiresAt } = stored.action
  if (!actions[type].contains) throw new Refusal('invalid', 'Only isolations and restrictions end by themselves.')
  if (endedAt) throw new Refusal('conflict', 'It has ended already.')
  const until = minutes === null ? null : new Date(Date.now() + minutes * 60_000).toISOString()
  const why = `ends ${until ?? 'when someone ends it'}, before: ${expiresAt ?? 'when someone ends it'}`
  return save(ports, stored, { expiresAt: until }, { actor, kind: 'action.renew', why })
}

/** A second person's judgement of what was done. */
export async function reviewAction(
  ports: Ports,
  actor: Actor,
  id: string,
  { decision, comment }: { decision: 'agree' | 'disagree'; comment: string },
): Promise<Action> {
  const stored = await findAction(ports, actor, id)
  const { review, requestedBy } = stored.action
  if (!review) throw new Refusal('conflict', 'This action isn’t due for review.')
  if (review.decision !== 'due') throw new Refusal('conflict', `${review.decidedBy} has reviewed it already.`)
  if (requestedBy === actor.name) throw new Refusal('forbidden', 'Nobody reviews their own action.')
  if (decision === 'disagree' && comment === '')
    throw new Refusal('invalid', 'Say why: a disagreement without a reason helps nobody.', [
      { path: 'comment', message: 'Required to disagree.' },
    ])
  const decided = {
    ...review,
    decision,
    decidedBy: actor.name,
    decidedAt: new Date().toISOString(),
    comment: comment || null,
  }
  return save(ports, stored, { review: decided }, { actor, kind: 'action.review', why: comment || undefined })
}
