import { entityKey, type Evidence } from '@cordon/entities'
import { verifyChain } from '@cordon/ledger'
import type { Incident } from '@cordon/incidents'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { toJsonb } from '../src/adapters/postgres/storable.ts'
import { createConnections } from '../src/jobs/correlate/connections.ts'
import { createDetectionRecorder } from '../src/jobs/correlate/record-detections.ts'
import { detection, podEvidence } from './detections.ts'
import { readLedger } from './ledger.ts'
import { testServer, type TestServer } from './server.ts'

let server: TestServer
let record: ReturnType<typeof createDetectionRecorder>
const peers = new Map<string, string[]>()
const closing: TestServer[] = []
beforeEach(async () => {
  server = await testServer()
  closing.push(server)
  peers.clear()
  record = createDetectionRecorder(server.deps, { linkedPods: (pod) => peers.get(pod) ?? [] })
})
afterAll(async () => {
  for (const one of closing) await one.close()
})

const incidents = async () => {
  const viewer = await server.as('viewer')
  const { items } = await viewer('incidentList', { query: { sort: 'id', dir: 'asc' } })
  return Promise.all(items.map(({ id }) => viewer('incidentGet', { params: { id } })))
}
const alertsOf = (incident: Incident | undefined) => incident?.alerts.map((alert) => alert.title)

describe('correlation', () => {
  it('keeps two attacks on unrelated pods apart, though operator, address, node and namespace are the same', async () => {
    const shared: Evidence[] = [
      { key: entityKey('user', 'c', 'admin'), kind: 'user', name: 'admin', role: 'attacker', facts: {} },
      { key: entityKey('ip', '203.0.113.9'), kind: 'ip', name: '203.0.113.9', role: 'source', facts: {} },
      { key: entityKey('node', 'c', 'n1'), kind: 'node', name: 'n1', role: 'contextual', facts: {} },
      { key: entityKey('namespace', 'c', 'shop'), kind: 'namespace', name: 'shop', role: 'contextual', facts: {} },
    ]
    const on = (pod: string, title: string) =>
      detection(pod, { title, dedupeKey: `${title} ${pod}`, evidence: [podEvidence(pod), ...shared] })
    await record([on('shop/web', 'One'), on('shop/db', 'One')])
    await record([on('shop/db', 'Two'), on('shop/web', 'Two')])
    const found = await incidents()
    expect(found.map(alertsOf)).toEqual([
      ['One', 'Two'],
      ['One', 'Two'],
    ])
    expect(found.map((incident) => incident.impactedAssets[0]?.name)).toEqual(['shop/web', 'shop/db'])
  })

  it('joins attacker and victim by the connection between them', async () => {
    peers.set(podEvidence('sim/victim').key, [podEvidence('sim/attacker').key])
    await record([detection('sim/attacker', { title: 'Exec' }), detection('sim/victim', { title: 'Shell' })])
    const [incident, ...others] = await incidents()
    expect(others).toEqual([])
    expect(incident?.alerts[1]?.correlation).toMatchObject({ code: 'lateral-movement-path' })
  })

  it('joins pods of one image and later stages within a namespace; the same attack elsewhere stays apart', async () => {
    const image: Evidence = {
      key: entityKey('image', 'shop:1'),
      kind: 'image',
      name: 'shop:1',
      role: 'contextual',
      facts: {},
    }
    const on = (pod: string, title: string, tactics: string[], evidence: Evidence[] = []) =>
      detection(pod, {
        title,
        tactics,
        time: Date.now() + (title === 'Scan' ? 90_000 : 0),
        dedupeKey: `${title} ${pod}`,
        evidence: [podEvidence(pod), ...evidence],
      })
    await record([on('shop/web-1', 'Shell', ['execution'], [image]), on('bank/web-1', 'Shell', ['execution'], [image])])
    await record([on('shop/web-2', 'Shell', ['execution'], [image]), on('shop/db', 'Scan', ['discovery'])])
    await record([on('shop/cache', 'Shell', ['execution'])])
    const found = await incidents()
    expect(found.map(alertsOf)).toEqual([['Shell', 'Shell', 'Scan'], ['Shell'], ['Shell']])
    expect(found[0]?.alerts.map((alert) => alert.correlation.code)).toEqual([
      'first-alert',
      'shared-indicators',
      'event-sequence',
    ])
    expect(found[0]?.alerts[2]?.correlation.text).toMatch(/^Next stage in the namespace shop: discovery/)
  })

  it('merges incidents that an alert connects, and leaves a redirect', async () => {
    await record([detection('shop/web', { title: 'A' }), detection('shop/db', { title: 'B' })])
    const before = await incidents()
    const analyst = await server.as('analyst')
    await analyst('incidentUpdate', { params: { id: before[1]?.id as number }, body: { tags: ['payments'] } })
    peers.set(podEvidence('shop/db').key, [podEvidence('shop/web').key])
    await record([detection('shop/db', { title: 'C', dedupeKey: 'c' })])
    const [target, ...others] = await incidents()
    expect(others).toEqual([])
    expect(alertsOf(target)?.toSorted()).toEqual(['A', 'B', 'C'])
    expect(target).toMatchObject({ id: before[0]?.id, tags: ['payments'], totalAlerts: 3 })
    const source = await analyst('incidentGet', { params: { id: before[1]?.id as number } })
    expect(source).toMatchObject({ status: 'redirected', redirectedTo: target?.id, totalAlerts: 0 })
    await expect(
      analyst('incidentUpdate', { params: { id: source.id }, body: { status: 'new' } }),
    ).rejects.toMatchObject({ problem: { status: 409, detail: expect.stringContaining(`incident ${target?.id}`) } })
  })

  it('counts repeats as occurrences, an event once, and opens a new alert after a resolution', async () => {
    const first = detection('shop/web')
    await record([first])
    await record([detection('shop/web'), first])
    const [incident] = await incidents()
    expect(incident?.alerts).toMatchObject([{ occurrences: 2 }])
    expect(incident?.alerts[0]?.events).toHaveLength(2)
    const analyst = await server.as('analyst')
    await analyst('incidentUpdate', { params: { id: incident?.id as number }, body: { status: 'resolved' } })
    await record([first])
    await record([detection('shop/web')])
    expect((await incidents()).map((i) => [i.status, i.alerts.map((a) => a.occurrences)])).toEqual([
      ['resolved', [2]],
      ['new', [1]],
    ])
  })

  it('stores what attackers write, inert, and says why each alert is where it is', async () => {
    const nasty = '<img src=x onerror=alert(1)>\u0000\u001b[31m\u202e\ud800'
    await record([detection('shop/web', { title: nasty, evidence: [podEvidence('shop/web', { facts: { nasty } })] })])
    const [incident] = await incidents()
    expect(incident?.alerts[0]?.title).toBe('<img src=x onerror=alert(1)>\ufffd\u001b[31m\u202e\ufffd')
    expect(incident?.activities.map((activity) => activity.kind)).toEqual(['alert-added', 'created'])
    expect(incident?.alerts[0]?.correlation.code).toBe('first-alert')
  })

  it('holds under detections that arrive at the same time', async () => {
    const burst = Array.from({ length: 20 }, (_, i) => [detection('shop/web', { title: `T${i}`, dedupeKey: `t${i}` })])
    await Promise.all(burst.map((one) => record(one)))
    const [incident, ...others] = await incidents()
    expect(others).toEqual([])
    expect(incident).toMatchObject({ totalAlerts: 20, activeAlerts: 20 })
    const verdict = await verifyChain(await readLedger(server.deps.db))
    expect(verdict).toMatchObject({ ok: true })
    expect(verdict.entries).toBeGreaterThanOrEqual(21)
  })
})

