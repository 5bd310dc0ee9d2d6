import { loadPack, withRuleFolders } from '@cordon/detection'
import type { ProcessEvent, TelemetryEvent } from '@cordon/telemetry'
import { entityKey } from '@cordon/entities'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { toJsonb } from '../src/adapters/postgres/storable.ts'
import { createDetectionRecorder } from '../src/jobs/correlate/record-detections.ts'
import { createConnections } from '../src/jobs/correlate/connections.ts'
import { observeSources } from '../src/jobs/coverage/observe-sources.ts'
import { createAlertLatency } from '../src/jobs/detect/alert-latency.ts'
import { createDetectionJob } from '../src/jobs/detect/detect.ts'
import { createRuleEngine, type RuleEngine } from '../src/jobs/detect/rule-engine.ts'
import { readLedger } from './ledger.ts'
import { miners } from './custom-detections/detection-server.ts'
import { testServer, type TestServer } from './server.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'cordon-user-rules-'))
const log = pino({ level: 'silent' })
const rule = (name: string, condition = 'sel') => `title: Rule ${name}
name: ${name}
logsource: { product: linux, category: process_creation }
detection:
  sel: { Image|endswith: /${name} }
  condition: ${condition}
level: high
`
const correlation = `---
title: Three of them
name: three
correlation:
  type: event_count
  rules: [mine]
  group-by: [container.id]
  timespan: 10m
  condition: { gte: 3 }
level: high
`
let server: TestServer
let engine: RuleEngine
beforeEach(async () => {
  rmSync(path.join(folder, 'more.yml'), { force: true })
  writeFileSync(path.join(folder, 'own.yml'), rule('mine') + correlation)
  engine = createRuleEngine({ load: () => withRuleFolders(loadPack(), [folder]), folders: [folder], log })
  server = await testServer({ rules: engine })
})
afterEach(async () => {
  engine.stop()
  await server.close()
})

let count = 0
function started(exe: string, more: Partial<ProcessEvent> = {}): ProcessEvent {
  count += 1
  const time = Date.now()
  return {
    type: 'process',
    id: `e${count}`,
    time,
    receivedAt: time,
    cluster: 'c',
    source: 'falco',
    node: 'n1',
    container: { id: 'k1', name: 'main', image: 'registry.example/web:1' },
    pod: { namespace: 'shop', name: 'web' },
    process: { pid: count, exe, name: path.basename(exe), commandLine: exe, startedAt: time },
    ancestors: [],
    ...more,
  }
}
const fired = (event: TelemetryEvent) => engine.process(event).map((match) => match.ruleId)

describe('rules of users', () => {
  it('are read again when their folder changes, with the windows of those that stay', async () => {
    expect(fired(started('/opt/mine'))).toContain('mine')
    fired(started('/opt/mine'))
    writeFileSync(path.join(folder, 'more.yml'), rule('later'))
    await vi.waitFor(() => expect(engine.rules().map(({ id }) => id)).toContain('later'), { timeout: 10_000 })
    expect(fired(started('/opt/later'))).toContain('later')
    // The third since before the reload.
    expect(fired(started('/opt/mine'))).toContain('three')
    expect(engine.uses().get('mine')).toMatchObject({ evaluations: 3, matches: 3 })
  })

  it('are refused by name and line while the rest works, and a reload is on record', async () => {
    writeFileSync(path.join(folder, 'own.yml'), `${rule('mine')}---\n${rule('broken', 'sel and nothing')}`)
    const analyst = await server.as('analyst')
    const answer = await analyst('ruleReload', {})
    expect(answer).toMatchObject({
      isReloaded: true,
      problems: [{ file: path.join(folder, 'own.yml'), line: 14, rule: 'Rule broken' }],
    })
    expect(answer.problems[0]?.message).toContain('nothing')
    const list = await analyst('ruleList', {})
    expect(list).toMatchObject({ folders: [folder], problems: answer.problems })
    expect(list.items.find(({ id }) => id === 'mine')).toMatchObject({ enabled: true, source: 'custom' })
    expect((await readLedger(server.deps.db)).at(-1)).toMatchObject({ kind: 'rule.reload' })
  })

  it('are switched off and on with a reason; what they would have raised is counted', async () => {
    const analyst = await server.as('analyst')
    const off = await analyst('ruleUpdate', { params: { id: 'mine' }, body: { enabled: false, reason: 'Too loud' } })
    expect(off).toMatchObject({ enabled: false, setting: { reason: 'Too loud', by: 'token:test analyst' } })
    expect(fired(started('/opt/mine'))).not.toContain('mine')
    const { items } = await analyst('ruleList', {})
    expect(items.find(({ id }) => id === 'mine')).toMatchObject({ muted: 1, enabled: false })
    await analyst('ruleUpdate', { params: { id: 'mine' }, body: { enabled: true, reason: 'Tuned' } })
    expect(fired(started('/opt/mine'))).toContain('mine')
    expect(
      (await readLedger(server.deps.db)).map(({ kind }) => kind).filter((kind) => kind === 'rule.switch'),
    ).toHaveLength(2)
    const viewer = await server.as('viewer')
    const body = { enabled: false, reason: 'x' }
    await expect(viewer('ruleUpdate', { params: { id: 'mine' }, body })).rejects.toMatchObject({
      problem: { status: 403 },
    })
    await expect(analyst('ruleUpdate', { params: { id: 'none' }, body })).rejects.toMatchObject({
      problem: { status: 404 },
    })
  })
})

