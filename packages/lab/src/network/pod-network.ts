import { canConnect, type Peer } from '@cordon/netpol'
import { randomUUID } from 'node:crypto'
import type { NodeNetwork, PodAttachment } from '../nodes/node-context.ts'
import type { ConnectResult, KubeApi, NetworkRequest, NetworkResponse, NetworkService, NetworkSource, OpenConnection } from '../ports.ts'
import { answerFromApi } from './api-service.ts'
import { externalName, isAddress, resolveInCluster } from './cluster-dns.ts'
import { METADATA_ADDRESS, metadataService, type Platform } from './metadata-service.ts'
import { outsideHosts, textResponse, type OutsideHost } from './outside-hosts.ts'
import { pluginBehaviour, type NetworkPlugin } from './plugin-behaviour.ts'
import { policyState } from './policy-state.ts'
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
  /** Adds a machine outside the cluster; returns the function that takes it away. */
  addOutsideHost(host: OutsideHost): () => void
  /** A connection from outside the cluster, e.g. through a LoadBalancer address or a node port. */
  connectFromOutside(ip: string, to: { host: string; port: number }): Promise<ConnectResult>
  stop(): void
}

interface Flow {
  open: OpenConnection
  from: Peer
  to: Peer
  query: { port: number; protocol: 'TCP' | 'UDP' }
}

interface Origin {
  peer: Peer
  ip: string
  pod?: PodAttachment
  namespace: string
  isNode: boolean
}

type Destination = { peer: Peer; ip: string; port: number; podUid?: string; service: NetworkService | undefined }

