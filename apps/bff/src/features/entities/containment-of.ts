import type { ContainmentState } from '@cordon/entities'
import type { ActionState, ActionType } from '@cordon/response'
import type { Kysely } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'

export interface Containment {
  state: ContainmentState
  actionId: string | null
  uid: string
}

/** What each pod's newest unfinished (or terminating) action says, by key; pods without one are absent. */
export async function containmentOf(db: Kysely<Database>, keys: string[]): Promise<Map<string, Containment>> {
  if (keys.length === 0) return new Map()
  const rows = await db
    .selectFrom('actions')
    .select(['id', 'type', 'state', 'target_key', 'target_uid'])
    .where('target_key', 'in', keys)
    .orderBy('requested_at')
    .execute()
  const found = new Map<string, Containment>()
  for (const row of rows) {
    const state = stateOf(row.type as ActionType, row.state as ActionState) // both columns are written by the action store only
    if (state) found.set(row.target_key, { state, actionId: row.id, uid: row.target_uid })
    else if (row.type === 'isolate-pod' && found.get(row.target_key)?.actionId === row.id) found.delete(row.target_key)
  }
  return found
}

/** Undefined = this action says nothing about the pod's containment now. */
function stateOf(type: ActionType, state: ActionState): ContainmentState | undefined {
  if (type === 'terminate-pod' || type === 'contain-pod')
    return state === 'verified' ? 'gone' : state === 'requested' || state === 'applied' ? 'terminating' : undefined
  if (type === 'release-pod') return state === 'requested' || state === 'applied' ? 'releasing' : undefined
  if (type !== 'isolate-pod') return undefined
  switch (state) {
    case 'requested':
    case 'applied':
      return 'isolating'
    case 'verified':
      return 'isolated'
    case 'partly':
      return 'partly-isolated'
    case 'not-verified':
      return 'not-verified'
    case 'broken':
      return 'broken'
    default:
      return undefined
  }
}
