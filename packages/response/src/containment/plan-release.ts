import type { NetworkPolicyObject, Pod } from '../cluster-view.ts'
import { type ContainmentKind, containmentLabel, markers } from '../markers.ts'
import { type JsonPatch, type Operation, pointer } from '../operation.ts'
import { isPolicyOf, policyCollection, policyName } from './policy-names.ts'

export interface ReleasePlan {
  operations: Operation[]
  /** Labels that will be put back; those the pod got again meanwhile are left as they are. */
  restoredLabels: Record<string, string>
}

/**
 * Undoes the containment `actionId`, from what the cluster itself carries (label, annotation, policies with our action
 * label), so that it also works when our database has never heard of it. Reverse order of containing: label, then
 * policies. Only what is ours is touched; foreign edits stay.
 */
export function planRelease(
  pod: Pod | undefined,
  namespace: string,
  actionId: string,
  policies: NetworkPolicyObject[],
  options: { kind: ContainmentKind; reattach: boolean },
): ReleasePlan {
  const { kind } = options
  const restoredLabels = pod && options.reattach && kind === 'isolation' ? missingLabels(pod) : {}
  const ours = policies.filter((p) => isPolicyOf(p, actionId))
  const expected = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: policyName(actionId, kind), namespace, uid: null },
  }
  const found = ours.length > 0 ? ours : [expected]
  const label = containmentLabel(pod, kind)
  // Someone may have stripped our label and left the note of what we took.
  const traces =
    kind === 'isolation' && label === undefined && pod?.metadata.annotations?.[markers.detachedLabels] !== undefined
  const operations: Operation[] =
    pod && (label === actionId || traces) ? [unlabelPod(kind, pod, label, restoredLabels)] : []
  for (const [i, policy] of found.entries()) {
    const collection = policyCollection(policy, policy.metadata.namespace)
    if (!collection) continue
    operations.push({
      id: i === 0 ? 'delete-policy' : `delete-policy-${i + 1}`,
      kind: 'delete',
      title: `Delete ${policy.kind} ${policy.metadata.name}`,
      path: `${collection}/${policy.metadata.name}`,
      uid: policy.metadata.uid,
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

function unlabelPod(
  kind: ContainmentKind,
  pod: Pod,
  carries: string | undefined,
  restored: Record<string, string>,
): Operation {
  const label = pointer('metadata', 'labels', markers[kind])
  const body: JsonPatch = [{ op: 'test', path: '/metadata/uid', value: pod.metadata.uid }]
  if (carries !== undefined) body.push({ op: 'test', path: label, value: carries }, { op: 'remove', path: label })
  else if (!pod.metadata.labels) body.push({ op: 'add', path: '/metadata/labels', value: {} })
  for (const [key, value] of Object.entries(restored))
    body.push({ op: 'add', path: pointer('metadata', 'labels', key), value })
  if (kind === 'isolation' && pod.metadata.annotations?.[markers.detachedLabels] !== undefined)
    body.push({ op: 'remove', path: pointer('metadata', 'annotations', markers.detachedLabels) })
  const keys = Object.keys(restored)
  return {
    id: 'unlabel-pod',
    kind: 'patch',
    title: `Remove the label ${markers[kind]}${keys.length > 0 ? ` and put back ${keys.join(', ')}` : ''}`,
    path: `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`,
    uid: pod.metadata.uid,
    body,
    doneWhen: { [markers[kind]]: null, ...restored },
  }
}
