import type { PolicyObject, World } from '../src/index.ts'
import { CIDRS, closedNamespace, dice, emptyWorld, ipBlock, labelSelector, networkPolicy } from './random-world.ts'
import type { Dice } from './random-world.ts'

/** What a generated selector text of Calico means, told by the generator and not by reading the text. */
export type SelectorMeanings = Map<string, (labels: Record<string, string>) => boolean>

export interface TierWorld {
  world: World
  meanings: SelectorMeanings
}

type Kind = 'cilium' | 'calico' | 'cluster' | 'admin'

/** A world under one of the deny tiers, with plain NetworkPolicies beside it. */
export function tierWorld(seed: number): TierWorld {
  const roll = dice(seed)
  const world = emptyWorld(roll)
  const meanings: SelectorMeanings = new Map()
  for (let index = 0; index < roll.below(3); index += 1) {
    world.policies.push(roll.chance(0.4) ? closedNamespace(roll, `np${index}`) : networkPolicy(roll, `np${index}`))
  }
  const kind: Kind = roll.pick(['cilium', 'calico', 'cluster', 'admin'])
  const count = 1 + roll.below(3)
  if (kind === 'calico') world.policies.push(tier('first', 500, 'Deny'), tier('late', 20_000_000, 'Pass'))
  for (let index = 0; index < count; index += 1) {
    const make = { cilium: ciliumPolicy, calico: calicoPolicy, cluster: clusterPolicy, admin: adminPolicy }[kind]
    world.policies.push(make(roll, index, meanings))
  }
  return { world, meanings }
}

function tier(name: string, order: number, defaultAction: string): PolicyObject {
  return { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name }, spec: { order, defaultAction } }
}

function ciliumPorts(roll: Dice): object {
  const ports = roll.some([0, 0], 1, 2).map(() => {
    const port = roll.pick(['53', '80', '443', '8080', 'http', '0'])
    const end = /^[1-9]/.test(port) && roll.chance(0.3) ? { endPort: Number(port) + roll.below(300) } : {}
    return { port, ...end, ...(roll.chance(0.6) ? { protocol: roll.pick(['TCP', 'UDP', 'ANY']) } : {}) }
  })
  return { toPorts: [{ ports }] }
}

function ciliumPeers(roll: Dice, side: 'from' | 'to', clusterwide: boolean): object {
  const form = roll.below(6)
  if (form === 0) return {}
  if (form === 1)
    return { [`${side}Entities`]: roll.some(['all', 'world', 'cluster', 'host', 'remote-node', 'world-ipv4'], 1, 2) }
  if (form === 2) return { [`${side}CIDR`]: roll.some(CIDRS, 1, 2) }
  if (form === 3) return { [`${side}CIDRSet`]: [ipBlock(roll)] }
  const selector = labelSelector(roll) as { matchLabels?: Record<string, string> }
  if (!clusterwide && roll.chance(0.4)) {
    selector.matchLabels = {
      ...selector.matchLabels,
      'k8s:io.kubernetes.pod.namespace': roll.pick(['red', 'blue', 'green']),
    }
  }
  return { [`${side}Endpoints`]: [selector] }
}

function ciliumPolicy(roll: Dice, index: number): PolicyObject {
  const clusterwide = roll.chance(0.4)
  const spec: Record<string, unknown> = { endpointSelector: labelSelector(roll) }
  for (const key of ['ingress', 'egress', 'ingressDeny', 'egressDeny']) {
    if (!roll.chance(0.5)) continue
    const side = key.startsWith('ingress') ? 'from' : 'to'
    spec[key] = roll.some([0], 0, 2).map(() => ({
      ...ciliumPeers(roll, side, clusterwide),
      ...(roll.chance(0.4) ? ciliumPorts(roll) : {}),
    }))
  }
  if (roll.chance(0.15)) spec.enableDefaultDeny = { ingress: roll.chance(0.5), egress: roll.chance(0.5) }
  const kind = clusterwide ? 'CiliumClusterwideNetworkPolicy' : 'CiliumNetworkPolicy'
  const metadata = { name: `c${index}`, ...(clusterwide ? {} : { namespace: roll.pick(['red', 'blue', 'green']) }) }
  return { apiVersion: 'cilium.io/v2', kind, metadata, spec }
}

