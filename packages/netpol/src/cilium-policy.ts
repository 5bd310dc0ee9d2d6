import { both, MAYBE, NO, YES } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import { nodePeer } from './admin-policy.ts'
import { entityPeer, endpointPeer, isRelevantEntity, readEndpointSelector } from './cilium-peer.ts'
import type { Complain } from './label-selector.ts'
import { parseLabelSelector } from './label-selector.ts'
import { lazyDirections } from './lazy-directions.ts'
import { ANYONE, blockPeer, doubtfulPeer } from './peer-match.ts'
import { ALL_PORTS, doubtfulPorts, LAST_PORT, namedPort, numberedPorts, PROTOCOLS, readProtocol } from './port-match.ts'
import { field, foreignKeys, isObject, listField, textField } from './read-object.ts'
import type { Direction, DirectionRules, Issue, ParsedPolicy, PeerMatch, PortMatch, Rule } from './rule.ts'
import type { PolicyObject } from './world.ts'

const SPEC_KEYS = ['endpointSelector', 'nodeSelector', 'ingress', 'egress', 'ingressDeny', 'egressDeny']
const SPEC_NOTES = ['enableDefaultDeny', 'description', 'labels', 'log']

/**
 * Reads a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy (cilium.io/v2): one policy per entry of `spec` and
 * `specs`. Any deny beats any allow, plain NetworkPolicies included.
 */
export function parseCiliumPolicy(object: PolicyObject): ParsedPolicy[] {
  const clusterwide = object.kind === 'CiliumClusterwideNetworkPolicy'
  const namespace = clusterwide ? null : (object.metadata?.namespace ?? 'default')
  const specs = [field(object, 'spec'), ...(listField(object, 'specs') ?? [])].filter((spec) => spec !== undefined)
  return specs.map((spec) => parseSpec(object, spec, namespace))
}

function parseSpec(object: PolicyObject, spec: unknown, namespace: string | null): ParsedPolicy {
  const issues: Issue[] = []
  const complain: Complain = (what) => issues.push({ what, mayOpen: true })
  if (!isObject(spec)) complain('spec is not an object')
  for (const key of foreignKeys(spec, [...SPEC_KEYS, ...SPEC_NOTES])) complain(`field ${key}`)
  const selector = field(spec, 'endpointSelector')
  const forNodes = selector === undefined && field(spec, 'nodeSelector') !== undefined
  if (selector === undefined && !forNodes) complain('neither endpointSelector nor nodeSelector')
  const scope = readEndpointSelector(selector ?? {}, namespace, complain, true)
  const read = (which: Direction) => readDirection(spec, which, namespace, complain)
  return {
    object,
    ref: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      ...(namespace === null ? {} : { namespace }),
      name: object.metadata?.name ?? '',
    },
    model: 'cilium',
    order: 0,
    tier: 'cilium',
    selects(pod) {
      if (forNodes || (namespace !== null && pod.pod.namespace !== namespace)) return NO
      return selector === undefined ? MAYBE : scope.match(pod)
    },
    ...lazyDirections(read, issues),
  }
}

/** A direction is under default deny once a rule stands in one of its two lists, unless enableDefaultDeny says no. */
function readDirection(
  spec: unknown,
  which: Direction,
  namespace: string | null,
  complain: Complain,
): DirectionRules | null {
  const rules: Rule[] = []
  for (const action of ['allow', 'deny'] as const) {
    const key = action === 'allow' ? which : `${which}Deny`
    const given = field(spec, key)
    if (given !== undefined && !Array.isArray(given)) complain(`${key} is not a list`)
    for (const [index, item] of (Array.isArray(given) ? given : []).entries()) {
      rules.push(
        readRule(item, { which, action, index, namespace }, (what) => complain(`${key} rule ${index}: ${what}`)),
      )
    }
  }
  if (rules.length === 0) return null
  return { rules, defaultDeny: field(field(spec, 'enableDefaultDeny'), which) !== false }
}

interface RulePlace {
  which: Direction
  action: 'allow' | 'deny'
  index: number
  namespace: string | null
}

function readRule(item: unknown, place: RulePlace, complain: Complain): Rule {
  const side = place.which === 'ingress' ? 'from' : 'to'
  let limit: Certainty = YES
  const doubt: Complain = (what) => {
    limit = MAYBE
    complain(what)
  }
  if (!isObject(item)) doubt('rule is not an object')
  const peerKeys = ['Endpoints', 'Entities', 'CIDR', 'CIDRSet', 'Nodes', 'FQDNs', 'Services', 'Groups'].map(
    (key) => side + key,
  )
  for (const key of foreignKeys(item, [...peerKeys, 'toPorts', 'authentication'])) doubt(`field ${key}`)
  if (field(item, 'authentication') !== undefined) limit = MAYBE
  const named = peerKeys.filter((key) => field(item, key) !== undefined)
  const peers = named.flatMap((key) => readPeers(field(item, key), key.slice(side.length), place, complain))
  const ports = readPorts(field(item, 'toPorts'), complain)
  // A rule that names neither peer nor port matches nobody; it only switches on default deny.
  if (named.length === 0 && (ports !== null || limit === MAYBE)) peers.push(ANYONE)
  return { action: place.action, index: place.index, peers, ports: ports ?? [ALL_PORTS], limit }
}

