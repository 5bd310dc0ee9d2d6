import type { World, WorldPod } from '@cordon/netpol'
import type { ClusterView, Pod } from './cluster-view.ts'

/** The cluster as the policy evaluator sees it. Ended pods have no network and are left out. */
export function worldOf(view: Pick<ClusterView, 'namespaces' | 'pods' | 'networkPolicies' | 'otherPolicies'>): World {
  return {
    namespaces: view.namespaces.map((n) => ({ name: n.metadata.name, labels: n.metadata.labels ?? {} })),
    pods: view.pods.filter((p) => !hasEnded(p)).map(worldPod),
    policies: [...view.networkPolicies, ...view.otherPolicies],
  }
}

/** One pod as a peer. Pods without an address yet keep an empty one: no rule about addresses matches it. */
export function worldPod(pod: Pod): WorldPod {
  const ports = pod.spec.containers.flatMap((c) => c.ports ?? []).filter((p) => p.name)
  return {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? 'default',
    node: pod.spec.nodeName ?? '',
    ip: pod.status.podIP ?? '',
    ips: pod.status.podIPs?.map((i) => i.ip),
    labels: pod.metadata.labels ?? {},
    ports: Object.fromEntries(ports.map((p) => [p.name ?? '', p.containerPort])),
    hostNetwork: pod.spec.hostNetwork,
  }
}

/** Succeeded and Failed are final: no process is left. */
export function hasEnded(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed'
}
