import { both, MAYBE, NO, sure, YES } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import { calicoLabels, entityPeer, isUnknownLabel, readEntity, readNamespaceSelector } from './calico-entity.ts'
import { parseCalicoSelector } from './calico-selector.ts'
import type { PodEnd } from './end.ts'
import type { Complain } from './label-selector.ts'
import { lazyDirections } from './lazy-directions.ts'
import { doubtfulPorts, isPort, namedPort, numberedPorts, PROTOCOLS } from './port-match.ts'
import { field, foreignKeys, isObject, listField, numberField, textField } from './read-object.ts'
import type { Direction, DirectionRules, Issue, ParsedPolicy, PortMatch, Protocol, Rule } from './rule.ts'
import type { PolicyObject } from './world.ts'

const SPEC_KEYS = ['tier', 'order', 'ingress', 'egress', 'selector', 'types', 'namespaceSelector', 'performanceHints']
const HOST_KEYS = ['doNotTrack', 'preDNAT', 'applyOnForward']
const ACCOUNT_KEY = 'serviceAccountSelector'
const ACTIONS: Record<string, Rule['action']> = { allow: 'allow', deny: 'deny', pass: 'pass', 'next-tier': 'pass' }

/** Reads a Calico NetworkPolicy or GlobalNetworkPolicy (projectcalico.org/v3, crd.projectcalico.org/v1). */
export function parseCalicoPolicy(object: PolicyObject): ParsedPolicy {
  const namespace = object.kind === 'NetworkPolicy' ? (object.metadata?.namespace ?? 'default') : null
  const issues: Issue[] = []
  const complain: Complain = (what) => issues.push({ what, mayOpen: true })
  const spec = field(object, 'spec')
  if (spec !== undefined && !isObject(spec)) complain('spec is not an object')
  for (const key of foreignKeys(spec, [...SPEC_KEYS, ...HOST_KEYS, ACCOUNT_KEY])) complain(`field ${key}`)
  const types = policyTypes(spec, complain)
  const read = (which: Direction) =>
    types.includes(which === 'ingress' ? 'Ingress' : 'Egress') ? readDirection(spec, which, namespace, complain) : null
  return {
    object,
    ref: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      ...(namespace === null ? {} : { namespace }),
      name: object.metadata?.name ?? '',
    },
    model: 'calico',
    order: numberField(spec, 'order') ?? Number.POSITIVE_INFINITY,
    tier: textField(spec, 'tier') ?? 'default',
    selects: readSubject(spec, namespace, complain),
    ...lazyDirections(read, issues),
  }
}

function readSubject(spec: unknown, namespace: string | null, complain: Complain): (pod: PodEnd) => Certainty {
  const selector = parseCalicoSelector(textField(spec, 'selector') ?? '', complain, isUnknownLabel)
  const spaces = namespace === null ? readNamespaceSelector(textField(spec, 'namespaceSelector'), complain) : null
  // Untracked and pre-DNAT policies are for host endpoints; a pod never meets them.
  const hostOnly = field(spec, 'doNotTrack') === true || field(spec, 'preDNAT') === true
  const byAccount = (textField(spec, ACCOUNT_KEY) ?? '') !== ''
  if (byAccount) complain(`${ACCOUNT_KEY} is not resolved`)
  return (pod) => {
    // global() means things outside every namespace, so no pod.
    if (hostOnly || spaces === 'global' || (namespace !== null && pod.pod.namespace !== namespace)) return NO
    const there = spaces !== null && 'selector' in spaces ? spaces.selector.match(pod.namespaceLabels) : YES
    return both(both(there, selector.match(calicoLabels(pod))), byAccount ? MAYBE : YES)
  }
}

/** API default: Egress alone when only egress rules are given, both when both are, else Ingress. */
function policyTypes(spec: unknown, complain: Complain): string[] {
  const given = listField(spec, 'types')
  if (given && given.length > 0) {
    for (const type of given) if (type !== 'Ingress' && type !== 'Egress') complain(`type ${String(type).slice(0, 40)}`)
    return given.map(String)
  }
  const ingress = (listField(spec, 'ingress') ?? []).length > 0
  const egress = (listField(spec, 'egress') ?? []).length > 0
  return egress ? (ingress ? ['Ingress', 'Egress'] : ['Egress']) : ['Ingress']
}