describe('connections', () => {
  it('follow URLs and addresses to pods of the inventory, both ways', async () => {
    const { db, commitUnrecorded, log } = server.deps
    const entity = (kind: string, name: string, labels: object, manifest: object) => ({
      key: entityKey(kind as 'pod', 'c', 'sim', name),
      uid: name,
      kind,
      cluster: 'c',
      namespace: 'sim',
      name,
      labels: toJsonb(labels),
      manifest: toJsonb(manifest),
      resource_version: '1',
      gone_at: null,
    })
    await commitUnrecorded(async (tx) => {
      await tx
        .insertInto('entities')
        .values([
          entity('pod', 'attacker', { app: 'a' }, { status: { podIP: '10.0.0.1' } }),
          entity('pod', 'victim', { app: 'v' }, { status: { podIP: '10.0.0.2' } }),
          entity('pod', 'other', { app: 'o' }, { status: { podIP: '10.0.0.3' } }),
          entity('service', 'victim-svc', {}, { spec: { selector: { app: 'v' }, clusterIP: 'None' } }),
        ])
        .execute()
      return { result: undefined, changed: [] }
    })
    const connections = createConnections({ db, log })
    const process = { pid: 1, exe: '/usr/bin/curl', name: 'curl' }
    const base = { receivedAt: 0, cluster: 'c', source: 'falco' as const, id: '1', time: 1000 }
    const pod = { namespace: 'sim', name: 'attacker' }
    await connections.observe([
      {
        ...base,
        type: 'process',
        pod,
        ancestors: [],
        process: { ...process, commandLine: 'curl -Gs --data-urlencode cmd=id http://victim-svc/ws.php' },
      },
      {
        ...base,
        type: 'connection',
        pod,
        process: { ...process, commandLine: '' },
        destination: { ip: '10.0.0.3', port: 80 },
        protocol: 'tcp',
      },
    ])
    const key = (name: string) => entityKey('pod', 'c', 'sim', name)
    expect(connections.around(key('attacker'), 2000).toSorted()).toEqual([key('other'), key('victim')])
    expect(connections.around(key('victim'), 2000)).toEqual([key('attacker')])
    expect(connections.around(key('victim'), 2000 + 3_600_000)).toEqual([])
    const restored = createConnections({ db, log })
    restored.restore(JSON.parse(JSON.stringify(connections.snapshot())))
    expect(restored.around(key('victim'), 2000)).toEqual([key('attacker')])
  })
})