describe('coverage', () => {
  const node = (name: string) => ({
    key: entityKey('node', 'c', name),
    uid: name,
    kind: 'node',
    cluster: 'c',
    namespace: null,
    name,
    labels: toJsonb({}),
    manifest: toJsonb({}),
    resource_version: '1',
    gone_at: null,
  })
  const write = (resource: string, body: object | undefined): TelemetryEvent => ({
    type: 'audit',
    id: `a${++count}`,
    auditId: `a${count}`,
    stage: 'ResponseComplete',
    time: Date.now(),
    receivedAt: Date.now(),
    cluster: 'c',
    source: 'kubernetes-audit',
    raw: { stage: 'ResponseComplete', verb: 'create', objectRef: { resource }, requestObject: body },
  })

  it('names nodes without sensor, resources without bodies, and the rules that are blind for it', async () => {
    const observed = observeSources(server.deps)
    observed.stored([started('/bin/sh'), write('pods', { kind: 'Pod' }), write('services', undefined)])
    await server.deps.commitUnrecorded(async (tx) => {
      await tx
        .insertInto('entities')
        .values([node('n1'), node('n2')])
        .execute()
      return { result: undefined, changed: [] }
    })
    await observed.stop()
    const viewer = await server.as('viewer')
    const [cluster] = (await viewer('coverageGet', {})).clusters ?? []
    expect(cluster).toMatchObject({
      name: 'c',
      bodies: ['pods'],
      withoutBodies: ['services'],
      nodes: [
        { name: 'n1', state: 'reporting', sensors: [{ source: 'falco', events: 1 }] },
        { name: 'n2', state: 'missing', sensors: [] },
      ],
    })
    expect(cluster?.missing.join('\n')).toContain('1 of 2 nodes')
    expect(cluster?.rules.blind).toBeGreaterThan(3)
    const { items } = await viewer('ruleList', {})
    const spots = (id: string) => items.find((one) => one.id === id)?.blindSpots
    expect(spots('privileged-container')).toEqual([])
    expect(spots('exposed-redis')).toEqual([
      { cluster: 'c', state: 'blind', missing: ['No bodies of services (audit level Request or RequestResponse)'] },
    ])
    expect(spots('binary-drift')).toMatchObject([{ state: 'blind' }])
  })

  it('shows the container matrix with rules, alerts and blind spots', async () => {
    const observed = observeSources(server.deps)
    observed.stored([started('/bin/sh')])
    await observed.stop()
    const viewer = await server.as('viewer')
    const matrix = await viewer('coverageAttack', {})
    expect(matrix.clusters).toEqual(['c'])
    expect(matrix.tactics.map(({ id }) => id)).toHaveLength(9)
    const of = (id: string) => matrix.tactics.flatMap(({ techniques }) => techniques).find((one) => one.id === id)
    // No audit events come: what only they can show is a blind spot, said as such.
    expect(of('T1098.006')).toMatchObject({ state: 'blind' })
    expect(of('T1098.006')?.missing.join()).toContain('c: No Kubernetes audit events')
    expect(of('T1046')).toMatchObject({ state: 'covered', alerts: 0 })
    expect(of('T1525')).toMatchObject({ state: 'none', rules: [], missing: ['No rule shows it'] })
    // Techniques that the matrix lacks stand apart, each once and by its name.
    expect(matrix.beyond.find(({ id }) => id === 'T1021.004')).toMatchObject({ name: 'Remote Services: SSH' })
    expect(new Set(matrix.beyond.map(({ id }) => id)).size).toBe(matrix.beyond.length)
    // Custom detections are rules of it; what has not run yet is no cover.
    const { name } = miners
    await server.deps.db
      .insertInto('custom_detections')
      .values({
        id: 'cd-1',
        name,
        definition: JSON.stringify({ ...miners, techniques: ['T1021.004', 'T1525'] }),
        enabled: true,
        note: null,
        created_by: 'analyst',
        updated_by: 'analyst',
        covered_to: null,
        covered_batch: null,
        raise_after: null,
        run_requested_by: null,
        lease_until: null,
      })
      .execute()
    const { tactics } = await viewer('coverageAttack', {})
    const image = tactics.flatMap(({ techniques }) => techniques).find(({ id }) => id === 'T1525')
    expect(image).toMatchObject({
      state: 'partly',
      rules: [{ title: name, state: 'unproven', customDetection: 'cd-1' }],
      missing: [`Custom detection “${name}” has not run yet`],
    })
    expect((await viewer('coverageAttack', { query: { cluster: 'other' } })).clusters).toEqual([])
  })
})

