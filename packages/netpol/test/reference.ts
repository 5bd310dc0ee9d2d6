import type { PolicyObject, World, WorldPod } from '../src/index.ts'
import type { SelectorMeanings } from './random-tiers.ts'

/**
 * A second evaluator, slow on purpose and sharing nothing with the product: it writes out every (peer address,
 * protocol, port) of a small universe and paints the verdicts onto that table, weakest layer first.
 */
export interface Cell {
  pod: WorldPod | null
  bits: string
  protocol: string
  port: number
}

type Labels = Record<string, string>
// any: the reference reads the generator's own objects, which have no types.
type Loose = any // any: see above

/** The bits of an address as text, IPv4 with a 4: in front, IPv6 with a 6:. */
export function bitsOf(ip: string): string {
  if (ip.includes('.'))
    return `4:${ip
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('')}`
  const [head = '', tail] = ip.split('::')
  const left = head.split(':').filter(Boolean)
  const right = (tail ?? '').split(':').filter(Boolean)
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0')
  return `6:${[...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('')}`
}

export function inBlock(bits: string, cidr: string): boolean {
  const [ip = '', length] = cidr.split('/')
  return bits.startsWith(bitsOf(ip).slice(0, 2 + Number(length)))
}

/** The first and last address of a block and their outer neighbours, as bits. */
export function boundaryBits(cidr: string): string[] {
  const [ip = '', length] = cidr.split('/')
  const full = bitsOf(ip)
  const prefix = full.slice(0, 2 + Number(length))
  const first = prefix.padEnd(full.length, '0')
  const last = prefix.padEnd(full.length, '1')
  const step = (bits: string, by: bigint) => {
    const value = BigInt(`0b${bits.slice(2)}`) + by
    const text = value < 0n ? '' : value.toString(2).padStart(bits.length - 2, '0')
    return text.length === bits.length - 2 ? [bits.slice(0, 2) + text] : []
  }
  return [first, last, ...step(first, -1n), ...step(last, 1n)]
}

export function textOf(bits: string): string {
  const raw = bits.slice(2)
  if (bits.startsWith('4')) return [0, 8, 16, 24].map((at) => Number.parseInt(raw.slice(at, at + 8), 2)).join('.')
  return Array.from({ length: 8 }, (_, at) => Number.parseInt(raw.slice(at * 16, at * 16 + 16), 2).toString(16)).join(
    ':',
  )
}

export function fits(selector: Loose, labels: Labels): boolean {
  const pairs = Object.entries(selector?.matchLabels ?? {})
  if (pairs.some(([key, value]) => labels[key] !== value)) return false
  return (selector?.matchExpressions ?? []).every((expression: Loose) => {
    const value = labels[expression.key]
    return {
      In: expression.values?.includes(value),
      NotIn: !expression.values?.includes(value),
      Exists: value !== undefined,
      DoesNotExist: value === undefined,
    }[expression.operator as string]
  })
}

export class Reference {
  world: World
  meanings: SelectorMeanings
  universe: Cell[]

  constructor(world: World, meanings: SelectorMeanings, outside: string[], ports: number[]) {
    this.world = world
    this.meanings = meanings
    const peers: { pod: WorldPod | null; bits: string }[] = world.pods.flatMap((pod) =>
      (pod.ips ?? [pod.ip]).map((ip) => ({ pod, bits: bitsOf(ip) })),
    )
    peers.push(...outside.map((bits) => ({ pod: null, bits })))
    this.universe = peers.flatMap((peer) =>
      ['TCP', 'UDP', 'SCTP'].flatMap((protocol) => ports.map((port) => ({ ...peer, protocol, port }))),
    )
  }

  namespaceOf(pod: WorldPod): Labels {
    return this.world.namespaces.find((one) => one.name === pod.namespace)?.labels ?? {}
  }

  /** Which cells of the universe the pod's own policies leave open in a direction. */
  open(self: WorldPod, direction: 'ingress' | 'egress'): boolean[] {
    const size = this.universe.length
    if (self.hostNetwork) return Array.from({ length: size }, () => true)
    const table = this.world.policies.some((policy) => policy.apiVersion === 'cilium.io/v2')
      ? this.paintCilium(self, direction)
      : this.paintTiers(self, direction)
    return this.universe.map((cell, index) => {
      const ownNode = direction === 'ingress' && cell.pod?.hostNetwork === true && cell.pod.node === self.node
      return ownNode || cell.pod === self || table[index] === 'allow'
    })
  }