/** Writes an expression and notes what it means. */
function calicoSelector(roll: Dice, meanings: SelectorMeanings, depth = 0): string {
  const key = roll.pick(['app', 'tier', 'role'])
  const value = roll.pick(['web', 'db', 'front', 'back', 'server'])
  const has = (labels: Record<string, string>) => labels[key] !== undefined
  const note = (text: string, meaning: (labels: Record<string, string>) => boolean) => {
    meanings.set(text, meaning)
    return text
  }
  const form = roll.below(depth > 1 ? 8 : 11)
  if (form === 0) return note('all()', () => true)
  if (form === 1) return note(`has(${key})`, has)
  if (form === 2) return note(`${key} != "${value}"`, (labels) => labels[key] !== value)
  if (form === 3) return note(`${key} in {'${value}', 'api'}`, (labels) => [value, 'api'].includes(labels[key] ?? ''))
  if (form === 4) return note(`${key} not in { '${value}' }`, (labels) => labels[key] !== value)
  if (form === 5) return note(`${key} starts with 'b'`, (labels) => (labels[key] ?? '').startsWith('b'))
  if (form === 6) return note(`${key} contains 'r'`, (labels) => (labels[key] ?? '').includes('r'))
  if (form === 7) return note(`${key} == '${value}'`, (labels) => labels[key] === value)
  const left = calicoSelector(roll, meanings, depth + 1)
  if (form === 8) return note(`!(${left})`, (labels) => !meanings.get(left)?.(labels))
  const right = calicoSelector(roll, meanings, depth + 1)
  const a = (labels: Record<string, string>) => meanings.get(left)?.(labels) === true
  const b = (labels: Record<string, string>) => meanings.get(right)?.(labels) === true
  return form === 9
    ? note(`(${left}) && (${right})`, (labels) => a(labels) && b(labels))
    : note(`(${left} || ${right})`, (labels) => a(labels) || b(labels))
}

function calicoEntity(roll: Dice, meanings: SelectorMeanings): Record<string, unknown> {
  const entity: Record<string, unknown> = {}
  if (roll.chance(0.3)) entity.nets = roll.some(CIDRS, 1, 2)
  if (roll.chance(0.1)) entity.notNets = [roll.pick(CIDRS)]
  if (roll.chance(0.4)) entity.selector = calicoSelector(roll, meanings)
  if (roll.chance(0.15)) entity.notSelector = calicoSelector(roll, meanings)
  if (roll.chance(0.2)) {
    const text = roll.pick([`team == 'one'`, `has(env)`, 'all()'])
    meanings.set(
      text,
      (labels) => text === 'all()' || (text === 'has(env)' ? labels.env !== undefined : labels.team === 'one'),
    )
    entity.namespaceSelector = text
  }
  return entity
}

