import { canConnect, type World } from '@cordon/netpol'
import type { ClusterView, Pod } from '../cluster-view.ts'
import { worldPod } from '../world-of.ts'

/** One thing a restricted pod must not reach. */
export interface Blocked {
  what: 'metadata' | 'api-server' | 'kubelet'
  /** In words, with address and port. */
  text: string
  cidr: string | null
  /** The other end, as the policy evaluator is asked. */
  peer: { ip: string } | { node: string }
  port: number
}

/** Ports of a kubelet: authenticated API and the read-only one that old clusters leave open. */
export const kubeletPorts = [10_250, 10_255]

// Link-local of every cloud, the IPv6 one of EC2, and the WireServer of Azure beside it.
const metadataAddresses = ['169.254.169.254', 'fd00:ec2::254']
const cidrOf = (ip: string) => (ip.includes(':') ? `${ip}/128` : `${ip}/32`)

/** Everything a restriction cuts off in this cluster, from what the cluster itself says. */
export function restrictedAddresses(view: Pick<ClusterView, 'nodes' | 'apiAddresses'>): Blocked[] {
  const metadata = metadataAddresses.map((ip): Blocked => ({
    what: 'metadata',
    text: `the metadata service ${ip}:80`,
    cidr: cidrOf(ip),
    peer: { ip },
    port: 80,
  }))
  const api = view.apiAddresses.flatMap((ip) =>
    [443, 6443].map((port): Blocked => ({
      what: 'api-server',
      text: `the API server ${ip}:${port}`,
      cidr: cidrOf(ip),
      peer: { ip },
      port,
    })),
  )
  const kubelets = view.nodes.flatMap((node) => {
    const ips = (node.status?.addresses ?? [])
      .filter((a) => /^(Internal|External)IP$/.test(a.type))
      .map((a) => a.address)
    return ips.flatMap((ip) =>
      kubeletPorts.map((port): Blocked => ({
        what: 'kubelet',
        text: `the kubelet of ${node.metadata.name} (${ip}:${port})`,
        cidr: cidrOf(ip),
        peer: { ip },
        port,
      })),
    )
  })
  return [...metadata, ...api, ...kubelets]
}

export interface RestrictionVerdict {
  /** What the pod can still reach, in words that name who allows it. */
  open: string[]
}

/**
 * What of the blocked addresses the policies in force still let through. Cilium judges nodes by identity and never by
 * address, so for it a node's address is asked as that node (docs.cilium.io, “Layer 3”: CIDR rules don't match nodes).
 */
export function restrictionVerdict(
  world: World,
  pod: Pod,
  view: Pick<ClusterView, 'nodes' | 'apiAddresses'>,
  byIdentity: boolean,
): RestrictionVerdict {
  const from = worldPod(pod)
  const nodeOf = (ip: string) =>
    view.nodes.find((n) => n.status?.addresses?.some((a) => a.address === ip))?.metadata.name
  const open = restrictedAddresses(view).flatMap((blocked) => {
    const node = byIdentity && 'ip' in blocked.peer ? nodeOf(blocked.peer.ip) : undefined
    const verdict = canConnect(world, from, node && blocked.what === 'kubelet' ? { node } : blocked.peer, {
      port: blocked.port,
      protocol: 'TCP',
    })
    if (!verdict.allowed) return []
    const why = verdict.because.find((r) => r.direction === 'egress')?.text
    return [`${blocked.text}${why ? `: ${why}` : ''}`]
  })
  return { open }
}
