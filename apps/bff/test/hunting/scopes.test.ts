import { execFile } from 'node:child_process'
import path from 'node:path'
import { entityKey } from '@cordon/entities'
import type { Scope } from '@cordon/rbac'
import type { TelemetryEvent } from '@cordon/telemetry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertAction } from '../../src/jobs/run-actions/action-store.ts'
import { actionHandlers } from '../../src/features/actions/handlers.ts'
import { customDetectionHandlers } from '../../src/features/custom-detections/handlers.ts'
import { createBackgroundHunts } from '../../src/features/hunting/background-hunts.ts'
import { createGuard } from '../../src/features/hunting/guarded.ts'
import { entityHandlers } from '../../src/features/entities/handlers.ts'
import { huntingHandlers } from '../../src/features/hunting/handlers.ts'
import type { Clusters } from '../../src/jobs/inventory/cluster.ts'
import { createDetectionRecorder } from '../../src/jobs/correlate/record-detections.ts'
import { placeOfKey } from '../../src/within-scope.ts'
import { miners } from '../custom-detections/detection-server.ts'
import { detection, podEvidence } from '../detections.ts'
import { testServer, type TestServer } from '../server.ts'
import { auditEvent, huntingStore, type HuntingStore, processEvent, storeEvents } from './hunting-store.ts'

/** The word that everything outside of the limited caller's scope carries, and nothing else does. */
const foreign = 'elsewhere'
const native = 'homely'
const scope: Scope = { clusters: ['prod'], namespaces: ['shop'] }

const noClusters: Clusters = {
  all: () => [],
  get: () => undefined,
  onChange: () => () => undefined,
  ready: async () => undefined,
  close: async () => undefined,
}

let hunting: HuntingStore
let server: TestServer
/** Incidents within, outside, and on both sides of the scope. */
let incidents: { own: number; other: number; mixed: number }
let alertIds: string[]

beforeAll(async () => {
  hunting = await huntingStore()
  const { store, engine } = hunting
  server = await testServer({
    handlers(deps) {
      const guard = createGuard(deps)
      const hunts = createBackgroundHunts({ db: deps.db, store, engine }, guard)
      const ports = { deps, hunts, record: async () => [], request: async () => ({ id: '' }), lastBatch: () => 0 }
      return {
        ...huntingHandlers(deps, store, engine, guard),
        ...customDetectionHandlers(ports, { poke: () => undefined }),
        ...actionHandlers(deps, noClusters, () => undefined),
        ...entityHandlers(deps, noClusters),
      }
    },
  })
  await storeEvents(store, places.flatMap(eventsOf))
  await knownThings()
}, 60_000)
afterAll(async () => {
  await server.close()
  await hunting.close()
})

interface Place {
  cluster: string
  namespace: string
  word: string
}

const places: Place[] = [
  { cluster: 'prod', namespace: 'shop', word: native },
  { cluster: 'prod', namespace: 'pay', word: foreign },
  { cluster: 'dev', namespace: 'shop', word: foreign },
  // Processes of the node and objects of no namespace.
  { cluster: 'prod', namespace: '', word: foreign },
]

function eventsOf({ cluster, namespace, word }: Place) {
  const id = `${cluster}-${namespace}`
  const pod = namespace === '' ? undefined : { namespace, name: `web-${word}` }
  const started = processEvent(`p-${id}`, cluster, `xmrig --${word}`)
  if (started.type !== 'process') throw new Error('not a process event')
  const process: TelemetryEvent = { ...started, pod }
  const connection: TelemetryEvent = {
    ...started,
    pod,
    id: `c-${id}`,
    type: 'connection',
    destination: { ip: '10.0.0.1', port: 443, domain: `${word}.example` },
    protocol: 'tcp',
  }
  const raw = {
    verb: 'create',
    user: { username: word },
    objectRef: { resource: 'pods', name: word, ...(namespace === '' ? {} : { namespace }) },
    responseStatus: { code: 201 },
  }
  const dns: TelemetryEvent = {
    ...started,
    pod,
    id: `d-${id}`,
    type: 'dns',
    query: `${word}.example`,
    subType: 'request',
  }
  return [process, connection, dns, auditEvent(`a-${id}`, cluster, raw)]
}

