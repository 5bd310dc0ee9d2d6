import { MAYBE, NO, YES } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import { ANY_NAMESPACE, matchPods } from './end.ts'
import type { End, NamespaceScope, PodEnd } from './end.ts'
import { parseLabelSelector, selectorOf } from './label-selector.ts'
import type { Complain, Requirement, Selector } from './label-selector.ts'
import type { PeerMatch } from './rule.ts'

const NAMESPACE_LABEL = 'io.kubernetes.pod.namespace'
const NAMESPACE_LABELS = 'io.cilium.k8s.namespace.labels.'

/** Entities whose members a verdict can tell apart, and those known only by name. */
const NAMED_ONLY = ['kube-apiserver', 'health', 'ingress', 'init', 'unmanaged']
const ENTITIES = ['all', 'world', 'world-ipv4', 'world-ipv6', 'host', 'remote-node', 'cluster', 'none', ...NAMED_ONLY]

export interface EndpointSelector {
  text: string
  match(end: End): Certainty
  namespaces: NamespaceScope
  pods: Selector
}

/**
 * Reads an endpoint selector. In a namespaced policy it means that namespace unless it names one itself; in a
 * clusterwide one all pods. Labels of a source other than k8s are not in a World and match maybe.
 */
export function readEndpointSelector(
  value: unknown,
  namespace: string | null,
  complain: Complain,
  own: boolean,
): EndpointSelector {
  const selector = parseLabelSelector(value, complain, (key) => key.replace(/^(k8s|any)[:.](?=.)/, ''))
  const all = selector.requirements ?? []
  for (const requirement of all) {
    if (isUnknown(requirement.key)) requirement.unknown = true
    if (requirement.key.startsWith('reserved')) complain(`label ${requirement.key}`)
  }
  const about = (requirement: Requirement) =>
    requirement.key === NAMESPACE_LABEL || requirement.key.startsWith(NAMESPACE_LABELS)
  const doubtful = selector.requirements === null
  const scoped = namespace !== null && (own || !all.some(about)) ? namespace : null
  const spaces = all.filter(about).map(asNamespaceRequirement)
  const pods = selectorOf(
    all.filter((requirement) => !about(requirement)),
    doubtful,
  )
  const namespaces: NamespaceScope =
    scoped !== null && spaces.length === 0 ? { name: scoped } : { selector: selectorOf(spaces, doubtful) }
  const reserved = all.some((requirement) => requirement.key.startsWith('reserved'))
  const where = scoped !== null ? `namespace ${scoped}` : spaces.length > 0 ? selectorOf(spaces).text : 'any namespace'
  return {
    text: `pods (${pods.text}) in ${where}`,
    namespaces,
    pods,
    match(end) {
      if (end.kind === 'pod' && scoped !== null && end.pod.namespace !== scoped) return NO
      if (end.kind === 'pod' || end.kind === 'latent') return matchPods(end, namespaces, pods)
      return reserved || doubtful ? MAYBE : NO
    },
  }
}

function isUnknown(key: string): boolean {
  return (
    key.startsWith('reserved') ||
    key.startsWith('io.cilium.k8s.policy.') ||
    /^(cni|container|mesos|cidr|cidrgroup|fqdn|unspec|node|virtual)[:]/.test(key)
  )
}

function asNamespaceRequirement(requirement: Requirement): Requirement {
  const key =
    requirement.key === NAMESPACE_LABEL ? 'kubernetes.io/metadata.name' : requirement.key.slice(NAMESPACE_LABELS.length)
  return { ...requirement, key }
}

export function endpointPeer(selector: EndpointSelector): PeerMatch {
  return {
    text: selector.text,
    match: (end) => selector.match(end),
    latent: { namespaces: selector.namespaces, pods: selector.pods },
  }
}

export function isRelevantEntity(value: unknown): value is string {
  return typeof value === 'string' && ENTITIES.includes(value)
}

/** An entity as Cilium defines it; hostNetwork pods carry the identity of their node. */
export function entityPeer(entity: string): PeerMatch {
  const peer: PeerMatch = { text: `entity ${entity}`, match: (end, self) => entityHas(entity, end, self) }
  if (NAMED_ONLY.includes(entity)) peer.special = entity
  if (entity === 'all' || entity === 'cluster') peer.latent = { namespaces: ANY_NAMESPACE, pods: selectorOf([]) }
  return peer
}

function entityHas(entity: string, end: End, self: PodEnd): Certainty {
  if (entity === 'all') return YES
  if (entity === 'none') return NO
  if (end.kind === 'special') return specialHas(entity, end.name)
  if (entity === 'cluster') return end.kind === 'address' ? NO : YES
  if (end.kind === 'address') {
    if (entity === 'world') return YES
    if (entity === 'world-ipv4' || entity === 'world-ipv6') return entity.endsWith(String(end.family)) ? YES : NO
    return NO
  }
  if (end.kind !== 'node') return NO
  if (entity === 'kube-apiserver') return MAYBE
  const own = end.node === self.pod.node
  return (entity === 'host' && own) || (entity === 'remote-node' && !own) ? YES : NO
}

function specialHas(entity: string, name: string): Certainty {
  if (entity === 'cluster' || entity === name) return YES
  // The API server may be a node of the cluster or an address outside it.
  return name === 'kube-apiserver' ? MAYBE : NO
}
