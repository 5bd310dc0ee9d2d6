import { both, MAYBE, sure, YES } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import type { NamespaceScope } from './end.ts'
import { parseLabelSelector } from './label-selector.ts'
import type { Complain } from './label-selector.ts'
import { lazyDirections } from './lazy-directions.ts'
import { ANYONE, blockPeer, doubtfulPeer, podPeer } from './peer-match.ts'
import { ALL_PORTS, doubtfulPorts, isPort, LAST_PORT, namedPort, numberedPorts, readProtocol } from './port-match.ts'
import { field, foreignKeys, isObject, listField } from './read-object.ts'
import type { Direction, DirectionRules, Issue, ParsedPolicy, PeerMatch, PortMatch, Rule } from './rule.ts'
import type { PolicyObject } from './world.ts'

/** Reads a networking.k8s.io/v1 NetworkPolicy. */
export function parseNetworkPolicy(object: PolicyObject): ParsedPolicy {
  const namespace = object.metadata?.namespace ?? 'default'
  const issues: Issue[] = []
  const complain: Complain = (what) => issues.push({ what, mayOpen: true })
  const spec = field(object, 'spec')
  if (spec !== undefined && !isObject(spec)) complain('spec is not an object')
  for (const key of foreignKeys(spec, ['podSelector', 'policyTypes', 'ingress', 'egress'])) complain(`field ${key}`)
  const selector = parseLabelSelector(field(spec, 'podSelector'), complain)
  const types = policyTypes(spec, complain)
  const read = (which: Direction) =>
    types.includes(which === 'ingress' ? 'Ingress' : 'Egress') ? direction(spec, which, namespace, complain) : null
  return {
    object,
    ref: { apiVersion: object.apiVersion, kind: object.kind, namespace, name: object.metadata?.name ?? '' },
    model: 'network-policy',
    order: 1000,
    tier: 'default',
    selects: (pod) => both(sure(pod.pod.namespace === namespace), selector.match(pod.pod.labels)),
    ...lazyDirections(read, issues),
  }
}

/** API default: Ingress always; Egress too when there is at least one egress rule. */
function policyTypes(spec: unknown, complain: Complain): string[] {
  const given = listField(spec, 'policyTypes')
  if (!given || given.length === 0) {
    return (listField(spec, 'egress') ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
  }
  for (const type of given) {
    if (type !== 'Ingress' && type !== 'Egress') complain(`policyTypes value ${String(type).slice(0, 40)}`)
  }
  return given.filter((type) => typeof type === 'string')
}

function direction(spec: unknown, which: Direction, namespace: string, complain: Complain): DirectionRules {
  const given = field(spec, which)
  if (given !== undefined && !Array.isArray(given)) complain(`${which} is not a list`)
  const peerKey = which === 'ingress' ? 'from' : 'to'
  const rules = (Array.isArray(given) ? given : []).map((item, index): Rule => {
    let limit: Certainty = YES
    const doubt = (what: string) => {
      limit = MAYBE
      complain(`${which} rule ${index}: ${what}`)
    }
    if (!isObject(item)) doubt('rule is not an object')
    for (const key of foreignKeys(item, [peerKey, 'ports'])) doubt(`field ${key}`)
    const note: Complain = (what) => complain(`${which} rule ${index}: ${what}`)
    const peers = peerList(field(item, peerKey), namespace, note)
    const ports = portList(field(item, 'ports'), note)
    return { action: 'allow', index, peers, ports, limit }
  })
  return { rules, defaultDeny: true }
}

function peerList(given: unknown, namespace: string, complain: Complain): PeerMatch[] {
  if (given === undefined) return [ANYONE]
  if (!Array.isArray(given)) {
    complain('peers are not a list')
    return [doubtfulPeer('a peer that could not be read')]
  }
  if (given.length === 0) return [ANYONE]
  // One address set for all plain ipBlocks of a rule: a rule may carry thousands.
  const isBlock = (peer: unknown) => isObject(field(peer, 'ipBlock')) && foreignKeys(peer, ['ipBlock']).length === 0
  const blocks = given.filter(isBlock).map((peer) => field(peer, 'ipBlock'))
  for (const key of blocks.flatMap((block) => foreignKeys(block, ['cidr', 'except']))) complain(`ipBlock field ${key}`)
  const rest = given.filter((peer) => !isBlock(peer)).map((peer) => readPeer(peer, namespace, complain))
  return blocks.length > 0 ? [...rest, blockPeer(blocks, complain)] : rest
}

function readPeer(peer: unknown, namespace: string, complain: Complain): PeerMatch {
  const block = field(peer, 'ipBlock')
  const pods = field(peer, 'podSelector')
  const namespaces = field(peer, 'namespaceSelector')
  const foreign = foreignKeys(peer, ['ipBlock', 'podSelector', 'namespaceSelector'])
  if (foreign.length > 0 || (block === undefined && pods === undefined && namespaces === undefined)) {
    complain(foreign.length > 0 ? `peer field ${foreign.join(', ')}` : 'empty peer')
    return doubtfulPeer('a peer that is not understood')
  }
  if (block !== undefined) {
    complain('ipBlock that is no object or stands together with a selector')
    return doubtfulPeer('a peer that is not understood')
  }
  const scope: NamespaceScope =
    namespaces === undefined ? { name: namespace } : { selector: parseLabelSelector(namespaces, complain) }
  return podPeer(scope, parseLabelSelector(pods, complain))
}

function portList(given: unknown, complain: Complain): PortMatch[] {
  if (given === undefined) return [ALL_PORTS]
  if (!Array.isArray(given)) {
    complain('ports are not a list')
    return [doubtfulPorts('ports that could not be read')]
  }
  return given.length === 0 ? [ALL_PORTS] : given.map((item) => readPort(item, complain))
}

function readPort(item: unknown, complain: Complain): PortMatch {
  const doubt = (what: string) => {
    complain(what)
    return doubtfulPorts('ports that are not understood')
  }
  if (!isObject(item)) return doubt('port is not an object')
  const foreign = foreignKeys(item, ['protocol', 'port', 'endPort'])
  if (foreign.length > 0) return doubt(`port field ${foreign.join(', ')}`)
  const protocol = readProtocol(field(item, 'protocol') ?? 'TCP')
  if (!protocol) return doubt(`protocol ${String(field(item, 'protocol')).slice(0, 20)}`)
  const port = field(item, 'port')
  const end = field(item, 'endPort')
  if (port === undefined && end === undefined) return numberedPorts([protocol], 0, LAST_PORT)
  if (typeof port === 'string' && end === undefined) return namedPort([protocol], port)
  if (!isPort(port) || (end !== undefined && (!isPort(end) || end < port))) return doubt('port or endPort')
  return numberedPorts([protocol], port, isPort(end) ? end : port)
}
