import { formatInterval, merge } from './address.ts'
import type { Family, Interval } from './address.ts'
import { decide } from './decide.ts'
import type { Outcome } from './decide.ts'
import { ANY_NAMESPACE } from './end.ts'
import type { End, PodEnd } from './end.ts'
import { policyName } from './explain.ts'
import { ANY } from './label-selector.ts'
import type { OpenPath } from './open-paths.ts'
import { boundsOf, coarse, collect, namesOf, narrow, PathSearch, portMatcher } from './path-search.ts'
import type { PolicyStack } from './policy-stack.ts'
import { portIntervals, portTexts } from './port-partition.ts'
import type { Direction, Rule } from './rule.ts'
import type { WorldView } from './world-view.ts'
import type { WorldPod } from './world.ts'

const FAMILIES: readonly Family[] = [4, 6]

/** One open finding before findings of the same cause are put together. */
interface Finding {
  outcome: Outcome
  kind: OpenPath['kind']
  ports: string[]
  latent: boolean
  pod?: WorldPod
  family?: Family
  interval?: Interval
  label: string
}

/**
 * Explores one direction of a pod that some policy selects. Rules see peers only through selectors, entities and
 * address boundaries, so one representative per elementary interval stands for all its addresses, and one per
 * elementary port range for all its ports. Nothing is sampled.
 */
export function exploreDirection(view: WorldView, pod: WorldPod, direction: Direction): OpenPath[] {
  const stack = view.stack(pod, direction)
  const search = new PathSearch(stack)
  const findings: Finding[] = [
    ...view.world.pods
      .filter((one) => one !== pod && !one.hostNetwork)
      .flatMap((one) => knownPod(view, search, pod, one)),
    ...outside(search),
  ]
  findings.push(...nodes(view, search, pod))
  findings.push(...described(search, findings))
  return group(stack, findings)
}

/** A known pod, in both directions: its own policies may stop what the judged pod's policies leave open. */
function knownPod(view: WorldView, search: PathSearch, pod: WorldPod, other: WorldPod): Finding[] {
  const back = new PathSearch(view.stack(other, search.stack.direction === 'ingress' ? 'egress' : 'ingress'))
  const own = view.ends(pod)
  return view.ends(other).flatMap((end) => {
    const self = own.find((one) => one.family === end.family) ?? own[0]
    return self ? pairOf(search, back, self, end) : []
  })
}

function pairOf(search: PathSearch, back: PathSearch, own: PodEnd, end: PodEnd): Finding[] {
  const { stack } = search
  const target = stack.direction === 'ingress' ? own : end
  const here = search.active(end)
  const there = back.active(own)
  const both = [...here, ...there]
  const near = narrow(stack, here)
  const far = narrow(back.stack, there)
  const intervals = portIntervals(boundsOf(both), namesOf(both, target))
  const rest = { kind: 'pods' as const, pod: end.pod, label: '' }
  if (!search.spend(intervals.length * (both.length + 1))) {
    return coarse(near, here).map((found) => ({ ...found, ...rest, latent: false }))
  }
  const ours = portMatcher(here, target)
  const theirs = portMatcher(there, target)
  const reach = new Map(intervals.map((interval) => [interval, decide(near, ours(interval))]))
  const stopped = new Map(intervals.map((interval) => [interval, !decide(far, theirs(interval)).allowed]))
  return [false, true].flatMap((latent) => {
    const some = intervals.filter((interval) => stopped.get(interval) === latent)
    return collect(some, (interval) => reach.get(interval) ?? { allowed: true, certain: false }).map((found) => ({
      outcome: found.outcome,
      ports: portTexts(found.intervals),
      latent,
      ...rest,
    }))
  })
}

/** Every outside address: one evaluation per interval between the boundaries the rules know. */
function outside(search: PathSearch): Finding[] {
  const findings: Finding[] = []
  for (const family of FAMILIES) {
    for (const { interval, end, active } of search.outside(family)) {
      for (const found of search.open(end, active)) {
        findings.push({ ...found, kind: 'outside', latent: false, family, interval, label: '' })
      }
    }
  }
  return findings
}

/** Nodes whose address is not known; left out where the same rule is listed for outside addresses already. */
function nodes(view: WorldView, search: PathSearch, pod: WorldPod): Finding[] {
  const ends: { end: End; label: string }[] = []
  for (const family of FAMILIES) {
    ends.push({ end: { kind: 'node', node: null, address: undefined, family }, label: 'other nodes' })
    if (search.stack.direction === 'egress') {
      ends.push({
        end: { kind: 'node', node: pod.node, address: undefined, family },
        label: `its own node ${pod.node}`,
      })
    }
  }
  for (const host of view.world.pods.filter((one) => one.hostNetwork)) {
    if (search.stack.direction === 'ingress' && host.node === pod.node) continue
    for (const own of view.ends(host)) {
      const end: End = { kind: 'node', node: host.node, pod: host, address: own.address, family: own.family }
      ends.push({ end, label: `node ${host.node} (hostNetwork pod ${host.namespace}/${host.name})` })
    }
  }
  return ends.flatMap(({ end, label }) =>
    search.open(end).map((found) => ({ ...found, kind: 'node' as const, latent: false, label })),
  )
}

