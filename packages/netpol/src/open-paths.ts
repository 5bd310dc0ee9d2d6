import { exploreDirection } from './explore.ts'
import { policyName } from './explain.ts'
import { resolvePeer } from './resolve-peer.ts'
import type { PeerInput } from './resolve-peer.ts'
import type { Direction, PolicyRef } from './rule.ts'
import { viewWorld } from './world-view.ts'
import type { WorldView } from './world-view.ts'
import type { PolicyObject, World, WorldPod } from './world.ts'

/** Something that can still reach a pod (ingress) or that it can still reach (egress). */
export interface OpenPath {
  direction: Direction
  kind: 'everyone' | 'pods' | 'node' | 'outside' | 'special' | 'not-understood'
  /** The other end in words. */
  peer: string
  /** Known pods, for kind `pods`. */
  pods: { namespace: string; pod: string }[]
  /** CIDR blocks or `first-last`, for kind `outside`. */
  ranges: string[]
  /** Such as `TCP 8080`, `UDP all`, or `all ports`. */
  ports: string[]
  /** Whose rule opens it; absent where no policy decides. */
  policy?: PolicyRef
  /** Nothing uses it now: no such pod exists yet, or the known pods are stopped by policies of their own. */
  latent: boolean
  /** It rests on something not fully known, and is taken to be open. */
  uncertain: boolean
  text: string
}

export interface IsolationVerdict {
  /** True only when no path is open, latent or uncertain beyond `unavoidable`. For new connections. */
  isolated: boolean
  partly: OpenPath[]
  /** What no policy can close, in words. */
  unavoidable: string[]
}

/** What a world says that is not understood, per policy. */
export interface Unsupported {
  policy: PolicyRef
  what: string
}

/**
 * All paths still open for a pod by the policies selecting it: known pods, nodes, every outside address (by exact
 * partition of the address and port space, not by samples), and pods that do not exist yet. Its own node's ingress and
 * loopback are not listed: see `isolationVerdict`. Throws TypeError for an unknown or ambiguous pod.
 */
export function openPaths(world: World, pod: PeerInput): OpenPath[] {
  const view = viewWorld(world)
  return pathsOf(view, podOf(world, pod))
}

function podOf(world: World, input: PeerInput): WorldPod {
  const found = resolvePeer(world, input)
  if (found.kind !== 'pod') throw new TypeError('a pod is needed here, not an address or a node')
  return found.pod
}

function pathsOf(view: WorldView, pod: WorldPod): OpenPath[] {
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const stack = view.stack(pod, direction)
    const doubts = notUnderstood(view, pod, direction)
    if (stack.selecting.length === 0) return [everyone(pod, direction), ...doubts]
    return [...exploreDirection(view, pod, direction), ...doubts]
  })
}

function everyone(pod: WorldPod, direction: Direction): OpenPath {
  const why = pod.hostNetwork ? 'it uses its node’s network, where policies do not apply' : 'no policy selects it'
  return {
    direction,
    kind: 'everyone',
    peer: 'everyone: all pods, nodes and outside addresses',
    pods: [],
    ranges: ['0.0.0.0/0', '::/0'],
    ports: ['all ports'],
    latent: false,
    uncertain: false,
    text: `all ${direction} of ${pod.namespace}/${pod.name} is open: ${why}`,
  }
}

function notUnderstood(view: WorldView, pod: WorldPod, direction: Direction): OpenPath[] {
  const self = view.ends(pod)[0]
  return view.policies
    .filter((policy) => self && policy.selects(self) > 0 && policy.issues().some((issue) => issue.mayOpen))
    .map((policy) => ({
      direction,
      kind: 'not-understood',
      peer: 'unknown',
      pods: [],
      ranges: [],
      ports: ['unknown'],
      policy: policy.ref,
      latent: false,
      uncertain: true,
      text: `${policyName(policy.ref)} may open ${direction}: ${policy.issues()[0]?.what ?? ''}`,
    }))
}

/** Whether the pod is cut off for new connections, and if not, what is left open and by whom. */
export function isolationVerdict(world: World, pod: PeerInput): IsolationVerdict {
  const view = viewWorld(world)
  const found = podOf(world, pod)
  const partly = pathsOf(view, found)
  return { isolated: partly.length === 0, partly, unavoidable: unavoidable(world, found) }
}

function unavoidable(world: World, pod: WorldPod): string[] {
  if (pod.hostNetwork) return ['a pod in its node’s network cannot be isolated by policies']
  const hosts = world.pods.filter((one) => one.hostNetwork && one.node === pod.node)
  const names = hosts.map((one) => `${one.namespace}/${one.name}`)
  const also = names.length > 0 ? `, among them hostNetwork pods ${names.join(', ')}` : ''
  return [
    `ingress from its own node ${pod.node}: kubelet probes and every process in the node’s network${also}`,
    'loopback: containers of the pod reach each other',
  ]
}

/** Policies of any tier that select the pod in a direction, in the order of the world; none for hostNetwork pods. */
export function selecting(world: World, pod: PeerInput, direction: Direction): PolicyObject[] {
  const stack = viewWorld(world).stack(podOf(world, pod), direction)
  return [...new Set(stack.selecting.map((policy) => policy.object))]
}

/** Every part of the world's policies that is not understood, or that enforcers disagree on. */
export function unsupported(world: World): Unsupported[] {
  const view = viewWorld(world)
  const out = view.policies.flatMap((policy) =>
    policy.issues().map((issue) => ({ policy: policy.ref, what: issue.what })),
  )
  const tierNames = view.tiers.map((tier) => tier.name)
  const wellKnown = ['default', 'kube-admin', 'kube-baseline', 'adminnetworkpolicy', 'baselineadminnetworkpolicy']
  for (const policy of view.policies) {
    if (policy.model === 'calico' && ![...wellKnown, ...tierNames].includes(policy.tier)) {
      out.push({ policy: policy.ref, what: `tier ${policy.tier} has no Tier object here: its denials are not counted` })
    }
  }
  const cilium = view.policies.some((policy) => policy.model === 'cilium')
  const other = view.policies.find((policy) => ['calico', 'admin', 'baseline'].includes(policy.model))
  if (cilium && other) {
    out.push({ policy: other.ref, what: 'policies of two enforcers: the more permissive answer is taken' })
  }
  return out
}
