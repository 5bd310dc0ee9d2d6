import { actions, type ActionType } from '@cordon/response'
import { openAction, readAction, saveAction, StaleAction, type StoredAction } from './action-store.ts'
import type { RunnerPorts } from './drive-action.ts'

const tries = 5

/**
 * What the verified end of one action means for others: an undo ends what it undoes, a termination makes it moot, and
 * what is done once more to a workload takes over from what was done before.
 */
export async function settleOthers(ports: Pick<RunnerPorts, 'deps'>, stored: StoredAction): Promise<void> {
  const { action, plan } = stored
  const { undoes, captures, undoneBy, contains } = actions[action.type]
  const again = undoneBy && !contains ? [action.type] : []
  if (action.state !== 'verified') return
  for (const type of [...(undoes ?? []), ...again])
    for (let attempt = 0; attempt < tries; attempt++) {
      const byId = plan.releases ? await readAction(ports.deps.db, plan.releases) : undefined
      const found =
        byId?.action.type === type && !byId.action.endedAt
          ? byId
          : await openAction(ports.deps.db, action.target, [type], action.id)
      if (!found || found.action.id === action.id) break
      try {
        await saveAction(ports.deps, found, ending(stored, type, captures === true))
      } catch (error) {
        // Its own verification or check wrote at the same moment: read again.
        if (error instanceof StaleAction) continue
        throw error
      }
    }
}

function ending({ action }: StoredAction, type: ActionType, terminated: boolean) {
  if (type === action.type)
    return { state: 'released' as const, outcome: 'A later action took over from it.', undoneBy: action.id }
  if (terminated) return { state: 'gone' as const, outcome: 'The contained pod was terminated.', undoneBy: action.id }
  return action.source === 'expiry'
    ? { state: 'expired' as const, outcome: 'Released by its expiry.', undoneBy: action.id }
    : { state: 'released' as const, outcome: `Released by ${action.requestedBy}.`, undoneBy: action.id }
}
