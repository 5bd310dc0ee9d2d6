import { actions, type ContainmentKind, containmentKinds, type Operation, planRelease } from '@cordon/response'
import { perform } from '../../adapters/kubernetes/perform.ts'
import type { Cluster } from '../inventory/cluster.ts'
import type { StoredAction } from './action-store.ts'
import { readView } from './read-view.ts'

const briefly = [200, 500, 1_000]

/**
 * Takes out of the cluster whatever this action has made: label, taken labels, policies. Reads what is there first, so
 * that it may be called at any time and again. False when something of it may still be there.
 */
export async function removeTraces(
  cluster: Cluster,
  stored: StoredAction,
  delaysMs: readonly number[] = briefly,
): Promise<boolean> {
  const { action, plan } = stored
  if (!cluster.client) return false
  const kinds = kindsOf(stored)
  if (kinds.length === 0) return true
  try {
    const view = await readView(cluster, action.target, null)
    if (view.unreachable) return false
    const pod = view.pod?.metadata.uid === action.target.uid ? view.pod : undefined
    const policies = [...view.networkPolicies, ...view.otherPolicies]
    const operations = kinds.flatMap(
      (kind) => planRelease(pod, action.target.namespace, action.id, policies, { kind, reattach: true }).operations,
    )
    for (const op of plan.operations) if (op.kind === 'create') operations.push(removal(op, action.id))
    for (const op of operations) {
      const outcome = await perform(cluster.client, op, AbortSignal.timeout(10_000), delaysMs)
      if (!outcome.ok && outcome.why !== 'gone') return false
    }
    return true
  } catch {
    return false
  }
}

function removal(op: Operation & { kind: 'create' }, actionId: string): Operation {
  return { id: `remove-${op.id}`, kind: 'delete', title: '', path: op.objectPath, uid: null, ownedBy: actionId }
}

function kindsOf({ action, plan }: StoredAction): readonly ContainmentKind[] {
  const kind = plan.containment?.kind ?? actions[action.type].contains
  return containmentKinds.filter((k) => k === kind)
}