function readDirection(spec: unknown, which: Direction, namespace: string | null, complain: Complain): DirectionRules {
  const given = field(spec, which)
  if (given !== undefined && !Array.isArray(given)) complain(`${which} is not a list`)
  const rules: Rule[] = []
  for (const [index, item] of (Array.isArray(given) ? given : []).entries()) {
    const rule = readRule(item, { which, index, namespace }, (what) => complain(`${which} rule ${index}: ${what}`))
    if (rule) rules.push(rule)
  }
  return { rules, defaultDeny: true }
}

interface RulePlace {
  which: Direction
  index: number
  namespace: string | null
}

function readRule(item: unknown, place: RulePlace, complain: Complain): Rule | null {
  let limit: Certainty = YES
  const doubt: Complain = (what) => {
    limit = MAYBE
    complain(what)
  }
  const action = (textField(item, 'action') ?? '').toLowerCase()
  if (action === 'log') return null
  const known = [
    'action',
    'protocol',
    'notProtocol',
    'ipVersion',
    'icmp',
    'notICMP',
    'source',
    'destination',
    'http',
    'metadata',
  ]
  for (const key of foreignKeys(item, known)) doubt(`field ${key}`)
  const effect = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
  if (!effect) doubt('action is not understood')
  if (field(item, 'http') !== undefined) limit = MAYBE
  const source = readEntity(field(item, 'source'), place.namespace, complain)
  const destination = readEntity(field(item, 'destination'), place.namespace, complain)
  const peer = place.which === 'ingress' ? source : destination
  const own = place.which === 'ingress' ? destination : source
  // Source ports are chosen by the client, so a condition on them may or may not hold.
  if (source.ports !== undefined || source.notPorts !== undefined) limit = MAYBE
  if (source.doubtful || destination.doubtful) limit = MAYBE
  const version = field(item, 'ipVersion')
  return {
    action: effect ?? 'allow',
    index: place.index,
    peers: [entityPeer(peer, version === 4 || version === 6 ? version : null)],
    ports: readPorts(item, destination, complain),
    limit,
    selfMatch: (self) => entityPeer(own, null).match(self, self),
  }
}

/** One port condition: the protocol, the wanted ports and the excluded ones must all agree. */
function readPorts(
  item: unknown,
  destination: { ports?: unknown[]; notPorts?: unknown[] },
  complain: Complain,
): PortMatch[] {
  const wanted = destination.ports?.map((port) => readPort(port, complain))
  const refused = destination.notPorts?.map((port) => readPort(port, complain)) ?? []
  const protocol = field(item, 'protocol')
  const excluded = field(item, 'notProtocol')
  const all = [...(wanted ?? []), ...refused]
  const match: PortMatch['match'] = (query, target) => {
    const outer = both(
      protocolIs(protocol, query.protocol, YES),
      (2 - protocolIs(excluded, query.protocol, NO)) as Certainty,
    )
    const inside = wanted ? max(wanted.map((port) => port.match(query, target))) : YES
    const outside = (2 - max(refused.map((port) => port.match(query, target)))) as Certainty
    return both(outer, both(inside, outside))
  }
  const ports = wanted ? wanted.map((port) => port.text.replace(/^any protocol /, '')).join(', ') : 'all ports'
  const text = protocol === undefined ? ports : `${String(protocol).slice(0, 10)} ${ports}`
  return [{ text, match, bounds: all.flatMap((port) => port.bounds), named: all.some((port) => port.named) }]
}

function max(values: Certainty[]): Certainty {
  return values.reduce<Certainty>((sum, value) => (value > sum ? value : sum), NO)
}

const NUMBERS: Record<number, Protocol> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' }

function protocolIs(given: unknown, protocol: Protocol, absent: Certainty): Certainty {
  if (given === undefined) return absent
  const number = typeof given === 'number' ? given : /^\d{1,3}$/.test(String(given)) ? Number(given) : null
  if (number !== null) return sure(NUMBERS[number] === protocol)
  return sure(String(given).toUpperCase() === protocol)
}

function readPort(port: unknown, complain: Complain): PortMatch {
  const text = String(port)
  const range = /^(\d{1,5}):(\d{1,5})$/.exec(text)
  const first = range ? Number(range[1]) : /^\d{1,5}$/.test(text) ? Number(text) : null
  const last = range ? Number(range[2]) : first
  if (first === null && typeof port === 'string' && !text.includes(':')) return namedPort(PROTOCOLS, text)
  if (!isPort(first) || !isPort(last) || last < first) {
    complain('port is not understood')
    return doubtfulPorts('ports that are not understood')
  }
  return numberedPorts(PROTOCOLS, first, last)
}
