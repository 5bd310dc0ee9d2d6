import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../ports.ts'
import { ComponentClient, type ResourceKind } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { selects, type LabelSelector } from './label-selector.ts'
import { randomSuffix } from './object-names.ts'
import { isPodFinished } from './pod-state.ts'
import { keyOf, splitKey } from './work-queue.ts'

const endpointKind: ResourceKind = {
  group: 'networking.k8s.aws',
  version: 'v1alpha1',
  resource: 'policyendpoints',
  kind: 'PolicyEndpoint',
  namespaced: true,
}

interface Peer {
  ipBlock?: { cidr: string; except?: string[] }
  podSelector?: LabelSelector
  namespaceSelector?: LabelSelector
}

interface Port {
  port?: number | string
  endPort?: number
  protocol?: string
}

/**
 * The network policy controller of EKS: it resolves each NetworkPolicy to addresses and hands them to the agents of the
 * nodes as PolicyEndpoints. It tells what was resolved, not what an agent has done with it.
 */
export function startAwsPolicyEndpoints(plane: ControlPlane, sourceIP: string): Stop {
  const { api } = plane
  const client = new ComponentClient(api, {
    identity: { username: 'eks:network-policy-controller', groups: ['system:authenticated'] },
    userAgent: 'amazon-network-policy-controller-k8s/v1.0.0',
    sourceIP,
  })
  const served = () =>
    api.read('apiextensions.k8s.io', 'customresourcedefinitions', undefined, 'policyendpoints.networking.k8s.aws')
  const queue = plane.queue('network-policy-controller', async (key) => {
    const { namespace, name } = splitKey(key)
    const policy = api.read('networking.k8s.io', 'networkpolicies', namespace, name)
    if (!policy || policy.metadata.deletionTimestamp || !served()) return
    const spec = specOf(plane, policy)
    const before = api
      .list(endpointKind.group, endpointKind.resource, namespace)
      .find((e) => e.metadata.ownerReferences?.[0]?.uid === policy.metadata.uid)
    if (!before) await client.create(endpointKind, namespace, endpointOf(policy, spec))
    else if (!isDeepStrictEqual(before.spec, spec)) await client.update(endpointKind, { ...before, spec })
  })
  const all = () => {
    for (const policy of api.list('networking.k8s.io', 'networkpolicies')) queue.add(keyOf(policy))
  }
  const stops = [
    api.watch('networking.k8s.io', 'networkpolicies', ({ object }) => queue.add(keyOf(object))),
    api.watch('', 'pods', all),
    api.watch('', 'namespaces', all),
  ]
  all()
  return () => {
    for (const stop of stops) stop()
    queue.stop()
  }
}

function endpointOf(policy: KubeObject, spec: object) {
  const { name, namespace, uid } = policy.metadata
  const owner = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name, uid }
  return {
    apiVersion: 'networking.k8s.aws/v1alpha1',
    kind: 'PolicyEndpoint',
    metadata: {
      name: `${name}-${randomSuffix(5)}`,
      namespace,
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec,
  }
}

function specOf({ api }: ControlPlane, policy: KubeObject) {
  const { name, namespace = '' } = policy.metadata
  const { podSelector, policyTypes, ingress = [], egress = [] } = policy.spec
  const onNetwork = api
    .list('', 'pods')
    .filter((p) => p.status?.podIP && !p.spec.hostNetwork && !isPodFinished(p))
    .toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)))
  const resolve = (peers: Peer[] | undefined, ports: Port[] | undefined) => {
    const to = (ports ?? []).map(({ port, endPort, protocol }) => ({
      protocol: protocol ?? 'TCP',
      ...(port === undefined ? {} : { port }),
      ...(endPort === undefined ? {} : { endPort }),
    }))
    const cidrs = peers?.length ? peers.flatMap((peer) => addressesOf(api, namespace, peer, onNetwork)) : everywhere
    return cidrs.map((c) => ({ ...c, ...(to.length > 0 ? { ports: to } : {}) }))
  }
  const from = ingress.flatMap((rule: { from?: Peer[]; ports?: Port[] }) => resolve(rule.from, rule.ports))
  const towards = egress.flatMap((rule: { to?: Peer[]; ports?: Port[] }) => resolve(rule.to, rule.ports))
  return {
    ...(from.length > 0 ? { ingress: from } : {}),
    ...(towards.length > 0 ? { egress: towards } : {}),
    podIsolation: policyTypes,
    podSelector,
    podSelectorEndpoints: onNetwork
      .filter((p) => p.metadata.namespace === namespace && selects(podSelector, p.metadata.labels))
      .map((p) => ({ hostIP: p.status.hostIP, name: p.metadata.name, namespace, podIP: p.status.podIP })),
    policyRef: { name, namespace },
  }
}

const everywhere = [{ cidr: '0.0.0.0/0' }, { cidr: '::/0' }]

function addressesOf(
  api: ControlPlane['api'],
  namespace: string,
  { ipBlock, podSelector, namespaceSelector }: Peer,
  pods: KubeObject[],
): { cidr: string; except?: string[] }[] {
  if (ipBlock) return [ipBlock.except ? { cidr: ipBlock.cidr, except: ipBlock.except } : { cidr: ipBlock.cidr }]
  const inside = (name: string | undefined) =>
    namespaceSelector
      ? selects(namespaceSelector, api.read('', 'namespaces', undefined, name ?? '')?.metadata.labels)
      : name === namespace
  return pods
    .filter((p) => inside(p.metadata.namespace) && (!podSelector || selects(podSelector, p.metadata.labels)))
    .map((p) => ({ cidr: p.status.podIP }))
}