async function knownThings(): Promise<void> {
  const record = createDetectionRecorder(server.deps, { linkedPods: () => [] })
  const one = (place: Place, more: object = {}) => {
    const key = entityKey('pod', place.cluster, place.namespace, `web-${place.word}`)
    return detection(`${place.namespace}/web-${place.word}`, {
      ...place,
      title: `Alert ${place.word}`,
      dedupeKey: `${place.cluster}/${place.namespace}/${place.word}`,
      evidence: [podEvidence('', { key, name: `web-${place.word}` })],
      ...more,
    })
  }
  const [own] = await record([one({ cluster: 'prod', namespace: 'shop', word: native })])
  const [other] = await record([one({ cluster: 'dev', namespace: 'shop', word: foreign })])
  const [mixed] = await record([one({ cluster: 'prod', namespace: 'shop', word: `${native}-too` })])
  const [added] = await record([one({ cluster: 'prod', namespace: 'pay', word: foreign })])
  incidents = { own: own?.incidentId ?? 0, other: other?.incidentId ?? 0, mixed: mixed?.incidentId ?? 0 }
  alertIds = [own, other, mixed, added].map((each) => each?.alertId ?? '')
  const lead = await server.as('lead')
  await lead('alertMove', {
    body: { alertIds: [alertIds[3] ?? ''], incidentId: incidents.mixed, comment: 'It belongs there' },
  })
  await lead('incidentUpdate', { params: { id: incidents.mixed }, body: { name: `Reaches ${foreign}` } })
  await server.deps.commitUnrecorded(async (tx) => {
    for (const { cluster, namespace, word } of places) {
      const name = `web-${word}`
      const key = entityKey('pod', cluster, namespace, name)
      const entity = { key, uid: `u-${cluster}-${namespace}`, kind: 'pod', cluster, namespace: namespace || null, name }
      await tx
        .insertInto('entities')
        .values({
          ...entity,
          labels: '{}',
          manifest: JSON.stringify({ metadata: { name } }),
          resource_version: null,
          last_seen: new Date(),
          gone_at: null,
        })
        .execute()
      await insertAction(tx, actionOn(entity, `act-${cluster}-${namespace}-${word}`), emptyPlan, null)
    }
    return { result: undefined, changed: [] }
  })
}

const emptyPlan = { operations: [], containment: null, releases: null, undo: [] } as never

function actionOn({ key, cluster, namespace, name, uid }: Record<string, string | null>, id: string) {
  const at = new Date().toISOString()
  return {
    id,
    type: 'isolate-pod',
    state: 'pending-approval',
    target: { key, kind: 'pod' as const, cluster, namespace: namespace ?? '', name, uid },
    comment: `Isolate ${name}`,
    source: 'api',
    requestedBy: 'ada',
    requestedAt: at,
    updatedAt: at,
    appliedAt: null,
    verifiedAt: null,
    endedAt: null,
    incidentId: null,
    strategy: null,
    options: {},
    outcome: '',
    steps: [],
    verification: null,
    undoes: null,
    undoneBy: null,
    expiresAt: null,
    evidenceBundle: null,
    approval: { reason: 'policy', decision: 'pending', decidedBy: null, decidedAt: null, comment: null },
    review: null,
    groupId: null,
    actsAs: null,
  } as never
}

const tables = [
  'CloudAuditEvents',
  'CloudProcessEvents',
  'CloudDnsEvents',
  'CordonRuntimeEvents',
  'AlertInfo',
  'AlertEvidence',
  'IncidentInfo',
  'ResponseActions',
  'KubernetesEntities',
]

const queries = [
  ...tables,
  'union *',
  'union withsource=T Cloud*, Cordon*',
  `union ${tables.join(', ')}`,
  'search "w*"',
  'find KubernetesNamespace != "nowhere"',
  'find in (Cloud*, AlertEvidence) where * contains "e" project pack_all()',
  'let Pods = materialize(KubernetesEntities | project EntityName);\nPods | join kind=fullouter (Pods) on EntityName',
  'CloudProcessEvents | project k = 1, ProcessCommandLine | join kind=inner (CloudAuditEvents | extend k = 1) on k',
  'CloudProcessEvents | join kind=fullouter (CordonRuntimeEvents) on KubernetesNamespace',
  'CloudProcessEvents | lookup kind=leftouter (KubernetesEntities) on KubernetesNamespace',
  'let f = (t: (ProcessCommandLine: string)) { t | distinct ProcessCommandLine }; f(CloudProcessEvents)',
  'print toscalar(CloudProcessEvents | summarize make_list(ProcessCommandLine))',
  'CloudProcessEvents | summarize make_set(ProcessCommandLine), arg_max(Timestamp, *)',
  'CloudProcessEvents | evaluate pivot(ProcessCommandLine)',
  'CloudAuditEvents | project b = bag_pack(tostring(RawEventData.ObjectRef.name), 1) | evaluate bag_unpack(b)',
  'CloudProcessEvents | partition by KubernetesPodName (top 1 by Timestamp)',
  'CloudAuditEvents | mv-apply u = RawEventData.User on (project n = tostring(u))',
  'CloudProcessEvents | make-series n = count() default = 0 on Timestamp step 1h by ProcessCommandLine',
]