  paint(table: string[], value: string | string[], takes: (cell: Cell) => boolean): void {
    for (const [index, cell] of this.universe.entries()) {
      if (takes(cell)) table[index] = typeof value === 'string' ? value : (value[index] ?? '')
    }
  }

  paintNetworkPolicies(table: string[], self: WorldPod, direction: 'ingress' | 'egress'): void {
    for (const policy of this.plainPolicies(self, direction)) {
      for (const rule of policy.spec[direction] ?? [])
        this.paint(table, 'allow', (cell) => this.ruleTakes(rule, policy, cell, self, direction))
    }
  }

  plainPolicies(self: WorldPod, direction: 'ingress' | 'egress'): PolicyObject[] {
    return this.world.policies.filter((policy) => {
      if (policy.apiVersion !== 'networking.k8s.io/v1' || policy.metadata.namespace !== self.namespace) return false
      if (!fits(policy.spec.podSelector, self.labels)) return false
      const stated = policy.spec.policyTypes?.length ? policy.spec.policyTypes : null
      if (stated) return stated.includes(direction === 'ingress' ? 'Ingress' : 'Egress')
      return direction === 'ingress' || (policy.spec.egress ?? []).length > 0
    })
  }

  ruleTakes(rule: Loose, policy: PolicyObject, cell: Cell, self: WorldPod, direction: string): boolean {
    const peers = rule.from ?? rule.to ?? []
    const peerFits =
      peers.length === 0 || peers.some((peer: Loose) => this.peerTakes(peer, policy.metadata.namespace ?? '', cell))
    const target = direction === 'ingress' ? self : cell.pod
    const ports = rule.ports ?? []
    return peerFits && (ports.length === 0 || ports.some((port: Loose) => this.portTakes(port, cell, target)))
  }

  peerTakes(peer: Loose, namespace: string, cell: Cell): boolean {
    if (peer.ipBlock) {
      const holes: string[] = peer.ipBlock.except ?? []
      return inBlock(cell.bits, peer.ipBlock.cidr) && !holes.some((hole) => inBlock(cell.bits, hole))
    }
    if (!cell.pod || cell.pod.hostNetwork) return false
    const there = peer.namespaceSelector
      ? fits(peer.namespaceSelector, this.namespaceOf(cell.pod))
      : cell.pod.namespace === namespace
    return there && fits(peer.podSelector, cell.pod.labels)
  }

  portTakes(port: Loose, cell: Cell, target: WorldPod | null): boolean {
    if ((port.protocol ?? 'TCP') !== cell.protocol) return false
    if (port.port === undefined) return true
    if (typeof port.port === 'string') return cell.protocol === 'TCP' && target?.ports[port.port] === cell.port
    return cell.port >= port.port && cell.port <= (port.endPort ?? port.port)
  }

  paintCilium(self: WorldPod, direction: 'ingress' | 'egress'): string[] {
    const own = this.world.policies.filter((policy) => {
      if (policy.apiVersion !== 'cilium.io/v2') return false
      const here = policy.metadata.namespace === undefined || policy.metadata.namespace === self.namespace
      return here && fits(policy.spec.endpointSelector, self.labels)
    })
    const rules = (policy: PolicyObject, key: string): Loose[] => policy.spec[key] ?? []
    const closing = own.filter((policy) => {
      const any = rules(policy, direction).length + rules(policy, `${direction}Deny`).length > 0
      return any && policy.spec.enableDefaultDeny?.[direction] !== false
    })
    const closed = closing.length > 0 || this.plainPolicies(self, direction).length > 0
    const table = this.universe.map(() => (closed ? 'deny' : 'allow'))
    this.paintNetworkPolicies(table, self, direction)
    for (const key of [direction, `${direction}Deny`]) {
      for (const policy of own) {
        for (const rule of rules(policy, key)) {
          this.paint(table, key === direction ? 'allow' : 'deny', (cell) =>
            this.ciliumTakes(rule, policy, cell, self, direction),
          )
        }
      }
    }
    return table
  }

  ciliumTakes(rule: Loose, policy: PolicyObject, cell: Cell, self: WorldPod, direction: string): boolean {
    const peerKeys = Object.keys(rule).filter((key) => key !== 'toPorts')
    if (peerKeys.length === 0 && !rule.toPorts) return false
    const target = direction === 'ingress' ? self : cell.pod
    const portFits = !rule.toPorts || rule.toPorts[0].ports.some((port: Loose) => this.ciliumPort(port, cell, target))
    return (
      portFits &&
      (peerKeys.length === 0 ||
        peerKeys.some((key) => rule[key].some((peer: Loose) => this.ciliumPeer(key, peer, policy, cell, self))))
    )
  }

