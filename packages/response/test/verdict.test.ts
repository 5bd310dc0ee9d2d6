import { describe, expect, it } from 'vitest'
import {
  actions,
  type CreateOperation,
  type Judged,
  markers,
  networkPlugins,
  type Pod,
  planContainment,
  type ProbeResult,
} from '../src/index.ts'
import { allowAll, clusterView } from './cluster-fixture.ts'

const who = { actionId: 'act-1', requestedBy: 'analyst', comment: '', at: '2026-01-01T00:00:00.000Z' }
const probe = (target: ProbeResult['target'], control: ProbeResult['control']): ProbeResult => ({
  at: '2026-01-01T00:00:02.000Z',
  target,
  control,
  text: `${target}/${control}`,
})

function policyOf(view: ReturnType<typeof clusterView>): CreateOperation {
  const plan = planContainment('isolation', view, view.pod as Pod, who, {
    detach: true,
    plugin: networkPlugins(view, 'node-1')[0],
  })
  const create = plan?.operations[0]
  if (create?.kind !== 'create') throw new Error('the first operation creates the policy')
  return create
}

/** The cluster after both writes of an isolation. */
function isolatedView() {
  const view = clusterView()
  const pod = view.pod as Pod
  const create = policyOf(view)
  const labelled: Pod = {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, [markers.isolation]: 'act-1' } },
  }
  const policy = { ...create.body, metadata: { ...create.body.metadata, uid: 'p1' }, spec: create.body.spec }
  return clusterView({ pod: labelled, pods: [labelled, ...view.pods.slice(1)], networkPolicies: [policy] })
}

function judge(
  view: ReturnType<typeof clusterView>,
  more: Partial<Judged> = {},
  type: keyof typeof actions = 'isolate-pod',
) {
  return actions[type].judge({
    view,
    actionId: 'act-1',
    target: { uid: 'uid-web-1', name: 'web-1', namespace: 'shop' },
    parts: [policyOf(clusterView())],
    releases: undefined,
    plugin: networkPlugins(view, 'node-1')[0],
    probe: null,
    connectionsSeen: [],
    now: '2026-01-01T00:00:03.000Z',
    deadline: '2026-01-01T00:00:30.000Z',
    wasInForce: false,
    acceptedPaths: [],
    probeExpected: true,
    ...more,
  })
}
const late = { now: '2026-01-01T00:01:00.000Z' }

