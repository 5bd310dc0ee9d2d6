import { entityKey } from '@cordon/entities'
import type { ResponsePolicy } from '@cordon/response'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { system } from '../../src/deps.ts'
import { decideActions, renewAction, reviewAction } from '../../src/features/actions/change-action.ts'
import { containmentBoard } from '../../src/features/actions/containment-board.ts'
import { preflightActions, requestActions } from '../../src/features/actions/request-action.ts'
import { readPolicy, updatePolicy } from '../../src/features/actions/response-policy.ts'
import { analyst, lead, responseLab, type ResponseLab } from './response-lab.ts'

const cluster = 'aks-prod'
let lab: ResponseLab
beforeAll(async () => {
  lab = await responseLab()
  lab.runner()
  lab.watch()
})
afterAll(() => lab?.close())

const ports = () => ({ deps: lab.deps, clusters: lab.clusters, poke: lab.runner().poke })
async function setPolicy(policy: Partial<ResponsePolicy>) {
  const { version } = await readPolicy(lab.deps.db)
  await updatePolicy(lab.deps, system, { policy: { rules: [], reviewSamplePercent: 0, ...policy }, version })
}
const rule = (more: Partial<ResponsePolicy['rules'][number]>) => ({
  name: 'Payments',
  types: [],
  clusters: [],
  namespaces: [],
  severities: [],
  minTargets: 1,
  ...more,
})
const untouched = async (id: string) =>
  (await lab.until(id, ['pending-approval'])).steps.every((s) => s.state === 'pending')
beforeEach(() => setPolicy({}))

