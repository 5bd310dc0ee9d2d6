import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { TelemetryEvent } from '@cordon/telemetry'
import { EventStoreError } from '../../src/adapters/clickhouse/event-store.ts'
import { auditEvent, eventList } from './events.ts'
import { countOf, killEngine, startBench, temporaryDirectory } from './harness.ts'

const path = '/kubernetes-audit/lab-crash'

function batchOf(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, () => auditEvent({ responseObject: { pad: 'x'.repeat(500) } }))
}

test('kill -9 of the engine while requests run: no acknowledged event is missing, none is stored twice', async () => {
  const directory = temporaryDirectory()
  const bench = await startBench(directory.path)
  await bench.ingest.replayUndetected()
  const acknowledged: string[] = []
  let refused = 0
  const sender = async (): Promise<void> => {
    for (let round = 0; round < 8; round += 1) {
      const events = batchOf(300)
      // As an API server does: the same batch again until it is taken.
      for (let attempt = 0; attempt < 20; attempt += 1) {
        const answer = await bench.post(path, eventList(events))
        if (answer.status === 200) {
          acknowledged.push(...events.map((event) => `${String(event['auditID'])}/ResponseComplete`))
          break
        }
        refused += 1
        expect(answer.status).toBe(503)
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      }
    }
  }
  const killer = (async () => {
    for (let kill = 0; kill < 4; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, 250 + kill * 61))
      killEngine(bench.store)
    }
  })()
  await Promise.all([sender(), sender(), sender(), killer])
  expect(acknowledged).toHaveLength(3 * 8 * 300)
  const known = await bench.store.knownIds('CloudAuditEvents', 'lab-crash', acknowledged)
  expect(acknowledged.filter((id) => !known.has(id))).toEqual([])
  expect(await countOf(bench.store, 'CloudAuditEvents')).toBe(acknowledged.length)
  await bench.ingest.drained()
  expect(new Set(bench.detected.map((event) => event.id)).size).toBe(bench.detected.length)
  expect(bench.detected).toHaveLength(acknowledged.length)
  expect(refused).toBeLessThan(100)
  await bench.close()
  directory.remove()
}, 90_000)

test('after a crash between storing and detecting, the next process replays what was not detected, in order, before new events', async () => {
  const directory = temporaryDirectory()
  const state: { batch: number | undefined } = { batch: undefined }
  const seen: string[] = []
  let stuck = false
  const first = await startBench(directory.path, {
    state,
    onEvents: (events: TelemetryEvent[]) =>
      stuck ? new Promise<void>(() => {}) : void seen.push(...events.map((event) => event.id)),
  })
  await first.ingest.replayUndetected()
  const detected = batchOf(50)
  await first.post(path, eventList(detected))
  await first.ingest.drained()
  stuck = true
  const undetected = batchOf(3_000)
  const runtime = {
    type: 'process-exit',
    id: 'exit-1',
    time: new Date().toISOString(),
    process: { pid: 1, exe: '/bin/sh' },
    exitCode: 137,
  }
  expect((await first.post(path, eventList(undetected))).status).toBe(200)
  expect((await first.post('/process-events/lab-crash', JSON.stringify(runtime))).status).toBe(200)
  await first.close()

  let away = 1
  const second = await startBench(directory.path, {
    state,
    // Stands in for an engine that restarts during the replay.
    wrap: (store) => ({
      mode: store.mode,
      insert: store.insert.bind(store),
      knownIds: store.knownIds.bind(store),
      dropOlderThan: store.dropOlderThan.bind(store),
      stats: store.stats.bind(store),
      download: store.download.bind(store),
      close: store.close.bind(store),
      query: (sql, params, limits) =>
        sql.includes('RawEventData') && away-- > 0
          ? Promise.reject(new EventStoreError('unavailable', 'restarting'))
          : store.query(sql, params, limits),
    }),
  })
  const fresh = batchOf(10)
  // The sender had no answer and sends the old batch again, together with new events, before the replay is over.
  const resend = await second.post(path, eventList([...undetected, ...fresh]))
  expect(resend.body).toMatchObject({ accepted: 10, duplicates: 3_000 })
  expect(second.detected).toEqual([])
  expect(await second.ingest.replayUndetected()).toBe(3_001)
  await second.ingest.drained()
  const ids = [
    ...undetected.map((event) => `${String(event['auditID'])}/ResponseComplete`),
    'own:exit-1',
    ...fresh.map((event) => `${String(event['auditID'])}/ResponseComplete`),
  ]
  expect(second.detected.map((event) => event.id)).toEqual(ids)
  const [replayed] = second.detected
  expect(replayed).toMatchObject({ type: 'audit', source: 'kubernetes-audit', raw: undetected[0] })
  expect(second.detected.find((event) => event.type === 'process-exit')).toMatchObject({
    exitCode: 137,
    process: { exe: '/bin/sh' },
  })
  await second.close()

  const third = await startBench(directory.path, { state })
  expect(await third.ingest.replayUndetected()).toBe(0)
  await third.close()
  directory.remove()
}, 90_000)

