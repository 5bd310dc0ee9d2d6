import { parseAddress } from './address.ts'
import type { Address } from './address.ts'
import { addressesOf } from './end.ts'
import { isObject, textField } from './read-object.ts'
import type { Peer, PortQuery, World, WorldPod, WorldService } from './world.ts'

/**
 * How a caller may name an end of a connection: a Peer, a pod object of the world, `{namespace, name}`, or a text with
 * a pod's name (`a1`, when only one namespace has it, or `ns/a1`).
 */
export type PeerInput = Peer | WorldPod | { namespace: string; name: string } | string

export type Resolved =
  | { kind: 'pod'; pod: WorldPod }
  | { kind: 'node'; node: string; addresses: Address[] }
  | { kind: 'outside'; address: Address }
  | { kind: 'loopback' }

/**
 * The one place that reads a PeerInput. An address a pod holds is that pod; one that hostNetwork pods share is their
 * node. Throws TypeError for a pod that is not in the world, a name in several namespaces, or a malformed address.
 */
export function resolvePeer(world: World, input: PeerInput): Resolved {
  if (typeof input === 'string') return { kind: 'pod', pod: podByText(world, input) }
  if (!isObject(input)) throw new TypeError('a peer must be a pod, an address, a node or a pod name')
  const pod = world.pods.find((one) => one === (input as unknown))
  if (pod) return { kind: 'pod', pod }
  const name = textField(input, 'pod') ?? textField(input, 'name')
  if (name !== undefined) return { kind: 'pod', pod: podByName(world, name, textField(input, 'namespace')) }
  const ip = textField(input, 'ip')
  if (ip !== undefined) return resolveAddress(world, ip)
  const node = textField(input, 'node')
  if (node !== undefined) return resolveNode(world, node)
  throw new TypeError('a peer needs one of: pod (or name) with namespace, ip, node')
}

function podByText(world: World, text: string): WorldPod {
  const slash = text.indexOf('/')
  return slash < 0 ? podByName(world, text) : podByName(world, text.slice(slash + 1), text.slice(0, slash))
}

function podByName(world: World, name: string, namespace?: string): WorldPod {
  const found = world.pods.filter(
    (pod) => pod.name === name && (namespace === undefined || pod.namespace === namespace),
  )
  const shown = namespace === undefined ? name : `${namespace}/${name}`
  if (found.length > 1) {
    const where = found.map((pod) => pod.namespace).join(', ')
    throw new TypeError(`pod name ${shown} is ambiguous: it stands in namespaces ${where}`)
  }
  if (!found[0]) throw new TypeError(`pod ${shown} is not in the world`)
  return found[0]
}

function resolveAddress(world: World, text: string): Resolved {
  const address = parseAddress(text)
  if (!address) throw new TypeError(`"${text}" is not an IP address`)
  const loopback = address.family === 4 ? address.value >> 24n === 127n : address.value === 1n
  if (loopback) return { kind: 'loopback' }
  const holders = world.pods.filter((pod) => addressesOf(pod).some((own) => same(own, address)))
  const host = holders.find((pod) => pod.hostNetwork)
  if (host) return resolveNode(world, host.node, address)
  if (holders[0]) return { kind: 'pod', pod: holders[0] }
  return { kind: 'outside', address }
}

export function resolveNode(world: World, node: string, only?: Address): Resolved {
  const hosts = world.pods.filter((pod) => pod.hostNetwork && pod.node === node)
  return { kind: 'node', node, addresses: only ? [only] : hosts.flatMap(addressesOf).slice(0, 2) }
}

function same(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value
}

/** Checks a port query; protocol names are upper case and default to TCP. */
export function readQuery(query: { port: number; protocol?: string }): PortQuery {
  const protocol = (query?.protocol ?? 'TCP').toUpperCase()
  if (protocol !== 'TCP' && protocol !== 'UDP' && protocol !== 'SCTP') {
    throw new TypeError(`protocol ${protocol} has no ports: use TCP, UDP or SCTP`)
  }
  if (!Number.isInteger(query.port) || query.port < 1 || query.port > 65535) {
    throw new TypeError(`port ${String(query.port)} is not between 1 and 65535`)
  }
  return { port: query.port, protocol }
}

/** Where a Service sends a connection: policies are judged on the pod behind it, after translation. */
export interface ServiceTarget {
  service: WorldService
  backends: { pod: WorldPod; query: PortQuery }[]
}

/**
 * The pods behind a ClusterIP and port; null when the address is no Service's, or the Service picks no pods by
 * selector. The recordings write one port on the Service itself, which is read as well.
 */
export function serviceTarget(world: World, input: PeerInput, query: PortQuery): ServiceTarget | null {
  const ip = isObject(input) && textField(input, 'name') === undefined ? textField(input, 'ip') : undefined
  const address = ip === undefined ? null : parseAddress(ip)
  if (!address) return null
  const service = (world.services ?? []).find((one) => {
    const own = parseAddress(one.clusterIP ?? '')
    return own !== null && same(own, address)
  })
  if (!service || Object.keys(service.selector ?? {}).length === 0) return null
  const port = servicePorts(service).find(
    (one) => one.port === query.port && (one.protocol ?? 'TCP') === query.protocol,
  )
  if (!port) return { service, backends: [] }
  const backends = world.pods
    .filter((pod) => pod.namespace === service.namespace && selects(service.selector, pod.labels))
    .flatMap((pod) => {
      const number = typeof port.targetPort === 'number' ? port.targetPort : pod.ports[port.targetPort]
      return number === undefined ? [] : [{ pod, query: { port: number, protocol: query.protocol } }]
    })
  return { service, backends }
}

function servicePorts(service: WorldService): WorldService['ports'] {
  if (Array.isArray(service.ports)) return service.ports
  const flat = service as unknown as { port?: number; targetPort?: number | string }
  return flat.port === undefined ? [] : [{ port: flat.port, targetPort: flat.targetPort ?? flat.port }]
}

function selects(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
}
