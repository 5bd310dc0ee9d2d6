import { describe, expect, it } from 'vitest'
import {
  type ClusterView,
  type ContainmentPlan,
  detachedLabels,
  markers,
  networkPlugins,
  type Pod,
  planContainment,
  planRelease,
} from '../src/index.ts'
import { agent, allowAll, clusterView } from './cluster-fixture.ts'

const who = { actionId: 'act-1', requestedBy: 'analyst', comment: 'crypto miner', at: '2026-01-01T00:00:00.000Z' }

function plan(policies: ReturnType<typeof allowAll>[], detach = true, change: Partial<ClusterView> = {}) {
  const view = clusterView({ networkPolicies: policies, ...change })
  const plugin = networkPlugins(view, 'node-1')[0]
  return planContainment('isolation', view, view.pod as Pod, who, { detach, plugin }) as ContainmentPlan
}

describe('isolation', () => {
  it('needs only a policy and a label where nothing else allows traffic', () => {
    const { strategy, operations, openPaths } = plan([])
    expect(strategy).toBe('network-policy')
    expect(openPaths).toEqual([])
    expect(operations.map((o) => o.id)).toEqual(['create-policy', 'label-pod'])
    expect(operations[0]).toMatchObject({
      body: {
        spec: {
          podSelector: { matchLabels: { [markers.isolation]: 'act-1' } },
          policyTypes: ['Ingress', 'Egress'],
          ingress: [],
          egress: [],
        },
        metadata: { ownerReferences: [{ uid: 'uid-web-1' }] },
      },
    })
    expect(operations[1]).toMatchObject({
      body: [
        { op: 'test', path: '/metadata/uid', value: 'uid-web-1' },
        { op: 'add', path: '/metadata/labels/cordon.dev~1isolation', value: 'act-1' },
      ],
    })
  })

  it('takes the labels by which an allowing policy selects the pod, and no others', () => {
    const { strategy, detachedLabels, operations } = plan([allowAll('web', { matchLabels: { app: 'web' } })])
    expect(strategy).toBe('network-policy-detach')
    expect(detachedLabels).toEqual({ app: 'web' })
    expect(JSON.stringify(operations[1])).toContain('"remove","path":"/metadata/labels/app"')
  })

  it('without detachment says what stays open', () => {
    const result = plan([allowAll('web', { matchLabels: { app: 'web' } })], false)
    expect(result).toMatchObject({ strategy: 'network-policy-partly', canDetach: true, detachedLabels: {} })
    expect(result.openPaths.join()).toContain('web')
  })

  it('is only partial under a namespace-wide allow, which no label can escape', () => {
    const result = plan([allowAll('everything', {})])
    expect(result).toMatchObject({ strategy: 'network-policy-partly', canDetach: false, detachedLabels: {} })
    expect(result.openPaths.length).toBeGreaterThan(0)
  })
})

describe('what an isolation can only do in part', () => {
  it('names the further networks a pod is attached to: nobody filters them', () => {
    const view = clusterView()
    const pod = view.pod as Pod
    pod.metadata.annotations = { 'k8s.v1.cni.cncf.io/networks': 'storage/ipvlan-1' }
    const result = plan([], true, { pod, pods: [pod] })
    expect(result.strategy).toBe('network-policy-partly')
    expect(result.openPaths.join()).toContain('storage/ipvlan-1')
  })

  it('takes what leaves least open, not the plainest', () => {
    const tiers = [{ id: 'calico' as const, apiVersion: 'projectcalico.org/v3' }]
    const agentPods = [agent('calico-node', 'docker.io/calico/node:v3.27.0')]
    const meta = (name: string) => ({ name, uid: name })
    const before = [
      { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: meta('security'), spec: { order: 50 } },
      {
        apiVersion: 'projectcalico.org/v3',
        kind: 'GlobalNetworkPolicy',
        metadata: meta('security.scanner'),
        spec: {
          tier: 'security',
          selector: "app == 'web'",
          types: ['Ingress'],
          ingress: [{ action: 'Allow', source: { selector: "app == 'api'" } }],
        },
      },
    ]
    const result = plan([allowAll('everything', {})], true, { tiers, agentPods, otherPolicies: before })
    expect(result.strategy).toBe('calico-deny-partly')
    expect(result.openPaths.join()).toContain('security.scanner')
    expect(result.openPaths.join()).not.toContain('everything')
  })
})

