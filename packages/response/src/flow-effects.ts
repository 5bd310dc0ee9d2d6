import { canConnect, type World } from '@cordon/netpol'
import { entityKey } from '@cordon/entities'
import type { Preflight } from './action.ts'
import type { ClusterView, Flow, Pod } from './cluster-view.ts'
import { restrictedAddresses } from './containment/restricted-addresses.ts'
import type { Facts, Plan } from './define-action.ts'
import { markers } from './markers.ts'
import { worldOf } from './world-of.ts'

type FlowEffect = NonNullable<NonNullable<Preflight['impact']>['flows']>[number]

/** What becomes of each connection seen in the last day once the plan is in force; null when no sensor tells. */
export function flowEffects(facts: Facts, plan: Plan): FlowEffect[] | null {
  const { view } = facts
  if (!view.flows) return null
  const after = facts.type === 'isolate-pod' ? worldAfter(view, plan) : undefined
  return view.flows.map((flow) => ({
    direction: flow.direction,
    ...peerOf(view, flow),
    port: flow.port,
    protocol: flow.protocol,
    process: flow.process,
    count: flow.count,
    answered: flow.answered,
    lastSeen: flow.lastSeen,
    effect: stops(facts, flow, after) ? 'stops' : 'stays-open',
  }))
}

function stops({ view, type }: Facts, flow: Flow, after: World | undefined): boolean {
  if (type === 'restrict-pod')
    return restrictedAddresses(view).some(
      (b) => 'ip' in b.peer && b.peer.ip === flow.ip && (b.what !== 'kubelet' || b.port === flow.port),
    )
  if (!after || !view.pod) return true
  return !addressesOf(view, flow).some((ip) => opens(view, view.pod as Pod, after, { ...flow, ip }))
}

/** The addresses a connection ends at: behind a Service's own address those of its pods. */
function addressesOf(view: ClusterView, { ip }: Flow): string[] {
  if (!ip) return []
  const selector = serviceAt(view, ip)?.spec.selector
  if (!selector) return [ip]
  const { namespace } = serviceAt(view, ip)?.metadata ?? {}
  return view.pods
    .filter((p) => p.metadata.namespace === namespace)
    .filter((p) => Object.entries(selector).every(([key, value]) => p.metadata.labels?.[key] === value))
    .flatMap((p) => p.status.podIP ?? [])
}

/** Asked of the world as planned; what the evaluator can't place is said to stay open. */
function opens(view: ClusterView, pod: Pod, after: World, flow: Flow & { ip: string }): boolean {
  const own = [pod.status.podIP, '127.0.0.1', '::1']
  // Neither loopback nor the pod's own node can be kept out (Kubernetes documentation, “Network Policies”).
  if (own.includes(flow.ip)) return true
  if (flow.direction === 'ingress' && nodeAddresses(view).includes(flow.ip)) return true
  try {
    const self = after.pods.find((p) => p.name === pod.metadata.name && p.namespace === pod.metadata.namespace)
    if (!self) return true
    const peer = after.pods.find((p) => p.ip === flow.ip && !p.hostNetwork) ?? { ip: flow.ip }
    const [from, to] = flow.direction === 'egress' ? [self, peer] : [peer, self]
    const protocol = flow.protocol.toUpperCase() === 'UDP' ? 'UDP' : 'TCP'
    return canConnect(after, from, to, { port: flow.port, protocol }).allowed
  } catch {
    return true
  }
}

function nodeAddresses({ node, nodes }: ClusterView): string[] {
  const own = nodes.find((n) => n.metadata.name === node?.metadata.name) ?? node
  return own?.status?.addresses?.map((a) => a.address) ?? []
}

/** The world once every object of the plan is there and the pod carries its label. */
function worldAfter(view: ClusterView, plan: Plan): World {
  const created = plan.operations.flatMap((op) => (op.kind === 'create' ? [op.body] : []))
  const actionId = created[0]?.metadata.labels[markers.action] ?? ''
  const labels: Record<string, string> = { ...view.pod?.metadata.labels, [markers.isolation]: actionId }
  for (const key of Object.keys(plan.containment?.detachedLabels ?? {})) delete labels[key]
  const pods = view.pods.map((p) =>
    p.metadata.uid === view.pod?.metadata.uid ? { ...p, metadata: { ...p.metadata, labels } } : p,
  )
  const ours = created.map(({ apiVersion, kind, metadata, spec }) => ({
    apiVersion,
    kind,
    metadata: { name: metadata.name, namespace: metadata.namespace, uid: `planned ${kind}` },
    spec,
  }))
  return worldOf({ ...view, pods, networkPolicies: [...view.networkPolicies, ...ours] })
}

function peerOf(view: ClusterView, flow: Flow): Pick<FlowEffect, 'peer' | 'peerKey'> {
  const { ip } = flow
  const pod = ip ? view.pods.find((p) => p.status.podIP === ip && !p.spec.hostNetwork) : undefined
  if (pod) return named('pod', pod.metadata)
  const service = ip ? serviceAt(view, ip) : undefined
  if (service) return named('service', service.metadata)
  return { peer: flow.peer, peerKey: ip ? entityKey('ip', ip) : null }

  function named(kind: 'pod' | 'service', { namespace = '', name }: { namespace?: string; name: string }) {
    return { peer: `${namespace}/${name}`, peerKey: entityKey(kind, view.cluster, namespace, name) }
  }
}

function serviceAt(view: ClusterView, ip: string) {
  return view.services.find((s) => s.spec.clusterIP === ip)
}
