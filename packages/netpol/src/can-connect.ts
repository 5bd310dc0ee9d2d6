import type { Address } from './address.ts'
import { connectionMatcher, decide } from './decide.ts'
import type { End } from './end.ts'
import { addressesOf } from './end.ts'
import { explain, standing } from './explain.ts'
import { readQuery, resolvePeer, serviceTarget } from './resolve-peer.ts'
import type { PeerInput, Resolved } from './resolve-peer.ts'
import type { Direction } from './rule.ts'
import { viewWorld } from './world-view.ts'
import type { WorldView } from './world-view.ts'
import type { PortQuery, Reason, Verdict, World, WorldPod } from './world.ts'

/**
 * Whether a new connection is allowed by every policy in force: egress of the source and ingress of the target. A
 * connection to an outside address is judged by egress alone, one from there by ingress alone; a Service's ClusterIP
 * by the pods behind it. Established connections are another matter. Throws TypeError for an unknown or ambiguous pod.
 */
export function canConnect(
  world: World,
  from: PeerInput,
  to: PeerInput,
  query: { port: number; protocol?: PortQuery['protocol'] },
): Verdict {
  return connect(viewWorld(world), from, to, query)
}

/** `canConnect` over a world already read; use it to ask many questions of one snapshot. */
export function connect(
  view: WorldView,
  from: PeerInput,
  to: PeerInput,
  given: { port: number; protocol?: PortQuery['protocol'] },
): Verdict {
  const query = readQuery(given)
  const source = resolvePeer(view.world, from)
  const behind = serviceTarget(view.world, to, query)
  if (!behind) return judge(view, source, resolvePeer(view.world, to), query)
  const verdicts = behind.backends.map((backend) =>
    judge(view, source, { kind: 'pod', pod: backend.pod }, backend.query),
  )
  const best = verdicts.find((verdict) => verdict.allowed) ?? verdicts[0]
  if (best) return best
  const text = `Service ${behind.service.namespace}/${behind.service.name} has no pod for ${query.protocol} ${query.port}`
  return { allowed: false, because: [{ direction: 'egress', effect: 'deny', rule: 'no-rule-matches', text }] }
}

function judge(view: WorldView, from: Resolved, to: Resolved, query: PortQuery): Verdict {
  const early = exempt(from, to)
  if (early) return { allowed: true, because: [early] }
  let last: Verdict | null = null
  for (const [source, target] of addressPairs(from, to)) {
    const because = [side(view, 'egress', from, to, target, query), side(view, 'ingress', to, from, source, query)]
    const verdict = { allowed: because.every((reason) => reason.effect === 'allow'), because }
    if (verdict.allowed) return verdict
    last ??= verdict
  }
  return last ?? { allowed: true, because: [] }
}

/** What no policy can forbid: a pod to itself, and a node to the pods it runs (NetworkPolicy v1). */
function exempt(from: Resolved, to: Resolved): Reason | null {
  const self =
    from.kind === 'loopback' ||
    to.kind === 'loopback' ||
    (from.kind === 'pod' && to.kind === 'pod' && from.pod === to.pod)
  if (self) {
    return {
      direction: 'ingress',
      effect: 'allow',
      rule: 'self',
      text: 'a pod always reaches itself, no policy applies',
    }
  }
  const node = nodeOf(from)
  if (node !== null && to.kind === 'pod' && !to.pod.hostNetwork && to.pod.node === node) {
    const text = `traffic from node ${node} to a pod it runs is always allowed`
    return { direction: 'ingress', effect: 'allow', rule: 'own-node', text }
  }
  return null
}

/** The node a peer is on the network: hostNetwork pods use their node's addresses. */
function nodeOf(peer: Resolved): string | null {
  if (peer.kind === 'node') return peer.node
  return peer.kind === 'pod' && peer.pod.hostNetwork ? peer.pod.node : null
}

/** A dual-stack pair can use either family; with no family in common every pair is tried. */
function addressPairs(from: Resolved, to: Resolved): [Address | undefined, Address | undefined][] {
  const sources = addresses(from)
  const targets = addresses(to)
  const pairs = sources.flatMap((a) => targets.map((b): [Address | undefined, Address | undefined] => [a, b]))
  const fitting = pairs.filter(([a, b]) => !a || !b || a.family === b.family)
  return fitting.length > 0 ? fitting : pairs
}

function addresses(peer: Resolved): (Address | undefined)[] {
  if (peer.kind === 'outside') return [peer.address]
  const known = peer.kind === 'node' ? peer.addresses : peer.kind === 'pod' ? addressesOf(peer.pod) : []
  return known.length > 0 ? known : [undefined]
}

// oxlint-disable-next-line max-params -- its own end, the other end, and the address that one uses for this family
function side(
  view: WorldView,
  direction: Direction,
  own: Resolved,
  other: Resolved,
  address: Address | undefined,
  query: PortQuery,
): Reason {
  if (own.kind !== 'pod') return standing(direction, 'outside-cluster', own)
  if (own.pod.hostNetwork) return standing(direction, 'host-network', own)
  const stack = view.stack(own.pod, direction)
  const end = endOf(view, other, address)
  return explain(stack, decide(stack, connectionMatcher(stack, end, query)), end, query)
}

/** A resolved peer as the other end of a direction, using one of its addresses. */
export function endOf(view: WorldView, peer: Resolved, address: Address | undefined): End {
  const family = address?.family ?? 4
  if (peer.kind === 'outside') return { kind: 'address', address: peer.address, family }
  if (peer.kind === 'node') return { kind: 'node', node: peer.node, address, family }
  if (peer.kind === 'loopback') throw new TypeError('a loopback address is no other end')
  return podEnd(view, peer.pod, address)
}

function podEnd(view: WorldView, pod: WorldPod, address: Address | undefined): End {
  const family = address?.family ?? 4
  if (pod.hostNetwork) return { kind: 'node', node: pod.node, pod, address, family }
  const ends = view.ends(pod)
  const found = ends.find((end) => end.family === family && end.address?.value === address?.value) ?? ends[0]
  if (!found) throw new TypeError(`pod ${pod.namespace}/${pod.name} has no network end`)
  return found
}
