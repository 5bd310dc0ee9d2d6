import type { ActionOptions } from './action.ts'
import type { Pod } from './cluster-view.ts'
import type { Operation } from './operation.ts'

/**
 * One second between SIGTERM and SIGKILL unless chosen otherwise: the default of 30 gives the attacker half a minute,
 * 0 removes the object before the node has confirmed anything. A second DELETE doesn't speed up the first (measured),
 * so the period must be right the first time.
 */
export const defaultGraceSeconds = 1

/** The single write of a termination, bound to the pod's uid: a successor of the same name is never touched. */
export function planTermination(pod: Pod, options: ActionOptions): Operation {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`
  const grace = options.gracePeriodSeconds ?? defaultGraceSeconds
  if (options.evict) {
    const deleteOptions = {
      preconditions: { uid: pod.metadata.uid },
      ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: grace }),
    }
    return {
      id: 'evict-pod',
      kind: 'evict',
      title: 'Evict the pod, as far as disruption budgets allow',
      path: `${path}/eviction`,
      uid: pod.metadata.uid,
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace },
        deleteOptions,
      },
    }
  }
  const title =
    grace === 0
      ? 'Delete the pod object at once, without waiting for its node'
      : `Delete the pod with a grace period of ${grace} s`
  return {
    id: 'delete-pod',
    kind: 'delete',
    title,
    path,
    uid: pod.metadata.uid,
    ownedBy: null,
    gracePeriodSeconds: grace,
  }
}
