import type { KubeApi, KubeObject } from '../ports.ts'
import type { PodAttachment } from '../nodes/node-context.ts'
import { slicesOf } from './cluster-dns.ts'
import { METADATA_ADDRESS } from './metadata-service.ts'
import type { OutsideHost } from './outside-hosts.ts'

/** Where a packet to an address and port ends up, after Service translation. */
export type Route =
  | { kind: 'pod'; pod: PodAttachment; port: number }
  | { kind: 'api'; ip: string; port: number }
  | { kind: 'metadata'; ip: string; port: number }
  | { kind: 'outside'; host: OutsideHost; ip: string; port: number }
  | { kind: 'node'; node: string; ip: string; port: number }
  /** A Service without ready endpoints: the node rejects. */
  | { kind: 'rejected' }
  | { kind: 'unknown'; ip: string; port: number }

export interface RouteTable {
  api: KubeApi
  /** Address of the API server as seen on the network. */
  apiAddress: string
  nodes: { name: string; ip: string }[]
  outside: () => readonly OutsideHost[]
  podByAddress(ip: string, port: number): PodAttachment | undefined
}

export function routeTo(table: RouteTable, ip: string, port: number): Route {
  if (ip === METADATA_ADDRESS) return { kind: 'metadata', ip, port }
  const service = table.api.list('', 'services').find((item) => serviceAddresses(item).includes(ip))
  if (service) return routeToService(table, service, port)
  if (ip === table.apiAddress) return { kind: 'api', ip, port }
  const pod = table.podByAddress(ip, port)
  if (pod) return { kind: 'pod', pod, port }
  const node = table.nodes.find((item) => item.ip === ip)
  if (node) return routeToNodePort(table, node, port)
  const host = table.outside().find((item) => item.ip === ip)
  return host ? { kind: 'outside', host, ip, port } : { kind: 'unknown', ip, port }
}

function serviceAddresses(service: KubeObject): string[] {
  const balanced = (service.status?.loadBalancer?.ingress ?? []).map((entry: { ip?: string }) => entry.ip)
  return [service.spec.clusterIP, ...(service.spec.externalIPs ?? []), ...balanced].filter((ip) => ip && ip !== 'None')
}

interface Port {
  name?: string
  port: number
  nodePort?: number
}

function routeToService(table: RouteTable, service: KubeObject, port: number): Route {
  if (service.metadata.namespace === 'default' && service.metadata.name === 'kubernetes') {
    return port === 443 ? { kind: 'api', ip: table.apiAddress, port: 443 } : { kind: 'rejected' }
  }
  const wanted = (service.spec.ports as Port[] | undefined)?.find((item) => item.port === port)
  return wanted ? routeToBackend(table, service, wanted) : { kind: 'rejected' }
}

function routeToBackend(table: RouteTable, service: KubeObject, wanted: Port): Route {
  const backends = slicesOf(table.api, service).flatMap((slice) => {
    const target = (slice.ports ?? []).find((item: { name?: string }) => (item.name ?? '') === (wanted.name ?? ''))
    if (!target) return []
    const ready = (slice.endpoints ?? []).filter(
      (item: { conditions?: { ready?: boolean } }) => item.conditions?.ready !== false,
    )
    return ready.map((item: { addresses: string[] }) => ({ ip: item.addresses[0]!, port: target.port as number })) // endpoints have an address
  })
  const backend = backends[Math.floor(Math.random() * backends.length)]
  if (!backend) return { kind: 'rejected' }
  const pod = table.podByAddress(backend.ip, backend.port)
  return pod ? { kind: 'pod', pod, port: backend.port } : { kind: 'rejected' }
}

function routeToNodePort(table: RouteTable, node: { name: string; ip: string }, port: number): Route {
  for (const service of table.api.list('', 'services')) {
    const published = (service.spec.ports as Port[] | undefined)?.find((item) => item.nodePort === port)
    if (published) return routeToBackend(table, service, published)
  }
  return { kind: 'node', node: node.name, ip: node.ip, port }
}
