import type { ClusterView, NetworkPolicyObject, Pod } from '../src/index.ts'

/** A small cluster on Cilium with the target pod `shop/web-1`; tests change what they are about. */
export function clusterView(change: Partial<ClusterView> = {}): ClusterView {
  const target = pod('shop', 'web-1', { app: 'web', 'pod-template-hash': 'abc' })
  return {
    cluster: 'aks-prod',
    unreachable: null,
    serverVersion: 'v1.31.5',
    pod: target,
    node: { metadata: { name: 'node-1', uid: 'n1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } },
    agentPods: [agent('cilium', 'quay.io/cilium/cilium:v1.16.6')],
    agentConfig: { 'cilium-config': { 'enable-policy': 'default' } },
    namespaces: [{ metadata: { name: 'shop', uid: 'ns1', labels: { 'kubernetes.io/metadata.name': 'shop' } } }],
    pods: [target, pod('shop', 'api-1', { app: 'api' })],
    networkPolicies: [],
    otherPolicies: [],
    services: [],
    disruptionBudgets: [],
    owners: [],
    access: [],
    nodes: [],
    apiAddresses: [],
    tiers: [],
    flows: null,
    ...change,
  }
}

export function pod(
  namespace: string,
  name: string,
  labels: Record<string, string>,
  spec: Partial<Pod['spec']> = {},
): Pod {
  return {
    metadata: { name, namespace, uid: `uid-${name}`, labels },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'main', image: 'nginx:1.27', ports: [{ containerPort: 8080 }] }],
      ...spec,
    },
    status: { phase: 'Running', podIP: `10.0.0.${name.length}`, conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

export function agent(app: string, image: string, more: Partial<Pod['spec']> = {}): Pod {
  const p = pod('kube-system', `${app}-x`, { 'k8s-app': app }, { containers: [{ name: app, image }], ...more })
  return {
    ...p,
    metadata: {
      ...p.metadata,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: app, uid: 'ds', controller: true }],
    },
  }
}

/** A policy of the target's namespace that allows all traffic in both directions to the pods it selects. */
export function allowAll(name: string, podSelector: object): NetworkPolicyObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'shop', uid: `uid-${name}` },
    spec: { podSelector, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] },
  }
}
