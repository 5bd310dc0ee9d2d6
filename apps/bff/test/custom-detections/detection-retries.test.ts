import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal } from '../../src/refusal.ts'
import { ago, detectionServer, type DetectionServer, finding, miner } from './detection-server.ts'

const minute = 60_000
let server: DetectionServer
let analyst: Awaited<ReturnType<DetectionServer['as']>>
beforeAll(async () => {
  server = await detectionServer()
  analyst = await server.as('analyst')
})
afterAll(() => server.close())

describe('a failure that is not the query’s', () => {
  it('never pauses it, is told as such, and the run is tried again, also one asked for by hand', async () => {
    const { id } = await analyst('customDetectionCreate', { body: finding('lambda') })
    await server.settled(id)
    server.endTranslations(true)
    try {
      for (let failed = 0; failed < 6; failed += 1) {
        await server.lastCovered(id, ago(90))
        await server.settled(id)
      }
      const { state, failures, lastRun, nextRunAt } = await server.settled(id)
      const { runs } = await analyst('customDetectionGet', { params: { id } })
      expect({ state, failures }).toEqual({ state: 'on', failures: 0 })
      // One row says since when and how often; the wait has doubled up to its limit.
      expect(runs.map((run) => [run.state, run.cause, run.attempts])).toEqual([
        ['failed', 'unavailable', 6],
        ['completed', null, 1],
      ])
      expect(lastRun?.error).toMatch(/shutting down.*says nothing about the query.*tried again/)
      expect(Date.parse(nextRunAt ?? '') - Date.parse(lastRun?.finishedAt ?? '')).toBeGreaterThan(14 * minute)
      expect(Date.parse(nextRunAt ?? '') - Date.now()).toBeLessThanOrEqual(15 * minute)
      await analyst('customDetectionUpdate', { params: { id }, body: { enabled: false } })
      await analyst('customDetectionRun', { params: { id } })
      const last = async () => (await analyst('customDetectionGet', { params: { id } })).lastRun
      await expect.poll(last, { timeout: 20_000 }).toMatchObject({ kind: 'manual', state: 'failed' })
    } finally {
      server.endTranslations(false)
    }
    await server.deps.db.updateTable('custom_detections').set({ next_run: new Date() }).where('id', '=', id).execute()
    expect((await server.settled(id)).lastRun).toMatchObject({ kind: 'manual', state: 'completed' })
  })
})

describe('a query that runs out of time', () => {
  it('is tried more and more rarely, told as such, and gives up what was missed for the newest span', async () => {
    const { id } = await analyst('customDetectionCreate', { body: finding('mu', { lookbackMinutes: 60 }) })
    await server.settled(id)
    await server.lastCovered(id, ago(5 * 60))
    const { deps } = server
    const dueNow = () =>
      deps.db.updateTable('custom_detections').set({ next_run: new Date() }).where('id', '=', id).execute()
    server.stallTranslations(true)
    try {
      const waits: number[] = []
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await dueNow()
        const { nextRunAt, lastRun } = await server.settled(id)
        waits.push(Math.round((Date.parse(nextRunAt ?? '') - Date.parse(lastRun?.finishedAt ?? '')) / minute))
      }
      expect(waits).toEqual([5, 10, 20])
      const { state, failures, lastRun } = await server.settled(id)
      expect({ state, failures }).toEqual({ state: 'on', failures: 0 })
      expect(lastRun).toMatchObject({ state: 'failed', cause: 'timeout', attempts: 3 })
      expect(lastRun?.error).toContain('too long to translate')
    } finally {
      server.stallTranslations(false)
    }
    await server.ingest(miner('mu', ago(4)))
    await dueNow()
    await server.settled(id)
    const { runs } = await analyst('customDetectionGet', { params: { id } })
    expect(runs.map(({ kind, state }) => [kind, state])).toEqual([
      ['scheduled', 'completed'],
      ['gap', 'skipped'],
      ['catch-up', 'failed'],
      ['scheduled', 'completed'],
    ])
    expect(runs[1]?.notes.join()).toContain('ran out of time 3 times')
  })
})

describe('a response that an alert asks for', () => {
  const away = () =>
    new Refusal('cluster-refused', 'The cluster prod can’t be reached.', [
      { path: 'cluster-reachable', message: 'The cluster prod can’t be reached.' },
    ])
  const asking = async (word: string) => {
    await server.ingest(miner(word, ago(20)))
    const { id } = await analyst('customDetectionCreate', {
      body: finding(word, { action: { type: 'isolate-pod' } }),
    })
    await server.settled(id)
    return {
      id,
      request: async () => {
        server.poke()
        return (await analyst('customDetectionGet', { params: { id } })).requests[0]
      },
      tryNow: (set: { at?: Date } = {}) =>
        server.deps.db
          .updateTable('custom_detection_requests')
          .set({ next_try: new Date(), ...set })
          .where('detection_id', '=', id)
          .execute(),
    }
  }

  it('is asked for again while its cluster is away, and once it is back, waits for approval', async () => {
    server.answerRequests(async () => {
      throw away()
    })
    const { request, tryNow } = await asking('nu')
    await expect
      .poll(request)
      .toMatchObject({ state: 'wanted', detail: expect.stringMatching(/^Tried once; .*reached/) })
    await tryNow()
    await expect.poll(request).toMatchObject({ state: 'wanted', detail: expect.stringContaining('Tried 2 times') })
    server.answerRequests(async () => ({ id: 'action-1' }))
    await tryNow()
    await expect.poll(request).toMatchObject({ state: 'requested', actionId: 'action-1' })
  })

  it('is told as not possible when its time is over, and at once when the answer is no', async () => {
    server.answerRequests(async () => {
      throw away()
    })
    const late = await asking('xi')
    await late.tryNow({ at: new Date(ago(31)) })
    await expect.poll(late.request).toMatchObject({
      state: 'refused',
      detail: expect.stringMatching(/^Tried 2 times within 30 minutes. .*reached/),
    })
    server.answerRequests(async () => {
      throw new Refusal('not-found', 'No pod shop/web-0 is known in prod.')
    })
    const no = await asking('omicron')
    await expect.poll(no.request).toMatchObject({ state: 'refused', detail: 'No pod shop/web-0 is known in prod.' })
  })

  it('holds up nothing else when asking for it fails unexpectedly', async () => {
    server.answerRequests(async () => {
      throw new TypeError('a fault of ours')
    })
    const { request } = await asking('pi')
    await expect.poll(request).toMatchObject({ state: 'wanted', detail: expect.stringContaining('unexpected error') })
    const other = await analyst('customDetectionCreate', { body: finding('rho') })
    expect((await server.settled(other.id)).lastRun).toMatchObject({ state: 'completed' })
  })
})
