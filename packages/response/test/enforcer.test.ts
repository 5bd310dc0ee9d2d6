import { describe, expect, it } from 'vitest'
import {
  actions,
  type ClusterView,
  type CreateOperation,
  type EnforcerObjects,
  type Judged,
  markers,
  networkPlugins,
  type Pod,
  planContainment,
  type ProbeResult,
} from '../src/index.ts'
import { agent, clusterView } from './cluster-fixture.ts'

const who = { actionId: 'act-1', requestedBy: 'analyst', comment: '', at: '2026-01-01T00:00:00.000Z' }
const blocked: ProbeResult = {
  at: '2026-01-01T00:00:02.000Z',
  target: 'blocked',
  control: 'connected',
  text: 'blocked/connected',
}
const ours = `k8s:${markers.isolation}=act-1`
const aws = agent('aws-node', 'x/amazon-k8s-cni:v1.20.1', {
  containers: [
    { name: 'aws-node', image: 'x/amazon-k8s-cni:v1.20.1' },
    { name: 'aws-eks-nodeagent', args: ['--enable-network-policy=true'] },
  ],
})

/** The verdict on an isolated pod, with what the enforcer has in the API. */
function verdict(enforcer: EnforcerObjects | undefined, more: Partial<Judged> = {}, view: Partial<ClusterView> = {}) {
  const before = clusterView(view)
  const pod = before.pod as Pod
  const plugin = networkPlugins(before, 'node-1')[0]
  const plan = planContainment('isolation', before, pod, who, { detach: true, plugin })
  const parts = plan?.operations.filter((o): o is CreateOperation => o.kind === 'create') ?? []
  const labelled: Pod = {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, [markers.isolation]: 'act-1' } },
  }
  const policies = parts.map(({ body }) => ({ ...body, metadata: { ...body.metadata, uid: 'p' }, spec: body.spec }))
  const plain = (p: { apiVersion: string }) => p.apiVersion === 'networking.k8s.io/v1'
  const judged = actions['isolate-pod'].judge({
    view: {
      ...before,
      pod: labelled,
      pods: [labelled, ...before.pods.slice(1)],
      networkPolicies: policies.filter(plain),
      otherPolicies: [...policies.filter((p) => !plain(p)), ...(view.otherPolicies ?? [])],
      enforcer,
    },
    actionId: 'act-1',
    target: { uid: 'uid-web-1', name: 'web-1', namespace: 'shop' },
    parts,
    releases: undefined,
    plugin,
    probe: blocked,
    connectionsSeen: [],
    now: '2026-01-01T00:01:00.000Z',
    deadline: '2026-01-01T00:00:30.000Z',
    wasInForce: false,
    acceptedPaths: [],
    probeExpected: true,
    ...more,
  })
  return { ...judged, said: judged.verification.evidence.find((e) => e.kind === 'enforcer') }
}

const endpoint = (labels: string[], more: object = {}): EnforcerObjects => ({
  endpoint: { found: { status: { state: 'ready', identity: { id: 4711, labels }, ...more } } },
})

