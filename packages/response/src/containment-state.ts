import type { ContainmentState } from '@cordon/entities'
import type { ActionState, ActionType } from './action.ts'

interface Words {
  /** Weightier families are shown first where a target is under several. */
  rank: number
  working: ContainmentState
  undoing: ContainmentState | null
  proven: ContainmentState
  partly: ContainmentState
  unproven: ContainmentState
  broken: ContainmentState
}

const isolation: Words = {
  rank: 4,
  working: 'isolating',
  undoing: 'releasing',
  proven: 'isolated',
  partly: 'partly-isolated',
  unproven: 'not-verified',
  broken: 'broken',
}
const restriction: Words = {
  rank: 3,
  working: 'restricting',
  undoing: 'lifting',
  proven: 'restricted',
  partly: 'partly-restricted',
  unproven: 'restriction-not-verified',
  broken: 'restriction-broken',
}
const termination: Words = {
  rank: 5,
  working: 'terminating',
  undoing: null,
  proven: 'gone',
  partly: 'termination-not-verified',
  unproven: 'termination-not-verified',
  broken: 'termination-not-verified',
}
const scale: Words = {
  rank: 2,
  working: 'scaling-down',
  undoing: 'restoring',
  proven: 'scaled-to-zero',
  partly: 'scale-not-verified',
  unproven: 'scale-not-verified',
  broken: 'scale-broken',
}
const suspension: Words = {
  rank: 1,
  working: 'suspending',
  undoing: 'resuming',
  proven: 'suspended',
  partly: 'suspension-not-verified',
  unproven: 'suspension-not-verified',
  broken: 'suspension-broken',
}

const families: Record<ActionType, { words: Words; undoes: boolean }> = {
  'isolate-pod': { words: isolation, undoes: false },
  'release-pod': { words: isolation, undoes: true },
  'restrict-pod': { words: restriction, undoes: false },
  'unrestrict-pod': { words: restriction, undoes: true },
  'terminate-pod': { words: termination, undoes: false },
  'contain-pod': { words: termination, undoes: false },
  'scale-to-zero': { words: scale, undoes: false },
  'restore-scale': { words: scale, undoes: true },
  'suspend-workload': { words: suspension, undoes: false },
  'resume-workload': { words: suspension, undoes: true },
}

/**
 * What the actions on one object, in the order they were requested, say of its containment now, and which of them says
 * it; undefined when none does. `expired` stays until something else is done: the object is open again, and nobody
 * decided that at this moment. An undo speaks only while it runs; its end is told by what it undid.
 */
export function containmentStateOf<A extends { type: ActionType; state: ActionState }>(
  actions: readonly A[],
): { state: ContainmentState; by: A } | undefined {
  const said = new Map<Words, { state: ContainmentState; by: A }>()
  for (const action of actions) {
    const { words, undoes } = families[action.type]
    if (['pending-approval', 'rejected', 'cancelled', 'failed'].includes(action.state)) continue
    const runs = action.state === 'requested' || action.state === 'applied'
    if (undoes && !runs) continue
    const state = undoes ? words.undoing : stateOf(words, action.state)
    if (state) said.set(words, { state, by: action })
    else said.delete(words)
  }
  return [...said]
    .toSorted(([a, x], [b, y]) => Number(x.state === 'expired') - Number(y.state === 'expired') || b.rank - a.rank)
    .at(0)?.[1]
}

function stateOf(words: Words, state: ActionState): ContainmentState | undefined {
  switch (state) {
    case 'requested':
    case 'applied':
      return words.working
    case 'verified':
      return words.proven
    case 'partly':
      return words.partly
    case 'not-verified':
      return words.unproven
    case 'broken':
      return words.broken
    case 'expired':
      return 'expired'
    default:
      return undefined
  }
}
