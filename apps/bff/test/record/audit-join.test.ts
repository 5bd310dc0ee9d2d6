import type { Detection } from '@cordon/incidents'
import type { ActionStep } from '@cordon/response'
import { normaliseAudit, storedRow } from '@cordon/telemetry'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, afterEach, expect, it } from 'vitest'
import { embeddedEventStore, type EmbeddedEventStore } from '../../src/adapters/clickhouse/create-event-store.ts'
import { toJsonb } from '../../src/adapters/postgres/storable.ts'
import { startAuditJoin } from '../../src/jobs/audit-join/audit-join.ts'
import { temporaryDirectory } from '../ingest/harness.ts'
import { testServer, type TestServer } from '../server.ts'

const directory = temporaryDirectory()
let store: EmbeddedEventStore
let server: TestServer
beforeAll(async () => {
  store = await embeddedEventStore(directory.path)
})
afterAll(async () => {
  await store.close()
  directory.remove()
})

const minute = 60_000
const account = 'system:serviceaccount:cordon:cordon-console'
let cluster: string
let now: number
let batch = 0
let raised: Detection[]
let join: ReturnType<typeof startAuditJoin>
beforeEach(async () => {
  server = await testServer()
  cluster = `lab-${randomUUID().slice(0, 8)}`
  now = Date.now()
  raised = []
  join = startAuditJoin({
    deps: server.deps,
    // A cluster that can't be asked who we are: the published account counts.
    clusters: { all: () => [], get: () => undefined },
    store,
    record: async (detections) => raised.push(...detections),
    now: () => now,
  })
})
afterEach(async () => {
  await join.stop()
  await server.close()
})

interface Told {
  verb: string
  path: string
  at: number
  user?: string
  code?: number
  agent?: string
}

/** What the API server would have sent, stored as ingest stores it. */
async function audited(...told: Told[]): Promise<void> {
  const items = told.map(({ verb, path, at, user = account, code = 200, agent = 'cordon/1' }) => {
    const [, namespace, resource, name, subresource] = /namespaces\/([^/]+)\/([^/]+)\/([^/]+)\/?(.*)/.exec(path) ?? []
    const time = new Date(at).toISOString()
    return {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: randomUUID(),
      stage: 'ResponseComplete',
      requestURI: path,
      verb,
      user: { username: user },
      userAgent: agent,
      objectRef: { resource, namespace, name, ...(subresource ? { subresource } : {}) },
      responseStatus: { code },
      requestReceivedTimestamp: time,
      stageTimestamp: time,
    }
  })
  const { events } = normaliseAudit(
    { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items },
    { cluster, receivedAt: now },
  )
  batch += 1
  await store.insert(
    'CloudAuditEvents',
    events.map((event, index) => storedRow(event, { batch, index }).row),
  )
  await covered(Math.max(...told.map(({ at }) => at)))
}

async function covered(last: number): Promise<void> {
  await server.deps.commitUnrecorded(async (tx) => {
    const times = { first_received_at: new Date(now - 60 * minute), last_event_at: new Date(last) }
    await tx
      .insertInto('coverage')
      .values({
        cluster,
        source: 'kubernetes-audit',
        events: 1,
        rejected: 0,
        duplicates: 0,
        levels: [],
        ...times,
        last_received_at: null,
      })
      .onConflict((c) => c.columns(['cluster', 'source']).doUpdateSet({ last_event_at: times.last_event_at }))
      .execute()
    return { result: undefined, changed: [] }
  })
}

const pods = '/api/v1/namespaces/shop/pods'
const policies = '/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies'

function step(method: string, path: string, at: number, body?: unknown): ActionStep {
  const time = new Date(at).toISOString()
  const request = { method, path, body }
  return {
    id: `${method} ${path}`,
    title: '',
    state: 'done',
    startedAt: time,
    finishedAt: time,
    detail: null,
    request,
    response: { status: 200 },
  }
}

async function acted(at: number, steps: ActionStep[], id = `act-m1-${randomUUID().slice(-12)}`): Promise<string> {
  await server.deps.commitUnrecorded(async (tx) => {
    await tx
      .insertInto('actions')
      .values({
        id,
        type: 'isolate-pod',
        state: 'verified',
        cluster,
        namespace: 'shop',
        target_key: 'k',
        target_name: 'web',
        target_uid: id,
        comment: '',
        source: 'api',
        requested_by: 'anna',
        requested_at: new Date(at),
        updated_at: new Date(at),
        record: toJsonb({ steps }),
        plan: '{}',
      })
      .execute()
    return { result: undefined, changed: [] }
  })
  return id
}

