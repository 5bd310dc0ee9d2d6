import type { NetworkPolicyObject, Pod } from './cluster-view.ts'
import { policyName } from './isolate.ts'
import { markers } from './markers.ts'
import { type JsonPatch, type Operation, pointer } from './operation.ts'

export interface ReleasePlan {
  operations: Operation[]
  /** Labels that will be put back; those the pod got again meanwhile are left as they are. */
  restoredLabels: Record<string, string>
}

/**
 * Undoes the isolation `actionId`, from what the cluster itself carries (label, annotation, policies with our action
 * label), so that it also works when our database has never heard of it. Reverse order of isolate: label, then policy.
 * Only what is ours is touched; foreign edits stay.
 */
export function planRelease(
  pod: Pod | undefined,
  namespace: string,
  actionId: string,
  policies: NetworkPolicyObject[],
  reattach: boolean,
): ReleasePlan {
  const restoredLabels = pod && reattach ? missingLabels(pod) : {}
  const ours = policies.filter(
    (p) =>
      p.metadata.labels?.[markers.action] === actionId &&
      p.metadata.labels[markers.managedBy] === markers.managedByValue,
  )
  const names =
    ours.length > 0
      ? ours.map((p) => ({ name: p.metadata.name, uid: p.metadata.uid }))
      : [{ name: policyName(actionId), uid: null }]
  const operations: Operation[] =
    pod?.metadata.labels?.[markers.isolation] === actionId ? [unlabelPod(pod, actionId, restoredLabels)] : []
  for (const [i, policy] of names.entries()) {
    operations.push({
      id: i === 0 ? 'delete-policy' : `delete-policy-${i + 1}`,
      kind: 'delete',
      title: `Delete NetworkPolicy ${policy.name}`,
      path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/${policy.name}`,
      uid: policy.uid,
      ownedBy: actionId,
    })
  }
  return { operations, restoredLabels }
}

/** The labels a detachment took, as recorded on the pod; a spoilt or hostile annotation yields none. */
export function detachedLabels(pod: Pod): Record<string, string> {
  try {
    const stored: unknown = JSON.parse(pod.metadata.annotations?.[markers.detachedLabels] ?? '{}')
    if (!stored || typeof stored !== 'object' || Array.isArray(stored)) return {}
    return Object.fromEntries(Object.entries(stored).filter((e): e is [string, string] => typeof e[1] === 'string'))
  } catch {
    return {}
  }
}

function missingLabels(pod: Pod): Record<string, string> {
  return Object.fromEntries(
    Object.entries(detachedLabels(pod)).filter(([key]) => pod.metadata.labels?.[key] === undefined),
  )
}

function unlabelPod(pod: Pod, actionId: string, restored: Record<string, string>): Operation {
  const label = pointer('metadata', 'labels', markers.isolation)
  const body: JsonPatch = [
    { op: 'test', path: '/metadata/uid', value: pod.metadata.uid },
    { op: 'test', path: label, value: actionId },
    { op: 'remove', path: label },
  ]
  for (const [key, value] of Object.entries(restored))
    body.push({ op: 'add', path: pointer('metadata', 'labels', key), value })
  if (pod.metadata.annotations?.[markers.detachedLabels] !== undefined)
    body.push({ op: 'remove', path: pointer('metadata', 'annotations', markers.detachedLabels) })
  const keys = Object.keys(restored)
  return {
    id: 'unlabel-pod',
    kind: 'patch',
    title: `Remove the label ${markers.isolation}${keys.length > 0 ? ` and put back ${keys.join(', ')}` : ''}`,
    path: `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`,
    uid: pod.metadata.uid,
    body,
    doneWhen: { [markers.isolation]: null, ...restored },
  }
}
