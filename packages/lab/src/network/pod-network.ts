import { canConnect, type Peer, type World } from '@cordon/netpol'
import type { NodeNetwork, PodAttachment } from '../nodes/node-context.ts'
import type { ConnectResult, KubeApi, NetworkService, NetworkSource } from '../ports.ts'
import { externalName, isAddress, resolveInCluster } from './cluster-dns.ts'
import { destinationOf } from './destination.ts'
import { createFlowTable, type FlowEnds } from './flow-table.ts'
import { METADATA_ADDRESS, metadataService, type Platform } from './metadata-service.ts'
import { outsideHosts, type OutsideHost } from './outside-hosts.ts'
import { pluginBehaviour, type NetworkPlugin } from './plugin-behaviour.ts'
import { createProgrammedWorld } from './programmed-world.ts'
import { routeTo, type Route, type RouteTable } from './route.ts'

export interface LabNetworkOptions {
  api: KubeApi
  plugin: NetworkPlugin
  platform: Platform
  apiAddress: string
  nodes: { name: string; ip: string }[]
  /** Median time until a policy is in force. */
  enforcementDelayMs: number
  /** How long a blocked or unanswered connection attempt hangs before it times out. */
  connectTimeoutMs: number
}

export interface LabNetwork extends NodeNetwork {
  setEnforcementDelay(ms: number): void
  /** While on, the plugin programs nothing new. */
  holdEnforcement(on: boolean): void
  /** Pods, labels and policies as they are in force now. */
  programmed(): World
  /** Calls back after each change that came into force. Returns the stop function. */
  onProgrammed(listener: () => void): () => void
  /** Adds a machine outside the cluster; returns the function that takes it away. */
  addOutsideHost(host: OutsideHost): () => void
  /** A connection from outside the cluster, e.g. through a LoadBalancer address or a node port. */
  connectFromOutside(ip: string, to: { host: string; port: number }): Promise<ConnectResult>
  stop(): void
}

interface Origin {
  peer: Peer
  ip: string
  pod?: PodAttachment
  namespace: string
  /** Uses the cluster's DNS; nodes and machines outside do not. */
  inCluster: boolean
}

interface Target {
  host: string
  port: number
  protocol: 'TCP' | 'UDP'
}

