import type { PolicyObject, World, WorldPod } from '../src/index.ts'

/** A seeded source of choices (mulberry32), so that a failing world can be made again from its number. */
export interface Dice {
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  some<T>(items: readonly T[], least: number, most: number): T[]
}

export function dice(seed: number): Dice {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
    some<T>(items: readonly T[], least: number, most: number) {
      return Array.from({ length: least + below(most - least + 1) }, () => items[below(items.length)] as T)
    },
  }
}

const NAMESPACES = ['red', 'blue', 'green']
const KEYS: Record<string, string[]> = {
  app: ['web', 'db', 'api'],
  tier: ['front', 'back'],
  role: ['server', 'client'],
}
const PORT_NAMES = ['http', 'metrics', 'db']
const NUMBERS = [53, 80, 443, 5432, 8080, 9090]
export const CIDRS = [
  '0.0.0.0/0',
  '::/0',
  '10.244.0.0/16',
  '10.244.1.0/24',
  '10.244.1.128/25',
  '10.0.0.0/8',
  '203.0.113.0/24',
  '203.0.113.64/26',
  '198.51.100.7/32',
  'fd00:10::/32',
  'fd00:10:244:1::/64',
  '2001:db8::/32',
  '2001:db8:5::/48',
  '10.200.0.0/24',
]

export function emptyWorld(roll: Dice): World {
  const namespaces = NAMESPACES.map((name) => ({
    name,
    labels: {
      'kubernetes.io/metadata.name': name,
      team: roll.pick(['one', 'two']),
      ...(roll.chance(0.5) ? { env: 'prod' } : {}),
    },
  }))
  const pods: WorldPod[] = Array.from({ length: 4 + roll.below(3) }, (_, index) => randomPod(roll, index))
  if (roll.chance(0.4)) {
    const node = roll.pick(['n1', 'n2'])
    pods.push({
      ...randomPod(roll, 9),
      name: 'host',
      node,
      hostNetwork: true,
      ip: node === 'n1' ? '10.200.0.1' : '10.200.0.2',
    })
    delete pods.at(-1)?.ips
  }
  return { namespaces, pods, policies: [] }
}

export function randomPod(roll: Dice, index: number): WorldPod {
  const labels: Record<string, string> = {}
  for (const [key, values] of Object.entries(KEYS)) if (roll.chance(0.75)) labels[key] = roll.pick(values)
  const ports: Record<string, number> = {}
  for (const name of PORT_NAMES) if (roll.chance(0.7)) ports[name] = roll.pick(NUMBERS)
  const subnet = 1 + roll.below(2)
  const ip = `10.244.${subnet}.${100 + index * 20}`
  const pod: WorldPod = { name: `p${index}`, namespace: roll.pick(NAMESPACES), node: `n${subnet}`, ip, labels, ports }
  if (roll.chance(0.25)) pod.ips = [ip, `fd00:10:244:${subnet}::${index + 1}`]
  return pod
}

export function labelSelector(roll: Dice, forNamespaces = false): object {
  const pool: Record<string, string[]> = forNamespaces
    ? { team: ['one', 'two'], env: ['prod', 'dev'], 'kubernetes.io/metadata.name': NAMESPACES }
    : KEYS
  const selector: { matchLabels?: Record<string, string>; matchExpressions?: object[] } = {}
  if (roll.chance(0.25)) return selector
  const key = roll.pick(Object.keys(pool))
  if (roll.chance(0.6)) selector.matchLabels = { [key]: roll.pick(pool[key] ?? []) }
  if (roll.chance(0.45)) {
    selector.matchExpressions = roll.some(Object.keys(pool), 1, 2).map((name) => {
      const operator = roll.pick(['In', 'NotIn', 'Exists', 'DoesNotExist'])
      const values = operator.endsWith('In') ? { values: roll.some(pool[name] ?? [], 1, 2) } : {}
      return { key: name, operator, ...values }
    })
  }
  return selector
}

function networkPort(roll: Dice): object {
  const protocol = roll.chance(0.6) ? {} : { protocol: roll.pick(['TCP', 'UDP', 'SCTP']) }
  const form = roll.below(10)
  if (form === 0) return { ...protocol }
  if (form < 4) return { ...protocol, port: roll.pick(PORT_NAMES) }
  const port = roll.pick(NUMBERS)
  return form < 7 ? { ...protocol, port } : { ...protocol, port, endPort: port + roll.below(400) }
}

export function ipBlock(roll: Dice): { cidr: string; except?: string[] } {
  const cidr = roll.pick(CIDRS)
  return roll.chance(0.4) ? { cidr, except: roll.some(CIDRS, 1, 3) } : { cidr }
}

function networkPeer(roll: Dice): object {
  const form = roll.below(4)
  if (form === 0) return { ipBlock: ipBlock(roll) }
  const pods = form !== 1 ? { podSelector: labelSelector(roll) } : {}
  const namespaces = form !== 2 ? { namespaceSelector: labelSelector(roll, true) } : {}
  return { ...pods, ...namespaces }
}

function networkRule(roll: Dice, side: 'from' | 'to'): object {
  const rule: Record<string, unknown> = {}
  if (roll.chance(0.8)) rule[side] = roll.chance(0.08) ? [] : roll.some([0, 0, 0], 1, 3).map(() => networkPeer(roll))
  if (roll.chance(0.6)) rule.ports = roll.chance(0.08) ? [] : roll.some([0, 0], 1, 3).map(() => networkPort(roll))
  return rule
}

export function networkPolicy(roll: Dice, name: string): PolicyObject {
  const spec: Record<string, unknown> = { podSelector: labelSelector(roll) }
  if (roll.chance(0.65)) spec.ingress = roll.some([0], 0, 2).map(() => networkRule(roll, 'from'))
  if (roll.chance(0.6)) spec.egress = roll.some([0], 0, 2).map(() => networkRule(roll, 'to'))
  const types = roll.pick([undefined, [], ['Ingress'], ['Egress'], ['Ingress', 'Egress'], ['Ingress', 'Egress']])
  if (types) spec.policyTypes = types
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: roll.pick(NAMESPACES) },
    spec,
  }
}

/** A policy without rules for one namespace: what isolation builds on. */
export function closedNamespace(roll: Dice, name: string): PolicyObject {
  const spec = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: roll.pick(NAMESPACES) },
    spec,
  }
}

/** A world under plain NetworkPolicies. */
export function networkWorld(seed: number): World {
  const roll = dice(seed)
  const world = emptyWorld(roll)
  const count = 1 + roll.below(4)
  for (let index = 0; index < count; index += 1) {
    world.policies.push(roll.chance(0.25) ? closedNamespace(roll, `np${index}`) : networkPolicy(roll, `np${index}`))
  }
  return world
}