describe('a second person', () => {
  it('is waited for where the policy says so; the requester can’t be it; then the action is done', async () => {
    await setPolicy({ rules: [rule({ namespaces: ['pay*'] })] })
    const pod = lab.pod(cluster, 'payments', 'fraud-scorer')
    const target = { cluster, namespace: 'payments', ...pod }
    const action = await lab.request(target, { type: 'isolate-pod' }, { as: lead })
    expect(action).toMatchObject({ state: 'pending-approval', approval: { decision: 'pending' } })
    expect(await untouched(action.id)).toBe(true)
    const { results: own } = await decideActions(ports(), lead, { ids: [action.id], comment: '', decision: 'approved' })
    expect(own).toMatchObject([{ ok: false, detail: expect.stringContaining('second person') }])
    const other = { ...lead, name: 'lou' }
    expect(
      (
        await decideActions(ports(), other, { ids: [action.id, 'act-none'], comment: 'go', decision: 'approved' })
      ).results.map((r) => r.ok),
    ).toEqual([true, false])
    expect(await lab.until(action.id, ['verified', 'not-verified'])).toMatchObject({
      approval: { decision: 'approved', decidedBy: 'lou' },
      requestedBy: 'lee',
    })
  })

  it('may reject: nothing is ever written', async () => {
    await setPolicy({ rules: [rule({ types: ['terminate-pod'] })] })
    const pod = lab.pod(cluster, 'shop', 'cart')
    const action = await lab.request({ cluster, namespace: 'shop', ...pod }, { type: 'terminate-pod' })
    await decideActions(ports(), lead, { ids: [action.id], comment: 'wrong pod', decision: 'rejected' })
    expect(await lab.until(action.id, ['rejected'])).toMatchObject({ outcome: expect.stringContaining('wrong pod') })
    expect(lab.pod(cluster, 'shop', 'cart').uid).toBe(pod.uid)
  })

  it('is passed over by breaking the glass, which forces a review by someone else', async () => {
    await setPolicy({ rules: [rule({ types: ['isolate-pod'] })] })
    const pod = lab.pod(cluster, 'shop', 'orders')
    const target = { cluster, namespace: 'shop', ...pod }
    const body = {
      type: 'isolate-pod' as const,
      targets: [{ key: entityKey('pod', cluster, 'shop', pod.name) }],
      options: {},
      incidentId: null,
    }
    const { preflights } = await preflightActions(ports(), analyst, body)
    expect(preflights[0]?.approval).toMatchObject({ needed: true, reason: expect.stringContaining('Payments') })
    expect(preflights[0]?.impact).toMatchObject({
      services: [{ name: 'shop/orders', otherEndpoints: 1 }],
      replacement: { owner: 'Deployment orders' },
    })
    const action = await lab.request(target, { type: 'isolate-pod', options: { breakGlass: true } })
    const done = await lab.until(action.id, ['verified', 'not-verified'])
    expect(done).toMatchObject({
      approval: { decision: 'break-glass' },
      review: { reasons: expect.arrayContaining(['break-glass']), decision: 'due' },
    })
    await expect(reviewAction(ports(), analyst, action.id, { decision: 'agree', comment: '' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(reviewAction(ports(), lead, action.id, { decision: 'disagree', comment: '' })).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(await reviewAction(ports(), lead, action.id, { decision: 'agree', comment: 'right' })).toMatchObject({
      review: { decision: 'agree', decidedBy: 'lee' },
    })
  })

  it('is asked for by the number of targets; each target has a row of its own, the refused ones too', async () => {
    await setPolicy({ rules: [rule({ name: 'Many', minTargets: 3 })] })
    const keys = ['storefront', 'catalog', 'catalog'].map((app, i) => ({
      key: entityKey('pod', cluster, 'shop', lab.pod(cluster, 'shop', app, i === 2 ? 1 : 0).name),
    }))
    const none = { key: entityKey('pod', cluster, 'shop', 'no-such-pod') }
    const request = {
      type: 'terminate-pod' as const,
      targets: [...keys, none],
      comment: 'sweep',
      options: {},
      source: 'api' as const,
      incidentId: null,
    }
    const first = await requestActions(ports(), analyst, request, 'sweep-1')
    expect(first.results.map((r) => r.action?.state ?? r.refusal?.code)).toEqual([
      ...keys.map(() => 'pending-approval'),
      'not-found',
    ])
    const again = await requestActions(ports(), analyst, request, 'sweep-1')
    expect(again.results.map((r) => r.action?.id)).toEqual(first.results.map((r) => r.action?.id))
  })

  it('leaves a policy that someone else has changed alone', async () => {
    const { version } = await readPolicy(lab.deps.db)
    await setPolicy({ reviewSamplePercent: 5 })
    await expect(
      updatePolicy(lab.deps, system, { policy: { rules: [], reviewSamplePercent: 9 }, version }),
    ).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('expiry and the board', () => {
  it('ends by itself at its time, as an action of its own, unless renewed; the board shows it meanwhile', async () => {
    const pod = lab.pod(cluster, 'platform', 'build-runner')
    const target = { cluster, namespace: 'platform', ...pod }
    const action = await lab.request(target, { type: 'isolate-pod', options: { expiresInMinutes: 1 } })
    await lab.until(action.id, ['verified', 'not-verified'])
    const renewed = await renewAction(ports(), lead, action.id, 60)
    expect(Date.parse(renewed.expiresAt ?? '')).toBeGreaterThan(Date.parse(action.expiresAt ?? '') + 50 * 60_000)
    const shown = () =>
      containmentBoard(lab.deps.db, lab.clusters).then((rows) => rows.find((r) => r.actionId === action.id))
    await expect.poll(shown).toMatchObject({
      cluster,
      kind: 'isolation',
      by: 'ada',
      namespace: 'platform',
      drift: [],
      expiresAt: renewed.expiresAt,
      pod: { uid: pod.uid },
    })
    // Its time comes: the clock of the record is moved, not ours.
    await lab.deps.db
      .updateTable('actions')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('id', '=', action.id)
      .execute()
    const ended = await lab.until(action.id, ['expired'])
    const undo = await lab.until(ended.undoneBy ?? '', ['verified'])
    expect(undo).toMatchObject({ type: 'release-pod', source: 'expiry', requestedBy: 'system' })
    await expect.poll(shown).toBeUndefined()
  })

  it('shows what the record doesn’t know, and it can be released from there', async () => {
    const pod = lab.pod(cluster, 'monitoring', 'grafana')
    const id = 'act-other-installation'
    const base = '/apis/networking.k8s.io/v1/namespaces/monitoring/networkpolicies'
    await lab.admin(cluster, 'POST', base, {
      metadata: {
        name: `cordon-isolation-${id}`,
        labels: { 'cordon.dev/action': id, 'app.kubernetes.io/managed-by': 'cordon' },
        annotations: { 'cordon.dev/requested-by': 'someone-else' },
      },
      spec: { podSelector: { matchLabels: { 'cordon.dev/isolation': id } }, policyTypes: ['Ingress', 'Egress'] },
    })
    await lab.admin(
      cluster,
      'PATCH',
      `/api/v1/namespaces/monitoring/pods/${pod.name}`,
      { metadata: { labels: { 'cordon.dev/isolation': id } } },
      'application/merge-patch+json',
    )
    const shown = () => containmentBoard(lab.deps.db, lab.clusters).then((rows) => rows.find((r) => r.actionId === id))
    await expect.poll(async () => (await shown())?.pod?.name).toBe(pod.name)
    expect(await shown()).toMatchObject({
      state: null,
      by: 'someone-else',
      drift: [expect.stringContaining('doesn’t know')],
    })
    const release = await lab.request({ cluster, namespace: 'monitoring', ...pod }, { type: 'release-pod' })
    expect((await lab.until(release.id, ['verified', 'failed', 'not-verified'])).state).toBe('verified')
    await expect.poll(shown).toBeUndefined()
  })
})