/** Peers that no known pod stands for: pods yet to come, and entities known only by name. */
function described(search: PathSearch, known: Finding[]): Finding[] {
  const byPods = new Set(known.filter((one) => one.kind === 'pods').map((one) => one.outcome.rule))
  const ends: { end: End; kind: OpenPath['kind']; label: string }[] = []
  const anyPod = { namespaces: ANY_NAMESPACE, pods: ANY }
  const allowing = search.entries.filter((entry) => entry.rule.action !== 'deny').flatMap((entry) => entry.rule.peers)
  const peers = [...new Map(allowing.map((peer) => [peer.latent ?? peer.special ?? peer, peer])).values()]
  for (const family of FAMILIES) {
    ends.push({ end: { kind: 'latent', like: anyPod, address: undefined, family }, kind: 'pods', label: 'any pod' })
    for (const peer of peers) {
      if (peer.latent) {
        const end: End = { kind: 'latent', like: peer.latent, address: undefined, family }
        ends.push({ end, kind: 'pods', label: peer.text })
      }
      if (peer.special) {
        const end: End = { kind: 'special', name: peer.special, address: undefined, family }
        ends.push({ end, kind: 'special', label: peer.text })
      }
    }
  }
  const findings = ends.flatMap(({ end, kind, label }) =>
    search.open(end).map((found) => ({ ...found, kind, latent: kind === 'pods', label })),
  )
  return findings.filter((one) => one.kind !== 'pods' || !byPods.has(one.outcome.rule))
}

/** One path per cause, kind and ports. */
function group(stack: PolicyStack, findings: Finding[]): OpenPath[] {
  const outsideRules = new Set(findings.filter((one) => one.kind === 'outside').map((one) => one.outcome.rule))
  const ids = new Map<Rule | undefined, number>()
  const groups = new Map<string, Finding[]>()
  for (const one of findings) {
    const rule = one.outcome.rule
    if (one.kind === 'node' && outsideRules.has(rule)) continue
    if (!ids.has(rule)) ids.set(rule, ids.size)
    const future = one.latent && !one.pod
    // Any pod is the widest description; a narrower one of the same rule adds nothing.
    const key = [
      ids.get(rule),
      one.kind,
      one.latent,
      future,
      one.ports.join(),
      one.kind === 'pods' ? '' : one.label,
    ].join('|')
    const list = groups.get(key)
    if (list) list.push(one)
    else groups.set(key, [one])
  }
  return [...groups.values()].map((list) => toPath(stack, list))
}

function toPath(stack: PolicyStack, list: Finding[]): OpenPath {
  const { direction, self } = stack
  const first = list[0] as Finding
  const { layer, rule } = first.outcome
  const pods = uniquePods(list)
  const ranges = FAMILIES.flatMap((family) =>
    merge(list.filter((one) => one.family === family).flatMap((one) => (one.interval ? [one.interval] : []))).flatMap(
      (interval) => formatInterval(family, interval),
    ),
  )
  const peer = describePeer(first, list, pods, ranges)
  const policy = layer && rule ? { ...layer.policy.ref, ruleIndex: rule.index } : undefined
  const because = policy ? `${policyName(policy)}, ${direction} rule ${(rule?.index ?? 0) + 1}` : 'no policy decides it'
  const name = `${self.pod.namespace}/${self.pod.name}`
  const way = direction === 'ingress' ? `${peer} can reach ${name}` : `${name} can reach ${peer}`
  const uncertain = list.some((one) => !one.outcome.certain) && first.kind !== 'pods'
  const note = first.latent
    ? pods.length > 0
      ? ' (stopped for now by the other end’s policies)'
      : ' (none exists now)'
    : ''
  return {
    direction,
    kind: first.kind,
    peer,
    pods,
    ranges,
    ports: first.ports,
    ...(policy ? { policy } : {}),
    latent: first.latent,
    uncertain,
    text: `${way} on ${first.ports.join(', ')}${note}: ${because}`,
  }
}

function uniquePods(list: Finding[]): { namespace: string; pod: string }[] {
  const seen = new Map<string, { namespace: string; pod: string }>()
  for (const { pod } of list) {
    if (pod) seen.set(`${pod.namespace}/${pod.name}`, { namespace: pod.namespace, pod: pod.name })
  }
  return [...seen.values()]
}

function describePeer(
  first: Finding,
  list: Finding[],
  pods: { namespace: string; pod: string }[],
  ranges: string[],
): string {
  if (first.kind === 'outside') return `outside addresses ${few(ranges)}`
  if (pods.length > 0)
    return `${pods.length === 1 ? 'pod' : 'pods'} ${few(pods.map((one) => `${one.namespace}/${one.pod}`))}`
  if (first.kind === 'pods') return `future ${few([...new Set(list.map((one) => one.label))])}`
  return first.label
}

function few(names: string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 4).join(', ')} and ${names.length - 4} more`
}