it('measures the way from the event to the stored alert, to the console that was told and to its screen', async () => {
  const latency = createAlertLatency(server.deps)
  const record = createDetectionRecorder(server.deps, { linkedPods: () => [] })
  const connections = createConnections(server.deps)
  const job = await createDetectionJob(server.deps, { detector: engine, connections, record, latency })
  const at = Date.now()
  await server.deps.commitUnrecorded(async (tx) => {
    const row = { cluster: 'c', source: 'falco', events: 2, levels: [], rejected: 0, duplicates: 0 }
    await tx
      .insertInto('coverage')
      .values({ ...row, first_received_at: null, last_received_at: null, last_event_at: null })
      .execute()
    return { result: undefined, changed: [] }
  })
  await job.onEvents([started('/opt/mine', { time: at - 5000 })])
  const old = { time: at - 7_200_000, container: { id: 'k2', image: 'a' }, pod: { namespace: 'shop', name: 'old' } }
  await job.onEvents([started('/opt/mine', old)])
  latency.told(['incident', 'alert'])
  const viewer = await server.as('viewer')
  const rows = (await viewer('incidentList', { query: {} })).items
  const before = rows.map(({ id, updatedAt }) => ({
    id,
    updatedAt: new Date(Date.parse(updatedAt) - 60_000).toISOString(),
  }))
  const measured = async () => {
    await latency.flush()
    const found = (await viewer('coverageGet', {})).sources[0]?.latency ?? []
    return Object.fromEntries(found.map((one) => [one.until, one]))
  }
  // A console that shows the rows as they were has not shown the alerts.
  latency.shown({ alerts: [], incidents: before, ago: 0 })
  expect(await measured()).toMatchObject({ stored: { alerts: 2, late: 1 }, told: { alerts: 2, late: 1 } })
  expect(await measured()).not.toHaveProperty('shown')
  const [newest] = (await viewer('alertList', { query: {} })).items
  latency.shown({ alerts: [newest?.id ?? ''], incidents: [], ago: 0 })
  const { stored, told, shown } = await measured()
  expect(shown).toMatchObject({ alerts: 1, late: 0 })
  expect(stored?.p50).toBeGreaterThanOrEqual(5000)
  expect(told?.p50).toBeGreaterThanOrEqual(stored?.p50 as number)
  expect(shown?.p50).toBeGreaterThanOrEqual(told?.p50 as number)
  latency.shown({ alerts: [], incidents: rows, ago: 10_000 })
  await latency.stop()
  expect((await measured()).shown).toMatchObject({ alerts: 2, late: 1 })
})