/** Lines of the streaming variant, a file, and what the command line prints. */
async function ways(token: string, query: string): Promise<string[]> {
  const post = async (way: string, body: object): Promise<string> => {
    const response = await fetch(`${server.origin}/api/v1/hunting/${way}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return response.text()
  }
  const script = path.resolve(import.meta.dirname, '../../../../scripts/hunt.mjs')
  const env = { PATH: process.env.PATH ?? '', CORDON_URL: server.origin, CORDON_TOKEN: token }
  const printed = new Promise<string>((resolve) =>
    execFile(process.execPath, [script, '--format', 'json', query], { env }, (_error, stdout) => resolve(stdout)),
  )
  return [
    await post('stream', { query }),
    await post('export', { query, format: 'csv' }),
    await post('export', { query, format: 'ndjson' }),
    await printed,
  ]
}

describe('a caller who is limited to a namespace of a cluster', () => {
  it.each(queries)('hunts there only: %s', async (query) => {
    const [limited, free] = await Promise.all([server.as('analyst', scope), server.as('analyst')])
    // The control: without the limit each of these queries finds what is elsewhere.
    expect(JSON.stringify((await free('huntingQuery', { body: { query } })).results)).toContain(foreign)
    const found = JSON.stringify((await limited('huntingQuery', { body: { query } })).results)
    expect(found).not.toContain(foreign)
    expect(found).toContain(native)
  })

  it('gets no more by the stream, a file or the command line', async () => {
    const query = 'union CloudProcessEvents, KubernetesEntities, AlertInfo'
    for (const text of await ways(await server.token('analyst'), query)) expect(text).toContain(foreign)
    for (const text of await ways(await server.token('analyst', scope), query)) {
      expect(text).toContain(native)
      expect(text).not.toContain(foreign)
    }
  })

  it('previews a custom detection there, and sees no one else’s', async () => {
    const [limited, free] = await Promise.all([server.as('analyst', scope), server.as('analyst')])
    const body = { ...miners, title: '{{ProcessCommandLine}}' }
    expect(JSON.stringify(await free('customDetectionPreview', { body }))).toContain(foreign)
    const preview = await limited('customDetectionPreview', { body })
    expect(preview).toMatchObject({ alerts: 1 })
    expect(JSON.stringify(preview)).not.toContain(foreign)
    // A query can compute any name: nothing is raised where its author may not look.
    const query = `${miners.query} | extend KubernetesNamespace = "pay"`
    expect(await limited('customDetectionPreview', { body: { ...body, query } })).toMatchObject({
      alerts: 0,
      notes: [expect.stringContaining('may not see')],
    })
    const { id } = await free('customDetectionCreate', { body: { ...miners, enabled: false } })
    expect(await limited('customDetectionList', {})).toEqual({ items: [] })
    for (const name of ['customDetectionGet', 'customDetectionRun', 'customDetectionDelete'] as const)
      await expect(limited(name, { params: { id } })).rejects.toMatchObject({ problem: { status: 403 } })
  })

  it('links rows only to incidents and entities there', async () => {
    const limited = await server.as('analyst', scope)
    const link = (namespace: string, incidentId: number | null) =>
      limited('huntingLink', {
        body: {
          query: 'print 1',
          from: null,
          to: null,
          entities: [
            {
              kind: 'pod',
              role: 'impacted',
              parts: { cluster: { value: 'prod' }, namespace: { column: 'Namespace' }, pod: { value: 'web-linked' } },
            },
          ],
          incidentId,
          title: 'Linked',
          severity: 'low',
          category: 'impact',
          rows: [{ Namespace: namespace }],
        },
      })
    await expect(link('pay', null)).rejects.toMatchObject({ problem: { status: 403 } })
    await expect(link('shop', incidents.mixed)).rejects.toMatchObject({ problem: { status: 403 } })
    expect(await link('shop', incidents.own)).toMatchObject({ incidentId: incidents.own })
  })

  it('sees whole incidents, alerts, entities and actions of its own only', async () => {
    const limited = await server.as('lead', scope)
    const listed = await limited('incidentList', { query: {} })
    expect(listed.items.map(({ id }) => id)).toEqual([incidents.own])
    expect(listed.total).toBe(1)
    const lists = [
      await limited('incidentFacets', {}),
      await limited('alertList', { query: {} }),
      await limited('actionList', { query: {} }),
    ]
    for (const list of lists) expect(JSON.stringify(list)).not.toContain(foreign)
    // Of an incident on both sides: its alert within, not the incident.
    expect((lists[1] as { items: { id: string }[] }).items.map(({ id }) => id)).toContain(alertIds[2])
    const refused = [
      () => limited('incidentGet', { params: { id: incidents.mixed } }),
      () => limited('incidentGraph', { params: { id: incidents.other } }),
      () => limited('incidentUpdate', { params: { id: incidents.mixed }, body: { name: 'x' } }),
      () => limited('incidentComment', { params: { id: incidents.mixed }, body: { text: 'x' } }),
      () => limited('alertGet', { params: { id: alertIds[3] ?? '' } }),
      () => limited('alertUpdate', { params: { id: alertIds[1] ?? '' }, body: { status: 'resolved' } }),
      () => limited('actionGet', { params: { id: `act-prod-pay-${foreign}` } }),
      () => limited('actionCancel', { params: { id: `act-dev-shop-${foreign}` } }),
      () =>
        limited('huntingReady', { query: { key: entityKey('pod', 'prod', 'shop', 'a'), incidentId: incidents.mixed } }),
      () => limited('ledgerList', { query: {} }),
    ]
    for (const call of refused)
      await expect(call()).rejects.toMatchObject({
        problem: { status: 403, detail: expect.stringContaining('namespace shop of cluster prod') },
      })
  })

  it('opens entities of its own, and of others only what its alerts say of them', async () => {
    const [limited, free] = await Promise.all([server.as('viewer', scope), server.as('viewer')])
    const of = (cluster: string, namespace: string, word: string) => entityKey('pod', cluster, namespace, `web-${word}`)
    const own = of('prod', 'shop', native)
    expect((await limited('entityGet', { params: { key: own }, query: {} })).uid).toBe('u-prod-shop')
    for (const key of [of('prod', 'pay', foreign), of('dev', 'shop', foreign)]) {
      expect((await free('entityGet', { params: { key }, query: {} })).alerts).toHaveLength(1)
      await expect(limited('entityGet', { params: { key }, query: {} })).rejects.toMatchObject({
        problem: { status: 404 },
      })
    }
    const { items } = await limited('alertList', { query: { entity: of('prod', 'pay', foreign) } })
    expect(items).toEqual([])
    // Processes and files are where the pod or node is whose key is part of theirs.
    expect(placeOfKey(entityKey('process', 'prod', own, '7@1'))).toEqual({ cluster: 'prod', namespace: 'shop' })
    expect(placeOfKey(entityKey('file', 'prod', entityKey('node', 'prod', 'shop'), '/x'))).toEqual({ cluster: 'prod' })
  })

  it('can act nowhere else, whatever it asks for', async () => {
    const limited = await server.as('lead', scope)
    const target = { key: entityKey('pod', 'prod', 'pay', 'web') }
    const ask = { type: 'isolate-pod', comment: 'x', source: 'api', incidentId: null, options: {} } as const
    const forbidden = { problem: { status: 403, detail: expect.stringContaining('lies outside') } }
    await expect(
      limited('actionPreflight', { body: { type: 'isolate-pod', targets: [target], options: {}, incidentId: null } }),
    ).rejects.toMatchObject(forbidden)
    await expect(limited('actionRequest', { body: { ...ask, target } })).rejects.toMatchObject(forbidden)
    const { results } = await limited('actionRequestMany', {
      body: { ...ask, targets: [target, { key: entityKey('pod', 'prod', 'shop', 'web') }] },
    })
    // The other one is allowed, and fails because this test has no cluster.
    expect(results.map(({ refusal }) => refusal?.code)).toEqual(['forbidden', 'not-found'])
    const ids = [`act-prod-pay-${foreign}`, `act-prod-shop-${native}`]
    const decided = await limited('actionApprove', { body: { ids, comment: '' } })
    expect(decided.results.map(({ ok }) => ok)).toEqual([false, true])
  })
})