describe('what Cilium says of the pod', () => {
  it.each([
    ['its identity carries our label', endpoint(['k8s:app=web', ours]), 'passed', 'verified'],
    ['its identity lacks our label', endpoint(['k8s:app=web']), 'failed', 'not-verified'],
    [
      'it reports both directions enforcing (before 1.16)',
      endpoint([ours], { policy: { ingress: { state: 'enforcing' }, egress: { state: 'enforcing' } } }),
      'passed',
      'verified',
    ],
    [
      'it reports a direction as not enforcing',
      endpoint([ours], { policy: { ingress: { state: 'enforcing' }, egress: { state: 'non-enforcing' } } }),
      'failed',
      'not-verified',
    ],
    [
      'its status is switched off, as it is by default',
      endpoint([ours], { policy: { ingress: { enforcing: false, state: '<status disabled>' } } }),
      'passed',
      'verified',
    ],
    ['it is still at work', endpoint([ours], { state: 'regenerating' }), 'inconclusive', 'verified'],
    ['it doesn’t manage the pod', { endpoint: { found: null } }, 'failed', 'not-verified'],
    [
      'it can’t be read',
      { endpoint: { missing: 'our account may not read CiliumEndpoints.' } },
      'inconclusive',
      'verified',
    ],
  ] as const)('%s', (_, enforcer, result, state) => {
    expect(verdict(enforcer)).toMatchObject({ state, said: { result } })
  })

  it('says nothing where Cilium keeps its endpoints in slices', () => {
    const sliced = { agentConfig: { 'cilium-config': { 'enable-cilium-endpoint-slice': 'true' } } }
    expect(verdict({ endpoint: { found: null } }, {}, sliced)).toMatchObject({
      state: 'verified',
      said: { result: 'inconclusive' },
    })
  })

  it('is waited for until the deadline, and leaves open what new connections do', () => {
    const late = { now: '2026-01-01T00:00:03.000Z' }
    expect(verdict(endpoint([]), late)).toMatchObject({ state: 'applied', outcome: expect.stringContaining('Waiting') })
    expect(verdict(endpoint([])).verification.newConnections).toBe('unknown')
  })

  it('proves nothing where the probe got through, or none was possible', () => {
    const open: ProbeResult = { ...blocked, target: 'connected', text: 'it connected' }
    expect(verdict(endpoint([ours]), { probe: open })).toMatchObject({
      state: 'not-verified',
      verification: { newConnections: 'open' },
    })
    expect(verdict(endpoint([ours]), { probe: null, probeExpected: false }).state).toBe('not-verified')
  })

  it('keeps its place: after the evaluator, before the probe', () => {
    const kinds = verdict(endpoint([ours])).verification.evidence.map((e) => e.kind)
    expect(kinds).toEqual(['api-object', 'effective-policy', 'enforcer', 'probe'])
  })
})

describe('what the AWS policy controller says of the pod', () => {
  const name = 'cordon-isolation-act-1'
  const here = { name: 'web-1', namespace: 'shop', podIP: '10.0.0.5', hostIP: '10.1.0.1' }
  const of = (spec: object): EnforcerObjects => ({
    policyEndpoints: {
      found: [
        {
          metadata: { name: `${name}-x7k2p` },
          spec: {
            policyRef: { name, namespace: 'shop' },
            podIsolation: ['Ingress', 'Egress'],
            podSelectorEndpoints: [here],
            ...spec,
          },
        },
      ],
    },
  })
  it.each([
    ['it hands the closed policy to the node', of({}), 'passed', 'verified'],
    [
      'it lists another pod of the name',
      of({ podSelectorEndpoints: [{ ...here, podIP: '10.0.0.99' }] }),
      'failed',
      'not-verified',
    ],
    ['it isolates one direction only', of({ podIsolation: ['Ingress'] }), 'failed', 'not-verified'],
    ['it still allows something', of({ egress: [{ cidr: '10.0.0.7' }] }), 'failed', 'not-verified'],
    ['it doesn’t know the policy', { policyEndpoints: { found: [] } }, 'failed', 'not-verified'],
    [
      'the kind isn’t served',
      { policyEndpoints: { missing: 'the cluster serves no PolicyEndpoints.' } },
      'inconclusive',
      'verified',
    ],
  ] as const)('%s', (_, enforcer, result, state) => {
    expect(verdict(enforcer, {}, { agentPods: [aws] })).toMatchObject({ state, said: { result } })
  })
})

describe('what conditions on our policy say', () => {
  const policy = (conditions: object[]) => ({
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: {
      name: 'cordon-isolation-act-1',
      uid: 'cnp',
      labels: { [markers.action]: 'act-1', [markers.managedBy]: markers.managedByValue },
    },
    spec: { tier: 'Baseline', priority: 9, subject: { namespaces: { matchLabels: { none: 'such' } } } },
    status: { conditions },
  })
  const ready = (zone: string, status: string) => ({ type: `Ready-In-Zone-${zone}`, status, message: 'said so' })
  it.each([
    ['the pod’s zone is ready', [ready('node-1', 'True'), ready('node-2', 'False')], 'passed'],
    ['the pod’s zone is not', [ready('node-1', 'False'), ready('node-2', 'True')], 'failed'],
    ['the policy can’t be read', [{ type: 'Valid', status: 'False', message: 'no such field' }], 'failed'],
    ['the policy can be read, which is nothing', [{ type: 'Valid', status: 'True' }], 'inconclusive'],
  ])('%s', (_, conditions, result) => {
    expect(verdict({}, {}, { otherPolicies: [policy(conditions)] }).said?.result).toBe(result)
  })
})