/** The pod network of one cluster. Verdicts come from netpol over the programmed world, never straight from the API. */
export function createPodNetwork(options: LabNetworkOptions): LabNetwork {
  const { api, nodes, platform } = options
  const behaviour = pluginBehaviour[options.plugin]
  const listeners = new Map<string, NetworkService>()
  const onProgrammed = new Set<() => void>()
  const addedHosts = new Set<OutsideHost>()
  const hosts = () => [...addedHosts, ...outsideHosts]
  const podName = (uid: string) => {
    const pod = world.attachment(uid)
    return pod && `${pod.namespace}/${pod.name}`
  }
  const allowed = ({ from, to, query }: FlowEnds) => {
    try {
      return canConnect(world.current(), from, to, query).allowed
    } catch (error) {
      // An end left the network between two steps.
      if (error instanceof TypeError) return false
      throw error
    }
  }
  const flows = createFlowTable({ behaviour, allowed, starveMs: options.connectTimeoutMs })
  const world = createProgrammedWorld({
    api,
    policyKinds: behaviour.policyKinds,
    delayMs: options.enforcementDelayMs,
    onChange() {
      flows.judge(world.current(), podName)
      for (const listener of onProgrammed) listener()
    },
  })
  const table: RouteTable = {
    api,
    apiAddress: options.apiAddress,
    nodes,
    outside: hosts,
    podByAddress: (ip, port) => podAt([...world.attachments()], listeners, { ip, port }),
  }

  const originOf = (from: NetworkSource): Origin | undefined => {
    if ('node' in from) {
      const ip = nodes.find((node) => node.name === from.node)?.ip
      return ip ? { peer: { node: from.node }, ip, namespace: 'default', inCluster: false } : undefined
    }
    const pod = world.attachment(from.podUid)
    return (
      pod && {
        peer: { pod: pod.name, namespace: pod.namespace },
        ip: pod.ip,
        pod,
        namespace: pod.namespace,
        inCluster: true,
      }
    )
  }

  const resolveName = (origin: Origin, name: string): string | undefined => {
    if (isAddress(name)) return name
    if (name === 'localhost') return '127.0.0.1'
    if (platform === 'gke' && name === 'metadata.google.internal') return METADATA_ADDRESS
    const target = (origin.inCluster && externalName(api, origin.namespace, name)) || name
    const inside = origin.inCluster ? resolveInCluster(api, origin.namespace, target) : undefined
    const node = nodes.find((item) => item.name === target)
    return inside ?? node?.ip ?? hosts().find((host) => host.names.includes(target.toLowerCase()))?.ip
  }

  const timeout = async (): Promise<ConnectResult> => {
    await new Promise((resolve) => setTimeout(resolve, options.connectTimeoutMs))
    return { ok: false, reason: 'timeout' }
  }

  const attempt = async (origin: Origin, to: Target): Promise<ConnectResult> => {
    // A real handshake always yields; a program that dials in a loop must not stop everything else.
    await new Promise((resolve) => setImmediate(resolve))
    const ip = resolveName(origin, to.host)
    if (!ip) return { ok: false, reason: 'unknown-host' }
    const own = ip.startsWith('127.') ? origin.pod : undefined
    const route: Route = own ? { kind: 'pod', pod: own, port: to.port } : routeTo(table, ip, to.port)
    if (route.kind === 'rejected') return { ok: false, reason: 'refused' }
    const listener = (podUid: string, port: number) => listeners.get(listenerKey(podUid, to.protocol, port))
    const destination = destinationOf(route, { api, platform, listener })
    const query = { port: destination?.port ?? to.port, protocol: to.protocol }
    if (!allowed({ from: origin.peer, to: destination?.peer ?? { ip }, query })) {
      // Enforcers reject at a limited rate: about one refusal to two timeouts (measured).
      return Math.random() < 1 / 3 ? { ok: false, reason: 'refused' } : timeout()
    }
    if (!destination)
      return route.kind === 'metadata' && !metadataService(platform) ? { ok: false, reason: 'no-route' } : timeout()
    if (!destination.service) return { ok: false, reason: 'refused' }
    return flows.open({
      from: origin.peer,
      to: destination.peer,
      query,
      service: destination.service,
      source: { ip: origin.ip, ...(origin.pod ? { podUid: origin.pod.podUid } : {}) },
      target: {
        ip: destination.ip,
        port: destination.port,
        host: to.host,
        ...(destination.podUid ? { podUid: destination.podUid } : {}),
      },
    })
  }

  return {
    async connect(from, to) {
      const origin = originOf(from)
      return origin ? attempt(origin, to) : { ok: false, reason: 'no-route' }
    },
    connectFromOutside(ip, to) {
      return attempt({ peer: { ip }, ip, namespace: 'default', inCluster: false }, { ...to, protocol: 'TCP' })
    },
    listen(podUid, port, protocol, service) {
      const key = listenerKey(podUid, protocol, port)
      listeners.set(key, service)
      return () => {
        if (listeners.get(key) === service) listeners.delete(key)
      }
    },
    resolve(from, name) {
      const origin = originOf(from)
      return origin && resolveName(origin, name)
    },
    connections: flows.of,
    attach: world.attach,
    detach(podUid) {
      world.detach(podUid)
      flows.drop(podUid)
      for (const key of listeners.keys()) if (key.startsWith(`${podUid}/`)) listeners.delete(key)
    },
    setEnforcementDelay: world.setDelay,
    holdEnforcement: world.hold,
    programmed: world.current,
    onProgrammed(listener) {
      onProgrammed.add(listener)
      return () => onProgrammed.delete(listener)
    },
    addOutsideHost(host) {
      addedHosts.add(host)
      return () => addedHosts.delete(host)
    },
    stop: world.stop,
  }
}

/** The pod behind an address. hostNetwork pods share their node's address; the port they listen on tells them apart. */
function podAt(pods: PodAttachment[], listeners: Map<string, NetworkService>, at: { ip: string; port: number }) {
  const here = pods.filter((pod) => pod.ip === at.ip)
  if (here.length === 1 && !here[0]?.hostNetwork) return here[0]
  return here.find((pod) =>
    (['TCP', 'UDP'] as const).some((protocol) => listeners.has(listenerKey(pod.podUid, protocol, at.port))),
  )
}

function listenerKey(podUid: string, protocol: 'TCP' | 'UDP', port: number): string {
  return `${podUid}/${protocol}/${port}`
}