describe('an isolation', () => {
  it('is verified only when the probe is blocked and its control gets through', () => {
    expect(judge(isolatedView(), { probe: probe('blocked', 'connected') })).toMatchObject({
      state: 'verified',
      verification: { newConnections: 'blocked' },
    })
  })

  it.each([
    ['no probe yet', null, {}, 'applied'],
    ['no probe by the deadline', null, late, 'not-verified'],
    ['control blocked too', probe('blocked', 'blocked'), late, 'not-verified'],
    ['still connecting, in time', probe('connected', 'connected'), {}, 'applied'],
    ['still connecting at the deadline', probe('connected', 'connected'), late, 'not-verified'],
  ])('%s → not verified', (_, p, more, state) => {
    const verdict = judge(isolatedView(), { probe: p, ...more })
    expect(verdict.state).toBe(state)
    expect(verdict.verification.newConnections).not.toBe('blocked')
  })

  it('is never verified by computation alone, even where no probe is possible', () => {
    expect(judge(isolatedView(), { probeExpected: false })).toMatchObject({
      state: 'not-verified',
      verification: { newConnections: 'unknown' },
    })
  })

  it('one connection seen by a sensor outweighs all other evidence', () => {
    const seen = [{ at: '2026-01-01T00:00:20.000Z', text: 'xmrig to 203.0.113.9:3333' }]
    const verdict = judge(isolatedView(), {
      probe: probe('blocked', 'connected'),
      connectionsSeen: seen,
      ...late,
      wasInForce: true,
    })
    expect(verdict).toMatchObject({ state: 'broken', verification: { newConnections: 'open' } })
  })

  it.each([
    ['policy deleted', (v: ReturnType<typeof isolatedView>) => ({ ...v, networkPolicies: [] })],
    [
      'policy edited',
      (v: ReturnType<typeof isolatedView>) => ({
        ...v,
        networkPolicies: v.networkPolicies.map((p) => ({ ...p, spec: { ...(p.spec as object), egress: [{}] } })),
      }),
    ],
    [
      'label stripped',
      (v: ReturnType<typeof isolatedView>) => ({ ...v, pod: clusterView().pod, pods: clusterView().pods }),
    ],
    [
      'an allow policy added',
      (v: ReturnType<typeof isolatedView>) => ({
        ...v,
        networkPolicies: [...v.networkPolicies, allowAll('backdoor', {})],
      }),
    ],
  ])('%s → broken', (_, change) => {
    expect(judge(change(isolatedView()), { probe: probe('blocked', 'connected'), wasInForce: true }).state).toBe(
      'broken',
    )
  })

  it('stays partly when other pods use the path that was open from the start, and is broken by another rule', () => {
    const view = { ...isolatedView(), networkPolicies: [...isolatedView().networkPolicies, allowAll('backdoor', {})] }
    const { openPaths } = judge(view).verification
    const before = openPaths.map((text) => text.replaceAll('api-1', 'api-0'))
    expect(judge(view, { wasInForce: true, acceptedPaths: before }).state).toBe('partly')
    const other = {
      ...view,
      networkPolicies: [...view.networkPolicies, allowAll('second', { matchLabels: { app: 'web' } })],
    }
    expect(judge(other, { wasInForce: true, acceptedPaths: [] }).state).toBe('broken')
  })

  it('a successor of the same name is never taken for the isolated pod', () => {
    const view = isolatedView()
    const successor: Pod = { ...(view.pod as Pod), metadata: { ...(view.pod as Pod).metadata, uid: 'another' } }
    expect(judge({ ...view, pod: successor }).state).toBe('gone')
  })

  it('an unreachable cluster proves nothing', () => {
    expect(
      judge({ ...isolatedView(), unreachable: 'no answer' }, { wasInForce: true, probe: probe('blocked', 'connected') })
        .state,
    ).toBe('not-verified')
  })
})

describe('a termination', () => {
  const [now, deadline] = ['2026-01-01T00:00:01.000Z', '2026-01-01T00:01:00.000Z']
  it('is done when the uid is gone, not when the deletion was accepted', () => {
    const terminating = clusterView()
    ;(terminating.pod as Pod).metadata.deletionTimestamp = now
    expect(
      judge(
        terminating,
        { target: { uid: 'uid-web-1', name: 'web-1', namespace: 'shop' }, now: now, deadline },
        'terminate-pod',
      ).state,
    ).toBe('applied')
    expect(
      judge(
        clusterView({ pod: undefined }),
        { target: { uid: 'uid-web-1', name: 'web-1', namespace: 'shop' }, now: now, deadline },
        'terminate-pod',
      ).state,
    ).toBe('verified')
    expect(
      judge(
        clusterView(),
        { target: { uid: 'other-uid', name: 'web-1', namespace: 'shop' }, now: now, deadline },
        'terminate-pod',
      ).outcome,
    ).toContain('successor')
  })

  it('names who holds the object', () => {
    const held = clusterView()
    Object.assign((held.pod as Pod).metadata, { deletionTimestamp: now, finalizers: ['example.com/hold'] })
    expect(
      judge(
        held,
        { target: { uid: 'uid-web-1', name: 'web-1', namespace: 'shop' }, now: deadline, deadline },
        'terminate-pod',
      ),
    ).toMatchObject({
      state: 'partly',
      outcome: expect.stringContaining('example.com/hold'),
    })
  })
})
