import { entityKey } from '@cordon/entities'
import { verifyChain } from '@cordon/ledger'
import { describe, expect, it } from 'vitest'
import { detection, podEvidence } from './detections.ts'
import { readLedger } from './ledger.ts'
import { tuningServer } from './tuning-server.ts'

const world = tuningServer()

const byUser = (pod: string, user: string, dedupeKey = `${pod} ${user}`) =>
  detection(pod, {
    dedupeKey,
    evidence: [
      podEvidence(pod),
      { key: entityKey('user', 'c', user), kind: 'user', name: user, role: 'suspicious', facts: {} },
    ],
  })
const ofUser = (name: string) => ({
  match: 'all' as const,
  groups: [{ match: 'all' as const, items: [{ field: 'user' as const, operator: 'equals' as const, values: [name] }] }],
})
const input = (action: 'hide' | 'resolve' | 'lower', more: object = {}) => ({
  body: { name: 'CI deploys', reason: 'The pipeline does this', action, conditions: ofUser('ci-bot'), ...more },
})
const alerts = async (query: object = {}) => (await world.analyst('alertList', { query })).items
const incidents = async (query: object = {}) => (await world.analyst('incidentList', { query })).items

describe('tuning', () => {
  it('hides what it covers from every list, keeps it findable, and counts it', async () => {
    const rule = await world.analyst('tuningCreate', input('hide'))
    await world.record([byUser('shop/web', 'ci-bot'), byUser('shop/web', 'mallory')])
    await world.record([byUser('shop/web', 'ci-bot')])
    expect((await alerts()).map((alert) => alert.evidence[1]?.name)).toEqual(['mallory'])
    const [incident, ...others] = await incidents()
    expect(others).toEqual([])
    expect(incident).toMatchObject({ totalAlerts: 1, activeAlerts: 1 })
    const hidden = await alerts({ hidden: 'only' })
    expect(hidden).toMatchObject([
      { status: 'resolved', occurrences: 2, tuning: { rule: rule.id, action: 'hide', severity: 'medium' } },
    ])
    expect(await alerts({ tuning: rule.id })).toHaveLength(1)
    expect(await incidents({ hidden: 'only' })).toMatchObject([{ id: hidden[0]?.incidentId, status: 'resolved' }])
    expect((await world.analyst('tuningList', {})).items).toMatchObject([{ applied: 2 }])
    expect((await world.analyst('incidentFacets', {})).status).toEqual([{ value: 'new', label: 'New', count: 1 }])
  })

  it('resolves on arrival, without adding to the alert somebody works on', async () => {
    await world.record([byUser('shop/web', 'ci-bot')])
    await world.analyst('tuningCreate', input('resolve'))
    await world.record([byUser('shop/web', 'ci-bot')])
    await world.record([byUser('shop/db', 'ci-bot')])
    expect((await alerts()).map((one) => [one.status, one.occurrences, one.tuning?.action]).toSorted()).toEqual([
      ['new', 1, undefined],
      ['resolved', 1, 'resolve'],
      ['resolved', 1, 'resolve'],
    ])
    expect((await incidents({ sort: 'id', dir: 'asc' })).map((one) => [one.status, one.activeAlerts])).toEqual([
      ['new', 1],
      ['resolved', 0],
    ])
  })

  it('lowers the severity, never raises it, and stops at its expiry', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString()
    await world.analyst('tuningCreate', input('lower', { severity: 'low', expiresAt }))
    await world.record([
      byUser('shop/a', 'ci-bot'),
      { ...byUser('shop/b', 'ci-bot'), severity: 'informational' },
      { ...byUser('shop/c', 'ci-bot'), time: Date.now() + 120_000 },
    ])
    expect((await alerts()).map((one) => one.severity).toSorted()).toEqual(['informational', 'low', 'medium'])
    expect((await incidents()).map((one) => one.severity).toSorted()).toEqual(['informational', 'low', 'medium'])
  })

  it('applies a maintenance window to its cluster, namespace and time only', async () => {
    const now = Date.now()
    const body = {
      kind: 'maintenance' as const,
      name: 'Node upgrade',
      reason: 'Change 4711',
      action: 'resolve' as const,
      scope: { clusters: ['c'], namespaces: ['shop'], ruleIds: [] },
      startsAt: new Date(now - 3_600_000).toISOString(),
      expiresAt: new Date(now + 3_600_000).toISOString(),
    }
    await world.analyst('tuningCreate', { body })
    await world.record([
      detection('shop/a', { time: now }),
      detection('bank/b', { time: now }),
      detection('shop/c', { time: now - 7_200_000 }),
    ])
    const statuses = new Map((await alerts()).map((one) => [one.evidence[0]?.name, one.status]))
    expect(Object.fromEntries(statuses)).toEqual({ a: 'resolved', b: 'new', c: 'new' })
    await expect(world.analyst('tuningCreate', { body: { ...body, scope: undefined } })).rejects.toMatchObject({
      problem: { status: 400, detail: expect.stringContaining('cluster or a namespace') },
    })
  })

  it('previews what it would have covered, and warns where people called it true', async () => {
    await world.record([byUser('shop/web', 'ci-bot'), byUser('shop/web', 'mallory'), byUser('shop/db', 'ci-bot')])
    const [first] = await incidents({ search: 'shop/web' })
    await world.analyst('incidentUpdate', {
      params: { id: first?.id as number },
      body: { classification: 'true-positive', determination: 'malware' },
    })
    const preview = await world.analyst('tuningPreview', { body: { action: 'hide', conditions: ofUser('CI-BOT') } })
    expect(preview).toMatchObject({ checked: 3, alerts: 2, open: 2, truePositives: 1, bySeverity: { medium: 2 } })
    expect(preview.examples.map((one) => one.title)).toHaveLength(2)
    expect((await alerts()).every((one) => one.status === 'new')).toBe(true)
  })

  it('records who made, changed and deleted it; what it did stays', async () => {
    const made = await world.analyst('tuningCreate', input('resolve'))
    await world.record([byUser('shop/web', 'ci-bot')])
    await world.analyst('tuningUpdate', { params: { id: made.id }, body: { enabled: false, reason: 'Not so sure' } })
    await world.record([byUser('shop/db', 'ci-bot')])
    await world.analyst('tuningDelete', { params: { id: made.id } })
    expect((await alerts()).map((one) => one.status).toSorted()).toEqual(['new', 'resolved'])
    const entries = await readLedger(world.server.deps.db)
    const of = entries.filter(({ subject }) => subject === `tuning:${made.id}`)
    expect(of.map(({ kind, details }) => [kind, Object.keys(details as object).toSorted()])).toEqual([
      ['tuning.create', ['rule']],
      ['tuning.update', ['enabled', 'reason']],
      ['tuning.delete', ['rule']],
    ])
    expect(await verifyChain(entries)).toMatchObject({ ok: true })
    const viewer = await world.server.as('viewer')
    await expect(viewer('tuningCreate', input('hide'))).rejects.toMatchObject({ problem: { status: 403 } })
    await expect(world.analyst('tuningCreate', input('hide', { reason: ' ' }))).rejects.toMatchObject({
      problem: { status: 400 },
    })
  })
})
