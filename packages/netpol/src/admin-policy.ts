import { MAYBE, NO, YES } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import { matchPods } from './end.ts'
import type { End, NamespaceScope, PodEnd } from './end.ts'
import { parseLabelSelector } from './label-selector.ts'
import type { Complain, Selector } from './label-selector.ts'
import { lazyDirections } from './lazy-directions.ts'
import { blockPeer, doubtfulPeer, podPeer } from './peer-match.ts'
import { ALL_PORTS, doubtfulPorts, isPort, LAST_PORT, namedPort, numberedPorts, PROTOCOLS } from './port-match.ts'
import { readProtocol } from './port-match.ts'
import { field, foreignKeys, isObject, listField, numberField, textField } from './read-object.ts'
import type { Direction, DirectionRules, Issue, ParsedPolicy, PeerMatch, PortMatch, Protocol, Rule } from './rule.ts'
import type { PolicyObject } from './world.ts'

const ACTIONS: Record<string, Rule['action']> = { Allow: 'allow', Accept: 'allow', Deny: 'deny', Pass: 'pass' }

/**
 * Reads the policy.networking.k8s.io kinds: ClusterNetworkPolicy (v1alpha2), AdminNetworkPolicy and
 * BaselineAdminNetworkPolicy (v1alpha1). What they do not match is left to the next tier.
 */
export function parseAdminPolicy(object: PolicyObject): ParsedPolicy {
  const issues: Issue[] = []
  const complain: Complain = (what) => issues.push({ what, mayOpen: true })
  const spec = field(object, 'spec')
  for (const key of foreignKeys(spec, ['tier', 'priority', 'subject', 'ingress', 'egress'])) complain(`field ${key}`)
  const baseline = isBaseline(object, spec, complain)
  const subject = readSubject(field(spec, 'subject'), complain)
  const order = numberField(spec, 'priority')
  if (order === undefined && object.kind !== 'BaselineAdminNetworkPolicy') complain('priority is missing')
  const ordered = order !== undefined || object.kind === 'BaselineAdminNetworkPolicy'
  const read = (which: Direction) => readDirection(spec, which, ordered, complain)
  return {
    object,
    ref: { apiVersion: object.apiVersion, kind: object.kind, name: object.metadata?.name ?? '' },
    model: baseline ? 'baseline' : 'admin',
    order: order ?? 0,
    tier: baseline ? 'kube-baseline' : 'kube-admin',
    selects: subject,
    ...lazyDirections(read, issues),
  }
}

function isBaseline(object: PolicyObject, spec: unknown, complain: Complain): boolean {
  if (object.kind !== 'ClusterNetworkPolicy') return object.kind === 'BaselineAdminNetworkPolicy'
  const tier = field(spec, 'tier')
  if (tier !== 'Admin' && tier !== 'Baseline') complain('tier is neither Admin nor Baseline')
  return tier !== 'Admin'
}

function readSubject(subject: unknown, complain: Complain): (pod: PodEnd) => Certainty {
  const scope = podScope(subject, complain)
  if (!scope || foreignKeys(subject, ['namespaces', 'pods']).length > 0) {
    complain('subject is not understood')
    return () => MAYBE
  }
  return (pod) => matchPods(pod, scope.namespaces, scope.pods)
}

function podScope(value: unknown, complain: Complain): { namespaces: NamespaceScope; pods: Selector } | null {
  const namespaces = field(value, 'namespaces')
  const pods = field(value, 'pods')
  if (namespaces !== undefined && pods === undefined) {
    return {
      namespaces: { selector: parseLabelSelector(namespaces, complain) },
      pods: parseLabelSelector(undefined, complain),
    }
  }
  if (pods === undefined || namespaces !== undefined) return null
  for (const key of foreignKeys(pods, ['namespaceSelector', 'podSelector'])) complain(`pods field ${key}`)
  return {
    namespaces: { selector: parseLabelSelector(field(pods, 'namespaceSelector'), complain) },
    pods: parseLabelSelector(field(pods, 'podSelector'), complain),
  }
}

