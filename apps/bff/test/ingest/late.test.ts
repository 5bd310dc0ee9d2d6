import { afterAll, beforeAll, expect, it } from 'vitest'
import { followRetention } from '../../src/adapters/postgres/event-retention.ts'
import { retentionHandlers } from '../../src/features/retention/handlers.ts'
import { dropOldEvents } from '../../src/jobs/retention/drop-old-events.ts'
import { testServer, type TestServer } from '../server.ts'
import { auditEvent } from './events.ts'
import { type Bench, startBench, temporaryDirectory } from './harness.ts'

const directory = temporaryDirectory()
let bench: Bench
let server: TestServer
let retention: Awaited<ReturnType<typeof followRetention>>

beforeAll(async () => {
  bench = await startBench(directory.path, { keptDays: (table) => retention.daysOf(table) })
  server = await testServer({
    env: { CORDON_EVENT_RETENTION_DAYS: '60' },
    handlers: (deps) => retentionHandlers(deps, bench.store, () => dropOldEvents(deps, bench.store)),
  })
  retention = await followRetention(server.deps)
  await bench.ingest.replayUndetected()
}, 60_000)
afterAll(async () => {
  retention.stop()
  await server.close()
  await bench.close()
  directory.remove()
})

const day = 86_400_000
const dayOf = (age: number): string => new Date(Date.now() - age * day).toISOString().slice(0, 10)

/** Sends one event of each table; the flags that each got, and the day it is filed under. */
async function sent(age: number): Promise<{ audit: object; process: object }> {
  const stageTimestamp = new Date(Date.now() - age * day).toISOString()
  const audit = auditEvent({ stageTimestamp })
  const process = { time: stageTimestamp, process: { pid: 1, exe: '/bin/sh', name: `sh-${String(audit['auditID'])}` } }
  const answers = await Promise.all([
    bench.post('/kubernetes-audit/lab-late', JSON.stringify(audit)),
    bench.post('/process-events/lab-late', JSON.stringify(process)),
  ])
  expect(answers.map(({ body }) => body.accepted)).toEqual([1, 1])
  await bench.ingest.drained()
  const filed = async (type: string, table: string): Promise<object> => {
    const { rows } = await bench.store.query<{ day: string }>(
      `SELECT toString(_Day) AS day FROM ${table} ORDER BY _ReceivedAt DESC LIMIT 1`,
    )
    return { flags: bench.detected.findLast((event) => event.type === type)?.flags, day: rows[0]?.day }
  }
  return { audit: await filed('audit', 'CloudAuditEvents'), process: await filed('process', 'CloudProcessEvents') }
}

it('calls an event late by the days that its own table keeps, from the moment they are set', async () => {
  const inTime = (age: number): object => ({ flags: undefined, day: dayOf(age) })
  const late = { flags: ['late'], day: dayOf(0) }
  expect(await sent(40)).toEqual({ audit: inTime(40), process: inTime(40) })
  expect(await sent(70)).toEqual({ audit: late, process: late })
  const admin = await server.as('administrator')
  const days = { CloudAuditEvents: 30, CloudProcessEvents: 100 }
  await admin('retentionUpdate', { body: { days, version: 0 } })
  await expect.poll(() => sent(70)).toEqual({ audit: late, process: inTime(70) })
  expect(await sent(40)).toEqual({ audit: late, process: inTime(40) })
  // What came late is kept from its receipt on; what was in time has its own day dropped.
  await dropOldEvents(server.deps, bench.store)
  const { rows } = await bench.store.query(
    'SELECT toString(_Day) AS day, count() AS n FROM CloudAuditEvents GROUP BY 1',
  )
  expect(rows).toEqual([{ day: dayOf(0), n: expect.any(String) }])
  await admin('retentionUpdate', { body: { days: { CloudAuditEvents: null, CloudProcessEvents: null }, version: 1 } })
  await expect.poll(() => sent(40)).toEqual({ audit: inTime(40), process: inTime(40) })
})