  ciliumPort(port: Loose, cell: Cell, target: WorldPod | null): boolean {
    if (!['ANY', cell.protocol].includes(port.protocol ?? 'ANY')) return false
    if (port.port === '0') return true
    if (!/^\d/.test(port.port)) return cell.protocol === 'TCP' && target?.ports[port.port] === cell.port
    return cell.port >= Number(port.port) && cell.port <= (port.endPort ?? Number(port.port))
  }

  ciliumPeer(key: string, peer: Loose, policy: PolicyObject, cell: Cell, self: WorldPod): boolean {
    const isNode = cell.pod?.hostNetwork === true
    if (key.endsWith('Entities')) {
      if (peer === 'all') return true
      if (peer === 'cluster') return cell.pod !== null
      if (peer === 'host') return isNode && cell.pod?.node === self.node
      if (peer === 'remote-node') return isNode && cell.pod?.node !== self.node
      return cell.pod === null && (peer === 'world' || cell.bits.startsWith('4'))
    }
    const block = typeof peer === 'string' ? { cidr: peer } : peer
    if (key.includes('CIDR')) {
      // Whether a node's address counts as a CIDR is a setting: an allow may act, a deny is not relied on. See `vague`.
      return cell.pod === null && this.peerTakes({ ipBlock: block }, '', cell)
    }
    if (!cell.pod || isNode) return false
    const labels: Labels = { ...cell.pod.labels, 'k8s:io.kubernetes.pod.namespace': cell.pod.namespace }
    const named = peer.matchLabels?.['k8s:io.kubernetes.pod.namespace'] !== undefined
    const here = named || policy.metadata.namespace === undefined || policy.metadata.namespace === cell.pod.namespace
    return here && fits(peer, labels)
  }

  /** Cells on which enforcers' settings differ, so that no verdict is expected to agree: nodes under address or label rules. */
  vague(cell: Cell): boolean {
    const special = this.world.policies.some(
      (policy) => policy.apiVersion.includes('cilium') || policy.apiVersion.includes('calico'),
    )
    return special && cell.pod?.hostNetwork === true
  }

  paintTiers(self: WorldPod, direction: 'ingress' | 'egress'): string[] {
    let table = this.universe.map(() => 'allow')
    const late = this.calicoTier('late', self, direction)
    if (late.length > 0) table = this.paintCalico(table, late, [...table], self, direction)
    this.paintAdmin(table, 'Baseline', self, direction, [...table])
    const defaults = this.calicoTier('default', self, direction)
    const plain = this.plainPolicies(self, direction)
    if (defaults.length + plain.length > 0) {
      const below = table
      table = this.universe.map(() => 'deny')
      const after = defaults.filter((policy) => (policy.spec.order ?? Infinity) > 1000)
      const before = defaults.filter((policy) => (policy.spec.order ?? Infinity) < 1000)
      table = this.paintCalico(table, after, below, self, direction)
      this.paintNetworkPolicies(table, self, direction)
      table = this.paintCalico(table, before, below, self, direction)
    }
    this.paintAdmin(table, 'Admin', self, direction, [...table])
    const first = this.calicoTier('first', self, direction)
    return first.length > 0
      ? this.paintCalico(
          this.universe.map(() => 'deny'),
          first,
          table,
          self,
          direction,
        )
      : table
  }

  calicoTier(tier: string, self: WorldPod, direction: 'ingress' | 'egress'): PolicyObject[] {
    return this.world.policies.filter((policy) => {
      const { spec } = policy
      if (!policy.apiVersion.includes('calico') || policy.kind === 'Tier' || (spec.tier ?? 'default') !== tier)
        return false
      if (policy.metadata.namespace !== undefined && policy.metadata.namespace !== self.namespace) return false
      const absent = [spec.ingress?.length ? 'Ingress' : '', spec.egress?.length ? 'Egress' : ''].filter(Boolean)
      const types = spec.types ?? (absent.length > 0 ? absent : ['Ingress'])
      if (!types.includes(direction === 'ingress' ? 'Ingress' : 'Egress')) return false
      return spec.selector === '' || this.meanings.get(spec.selector)?.(self.labels) === true
    })
  }