const findings = async () => (await server.as('viewer'))('findingList', {})

it('finds nothing where record and log agree, probes and traces of actions included', async () => {
  const at = now - 20 * minute
  const id = await acted(at, [])
  const policy = `cordon-isolation-${id}`
  await server.deps.commitUnrecorded(async (tx) => {
    const steps = [step('POST', policies, at, { metadata: { name: policy } }), step('PATCH', `${pods}/web`, at)]
    await tx
      .updateTable('actions')
      .set({ record: toJsonb({ steps }) })
      .where('id', '=', id)
      .execute()
    return { result: undefined, changed: [] }
  })
  await audited(
    { verb: 'create', path: `${policies}/${policy}`, at },
    { verb: 'patch', path: `${pods}/web`, at },
    { verb: 'create', path: `${pods}/cordon-canary-${id}`, at: at + 1000 },
    { verb: 'delete', path: `${pods}/cordon-canary-${id}`, at: at + 5000 },
    { verb: 'delete', path: `${pods}/db`, at, user: 'someone-else' },
    { verb: 'delete', path: `${pods}/db`, at, code: 403 },
    { verb: 'get', path: `${pods}/db`, at: now },
  )
  await join.run()
  expect(await findings()).toMatchObject({ items: [], clusters: [{ cluster, state: 'compared' }] })
  expect(raised).toEqual([])
})

it('raises an alert for what our account does without an action, once', async () => {
  await audited(
    { verb: 'delete', path: `${pods}/db`, at: now - 20 * minute, agent: 'kubectl/1.31' },
    { verb: 'create', path: `${policies}/cordon-isolation-act-m1-000000000000`, at: now - 19 * minute },
    { verb: 'create', path: '/api/v1/namespaces/shop/configmaps/x', at: now - 18 * minute },
    { verb: 'get', path: `${pods}/db`, at: now },
  )
  await join.run()
  await join.run()
  const { items } = await findings()
  expect(items.map((f) => [f.kind, f.state, f.object]).toSorted()).toEqual([
    ['unrecorded-act', 'open', 'configmaps/x'],
    ['unrecorded-act', 'open', 'networkpolicies/cordon-isolation-act-m1-000000000000'],
    ['unrecorded-act', 'open', 'pods/db'],
  ])
  expect(new Set(raised.map((d) => d.events[0]?.summary))).toEqual(
    new Set(['delete pods/db', 'create networkpolicies/cordon-isolation-act-m1-000000000000']),
  )
  const lead = await server.as('lead')
  const [one] = items
  await lead('findingClose', { params: { id: one?.id as number }, body: { comment: 'I did, by hand.' } })
  expect((await findings()).items[0]).toMatchObject({ state: 'closed', closedBy: 'token:test lead' })
  const { items: entries } = await lead('ledgerList', { query: { kind: ['finding'] } })
  expect(entries.map((e) => e.kind)).toEqual(['finding.close', 'finding.open', 'finding.open', 'finding.open'])
})

it('misses an action in the log only when the log is further, and takes it back when the event comes late', async () => {
  const at = now - 10 * minute
  const id = await acted(at, [step('DELETE', `${pods}/web`, at)])
  await audited({ verb: 'get', path: `${pods}/web`, at: at - minute })
  await join.run()
  expect((await findings()).items).toEqual([])
  await covered(now)
  await join.run()
  expect((await findings()).items).toMatchObject([
    { kind: 'unseen-action', state: 'open', actionId: id, object: 'pods/web' },
  ])
  await audited({ verb: 'delete', path: `${pods}/web`, at: at + 500 })
  now += 10 * minute
  await covered(now)
  await join.run()
  expect((await findings()).items).toMatchObject([{ state: 'explained', closedBy: 'system' }])
  expect(raised).toEqual([])
})

it('says of a cluster without an audit log that nothing was compared, and of one that fell silent since when', async () => {
  const quiet = { name: 'quiet', client: null } as never // only name and client are read
  const other = startAuditJoin({
    deps: server.deps,
    clusters: { all: () => [quiet], get: () => quiet },
    store,
    record: async () => undefined,
    now: () => now,
  })
  await acted(now - 30 * minute, [step('DELETE', `${pods}/web`, now - 30 * minute)])
  await covered(now - 2 * 60 * minute)
  await other.run()
  await other.stop()
  expect(await findings()).toMatchObject({
    items: [],
    clusters: expect.arrayContaining([
      expect.objectContaining({ cluster: 'quiet', state: 'no-audit' }),
      expect.objectContaining({ cluster, state: 'failed', detail: expect.stringContaining('said nothing since') }),
    ]),
  })
})
