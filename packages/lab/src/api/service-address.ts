import type { KubeObject } from '../ports.ts'
import type { ApiContext } from './call.ts'
import { internalError, invalid } from './status-error.ts'

const NODE_PORTS = { first: 30000, count: 2768 }

/** Gives a Service its cluster address and node ports, keeping those it has. */
export function allocateClusterAddress(context: ApiContext, service: KubeObject, old?: KubeObject): void {
  const { spec } = service
  if (spec.type === 'ExternalName') return
  if (!spec.clusterIP && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0]
  if (!spec.clusterIP && old?.spec.clusterIP) spec.clusterIP = old.spec.clusterIP
  const taken = new Set<string>()
  const takenPorts = new Set<number>()
  for (const [, other] of context.store.scan('/services')) {
    if (other.metadata.uid === old?.metadata.uid && old) continue
    if (other.spec.clusterIP && other.spec.clusterIP !== 'None') taken.add(other.spec.clusterIP)
    for (const port of other.spec.ports ?? []) if (port.nodePort) takenPorts.add(port.nodePort)
  }
  if (!spec.clusterIP) spec.clusterIP = freeAddress(context.serviceCidr, taken)
  else if (taken.has(spec.clusterIP))
    throw invalid({ group: '', kind: 'Service' }, service.metadata.name, [
      {
        type: 'Invalid value',
        field: 'spec.clusterIPs',
        value: [spec.clusterIP],
        detail: `failed to allocate IP ${spec.clusterIP}: provided IP is already allocated`,
      },
    ])
  spec.clusterIPs = [spec.clusterIP]
  if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') return
  for (const port of spec.ports ?? []) {
    port.nodePort ??= old?.spec.ports?.find((p: { port: number }) => p.port === port.port)?.nodePort
    if (!port.nodePort) {
      let candidate = NODE_PORTS.first + Math.floor(Math.random() * NODE_PORTS.count)
      while (takenPorts.has(candidate))
        candidate = NODE_PORTS.first + ((candidate - NODE_PORTS.first + 1) % NODE_PORTS.count)
      port.nodePort = candidate
    }
    takenPorts.add(port.nodePort)
  }
}

/** Offsets below this are left for addresses that are asked for by name. */
const RESERVED = 16

function freeAddress(cidr: string, taken: Set<string>): string {
  const [network = '', bits = '24'] = cidr.split('/')
  const base = network.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - Number(bits))
  const span = size - RESERVED - 1
  const start = Math.floor(Math.random() * span)
  for (let step = 0; step < span; step++) {
    const value = base + RESERVED + ((start + step) % span)
    const address = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
    if (!taken.has(address)) return address
  }
  throw internalError('failed to allocate a serviceIP: range is full')
}
