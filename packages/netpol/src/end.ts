import { parseAddress, setHas, setHasFamily } from './address.ts'
import type { Address, AddressSet, Family } from './address.ts'
import { both, MAYBE, NO, sure } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import { ANY, matchDescribed, selectorOf } from './label-selector.ts'
import type { Selector } from './label-selector.ts'
import type { World, WorldPod } from './world.ts'

export interface PodEnd {
  kind: 'pod'
  pod: WorldPod
  namespaceLabels: Record<string, string>
  address: Address | undefined
  family: Family
}

/** A node; `node` null = some node other than the judged pod's. A hostNetwork pod is its node. */
export interface NodeEnd {
  kind: 'node'
  node: string | null
  pod?: WorldPod
  address: Address | undefined
  family: Family
}

export interface AddressEnd {
  kind: 'address'
  address: Address
  family: Family
}

/** A pod that need not exist, known only by the selectors it meets. */
export interface LatentEnd {
  kind: 'latent'
  like: LatentPod
  address: undefined
  family: Family
}

/** A peer known only by the name an enforcer gives it. */
export interface SpecialEnd {
  kind: 'special'
  name: string
  address: undefined
  family: Family
}

export type End = PodEnd | NodeEnd | AddressEnd | LatentEnd | SpecialEnd

export type NamespaceScope = { name: string } | { selector: Selector }

export interface LatentPod {
  namespaces: NamespaceScope
  pods: Selector
}

export const ANY_NAMESPACE: NamespaceScope = { selector: ANY }
const NAME_LABEL = 'kubernetes.io/metadata.name'

/** Namespace labels by name; the API server sets the name label on every namespace. */
export function namespaceLabels(world: World, name: string): Record<string, string> {
  const found = world.namespaces.find((namespace) => namespace.name === name)
  return { ...found?.labels, [NAME_LABEL]: name }
}

export function addressesOf(pod: WorldPod): Address[] {
  const texts = pod.ips && pod.ips.length > 0 ? pod.ips : [pod.ip]
  return texts.map((text) => parseAddress(text ?? '')).filter((address) => address !== null)
}

/** Whether a namespaced pod selector takes the end. Only pods of the pod network can be selected by labels. */
export function matchPods(end: End, namespaces: NamespaceScope, pods: Selector): Certainty {
  if (end.kind === 'pod') {
    const inScope =
      'name' in namespaces
        ? sure(end.pod.namespace === namespaces.name)
        : namespaces.selector.match(end.namespaceLabels)
    return inScope === NO ? NO : both(inScope, pods.match(end.pod.labels))
  }
  if (end.kind !== 'latent') return NO
  return both(matchScope(namespaces, end.like.namespaces), matchDescribed(pods, end.like.pods))
}

/** Whether a namespace scope takes a namespace of which only another scope is known to hold. */
export function matchScope(wanted: NamespaceScope, given: NamespaceScope): Certainty {
  if ('name' in wanted && 'name' in given) return sure(wanted.name === given.name)
  return matchDescribed(asSelector(wanted), asSelector(given))
}

function asSelector(scope: NamespaceScope): Selector {
  return 'selector' in scope ? scope.selector : selectorOf([{ key: NAME_LABEL, operator: 'In', values: [scope.name] }])
}

/** Whether the end's address is in the set; maybe where the address is not known. */
export function matchAddress(end: End, set: AddressSet): Certainty {
  if (end.address) return sure(setHas(set, end.address))
  if (setHasFamily(set, end.family)) return 2
  return set[end.family].length > 0 ? MAYBE : NO
}