function readDirection(spec: unknown, which: Direction, ordered: boolean, complain: Complain): DirectionRules | null {
  const given = field(spec, which)
  if (given === undefined) return null
  if (!Array.isArray(given)) complain(`${which} is not a list`)
  const rules = (Array.isArray(given) ? given : []).map((item, index): Rule => {
    const note: Complain = (what) => complain(`${which} rule ${index}: ${what}`)
    let limit: Certainty = ordered ? YES : MAYBE
    const doubt: Complain = (what) => {
      limit = MAYBE
      note(what)
    }
    const peerKey = which === 'ingress' ? 'from' : 'to'
    const known = ['name', 'action', peerKey, 'ports', 'protocols']
    for (const key of foreignKeys(item, known)) doubt(`field ${key}`)
    const name = textField(item, 'action') ?? ''
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
    if (!action) doubt('action is not understood')
    const peers = (listField(item, peerKey) ?? []).map((peer) => readPeer(peer, which, note))
    const ports = readPorts(item, note)
    return { action: action ?? 'allow', index, peers, ports, limit }
  })
  return { rules, defaultDeny: false }
}

function readPeer(peer: unknown, which: Direction, complain: Complain): PeerMatch {
  const keys = isObject(peer) ? foreignKeys(peer, []) : []
  const key = keys.length === 1 ? keys[0] : undefined
  if (key === 'namespaces' || key === 'pods') {
    const scope = podScope(peer, complain)
    if (scope) return podPeer(scope.namespaces, scope.pods)
  }
  if (which === 'egress' && key === 'networks') {
    return blockPeer(
      (listField(peer, 'networks') ?? []).map((cidr) => ({ cidr })),
      complain,
    )
  }
  if (which === 'egress' && key === 'nodes') return nodePeer(parseLabelSelector(field(peer, 'nodes'), complain))
  if (which === 'egress' && key === 'domainNames') {
    const names = (listField(peer, 'domainNames') ?? []).map(String).slice(0, 5).join(', ')
    return { text: `names ${names}`, match: (end) => (end.kind === 'address' ? MAYBE : NO) }
  }
  complain('peer is not understood')
  return doubtfulPeer('a peer that is not understood')
}

/** Nodes by label. A World carries no node labels, so only the empty selector is certain. */
export function nodePeer(selector: Selector): PeerMatch {
  const certainty: Certainty = selector.requirements?.length === 0 ? YES : MAYBE
  return { text: `nodes (${selector.text})`, match: (end: End) => (end.kind === 'node' ? certainty : NO) }
}

function readPorts(rule: unknown, complain: Complain): PortMatch[] {
  const given = listField(rule, 'ports') ?? listField(rule, 'protocols')
  if (given === undefined) {
    if (field(rule, 'ports') === undefined && field(rule, 'protocols') === undefined) return [ALL_PORTS]
    complain('ports are not a list')
    return [doubtfulPorts('ports that could not be read')]
  }
  return given.map((item) => {
    const port = isObject(item) ? readPort(item) : null
    if (!port) complain('port is not understood')
    return port ?? doubtfulPorts('ports that are not understood')
  })
}

function readPort(item: Record<string, unknown>): PortMatch | null {
  const keys = foreignKeys(item, [])
  if (keys.length !== 1) return null
  switch (keys[0]) {
    case 'portNumber':
      return range([readProtocol(field(item.portNumber, 'protocol') ?? 'TCP')], field(item.portNumber, 'port'))
    case 'portRange':
      return range(
        [readProtocol(field(item.portRange, 'protocol') ?? 'TCP')],
        field(item.portRange, 'start'),
        field(item.portRange, 'end'),
      )
    case 'namedPort':
    case 'destinationNamedPort': {
      const name = textField(item, keys[0])
      return name === undefined ? null : namedPort(PROTOCOLS, name)
    }
    case 'tcp':
    case 'udp':
    case 'sctp':
      return destination([readProtocol(keys[0].toUpperCase())], item[keys[0]])
    default:
      return null
  }
}

function destination(protocols: (Protocol | null)[], match: unknown): PortMatch | null {
  if (foreignKeys(match, ['destinationPort']).length > 0) return null
  const port = field(match, 'destinationPort')
  if (port === undefined) return range(protocols, 0, LAST_PORT)
  const numbers = field(port, 'range')
  if (numbers !== undefined) return range(protocols, field(numbers, 'start'), field(numbers, 'end'))
  return range(protocols, field(port, 'number'))
}

function range(protocols: (Protocol | null)[], first: unknown, last: unknown = first): PortMatch | null {
  const known = protocols.filter((protocol) => protocol !== null)
  if (known.length !== protocols.length || !isPort(first) || !isPort(last)) return null
  return numberedPorts(known, first, last)
}
