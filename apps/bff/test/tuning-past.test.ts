import { entityKey } from '@cordon/entities'
import { verifyChain } from '@cordon/ledger'
import { expect, it } from 'vitest'
import { detection, podEvidence } from './detections.ts'
import { readLedger } from './ledger.ts'
import { tuningServer } from './tuning-server.ts'

const world = tuningServer()

const byUser = (pod: string, user: string) =>
  detection(pod, {
    dedupeKey: `${pod} ${user}`,
    evidence: [
      podEvidence(pod),
      { key: entityKey('user', 'c', user), kind: 'user', name: user, role: 'contextual', facts: {} },
    ],
  })
const rule = (action: 'hide' | 'resolve' | 'lower', more: object = {}) => ({
  body: {
    name: 'CI deploys',
    reason: 'The pipeline does this',
    action,
    conditions: {
      match: 'any' as const,
      groups: [
        { match: 'all' as const, items: [{ field: 'user' as const, operator: 'equals' as const, values: ['ci-bot'] }] },
        { match: 'all' as const, items: [{ field: 'pod' as const, operator: 'equals' as const, values: ['nobody'] }] },
      ],
    },
    ...more,
  },
})
const alerts = async (query: object = {}) => (await world.analyst('alertList', { query })).items
const incidents = async (query: object = {}) => (await world.analyst('incidentList', { query })).items
/** Everything that applying may change, without times and versions. */
const state = async () => ({
  alerts: (await alerts({ hidden: 'any' }))
    .map(({ id, incidentId, status, severity, tuning }) => ({ id, incidentId, status, severity, tuning }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  incidents: (await incidents({ status: ['new', 'in-progress', 'resolved'], sort: 'id', dir: 'asc' })).map(
    ({ id, status, severity, activeAlerts, totalAlerts }) => ({ id, status, severity, activeAlerts, totalAlerts }),
  ),
})

it.each(['hide', 'resolve', 'lower'] as const)(
  '%s: does to past alerts what it does to new ones, and back',
  async (action) => {
    // Two attacks in one incident of which the rule covers one alert, and an incident that it covers whole.
    await world.record([byUser('shop/web', 'ci-bot'), byUser('shop/web', 'mallory'), byUser('shop/db', 'ci-bot')])
    const before = await state()
    expect(before.incidents).toHaveLength(2)
    const made = await world.analyst('tuningCreate', rule(action, { severity: 'low' }))
    expect(await state()).toEqual(before)
    const preview = await world.analyst('tuningPreview', {
      body: { action, severity: 'low', conditions: rule(action).body.conditions },
    })
    expect(preview).toMatchObject({ alerts: 2, applicable: 2 })

    const applied = await world.analyst('tuningApply', { params: { id: made.id }, body: {} })
    expect(applied).toMatchObject({ alerts: 2, by: 'token:test analyst', undone: null, isPartial: false })
    const covered = await alerts({ tuning: made.id })
    expect(covered.map((one) => [one.status, one.severity])).toEqual(
      Array(2).fill(action === 'lower' ? ['new', 'low'] : ['resolved', 'medium']),
    )
    expect(await alerts()).toHaveLength(action === 'hide' ? 1 : 3)
    const open = await incidents({ status: ['new', 'in-progress'] })
    expect(open).toHaveLength(action === 'lower' ? 2 : 1)
    expect((await incidents({ status: ['new'] })).map((one) => one.activeAlerts).toSorted()).toEqual(
      action === 'lower' ? [1, 2] : [1],
    )
    expect((await world.analyst('tuningList', {})).items).toMatchObject([{ applied: 2, alerts: 2 }])
    const [mixed] = before.incidents.filter((one) => one.totalAlerts === 2)
    const log = (await world.analyst('incidentGet', { params: { id: mixed?.id as number } })).activities
    expect(log.some((line) => line.text.includes('applied to past alerts'))).toBe(true)

    const undone = await world.analyst('tuningUndo', {
      params: { id: applied.id },
      body: { reason: 'It was no pipeline' },
    })
    expect(undone.undone).toMatchObject({
      by: 'token:test analyst',
      reason: 'It was no pipeline',
      restored: 2,
      left: 0,
    })
    expect(await state()).toEqual(before)
    expect((await world.analyst('tuningList', {})).items).toMatchObject([{ applied: 0, alerts: 0 }])
    await expect(
      world.analyst('tuningUndo', { params: { id: applied.id }, body: { reason: 'again' } }),
    ).rejects.toMatchObject({ problem: { status: 409 } })
    const entries = await readLedger(world.server.deps.db)
    expect(entries.filter(({ subject }) => subject === `tuning:${made.id}`).map(({ kind }) => kind)).toEqual([
      'tuning.create',
      'tuning.apply',
      'tuning.undo',
    ])
    expect(await verifyChain(entries)).toMatchObject({ ok: true })
  },
)

it('leaves alone what people decided, before it and after it', async () => {
  await world.record([byUser('shop/web', 'ci-bot'), byUser('shop/db', 'ci-bot'), byUser('shop/api', 'ci-bot')])
  const [first, second] = await incidents()
  await world.analyst('incidentUpdate', {
    params: { id: first?.id as number },
    body: { classification: 'true-positive', determination: 'malware' },
  })
  const made = await world.analyst('tuningCreate', rule('resolve'))
  const applied = await world.analyst('tuningApply', { params: { id: made.id }, body: {} })
  expect(applied.alerts).toBe(2)
  const [looked] = await alerts({ incidentId: second?.id })
  await world.analyst('alertUpdate', { params: { id: looked?.id as string }, body: { status: 'in-progress' } })
  // The rule may be gone by then: the way back stays.
  await world.analyst('tuningDelete', { params: { id: made.id } })
  const undone = await world.analyst('tuningUndo', { params: { id: applied.id }, body: { reason: 'too broad' } })
  expect(undone.undone).toMatchObject({ restored: 1, left: 1 })
  expect((await alerts()).map((one) => one.status).toSorted()).toEqual(['in-progress', 'new', 'new'])
})

it('refuses what there is nothing to do for', async () => {
  await world.record([byUser('shop/web', 'mallory')])
  const made = await world.analyst('tuningCreate', rule('resolve'))
  const apply = () => world.analyst('tuningApply', { params: { id: made.id }, body: {} })
  await expect(apply()).rejects.toMatchObject({ problem: { status: 409, detail: expect.stringContaining('no open') } })
  await world.analyst('tuningUpdate', { params: { id: made.id }, body: { enabled: false } })
  await expect(apply()).rejects.toMatchObject({ problem: { detail: expect.stringContaining('switched off') } })
  const viewer = await world.server.as('viewer')
  await expect(viewer('tuningApply', { params: { id: made.id }, body: {} })).rejects.toMatchObject({
    problem: { status: 403 },
  })
})

it('holds a weekly maintenance window by the clocks of its zone', async () => {
  const body = {
    kind: 'maintenance' as const,
    name: 'Patch night',
    reason: 'Change 4711',
    action: 'hide' as const,
    scope: { clusters: ['c'], namespaces: [], ruleIds: [] },
    schedule: { days: [6], from: '22:00', until: '02:00', timeZone: 'America/New_York' },
  }
  const made = await world.analyst('tuningCreate', { body })
  expect(made.schedule).toEqual(body.schedule)
  const at = (pod: string, time: string) => detection(pod, { time: Date.parse(time) })
  await world.record([
    at('shop/inside', '2026-07-05T03:30:00Z'), // Saturday 23:30 there
    at('shop/after', '2026-07-05T06:30:00Z'),
    at('shop/week-later', '2026-07-12T03:30:00Z'),
  ])
  const names = (list: Awaited<ReturnType<typeof alerts>>) => list.map((one) => one.evidence[0]?.name).toSorted()
  expect(names(await alerts())).toEqual(['after'])
  expect(names(await alerts({ hidden: 'only' }))).toEqual(['inside', 'week-later'])
  const bad = { ...body, schedule: { ...body.schedule, timeZone: 'Mars/Olympus' } }
  await expect(world.analyst('tuningCreate', { body: bad })).rejects.toMatchObject({
    problem: { status: 400, detail: expect.stringContaining('Mars/Olympus') },
  })
})
