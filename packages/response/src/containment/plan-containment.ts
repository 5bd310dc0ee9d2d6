import { isolationVerdict, selecting } from '@cordon/netpol'
import type { ClusterView, NetworkPolicyObject, Pod } from '../cluster-view.ts'
import { type ContainmentKind, markers } from '../markers.ts'
import type { NetworkPlugin } from '../network-plugin.ts'
import { type CreateOperation, type JsonPatch, type Operation, pointer } from '../operation.ts'
import { matches, selectingKeys } from '../selectors.ts'
import { worldOf, worldPod } from '../world-of.ts'
import { detachedLabels } from './plan-release.ts'
import { policyCollection, policyName } from './policy-names.ts'
import { isolationRungs, type PolicySpec, restrictionRungs, type Rung, type SpecInput } from './policy-specs.ts'
import { restrictedAddresses, restrictionVerdict } from './restricted-addresses.ts'

export interface ContainmentPlan {
  kind: ContainmentKind
  /** Id of the rung, with `-detach` or `-partly` where labels are taken or something stays open. */
  strategy: string
  /** What is written, in words. */
  label: string
  operations: Operation[]
  /** Labels taken from the pod, with their values; empty without detachment. */
  detachedLabels: Record<string, string>
  /** What stays open once everything is in force, in words; empty for full containment. */
  openPaths: string[]
  /** What no policy stops. */
  residual: string[]
  /** Detaching would help: offer it. */
  canDetach: boolean
}

export interface Who {
  actionId: string
  requestedBy: string
  comment: string
  at: string
}

interface Candidate {
  rung: Rung
  objects: PolicySpec[]
  taken: Record<string, string>
  open: string[]
  residual: string[]
}

/**
 * Plans to contain `view.pod`: the objects of the best rung whose effect, by all policies together, is complete; then a
 * label of ours by which they select this one pod. Policies first, label second, so that there is no moment in which the
 * label is on and nothing denies. NetworkPolicies only ever add permissions (Kubernetes documentation, “Network
 * Policies”), so without a deny tier the pod must lose the labels by which others select it, or the plan says what stays
 * open. Undefined when no rung can do it.
 */
export function planContainment(
  kind: ContainmentKind,
  view: ClusterView,
  pod: Pod,
  who: Who,
  options: { detach: boolean; plugin: NetworkPlugin | undefined },
): ContainmentPlan | undefined {
  const input: SpecInput = {
    view,
    pod,
    actionId: who.actionId,
    plugin: options.plugin,
    egressLimited: selecting(worldOf(view), worldPod(pod), 'egress').length > 0,
    blocked: restrictedAddresses(view),
  }
  const rungs = kind === 'isolation' ? isolationRungs : restrictionRungs
  const candidates: Candidate[] = []
  for (const rung of rungs) {
    const objects = rung.objects(input)
    if (!objects) continue
    const candidate = { rung, objects, taken: {}, ...outlook(kind, input, objects, {}) }
    if (candidate.open.length === 0) return planOf(kind, pod, who, candidate, false)
    candidates.push(candidate)
  }
  const [first] = candidates
  if (!first) return undefined
  // Nothing closes everything: what leaves least open, and of equals the one that is higher on the ladder.
  const best = candidates.reduce((a, b) => (b.open.length < a.open.length ? b : a), first)
  const plain = candidates.find((c) => c.rung.id === 'network-policy')
  const detached = kind === 'isolation' && plain ? detachedCandidate(input, plain) : undefined
  const canDetach = detached !== undefined && detached.open.length < best.open.length
  return planOf(kind, pod, who, canDetach && options.detach ? detached : best, canDetach)
}

function detachedCandidate(input: SpecInput, plain: Candidate): Candidate | undefined {
  const keys = escapeKeys(input.view, input.pod)
  if (keys.length === 0) return undefined
  const taken = Object.fromEntries(keys.map((k) => [k, input.pod.metadata.labels?.[k] ?? '']))
  return { ...plain, taken, ...outlook('isolation', input, plain.objects, taken) }
}

/** What would be open if our objects and label were in force and `without` were gone from the pod. */
function outlook(kind: ContainmentKind, input: SpecInput, objects: PolicySpec[], without: Record<string, string>) {
  const { view, pod, actionId } = input
  const labels: Record<string, string> = { ...pod.metadata.labels, [markers[kind]]: actionId }
  for (const key of Object.keys(without)) delete labels[key]
  const changed: Pod = { ...pod, metadata: { ...pod.metadata, labels } }
  const pods = view.pods.map((p) => (p.metadata.uid === pod.metadata.uid ? changed : p))
  const ours = objects.map((o): NetworkPolicyObject => ({
    apiVersion: o.apiVersion,
    kind: o.kind,
    metadata: {
      name: policyName(actionId, kind),
      uid: `planned ${o.kind}`,
      ...(o.clusterScoped ? {} : { namespace: pod.metadata.namespace }),
    },
    spec: o.spec,
  }))
  const world = worldOf({ ...view, pods, networkPolicies: [...view.networkPolicies, ...ours] })
  return openUnder(kind, world, changed, view, input.plugin)
}

/** What the policies of a world leave open of what this kind of containment closes. */
export function openUnder(
  kind: ContainmentKind,
  world: ReturnType<typeof worldOf>,
  pod: Pod,
  view: ClusterView,
  plugin: NetworkPlugin | undefined,
): { open: string[]; residual: string[] } {
  if (kind === 'isolation') {
    const verdict = isolationVerdict(world, worldPod(pod))
    return { open: [...verdict.partly.map((p) => p.text), ...secondNetworks(pod)], residual: verdict.unavoidable }
  }
  const { open } = restrictionVerdict(world, pod, view, plugin?.id === 'cilium')
  const residual = [
    'names and addresses by which the same services are reached otherwise: a proxy, a load balancer in front of the API server, another pod',
    'requests that go out through programs on its own node, such as a node-local proxy',
  ]
  return { open, residual }
}

