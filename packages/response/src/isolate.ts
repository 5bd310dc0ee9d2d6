import { isolationVerdict, type OpenPath } from '@cordon/netpol'
import type { ClusterView, NetworkPolicyObject, Pod } from './cluster-view.ts'
import { markers } from './markers.ts'
import { type JsonPatch, type Operation, pointer } from './operation.ts'
import { matches, selectingKeys } from './selectors.ts'
import { worldOf, worldPod } from './world-of.ts'

export interface IsolationPlan {
  strategy: 'network-policy' | 'network-policy-detach' | 'network-policy-partly'
  operations: Operation[]
  /** Labels taken from the pod, with their values; empty without detachment. */
  detachedLabels: Record<string, string>
  /** What stays open once everything is in force; empty for full isolation. */
  openPaths: OpenPath[]
  /** What no policy stops. */
  residual: string[]
  /** Detaching would help: offer it. */
  canDetach: boolean
}

interface Who {
  actionId: string
  requestedBy: string
  comment: string
  at: string
}

/**
 * Plans the isolation of `view.pod`: one policy of ours that selects one label of ours on this pod, in both directions,
 * owned by the pod; policy first, label second, so that there is no moment in which the label is on and nothing denies.
 * NetworkPolicies only ever add permissions (Kubernetes documentation, “Network Policies”), so where another policy
 * still allows traffic, the pod must lose the labels by which it is selected, or the plan says what stays open.
 */
export function planIsolation(view: ClusterView, pod: Pod, who: Who, detach: boolean): IsolationPlan {
  const plain = outlook(view, pod, who.actionId, {})
  const keys = plain.isolated ? [] : escapeKeys(view, pod)
  const detachedLabels = Object.fromEntries(keys.map((k) => [k, pod.metadata.labels?.[k] ?? '']))
  const detached = keys.length > 0 ? outlook(view, pod, who.actionId, detachedLabels) : plain
  const canDetach = !plain.isolated && detached.partly.length < plain.partly.length
  const useDetach = canDetach && detach
  const result = useDetach ? detached : plain
  const taken = useDetach ? detachedLabels : {}
  return {
    strategy: result.isolated ? (useDetach ? 'network-policy-detach' : 'network-policy') : 'network-policy-partly',
    operations: [createPolicy(pod, who), labelPod(pod, who, taken)],
    detachedLabels: taken,
    openPaths: result.partly,
    residual: result.unavoidable,
    canDetach,
  }
}

/** The policy's name is made from the action alone, so that a repeat after a crash finds it. */
export function policyName(actionId: string): string {
  return `cordon-isolation-${actionId}`
}

/** What would be open if our policy and label were in force and `without` were gone from the pod. */
function outlook(view: ClusterView, pod: Pod, actionId: string, without: Record<string, string>) {
  const labels: Record<string, string> = { ...pod.metadata.labels, [markers.isolation]: actionId }
  for (const key of Object.keys(without)) delete labels[key]
  const changed: Pod = { ...pod, metadata: { ...pod.metadata, labels } }
  const pods = view.pods.map((p) => (p.metadata.uid === pod.metadata.uid ? changed : p))
  const ours: NetworkPolicyObject = {
    ...policyBody(pod, { actionId, requestedBy: '', comment: '', at: '' }),
    metadata: { name: policyName(actionId), namespace: pod.metadata.namespace, uid: '' },
  }
  return isolationVerdict(
    worldOf({ ...view, pods, networkPolicies: [...view.networkPolicies, ours] }),
    worldPod(changed),
  )
}

/** Labels the pod must lose so that no foreign policy selects it any more; policies without such a label can't be escaped. */
function escapeKeys(view: ClusterView, pod: Pod): string[] {
  const here = view.networkPolicies.filter((p) => p.metadata.namespace === pod.metadata.namespace)
  const selectors = here.map((p) => (p.spec as { podSelector?: Parameters<typeof matches>[0] }).podSelector)
  const selecting = selectors.filter((s) => matches(s, pod.metadata.labels))
  const keys = new Set(selecting.flatMap((s) => selectingKeys(s)))
  keys.delete(markers.isolation)
  return [...keys].filter((k) => pod.metadata.labels?.[k] !== undefined)
}

function createPolicy(pod: Pod, who: Who): Operation {
  const namespace = pod.metadata.namespace ?? 'default'
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`
  const body = policyBody(pod, who)
  return {
    id: 'create-policy',
    kind: 'create',
    title: `Create NetworkPolicy ${body.metadata.name}: deny all traffic to and from the pod`,
    path,
    objectPath: `${path}/${body.metadata.name}`,
    body,
  }
}

function policyBody(pod: Pod, who: Who) {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: policyName(who.actionId),
      namespace: pod.metadata.namespace ?? 'default',
      labels: { [markers.managedBy]: markers.managedByValue, [markers.action]: who.actionId },
      annotations: {
        [markers.requestedBy]: who.requestedBy,
        [markers.requestedAt]: who.at,
        [markers.reason]: who.comment.slice(0, 500),
      },
      // Owned by the pod: the cluster itself removes the policy when the pod is gone (same namespace, so allowed).
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid }],
    },
    spec: {
      podSelector: { matchLabels: { [markers.isolation]: who.actionId } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
      egress: [],
    },
  }
}

function labelPod(pod: Pod, who: Who, taken: Record<string, string>): Operation {
  const keys = Object.keys(taken)
  const body: JsonPatch = [{ op: 'test', path: '/metadata/uid', value: pod.metadata.uid }]
  if (!pod.metadata.labels) body.push({ op: 'add', path: '/metadata/labels', value: {} })
  for (const [key, value] of Object.entries(taken)) {
    body.push(
      { op: 'test', path: pointer('metadata', 'labels', key), value },
      { op: 'remove', path: pointer('metadata', 'labels', key) },
    )
  }
  body.push({ op: 'add', path: pointer('metadata', 'labels', markers.isolation), value: who.actionId })
  if (keys.length > 0) {
    if (!pod.metadata.annotations) body.push({ op: 'add', path: '/metadata/annotations', value: {} })
    body.push({
      op: 'add',
      path: pointer('metadata', 'annotations', markers.detachedLabels),
      value: JSON.stringify(taken),
    })
  }
  const extra = keys.length > 0 ? ` and take its label${keys.length > 1 ? 's' : ''} ${keys.join(', ')}` : ''
  return {
    id: 'label-pod',
    kind: 'patch',
    title: `Label the pod ${markers.isolation}=${who.actionId}${extra}`,
    path: `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`,
    uid: pod.metadata.uid,
    body,
    doneWhen: { [markers.isolation]: who.actionId, ...Object.fromEntries(keys.map((k) => [k, null])) },
  }
}
