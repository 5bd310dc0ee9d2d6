import { canConnect } from '@cordon/netpol'
import { describe, expect, it } from 'vitest'
import {
  type ClusterView,
  containmentLabel,
  type CreateOperation,
  networkPlugins,
  type NetworkPolicyObject,
  type Pod,
  planContainment,
  restrictedAddresses,
  worldOf,
  worldPod,
} from '../src/index.ts'
import { agent, clusterView } from './cluster-fixture.ts'

const who = { actionId: 'act-1', requestedBy: 'analyst', comment: '', at: '2026-01-01T00:00:00.000Z' }
const node = (name: string, address: string) => ({
  metadata: { name, uid: name },
  status: { addresses: [{ type: 'InternalIP', address }] },
})
const surroundings: Partial<ClusterView> = {
  nodes: [node('node-1', '192.168.0.11'), node('node-2', '192.168.0.12')],
  apiAddresses: ['192.168.0.10', 'fd00::10'],
}
const calico = {
  tiers: [{ id: 'calico' as const, apiVersion: 'projectcalico.org/v3' }],
  agentPods: [agent('calico-node', 'docker.io/calico/node:v3.29.1')],
}
const npm = { agentPods: [agent('azure-npm', 'mcr.microsoft.com/containernetworking/azure-npm:v1.6.29')] }
const admin = {
  tiers: [{ id: 'cluster-network-policy' as const, apiVersion: 'policy.networking.k8s.io/v1alpha2' }],
  agentPods: [agent('kube-network-policies', 'registry.k8s.io/networking/kube-network-policies:v1.0.0')],
}
const onlyDns: NetworkPolicyObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'only-dns', namespace: 'shop', uid: 'd' },
  spec: {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [{ ports: [{ port: 53, protocol: 'UDP' }, { port: 443 }] }],
  },
}

/** The world once the plan is carried out. */
function carriedOut(view: ClusterView) {
  const plan = planContainment('restriction', view, view.pod as Pod, who, {
    detach: false,
    plugin: networkPlugins(view, 'node-1')[0],
  })
  if (!plan) return undefined
  const created = plan.operations.filter((o): o is CreateOperation => o.kind === 'create')
  const policies = created.map(({ body }) => ({
    ...body,
    metadata: { ...body.metadata, uid: body.kind },
    spec: body.spec,
  }))
  const pod = view.pod as Pod
  const labelled: Pod = {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, 'cordon.dev/restriction': 'act-1' } },
  }
  expect(containmentLabel(labelled, 'restriction')).toBe('act-1')
  const world = worldOf({
    ...view,
    pods: [labelled, ...view.pods.slice(1)],
    networkPolicies: [...view.networkPolicies, ...policies],
  })
  return { plan, world, pod: labelled }
}

const elsewhere = [
  [{ ip: '203.0.113.9' }, 443],
  [{ ip: '203.0.113.9' }, 25],
  [{ ip: '192.168.0.12' }, 9100],
  [{ ip: '2001:db8::1' }, 443],
  [{ pod: 'api-1', namespace: 'shop' }, 8080],
] as const

describe('a restriction', () => {
  it.each([
    ['NetworkPolicy', 'network-policy', npm],
    ['Calico', 'calico-deny', calico],
    ['the Admin tier', 'admin-deny', admin],
    ['Calico under another egress policy', 'calico-deny', { ...calico, networkPolicies: [onlyDns] }],
    ['the Admin tier under another egress policy', 'admin-deny', { ...admin, networkPolicies: [onlyDns] }],
  ])('by %s cuts every listed address and changes nothing else', (_, strategy, change) => {
    const view = clusterView({ ...surroundings, ...change })
    const result = carriedOut(view)
    expect(result?.plan).toMatchObject({ strategy, openPaths: [] })
    if (!result) return
    for (const b of restrictedAddresses(view))
      expect([b.text, canConnect(result.world, worldPod(result.pod), b.peer, { port: b.port }).allowed]).toEqual([
        b.text,
        false,
      ])
    const before = worldOf(view)
    for (const [peer, port] of elsewhere)
      expect([peer, port, canConnect(result.world, worldPod(result.pod), peer, { port }).allowed]).toEqual([
        peer,
        port,
        canConnect(before, worldPod(view.pod as Pod), peer, { port }).allowed,
      ])
  })

  it('is not possible by NetworkPolicy beside another egress policy: it could only open what that closes', () => {
    expect(carriedOut(clusterView({ ...surroundings, networkPolicies: [onlyDns] }))).toBeUndefined()
  })
})