// Network Plumbing Working Group, “Network Attachment Definition”: interfaces beside that of the cluster's own network.
const attachments = 'k8s.v1.cni.cncf.io/networks'

/** Enforcers of the cluster's network don't filter what was attached beside it. */
function secondNetworks(pod: Pod): string[] {
  const networks = pod.metadata.annotations?.[attachments]?.trim()
  return networks
    ? [`all traffic over further interfaces: no policy of the cluster's network applies to ${networks.slice(0, 200)}`]
    : []
}

/** Labels the pod must lose so that no foreign NetworkPolicy selects it; policies without such a label can't be escaped. */
function escapeKeys(view: ClusterView, pod: Pod): string[] {
  const here = view.networkPolicies.filter((p) => p.metadata.namespace === pod.metadata.namespace)
  const selectors = here.map((p) => (p.spec as { podSelector?: Parameters<typeof matches>[0] }).podSelector)
  const keys = new Set(selectors.filter((s) => matches(s, pod.metadata.labels)).flatMap((s) => selectingKeys(s)))
  keys.delete(markers.isolation)
  keys.delete(markers.restriction)
  return [...keys].filter((k) => pod.metadata.labels?.[k] !== undefined)
}

function planOf(kind: ContainmentKind, pod: Pod, who: Who, chosen: Candidate, canDetach: boolean): ContainmentPlan {
  const detaches = Object.keys(chosen.taken).length > 0
  const suffix = chosen.open.length > 0 ? '-partly' : detaches ? '-detach' : ''
  const extra = detaches ? ', pod detached from the policies that would still allow traffic' : ''
  return {
    kind,
    strategy: `${chosen.rung.id}${suffix}`,
    label: `${chosen.rung.label}${extra}${chosen.open.length > 0 ? ', with paths left open' : ''}`,
    operations: [
      ...chosen.objects.map((o, i) => createPolicy(kind, pod, who, o, i)),
      labelPod(kind, pod, who, chosen.taken),
    ],
    detachedLabels: chosen.taken,
    openPaths: chosen.open,
    residual: chosen.residual,
    canDetach,
  }
}

function createPolicy(kind: ContainmentKind, pod: Pod, who: Who, object: PolicySpec, index: number): CreateOperation {
  const namespace = object.clusterScoped ? undefined : (pod.metadata.namespace ?? 'default')
  const path = policyCollection(object, namespace) ?? ''
  // Calico stores policies of its default tier under this prefix; through the raw CRD it must be given.
  const prefix = object.apiVersion.startsWith('crd.projectcalico.org/') ? 'default.' : ''
  const name = `${prefix}${policyName(who.actionId, kind)}`
  const purpose =
    kind === 'isolation'
      ? 'deny all traffic to and from the pod'
      : 'cut the pod off metadata service, API server and kubelets'
  return {
    id: index === 0 ? 'create-policy' : `create-policy-${index + 1}`,
    kind: 'create',
    title: `Create ${object.kind} ${name}: ${purpose}`,
    path,
    objectPath: `${path}/${name}`,
    body: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: {
        name,
        ...(namespace ? { namespace } : {}),
        labels: { [markers.managedBy]: markers.managedByValue, [markers.action]: who.actionId },
        annotations: {
          [markers.requestedBy]: who.requestedBy,
          [markers.requestedAt]: who.at,
          [markers.reason]: who.comment.slice(0, 500),
        },
        // Owned by the pod: the cluster itself removes the policy when the pod is gone (same namespace only).
        ...(namespace
          ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid }] }
          : {}),
      },
      spec: object.spec,
    },
  }
}

function labelPod(kind: ContainmentKind, pod: Pod, who: Who, taken: Record<string, string>): Operation {
  const keys = Object.keys(taken)
  const label = markers[kind]
  const body: JsonPatch = [{ op: 'test', path: '/metadata/uid', value: pod.metadata.uid }]
  if (!pod.metadata.labels) body.push({ op: 'add', path: '/metadata/labels', value: {} })
  for (const [key, value] of Object.entries(taken)) {
    body.push(
      { op: 'test', path: pointer('metadata', 'labels', key), value },
      { op: 'remove', path: pointer('metadata', 'labels', key) },
    )
  }
  body.push({ op: 'add', path: pointer('metadata', 'labels', label), value: who.actionId })
  if (keys.length > 0) {
    // A repair takes further labels; what was taken before must still find its way back.
    const note = { ...detachedLabels(pod), ...taken }
    if (!pod.metadata.annotations) body.push({ op: 'add', path: '/metadata/annotations', value: {} })
    body.push({
      op: 'add',
      path: pointer('metadata', 'annotations', markers.detachedLabels),
      value: JSON.stringify(note),
    })
  }
  const extra = keys.length > 0 ? ` and take its label${keys.length > 1 ? 's' : ''} ${keys.join(', ')}` : ''
  return {
    id: 'label-pod',
    kind: 'patch',
    title: `Label the pod ${label}=${who.actionId}${extra}`,
    path: `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`,
    uid: pod.metadata.uid,
    body,
    doneWhen: { [label]: who.actionId, ...Object.fromEntries(keys.map((k) => [k, null])) },
  }
}
