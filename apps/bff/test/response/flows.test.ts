import { type ConnectionEvent, storedRow } from '@cordon/telemetry'
import type { ActionTarget } from '@cordon/response'
import { entityKey } from '@cordon/entities'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EmbeddedEventStore, embeddedEventStore } from '../../src/adapters/clickhouse/create-event-store.ts'
import { createFlowsOf } from '../../src/features/actions/flows-of.ts'
import type { Clusters } from '../../src/jobs/inventory/cluster.ts'
import { temporaryDirectory } from '../ingest/harness.ts'

const directory = temporaryDirectory()
let store: EmbeddedEventStore
beforeAll(async () => {
  store = await embeddedEventStore(directory.path)
}, 60_000)
afterAll(async () => {
  await store.close()
  directory.remove()
})

const pods: Record<string, string> = { web: '10.0.0.7', api: '10.0.0.8' }
const object = (name: string) => ({ metadata: { name, uid: `uid-${name}` }, status: { podIP: pods[name] } })
const cache = {
  byUid: (_: string, uid: string) => object(uid.slice(4)),
  get: (_: string, __: string, name: string) => object(name),
}
const clusters = { get: () => ({ cache }) } as unknown as Clusters // only the cache is asked

const event = (name: string, ip: string, more: Partial<ConnectionEvent> = {}): ConnectionEvent => ({
  id: `${name}${ip}${Math.random()}`,
  type: 'connection',
  time: Date.now() - 60_000,
  receivedAt: Date.now(),
  cluster: 'c',
  source: 'tetragon',
  process: { pid: 1, exe: '/usr/bin/curl', name: 'curl', commandLine: 'curl' },
  pod: { namespace: 'shop', name, uid: `uid-${name}` } as ConnectionEvent['pod'],
  destination: { ip, port: 443 },
  protocol: 'tcp',
  result: 'connected',
  ...more,
})
const target = (name: string, cluster = 'c'): ActionTarget => ({
  key: entityKey('pod', cluster, 'shop', name),
  kind: 'pod',
  cluster,
  namespace: 'shop',
  name,
  uid: `uid-${name}`,
})

it('sums up what a pod talked to and who talked to it in the last day, and knows silence from ignorance', async () => {
  const flowsOf = createFlowsOf(store, clusters)
  expect(await flowsOf(target('web'))).toBeNull()
  const events = [
    event('web', '203.0.113.9', { destination: { ip: '203.0.113.9', port: 3333, domain: 'pool.example' } }),
    event('web', '203.0.113.9', { destination: { ip: '203.0.113.9', port: 3333, domain: 'pool.example' } }),
    event('web', '203.0.113.10', { result: 'refused' }),
    event('web', '203.0.113.12', { result: 'unknown' }), // as Falco and Tetragon report every connection
    event('web', '203.0.113.11', { time: Date.now() - 30 * 3_600_000 }),
    event('api', '10.0.0.7', { destination: { ip: '10.0.0.7', port: 8080 } }),
  ]
  await store.insert(
    'CordonRuntimeEvents',
    events.map((e, index) => storedRow(e, { batch: 1, index }).row),
  )
  expect(await flowsOf(target('web'))).toMatchObject([
    {
      direction: 'egress',
      peer: 'pool.example',
      ip: '203.0.113.9',
      port: 3333,
      count: 2,
      process: 'curl',
      answered: true,
    },
    { direction: 'egress', peer: '203.0.113.12', port: 443, count: 1, answered: false },
    { direction: 'ingress', peer: 'shop/api', ip: '10.0.0.8', port: 8080, count: 1 },
  ])
  expect(await flowsOf(target('other'))).toEqual([])
})
