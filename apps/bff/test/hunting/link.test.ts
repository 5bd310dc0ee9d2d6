import type { Input } from '@cordon/contract'
import { entityKey } from '@cordon/entities'
import { verifyChain } from '@cordon/ledger'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDetectionRecorder } from '../../src/jobs/correlate/record-detections.ts'
import { detection } from '../detections.ts'
import { readLedger } from '../ledger.ts'
import { huntingServer, type HuntingServer } from './hunting-server.ts'
import { processEvent, storeEvents } from './hunting-store.ts'

let server: HuntingServer
let analyst: Awaited<ReturnType<HuntingServer['as']>>
beforeAll(async () => {
  server = await huntingServer()
  analyst = await server.as('analyst')
  await storeEvents(server.store, [processEvent('p1', 'c', 'xmrig -o pool:3333'), processEvent('p2', 'c', 'curl evil')])
})
afterAll(() => server.close())

type Mapping = Input<'huntingLink'>['body']['entities'][number]
const query = 'CloudProcessEvents\n| sort by ProcessCommandLine asc'
const pod = {
  kind: 'pod',
  role: 'impacted',
  parts: {
    cluster: { column: 'AdditionalFields.ClusterName' },
    namespace: { column: 'KubernetesNamespace' },
    pod: { column: 'KubernetesPodName' },
  },
} satisfies Mapping
const image = { kind: 'image', role: 'related', parts: { image: { column: 'ContainerImageName' } } } satisfies Mapping
const body: Omit<Input<'huntingLink'>['body'], 'rows'> = {
  query,
  from: null,
  to: null,
  entities: [pod, image],
  incidentId: null,
  title: 'Miner found by hand',
  severity: 'high',
  category: 'impact',
}
const rows = async () => (await analyst('huntingQuery', { body: { query } })).results

it('opens an incident with the query and the rows in its alert, in its log and in the ledger', async () => {
  const found = await rows()
  const linked = await analyst('huntingLink', { body: { ...body, rows: found } })
  expect(linked).toMatchObject({ rows: 2, leftOut: 0 })
  const incident = await analyst('incidentGet', { params: { id: linked.incidentId } })
  expect(incident.alerts).toHaveLength(1)
  const [alert] = incident.alerts
  expect(alert).toMatchObject({
    title: 'Miner found by hand',
    occurrences: 2,
    correlation: { code: 'manual' },
    hunt: { query, rows: found, by: 'token:test analyst' },
  })
  const key = entityKey('pod', 'c', 'shop', 'web-0')
  expect(alert?.evidence).toContainEqual(expect.objectContaining({ key, role: 'compromised' }))
  expect(alert?.evidence.map(({ kind }) => kind)).toContain('image')
  expect(incident.activities).toContainEqual(
    expect.objectContaining({
      kind: 'alert-added',
      actor: 'token:test analyst',
      text: expect.stringContaining('from a hunt with 2 rows'),
    }),
  )
  const entries = await readLedger(server.deps.db)
  expect(entries.find(({ kind }) => kind === 'alert.link')).toMatchObject({ details: { query, rows: 2 } })
  expect(await verifyChain(entries)).toMatchObject({ ok: true })
  // Found again by hunting.
  const again = await analyst('huntingQuery', {
    body: { query: `AlertEvidence | where Title == "Miner found by hand" and EntityType == "Pod" | project EntityKey` },
  })
  expect(again.results).toEqual([{ EntityKey: key }])
})

it('joins an open incident, one alert for each combination of impacted entities', async () => {
  const record = createDetectionRecorder(server.deps, { linkedPods: () => [] })
  const [known] = await record([detection('bank/x')])
  const id = known?.incidentId as number
  const row = (name: string) => ({ KubernetesNamespace: 'bank', KubernetesPodName: name, ClusterName: 'c' })
  const mapping = { ...pod, parts: { ...pod.parts, cluster: { value: 'c' } } }
  const linked = await analyst('huntingLink', {
    body: { ...body, incidentId: id, entities: [mapping], rows: [row('x'), row('y'), row('y'), row('')] },
  })
  expect(linked).toMatchObject({ incidentId: id, rows: 3, leftOut: 1 })
  expect(linked.alertIds).toHaveLength(2)
  expect(await analyst('incidentGet', { params: { id } })).toMatchObject({ totalAlerts: 3 })
})

it('refuses what names nothing, closed incidents, and people who may only read', async () => {
  const [row] = await rows()
  const link = (more: object) => analyst('huntingLink', { body: { ...body, rows: [row ?? {}], ...more } })
  await expect(link({ entities: [image] })).rejects.toMatchObject({
    problem: { detail: expect.stringContaining('names an entity') },
  })
  await expect(link({ incidentId: 99_999 })).rejects.toMatchObject({ problem: { status: 404 } })
  const { incidentId } = await link({})
  await analyst('incidentUpdate', { params: { id: incidentId }, body: { status: 'resolved' } })
  await expect(link({ incidentId })).rejects.toMatchObject({ problem: { status: 409 } })
  const viewer = await server.as('viewer')
  await expect(viewer('huntingLink', { body: { ...body, rows: [row ?? {}] } })).rejects.toMatchObject({
    problem: { status: 403 },
  })
})
