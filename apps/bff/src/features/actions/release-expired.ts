import { type Action, actions } from '@cordon/response'
import { system } from '../../deps.ts'
import { type ActionPorts, requestAction } from './request-action.ts'

const retryAfterMs = 60_000

/** Asks for the undo of a containment whose time is over, as an action of its own. Tries again where one has failed. */
export async function releaseExpired(
  ports: ActionPorts,
  { id, type, target, incidentId, expiresAt }: Action,
): Promise<void> {
  const { undoneBy } = actions[type]
  if (!undoneBy) return
  const before = await ports.deps.db
    .selectFrom('actions')
    .select(['updated_at'])
    .where('source', '=', 'expiry')
    .where('type', '=', undoneBy)
    .where('cluster', '=', target.cluster)
    .where('target_uid', '=', target.uid)
    .orderBy('updated_at', 'desc')
    .execute()
  if (before[0] && Date.now() - before[0].updated_at.getTime() < retryAfterMs) return
  const body = {
    type: undoneBy,
    target: { key: target.key, uid: target.uid },
    comment: 'The time set for it is over.',
    options: { reattach: true },
    source: 'expiry' as const,
    incidentId,
  }
  await requestAction(ports, system, body, `expiry:${id}:${expiresAt}:${before.length}`)
}
