import { both, MAYBE, NO, opposite, sure, YES } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import { parseCalicoSelector } from './calico-selector.ts'
import { ANY_NAMESPACE, matchAddress, matchScope } from './end.ts'
import type { End, NamespaceScope, PodEnd } from './end.ts'
import { matchDescribed, selectorOf } from './label-selector.ts'
import type { Complain, Selector } from './label-selector.ts'
import { blockPeer } from './peer-match.ts'
import { foreignKeys, listField, textField } from './read-object.ts'
import type { PeerMatch } from './rule.ts'

const KEYS = ['nets', 'notNets', 'selector', 'notSelector', 'namespaceSelector', 'ports', 'notPorts']
const UNRESOLVED = ['serviceAccounts', 'services', 'domains']

/** One side of a Calico rule (source or destination): all conditions given must hold. */
export interface Entity {
  nets?: PeerMatch
  notNets?: PeerMatch
  selector?: Selector
  notSelector?: Selector
  namespaces?: NamespaceScope | 'global'
  ports?: unknown[]
  notPorts?: unknown[]
  /** It carries a condition that is not resolved. */
  doubtful: boolean
}

/** Labels a World does not carry: those of the service account. */
export function isUnknownLabel(key: string): boolean {
  return key.startsWith('pcsa.') || key === 'projectcalico.org/serviceaccount'
}

/** A pod's labels as Calico sees them: with its namespace, and the namespace's labels under `pcns.`. */
export function calicoLabels(end: PodEnd): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const [key, value] of Object.entries(end.namespaceLabels)) labels[`pcns.${key}`] = value
  Object.assign(labels, end.pod.labels)
  labels['projectcalico.org/namespace'] = end.pod.namespace
  labels['projectcalico.org/orchestrator'] = 'k8s'
  return labels
}

export function readNamespaceSelector(text: string | undefined, complain: Complain): NamespaceScope | 'global' | null {
  if (text === undefined || text.trim() === '') return null
  if (text.trim() === 'global()') return 'global'
  const rename = text.replaceAll('projectcalico.org/name', 'kubernetes.io/metadata.name')
  return { selector: parseCalicoSelector(rename, complain, isUnknownLabel) }
}

/**
 * Reads an entity rule. In a namespaced policy a selector without namespaceSelector means pods of that namespace.
 */
export function readEntity(value: unknown, namespace: string | null, complain: Complain): Entity {
  const entity: Entity = { doubtful: false }
  for (const key of foreignKeys(value, KEYS)) {
    entity.doubtful = true
    complain(UNRESOLVED.includes(key) ? `${key} is not resolved` : `field ${key}`)
  }
  const nets = listField(value, 'nets')
  const notNets = listField(value, 'notNets')
  if (nets && nets.length > 0)
    entity.nets = blockPeer(
      nets.map((cidr) => ({ cidr: asBlock(cidr) })),
      complain,
    )
  if (notNets && notNets.length > 0)
    entity.notNets = blockPeer(
      notNets.map((cidr) => ({ cidr: asBlock(cidr) })),
      complain,
    )
  const selector = textField(value, 'selector') ?? ''
  const notSelector = textField(value, 'notSelector') ?? ''
  if (selector !== '') entity.selector = parseCalicoSelector(selector, complain, isUnknownLabel)
  if (notSelector !== '') entity.notSelector = parseCalicoSelector(notSelector, complain, isUnknownLabel)
  const spaces = readNamespaceSelector(textField(value, 'namespaceSelector'), complain)
  if (spaces) entity.namespaces = spaces
  else if (selector !== '' && namespace !== null) entity.namespaces = { name: namespace }
  const ports = listField(value, 'ports')
  const notPorts = listField(value, 'notPorts')
  if (ports && ports.length > 0) entity.ports = ports
  if (notPorts && notPorts.length > 0) entity.notPorts = notPorts
  return entity
}

/** Calico takes a bare address as a block of one. */
function asBlock(net: unknown): unknown {
  if (typeof net !== 'string' || net.includes('/')) return net
  return `${net}/${net.includes(':') ? 128 : 32}`
}

export function entityPeer(entity: Entity, family: 4 | 6 | null): PeerMatch {
  const addresses = joined(entity)
  const peer: PeerMatch = {
    text: describe(entity),
    match(end, self) {
      let result: Certainty = family === null ? YES : sure(end.family === family)
      if (entity.nets?.addresses) result = both(result, matchAddress(end, entity.nets.addresses))
      if (entity.notNets) result = both(result, opposite(entity.notNets.match(end, self)))
      if (entity.selector || entity.namespaces) result = both(result, matchSelected(end, entity))
      if (entity.notSelector)
        result = both(result, opposite(matchSelected(end, { selector: entity.notSelector, doubtful: false })))
      return result
    },
  }
  if (addresses) peer.addresses = addresses
  if (!entity.nets) {
    const namespaces = !entity.namespaces || entity.namespaces === 'global' ? ANY_NAMESPACE : entity.namespaces
    peer.latent = { namespaces, pods: entity.selector ?? selectorOf([]) }
  }
  return peer
}

/** Both nets and notNets set boundaries; which side of them matches is the matter of `match`. */
function joined(entity: Entity): PeerMatch['addresses'] | null {
  const sets = [entity.nets?.addresses, entity.notNets?.addresses].filter((set) => set !== undefined)
  if (sets.length === 0) return null
  return { 4: sets.flatMap((set) => set[4]), 6: sets.flatMap((set) => set[6]) }
}

/** A selector takes pods; a host endpoint or a network set of that label, should there be one, is not in a World. */
function matchSelected(end: End, entity: Entity): Certainty {
  if (end.kind === 'node') return MAYBE
  if (end.kind === 'pod') {
    if (entity.namespaces === 'global') return NO
    const there = inScope(entity.namespaces, end)
    return both(there, entity.selector ? entity.selector.match(calicoLabels(end)) : YES)
  }
  if (end.kind === 'latent') {
    if (entity.namespaces === 'global') return NO
    const there = entity.namespaces ? matchScope(entity.namespaces, end.like.namespaces) : YES
    return both(there, entity.selector ? matchDescribed(entity.selector, end.like.pods) : YES)
  }
  return NO
}

function inScope(scope: Entity['namespaces'], end: PodEnd): Certainty {
  if (!scope || scope === 'global') return YES
  return 'name' in scope ? sure(end.pod.namespace === scope.name) : scope.selector.match(end.namespaceLabels)
}

function describe(entity: Entity): string {
  const parts: string[] = []
  if (entity.nets) parts.push(entity.nets.text)
  if (entity.notNets) parts.push(`not ${entity.notNets.text}`)
  if (entity.selector || entity.namespaces) {
    const where = !entity.namespaces
      ? ''
      : entity.namespaces === 'global'
        ? ' outside namespaces'
        : 'name' in entity.namespaces
          ? ` in namespace ${entity.namespaces.name}`
          : ` in namespaces (${entity.namespaces.selector.text})`
    parts.push(`pods (${entity.selector?.text ?? 'any'})${where}`)
  }
  if (entity.notSelector) parts.push(`not pods (${entity.notSelector.text})`)
  return parts.join(' and ').slice(0, 300) || 'anyone'
}