function readPeers(given: unknown, key: string, place: RulePlace, complain: Complain): PeerMatch[] {
  if (!Array.isArray(given)) {
    complain(`${key} is not a list`)
    return [doubtfulPeer('a peer that could not be read')]
  }
  switch (key) {
    case 'Endpoints':
      return given.map((item) => endpointPeer(readEndpointSelector(item, place.namespace, complain, false)))
    case 'Entities':
      return given.map((item) => {
        if (!isRelevantEntity(item)) complain(`entity ${String(item).slice(0, 40)}`)
        return isRelevantEntity(item) ? entityPeer(item) : doubtfulPeer('an entity that is not understood')
      })
    case 'CIDR':
      return [
        outsideOnly(
          blockPeer(
            given.map((cidr) => ({ cidr })),
            complain,
          ),
        ),
      ]
    case 'CIDRSet':
      return given.map((item) => readCidrSet(item, complain))
    case 'Nodes':
      return given.map((item) => nodePeer(parseLabelSelector(item, complain)))
    case 'FQDNs':
      return [{ text: 'addresses of DNS names', match: (end) => (end.kind === 'address' ? MAYBE : NO) }]
    default:
      complain(`${key} is not resolved`)
      return [doubtfulPeer(`peers by ${key}`)]
  }
}

function readCidrSet(item: unknown, complain: Complain): PeerMatch {
  if (foreignKeys(item, ['cidr', 'except']).length > 0 || field(item, 'cidr') === undefined) {
    complain('CIDR group is not resolved')
    return { text: 'a CIDR group', match: (end) => (end.kind === 'pod' || end.kind === 'latent' ? NO : MAYBE) }
  }
  return outsideOnly(blockPeer([item], complain))
}

/** Cilium's CIDR rules never mean pods, and nodes only by a setting of the agent that a World does not show. */
function outsideOnly(peer: PeerMatch): PeerMatch {
  return {
    ...peer,
    match(end, self) {
      if (end.kind === 'pod' || end.kind === 'latent') return NO
      const certainty = peer.match(end, self)
      return end.kind === 'address' ? certainty : both(certainty, MAYBE)
    },
  }
}

/** Null where no port is named at all. L7 rules narrow an allow further; for reachability the L4 port is open. */
function readPorts(given: unknown, complain: Complain): PortMatch[] | null {
  if (given === undefined) return null
  if (!Array.isArray(given)) {
    complain('toPorts is not a list')
    return [doubtfulPorts('ports that could not be read')]
  }
  if (given.length === 0) return null
  return given.flatMap((item) => {
    const known = ['ports', 'rules', 'serverNames', 'originatingTLS', 'terminatingTLS', 'listener']
    for (const key of foreignKeys(item, known)) complain(`toPorts field ${key}`)
    const narrowed = foreignKeys(item, ['ports']).length > 0
    const ports = listField(item, 'ports') ?? []
    const read = ports.length === 0 ? [ALL_PORTS] : ports.map((port) => readPort(port, complain))
    return narrowed ? read.map((port) => ({ ...port, match: atMostMaybe(port.match) })) : read
  })
}

function atMostMaybe(match: PortMatch['match']): PortMatch['match'] {
  return (query, target) => both(match(query, target), MAYBE)
}

function readPort(item: unknown, complain: Complain): PortMatch {
  const text = field(item, 'port')
  const protocolName = textField(item, 'protocol') ?? 'ANY'
  const protocol = readProtocol(protocolName)
  const protocols = protocolName === 'ANY' ? PROTOCOLS : protocol ? [protocol] : null
  const port =
    typeof text === 'number' ? text : typeof text === 'string' && /^\d{1,5}$/.test(text) ? Number(text) : null
  const end = field(item, 'endPort')
  const foreign = foreignKeys(item, ['port', 'protocol', 'endPort'])
  const last = typeof end === 'number' && end !== 0 ? end : port
  const badRange = port !== null && (last === null || port > LAST_PORT || last < port || last > LAST_PORT)
  if (
    !protocols ||
    foreign.length > 0 ||
    badRange ||
    (port === null && typeof text !== 'string' && text !== undefined)
  ) {
    complain('port is not understood')
    return doubtfulPorts('ports that are not understood')
  }
  if (text === undefined || port === 0) return numberedPorts(protocols, 0, LAST_PORT)
  if (port === null || last === null) return namedPort(protocols, String(text))
  return numberedPorts(protocols, port, last)
}