test('a detection that fails is tried again and holds the order', async () => {
  const directory = temporaryDirectory()
  const got: number[] = []
  let failures = 2
  const bench = await startBench(directory.path, {
    onEvents(events) {
      if (failures-- > 0) throw new Error('state database away')
      got.push(events.length)
    },
  })
  await bench.ingest.replayUndetected()
  await bench.post(path, eventList(batchOf(5)))
  await bench.post(path, eventList(batchOf(7)))
  await bench.ingest.drained()
  expect(got.reduce((sum, count) => sum + count, 0)).toBe(12)
  expect(got[0]).toBe(5)
  await bench.close()
  directory.remove()
}, 60_000)

test('a store without space is answered with 503 until there is room; a row it refuses is set aside alone', async () => {
  const directory = temporaryDirectory()
  let full = true
  const bench = await startBench(directory.path, {
    // Stands in for a disk that is full, and for a row that the engine cannot read.
    wrap: (store) => ({
      mode: store.mode,
      query: store.query.bind(store),
      knownIds: store.knownIds.bind(store),
      dropOlderThan: store.dropOlderThan.bind(store),
      stats: store.stats.bind(store),
      download: store.download.bind(store),
      close: store.close.bind(store),
      async insert(table, rows) {
        if (full) throw new EventStoreError('full', 'no space')
        if (rows.some((row) => row['_User'] === 'poison')) throw new EventStoreError('internal', 'cannot parse')
        await store.insert(table, rows)
      },
    }),
  })
  await bench.ingest.replayUndetected()
  const events = [...batchOf(20), auditEvent({ user: { username: 'poison' } }), ...batchOf(20)]
  const refused = await bench.post(path, eventList(events))
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('60')
  expect(bench.detected).toEqual([])
  full = false
  expect((await bench.post(path, eventList(events))).body).toMatchObject({ accepted: 40, duplicates: 0, rejected: 1 })
  expect(bench.aside).toEqual([
    expect.objectContaining({ cluster: 'lab-crash', reason: 'the event store refused it: cannot parse' }),
  ])
  expect(await countOf(bench.store, 'CloudAuditEvents')).toBe(40)
  await bench.close()
  directory.remove()
}, 60_000)

test('what a failed batch stored nonetheless is detected once, before anything later', async () => {
  const directory = temporaryDirectory()
  const state: { batch: number | undefined } = { batch: undefined }
  let broken = true
  let held: Promise<void> | undefined
  const bench = await startBench(directory.path, {
    state,
    // Stands in for a disk that fills up between the two tables of a batch.
    wrap: (store) => ({
      mode: store.mode,
      query: store.query.bind(store),
      knownIds: store.knownIds.bind(store),
      dropOlderThan: store.dropOlderThan.bind(store),
      stats: store.stats.bind(store),
      download: store.download.bind(store),
      close: store.close.bind(store),
      async insert(table, rows) {
        await held
        if (broken && table === 'CloudProcessEvents') throw new EventStoreError('full', 'no space')
        await store.insert(table, rows)
      },
    }),
  })
  await bench.ingest.replayUndetected()
  await bench.post(path, eventList(batchOf(1)))
  await bench.ingest.drained()
  const watermark = state.batch
  const audit = batchOf(5)
  const runtime = JSON.stringify({ id: 'p-1', time: new Date().toISOString(), process: { exe: '/bin/sh' } })
  // While one batch is held up, both gather for the next, which fails half-way.
  let release = (): void => {}
  held = new Promise((resolve) => (release = resolve))
  const holdUp = batchOf(1)
  const first = bench.post(path, eventList(holdUp))
  await pause(200)
  const both = [bench.post(path, eventList(audit)), bench.post('/process-events/lab-crash', runtime)]
  await pause(500)
  release()
  expect((await first).status).toBe(200)
  const answers = await Promise.all(both)
  expect(answers.map((answer) => answer.status)).toEqual([503, 503])
  await bench.ingest.drained()
  expect(state.batch).toBe((watermark ?? 0) + 1)
  broken = false
  const later = batchOf(1)
  expect((await bench.post(path, eventList(later))).status).toBe(200)
  const again = await Promise.all([
    bench.post(path, eventList(audit)),
    bench.post('/process-events/lab-crash', runtime),
  ])
  expect(again.map((answer) => answer.body)).toEqual([
    expect.objectContaining({ accepted: 0, duplicates: 5 }),
    expect.objectContaining({ accepted: 1, duplicates: 0 }),
  ])
  await bench.ingest.drained()
  const name = (event: Record<string, unknown>): string => `${String(event['auditID'])}/ResponseComplete`
  expect(bench.detected.slice(1).map((event) => event.id)).toEqual([
    ...holdUp.map(name),
    ...audit.map(name),
    ...later.map(name),
    'own:p-1',
  ])
  await bench.close()
  directory.remove()
}, 60_000)