  paintCalico(
    table: string[],
    policies: PolicyObject[],
    below: string[],
    self: WorldPod,
    direction: 'ingress' | 'egress',
  ): string[] {
    const strongestFirst = policies.toSorted(
      (a, b) => (a.spec.order ?? 1e300) - (b.spec.order ?? 1e300) || (a.metadata.name < b.metadata.name ? -1 : 1),
    )
    const out = [...table]
    for (const policy of strongestFirst.toReversed()) {
      for (const rule of (policy.spec[direction] ?? []).toReversed()) {
        if (rule.action === 'Log') continue
        const value = rule.action === 'Pass' ? below : rule.action.toLowerCase()
        this.paint(out, value, (cell) => this.calicoTakes(rule, policy, cell, self, direction))
      }
    }
    return out
  }

  calicoTakes(rule: Loose, policy: PolicyObject, cell: Cell, self: WorldPod, direction: string): boolean {
    if (rule.protocol && rule.protocol !== cell.protocol) return false
    const target = direction === 'ingress' ? self : cell.pod
    const ports: (string | number)[] = rule.destination.ports ?? []
    const portFits = ports.some((port) => {
      if (typeof port === 'number') return port === cell.port
      const [low, high] = port.split(':')
      if (high !== undefined) return cell.port >= Number(low) && cell.port <= Number(high)
      return cell.protocol === 'TCP' && target?.ports[port] === cell.port
    })
    if (ports.length > 0 && !portFits) return false
    const entity = direction === 'ingress' ? rule.source : rule.destination
    const pod = cell.pod && !cell.pod.hostNetwork ? cell.pod : null
    if (entity.nets && !entity.nets.some((net: string) => inBlock(cell.bits, net))) return false
    if (entity.notNets?.some((net: string) => inBlock(cell.bits, net))) return false
    if (entity.namespaceSelector && !(pod && this.meanings.get(entity.namespaceSelector)?.(this.namespaceOf(pod))))
      return false
    if (entity.selector) {
      if (!pod || !this.meanings.get(entity.selector)?.(pod.labels)) return false
      if (
        !entity.namespaceSelector &&
        policy.metadata.namespace !== undefined &&
        pod.namespace !== policy.metadata.namespace
      )
        return false
    }
    return !(entity.notSelector && pod && this.meanings.get(entity.notSelector)?.(pod.labels))
  }

  paintAdmin(
    table: string[],
    tier: 'Admin' | 'Baseline',
    self: WorldPod,
    direction: 'ingress' | 'egress',
    below: string[],
  ): void {
    const kinds = tier === 'Admin' ? 'AdminNetworkPolicy' : 'BaselineAdminNetworkPolicy'
    const weakestFirst = this.world.policies
      .filter(
        (policy) => policy.kind === kinds || (policy.kind === 'ClusterNetworkPolicy' && policy.spec.tier === tier),
      )
      .filter((policy) => this.adminPeer(policy.spec.subject, { pod: self, bits: '', protocol: '', port: 0 }))
      .toSorted((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0))
    for (const policy of weakestFirst) {
      for (const rule of (policy.spec[direction] ?? []).toReversed()) {
        const value = { Accept: 'allow', Allow: 'allow', Deny: 'deny', Pass: below }[rule.action as string] ?? 'deny'
        this.paint(table, value, (cell) => this.adminTakes(rule, cell, direction === 'ingress' ? self : cell.pod))
      }
    }
  }

  adminTakes(rule: Loose, cell: Cell, target: WorldPod | null): boolean {
    const ports: Loose[] = rule.ports ?? rule.protocols ?? []
    const portFits = ports.some((port) => {
      const name = port.namedPort ?? port.destinationNamedPort
      if (name) return cell.protocol === 'TCP' && target?.ports[name] === cell.port
      if (port.portNumber || port.tcp)
        return cell.protocol === 'TCP' && cell.port === (port.portNumber?.port ?? port.tcp.destinationPort.number)
      const span = port.portRange ?? port.udp.destinationPort.range
      return cell.protocol === 'UDP' && cell.port >= span.start && cell.port <= span.end
    })
    return (ports.length === 0 || portFits) && (rule.from ?? rule.to).some((peer: Loose) => this.adminPeer(peer, cell))
  }

  adminPeer(peer: Loose, cell: Cell): boolean {
    if (peer.networks) return peer.networks.some((net: string) => inBlock(cell.bits, net))
    if (peer.nodes) return cell.pod?.hostNetwork === true
    if (!cell.pod || cell.pod.hostNetwork) return false
    if (peer.namespaces) return fits(peer.namespaces, this.namespaceOf(cell.pod))
    return fits(peer.pods.namespaceSelector, this.namespaceOf(cell.pod)) && fits(peer.pods.podSelector, cell.pod.labels)
  }
}