/** The pod network of one cluster. Verdicts come from netpol over the programmed world, never straight from the API. */
export function createPodNetwork(options: LabNetworkOptions): LabNetwork {
  const { api, plugin } = options
  const behaviour = pluginBehaviour[plugin]
  const flows = new Map<string, Flow>()
  const listeners = new Map<string, NetworkService>()
  const extraHosts = new Set<OutsideHost>()
  const hosts = () => [...extraHosts, ...outsideHosts]
  const world = createProgrammedWorld({ api, policyKinds: behaviour.policyKinds, delayMs: options.enforcementDelayMs, onChange: judgeOpenFlows })
  let states = policyState(world.current())
  const metadata = metadataService(options.platform)
  const table: RouteTable = {
    api,
    apiAddress: options.apiAddress,
    nodes: options.nodes,
    outside: hosts,
    podByUid: world.attachment,
    podByAddress(ip, port) {
      const here = [...world.attachments()].filter((pod) => pod.ip === ip)
      // Several hostNetwork pods share the node's address; the port tells them apart.
      return here.length > 1 || here[0]?.hostNetwork ? here.find((pod) => listeners.has(listenerKey(pod.podUid, 'TCP', port)) || listeners.has(listenerKey(pod.podUid, 'UDP', port))) : here[0]
    },
  }

  /** Called after every programmed change: decides which open flows the plugin cuts. */
  function judgeOpenFlows() {
    const before = states
    states = policyState(world.current())
    if (behaviour.openFlows === 'survive') return
    for (const flow of flows.values()) {
      if (!flow.open.alive || allowed(flow.from, flow.to, flow.query)) continue
      const changed = [flow.open.from.podUid, flow.open.to.podUid].some((uid) => {
        const pod = uid && world.attachment(uid)
        const key = pod && `${pod.namespace}/${pod.name}`
        return key && before.has(key) !== states.has(key)
      })
      if (behaviour.openFlows === 'cut' || changed) flow.open.alive = false
    }
  }

  function allowed(from: Peer, to: Peer, query: Flow['query']): boolean {
    try {
      return canConnect(world.current(), from, to, query).allowed
    } catch (error) {
      // The pod left the network between two steps.
      if (error instanceof TypeError) return false
      throw error
    }
  }

  function originOf(from: NetworkSource): Origin | undefined {
    if ('node' in from) {
      const ip = options.nodes.find((node) => node.name === from.node)?.ip
      return ip ? { peer: { node: from.node }, ip, namespace: 'default', isNode: true } : undefined
    }
    const pod = world.attachment(from.podUid)
    return pod && { peer: { pod: pod.name, namespace: pod.namespace }, ip: pod.ip, pod, namespace: pod.namespace, isNode: false }
  }

  function resolveName(origin: Origin, name: string): string | undefined {
    if (isAddress(name)) return name
    if (name === 'localhost') return '127.0.0.1'
    if (options.platform === 'gke' && name.startsWith('metadata.google.internal')) return METADATA_ADDRESS
    const target = externalName(api, origin.namespace, name) ?? name
    const inside = origin.isNode ? undefined : resolveInCluster(api, origin.namespace, target)
    const node = options.nodes.find((item) => item.name === target)
    return inside ?? node?.ip ?? hosts().find((host) => host.names.includes(target.toLowerCase()))?.ip
  }

  function destinationOf(route: Route, protocol: 'TCP' | 'UDP', origin: Origin): Destination | undefined {
    switch (route.kind) {
      case 'pod': {
        const { pod, port } = route
        const service = listeners.get(listenerKey(pod.podUid, protocol, port))
        return { peer: { pod: pod.name, namespace: pod.namespace }, ip: pod.ip, port, podUid: pod.podUid, service }
      }
      case 'api':
        return { peer: { ip: route.ip }, ip: route.ip, port: route.port, service: (request) => answerFromApi(api, request) }
      case 'metadata':
        if (!metadata) return undefined
        return { peer: { ip: route.ip }, ip: route.ip, port: route.port, service: route.port === 80 ? async (request) => metadata(request) : undefined }
      case 'outside': {
        const { host } = route
        const service = host.ports.includes(route.port) ? async (request: NetworkRequest) => host.respond(request) : undefined
        return { peer: { ip: route.ip }, ip: route.ip, port: route.port, service }
      }
      case 'node':
        return { peer: { node: route.node }, ip: route.ip, port: route.port, service: route.port === 10250 ? kubeletPort : undefined }
      case 'rejected':
        return { peer: origin.peer, ip: origin.ip, port: 0, service: undefined }
      case 'unknown':
        return undefined
    }
  }

  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

  async function attempt(origin: Origin, to: { host: string; port: number; protocol: 'TCP' | 'UDP' }): Promise<ConnectResult> {
    const ip = resolveName(origin, to.host)
    if (!ip) return { ok: false, reason: 'unknown-host' }
    const loopback = ip.startsWith('127.') && origin.pod
    const route: Route = loopback ? { kind: 'pod', pod: loopback, port: to.port } : routeTo(table, ip, to.port)
    const destination = destinationOf(route, to.protocol, origin)
    const query = { port: destination?.port ?? to.port, protocol: to.protocol }
    if (!allowed(origin.peer, destination?.peer ?? { ip }, query)) {
      // Enforcers reject at a limited rate: about one refusal to two timeouts (measured).
      if (Math.random() < 1 / 3) return { ok: false, reason: 'refused' }
      await pause(options.connectTimeoutMs)
      return { ok: false, reason: 'timeout' }
    }
    if (!destination) {
      if (route.kind === 'metadata') return { ok: false, reason: 'no-route' }
      await pause(options.connectTimeoutMs)
      return { ok: false, reason: 'timeout' }
    }
    if (!destination.service) return { ok: false, reason: 'refused' }
    return open(origin, { ...destination, service: destination.service }, { host: to.host, query })
  }

  function open(origin: Origin, to: Destination & { service: NetworkService }, { host, query }: { host: string; query: Flow['query'] }): ConnectResult {
    const connection: OpenConnection = {
      id: randomUUID(),
      from: { ip: origin.ip, ...(origin.pod ? { podUid: origin.pod.podUid } : {}) },
      to: { ip: to.ip, port: to.port, host, ...(to.podUid ? { podUid: to.podUid } : {}) },
      protocol: query.protocol,
      openedAt: new Date().toISOString(),
      alive: true,
    }
    flows.set(connection.id, { open: connection, from: origin.peer, to: to.peer, query })
    return {
      ok: true,
      connection,
      async request(request) {
        const starved = async (): Promise<never> => {
          await pause(flows.has(connection.id) ? options.connectTimeoutMs : 0)
          throw new Error(flows.has(connection.id) ? 'connection timed out' : 'connection reset by peer')
        }
        if (!connection.alive || !flows.has(connection.id)) return starved()
        const response: NetworkResponse = await to.service({ ...request, sourceIP: origin.ip, host })
        return connection.alive ? response : starved()
      },
      close: () => void flows.delete(connection.id),
    }
  }

  return {
    async connect(from, to) {
      const origin = originOf(from)
      return origin ? attempt(origin, to) : { ok: false, reason: 'no-route' }
    },
    connectFromOutside: (ip, to) => attempt({ peer: { ip }, ip, namespace: 'default', isNode: true }, { ...to, protocol: 'TCP' }),
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
    connections: (podUid) => [...flows.values()].map((flow) => flow.open).filter((item) => item.from.podUid === podUid || item.to.podUid === podUid),
    attach: world.attach,
    detach(podUid) {
      world.detach(podUid)
      for (const [id, flow] of flows) {
        if (flow.open.from.podUid !== podUid && flow.open.to.podUid !== podUid) continue
        flow.open.alive = false
        flows.delete(id)
      }
      for (const key of listeners.keys()) if (key.startsWith(`${podUid}/`)) listeners.delete(key)
    },
    setEnforcementDelay: world.setDelay,
    addOutsideHost(host) {
      extraHosts.add(host)
      return () => extraHosts.delete(host)
    },
    stop: world.stop,
  }
}

function listenerKey(podUid: string, protocol: 'TCP' | 'UDP', port: number): string {
  return `${podUid}/${protocol}/${port}`
}

const kubeletPort: NetworkService = async () => textResponse(401, 'Unauthorized')