function calicoPolicy(roll: Dice, index: number, meanings: SelectorMeanings): PolicyObject {
  const global = roll.chance(0.5)
  const spec: Record<string, unknown> = { selector: roll.chance(0.3) ? '' : calicoSelector(roll, meanings) }
  const order = roll.pick([undefined, 10, 10, 500, 2000])
  if (order !== undefined) spec.order = order
  if (roll.chance(0.5)) spec.tier = roll.pick(['first', 'late', 'default'])
  for (const key of ['ingress', 'egress']) {
    if (!roll.chance(0.7)) continue
    spec[key] = roll.some([0], 0, 3).map(() => {
      const ports = roll.chance(0.4) ? { ports: roll.some([80, 443, '8000:9000', 'http', 53], 1, 2) } : {}
      const source = key === 'ingress' ? calicoEntity(roll, meanings) : {}
      const destination = { ...(key === 'egress' ? calicoEntity(roll, meanings) : {}), ...ports }
      const protocol = ports.ports || roll.chance(0.3) ? { protocol: roll.pick(['TCP', 'UDP']) } : {}
      return { action: roll.pick(['Allow', 'Deny', 'Pass', 'Log']), ...protocol, source, destination }
    })
  }
  const types = roll.pick([undefined, ['Ingress'], ['Ingress', 'Egress'], ['Egress']])
  if (types) spec.types = types
  const metadata = { name: `k${index}`, ...(global ? {} : { namespace: roll.pick(['red', 'blue', 'green']) }) }
  return { apiVersion: 'projectcalico.org/v3', kind: global ? 'GlobalNetworkPolicy' : 'NetworkPolicy', metadata, spec }
}

function subject(roll: Dice): object {
  if (roll.chance(0.5)) return { namespaces: labelSelector(roll, true) }
  return { pods: { namespaceSelector: labelSelector(roll, true), podSelector: labelSelector(roll) } }
}

function adminPeer(roll: Dice, side: 'from' | 'to'): object {
  const form = roll.below(side === 'from' ? 3 : 6)
  if (form < 3) return subject(roll)
  return form === 3 ? { nodes: {} } : { networks: roll.some(CIDRS, 1, 3) }
}

function clusterRule(roll: Dice, side: 'from' | 'to', modern: boolean): object {
  const port = roll.pick([53, 80, 443, 8080])
  const protocols = [
    { tcp: { destinationPort: { number: port } } },
    { udp: { destinationPort: { range: { start: port, end: port + 500 } } } },
    { destinationNamedPort: 'http' },
  ]
  const ports = [
    { portNumber: { protocol: 'TCP', port } },
    { portRange: { protocol: 'UDP', start: port, end: port + 500 } },
    { namedPort: 'http' },
  ]
  const part = roll.chance(0.5)
    ? modern
      ? { protocols: roll.some(protocols, 1, 2) }
      : { ports: roll.some(ports, 1, 2) }
    : {}
  const action = roll.pick([modern ? 'Accept' : 'Allow', 'Deny', 'Deny', 'Pass'])
  return { action, [side]: roll.some([0], 1, 2).map(() => adminPeer(roll, side)), ...part }
}

function clusterPolicy(roll: Dice, index: number): PolicyObject {
  const spec: Record<string, unknown> = {
    tier: roll.pick(['Admin', 'Baseline']),
    priority: (2 - index) * 10,
    subject: subject(roll),
  }
  if (roll.chance(0.7)) spec.ingress = roll.some([0], 1, 3).map(() => clusterRule(roll, 'from', true))
  if (roll.chance(0.7)) spec.egress = roll.some([0], 1, 3).map(() => clusterRule(roll, 'to', true))
  const apiVersion = 'policy.networking.k8s.io/v1alpha2'
  return { apiVersion, kind: 'ClusterNetworkPolicy', metadata: { name: `cnp${index}` }, spec }
}

function adminPolicy(roll: Dice, index: number): PolicyObject {
  const baseline = index === 0
  const spec: Record<string, unknown> = { subject: subject(roll), ...(baseline ? {} : { priority: 50 - index }) }
  const rule = (side: 'from' | 'to') => {
    const made = clusterRule(roll, side, false) as { action: string }
    return baseline && made.action === 'Pass' ? { ...made, action: 'Deny' } : made
  }
  if (roll.chance(0.7)) spec.ingress = roll.some([0], 1, 3).map(() => rule('from'))
  if (roll.chance(0.7)) spec.egress = roll.some([0], 1, 3).map(() => rule('to'))
  const kind = baseline ? 'BaselineAdminNetworkPolicy' : 'AdminNetworkPolicy'
  return {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind,
    metadata: { name: baseline ? 'default' : `anp${index}` },
    spec,
  }
}