const release = { kind: 'isolation', reattach: true } as const

describe('the ladder', () => {
  const cilium = { tiers: [{ id: 'cilium' as const, apiVersion: 'cilium.io/v2' }] }
  const calico = {
    tiers: [{ id: 'calico' as const, apiVersion: 'crd.projectcalico.org/v1' }],
    agentPods: [agent('calico-node', 'docker.io/calico/node:v3.27.0')],
  }
  const admin = {
    tiers: [{ id: 'cluster-network-policy' as const, apiVersion: 'policy.networking.k8s.io/v1alpha2' }],
    agentPods: [agent('kube-network-policies', 'registry.k8s.io/networking/kube-network-policies:v1.0.0')],
  }

  it.each([
    ['cilium-deny', cilium, ['create-policy', 'label-pod']],
    ['calico-deny', calico, ['create-policy', 'label-pod']],
    ['admin-deny', admin, ['create-policy', 'create-policy-2', 'label-pod']],
  ])(
    'takes %s where it is served, and no labels, even under a namespace-wide allow',
    (strategy, change, operations) => {
      const result = plan([allowAll('everything', {})], true, change)
      if (strategy === 'admin-deny') {
        // What an ipBlock allows from outside is not in reach of an Admin-tier ingress rule: in part, and said so.
        expect(result.strategy).toContain('partly')
        return
      }
      expect(result).toMatchObject({ strategy, openPaths: [], detachedLabels: {} })
      expect(result.operations.map((o) => o.id)).toEqual(operations)
    },
  )

  it('takes the Admin tier where other policies allow only pods', () => {
    const pods = {
      ...allowAll('pods', {}),
      spec: {
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ namespaceSelector: {} }] }],
        egress: [{}],
      },
    }
    const result = plan([pods], true, admin)
    expect(result).toMatchObject({ strategy: 'admin-deny', openPaths: [] })
    expect(result.operations.map((o) => o.id)).toEqual(['create-policy', 'create-policy-2', 'label-pod'])
  })

  it('leaves out a tier whose enforcer is another', () => {
    expect(plan([], true, { ...cilium, agentPods: calico.agentPods }).strategy).toBe('network-policy')
  })
})

describe('planRelease', () => {
  const isolated = (labels: Record<string, string>, taken: unknown): Pod => {
    const pod = clusterView().pod as Pod
    return {
      ...pod,
      metadata: {
        ...pod.metadata,
        labels: { ...labels, [markers.isolation]: 'act-1' },
        annotations: { [markers.detachedLabels]: JSON.stringify(taken) },
      },
    }
  }

  it('puts back what it took and leaves what someone changed meanwhile', () => {
    const pod = isolated({ tier: 'edited-by-someone' }, { app: 'web', tier: 'front' })
    const { restoredLabels, operations } = planRelease(pod, 'shop', 'act-1', [], release)
    expect(restoredLabels).toEqual({ app: 'web' })
    expect(operations.map((o) => o.id)).toEqual(['unlabel-pod', 'delete-policy'])
  })

  it('never deletes a policy that is not ours', () => {
    const foreign = {
      ...allowAll('cordon-isolation-act-1', {}),
      metadata: { name: 'cordon-isolation-act-1', namespace: 'shop', uid: 'x', labels: { [markers.action]: 'act-1' } },
    }
    const { operations } = planRelease(undefined, 'shop', 'act-1', [foreign], release)
    // By our name only, and then only if the object found there carries our label.
    expect(operations).toMatchObject([{ kind: 'delete', uid: null, ownedBy: 'act-1' }])
  })

  it.each(['not json', '[1]', '{"app":{"a":1}}', 'null'])('survives a spoilt annotation: %s', (text) => {
    const pod = isolated({}, {})
    pod.metadata.annotations = { [markers.detachedLabels]: text }
    expect(detachedLabels(pod)).toEqual({})
  })
})
