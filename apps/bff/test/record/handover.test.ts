import { everything } from '@cordon/rbac'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { toJsonb } from '../../src/adapters/postgres/storable.ts'
import { createDetectionRecorder } from '../../src/jobs/correlate/record-detections.ts'
import { detection } from '../detections.ts'
import { testServer, type TestServer } from '../server.ts'

let server: TestServer
beforeEach(async () => {
  server = await testServer()
})
afterEach(() => server.close())

const minute = 60_000
const begin = new Date(Date.now() - minute).toISOString()

interface Given {
  id: string
  type?: string
  state?: string
  requested?: number
  applied?: number
  verified?: number
  ended?: number
  incident?: number | null
  record?: object
}

/** An action as the runner stores it, with times in ms from now. */
async function action({ id, type = 'isolate-pod', state = 'verified', ...at }: Given): Promise<void> {
  const when = (ms: number | undefined) => (ms === undefined ? null : new Date(Date.now() + ms))
  await server.deps.commit(
    { name: 'anna', displayName: '', role: 'analyst', scope: everything, via: 'session' },
    async (tx) => {
      await tx
        .insertInto('actions')
        .values({
          id,
          type,
          state,
          cluster: 'c',
          namespace: 'shop',
          target_key: `pod:c/shop/${id}`,
          target_name: id,
          target_uid: id,
          comment: 'why',
          source: 'api',
          requested_by: 'anna',
          incident_id: at.incident ?? null,
          requested_at: when(at.requested ?? 0) ?? undefined,
          applied_at: when(at.applied),
          verified_at: when(at.verified),
          ended_at: when(at.ended),
          record: toJsonb({ outcome: 'It holds.', steps: [], ...at.record }),
          plan: '{}',
        })
        .execute()
      return {
        result: undefined,
        entries: [{ kind: 'action.request', subject: `action:${id}`, details: {} }],
        changed: [],
      }
    },
  )
}

async function raise(pod: string): Promise<number> {
  const record = createDetectionRecorder(server.deps, { linkedPods: () => [] })
  const [made] = await record([detection(pod, { title: pod })])
  return made?.incidentId as number
}

it('measures from alert to seen, decided, applied, verified and released, each from what was stored', async () => {
  const id = await raise('shop/web')
  await (
    await server.as('viewer')
  )('incidentGet', { params: { id } })
  const analyst = await server.as('analyst')
  await analyst('incidentGet', { params: { id } })
  const seen = await analyst('incidentGet', { params: { id } })
  // A viewer only looks; whoever works incidents has seen it, once.
  expect(seen.activities.filter((a) => a.kind === 'seen').map((a) => a.actor)).toEqual(['token:test analyst'])
  const times = { requested: 10_000, applied: 10_400, verified: 12_400, ended: 72_400 }
  await action({ id: 'a', state: 'released', incident: id, ...times })
  await action({ id: 'b', state: 'requested', incident: id, requested: 20_000 })
  const { percentiles, items } = await analyst('intervalList', { query: { incidentId: id } })
  const p50 = Object.fromEntries(percentiles.map((p) => [`${p.from} ${p.to}`, [p.count, p.p50 && Math.round(p.p50)]]))
  expect(p50).toMatchObject({
    'alert seen': [1, expect.any(Number)],
    'seen decided': [2, expect.any(Number)],
    'decided applied': [1, 400],
    'applied verified': [1, 2000],
    'verified released': [1, 60_000],
  })
  expect(items).toMatchObject([
    { actionId: 'b', seenBy: 'token:test analyst', decidedBy: 'anna', appliedAt: null },
    { actionId: 'a', incidentId: id, releasedAt: expect.any(String) },
  ])
})

it('hands over what was opened, closed, done and left, from the ledger', async () => {
  const [first, second] = [await raise('shop/web'), await raise('shop/db')]
  const lead = await server.as('lead')
  await action({ id: 'inforce', applied: 0, incident: first })
  await action({ id: 'over', state: 'released', applied: 0, ended: 0 })
  await action({
    id: 'due',
    type: 'terminate-pod',
    applied: 0,
    record: { review: { reasons: ['irreversible'], decision: 'due', decidedBy: null, decidedAt: null, comment: null } },
  })
  await lead('incidentUpdate', { params: { id: second }, body: { status: 'resolved' } })
  const end = new Date(Date.now() + minute).toISOString()
  const page = await lead('handoverGet', { query: { from: begin, to: end } })
  expect(page.opened.map((i) => i.id).toSorted()).toEqual([first, second])
  expect(page.closed).toMatchObject([{ id: second, closedBy: 'token:test lead' }])
  expect(page.stillOpen.map((i) => i.id)).toEqual([first])
  expect(page.actions.map((a) => a.id).toSorted()).toEqual(['due', 'inforce', 'over'])
  expect(page.inForce.map((a) => a.id)).toEqual(['inforce'])
  expect(page.reviewsDue).toMatchObject([{ id: 'due', review: { reasons: ['irreversible'] } }])
  expect(page.changes.map((c) => c.kind)).toContain('token.create')
  expect(page.counts).toMatchObject({ opened: 2, closed: 1, stillOpen: 1, actions: 3, inForce: 1, reviewsDue: 1 })
  // Reopened after the shift: the page of that shift still says what was so at its end.
  const shift = new Date().toISOString()
  await lead('incidentUpdate', { params: { id: second }, body: { status: 'new' } })
  const then = await lead('handoverGet', { query: { from: begin, to: shift } })
  expect(then.stillOpen.map((i) => i.id)).toEqual([first])
  await expect(lead('handoverGet', { query: { from: end, to: begin } })).rejects.toMatchObject({
    problem: { status: 400 },
  })
})

it('counts actions over time by type and outcome, empty buckets included', async () => {
  await action({ id: 'a', applied: 0, verified: 0 })
  await action({ id: 'b', state: 'failed', type: 'terminate-pod' })
  await action({ id: 'c', state: 'not-verified', requested: -24 * 60 * minute })
  const viewer = await server.as('viewer')
  const { buckets } = await viewer('actionTrend', { query: {} })
  expect(buckets).toHaveLength(30)
  const days = buckets.filter((b) => b.total > 0)
  expect(days).toMatchObject([
    { types: { 'isolate-pod': 1 }, outcomes: { unproven: 1 } },
    { total: 2, types: { 'isolate-pod': 1, 'terminate-pod': 1 }, outcomes: { verified: 1, failed: 1 } },
  ])
  const query = { bucket: 'hour', from: '2020-01-01T00:00:00Z' } as const
  await expect(viewer('actionTrend', { query })).rejects.toMatchObject({ problem: { status: 400 } })
})
