import { verifyChain } from '@cordon/ledger'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createDetectionRecorder } from '../src/jobs/correlate/record-detections.ts'
import { detection, podEvidence } from './detections.ts'
import { readLedger } from './ledger.ts'
import { testServer, type TestServer } from './server.ts'

let server: TestServer
let record: ReturnType<typeof createDetectionRecorder>
let analyst: Awaited<ReturnType<TestServer['as']>>
const peers = new Map<string, string[]>()
const closing: TestServer[] = []
beforeEach(async () => {
  server = await testServer()
  closing.push(server)
  analyst = await server.as('analyst')
  peers.clear()
  record = createDetectionRecorder(server.deps, { linkedPods: (pod) => peers.get(pod) ?? [] })
})
afterAll(async () => {
  for (const one of closing) await one.close()
})

const get = (id: number) => analyst('incidentGet', { params: { id } })
const ids = async () => (await analyst('incidentList', { query: { sort: 'id', dir: 'asc' } })).items.map((i) => i.id)
async function open(...pods: string[]): Promise<[number, number, ...number[]]> {
  for (const pod of pods) await record([detection(pod, { title: `On ${pod}` })])
  return (await ids()) as [number, number, ...number[]]
}

describe('merging by hand', () => {
  it('keeps the oldest, redirects the others with their logs, and moves everything', async () => {
    const [a, b, c] = await open('shop/a', 'shop/b', 'shop/c')
    await analyst('incidentUpdate', { params: { id: b }, body: { tags: ['payments'] } })
    const merged = await analyst('incidentMerge', {
      body: { incidentIds: [c as number, b, a], comment: 'One attacker' },
    })
    expect(merged).toMatchObject({ id: a, totalAlerts: 3, tags: ['payments'] })
    expect(await ids()).toEqual([a])
    expect(await get(b)).toMatchObject({ status: 'redirected', redirectedTo: a, totalAlerts: 0 })
    const line = (await get(b)).activities.find((a) => a.text.includes('One attacker'))
    expect(line?.actor).toBe('token:test analyst')
    const entries = await readLedger(server.deps.db)
    expect(entries.filter(({ kind }) => kind === 'incident.merge')).toHaveLength(2)
    expect(await verifyChain(entries)).toMatchObject({ ok: true })
  })

  it('refuses closed ones, differing people and differing decisions, and changes nothing', async () => {
    await server.addAccount('bob', 'analyst', 'correct horse battery')
    await server.addAccount('eve', 'analyst', 'correct horse battery')
    const [a, b, c] = await open('shop/a', 'shop/b', 'shop/c')
    const merge = (...incidentIds: number[]) => analyst('incidentMerge', { body: { incidentIds } })
    const update = (id: number, body: object) => analyst('incidentUpdate', { params: { id }, body })
    await update(a, { assignedTo: 'bob' })
    await update(b, { assignedTo: 'eve' })
    await expect(merge(a, b)).rejects.toMatchObject({
      problem: { status: 409, detail: expect.stringContaining('different people') },
    })
    await update(b, { assignedTo: null, classification: 'false-positive' })
    await expect(merge(a, b)).rejects.toMatchObject({ problem: { detail: expect.stringContaining('classified') } })
    await update(c as number, { status: 'resolved' })
    await expect(merge(a, c as number)).rejects.toMatchObject({
      problem: { detail: expect.stringContaining('closed') },
    })
    await expect(merge(a, a)).rejects.toMatchObject({ problem: { detail: expect.stringContaining('two') } })
    await expect(merge(a, 99_999)).rejects.toMatchObject({ problem: { status: 404 } })
    expect(await ids()).toEqual([a, b, c])
  })
})

describe('moving by hand', () => {
  const two = async () => {
    await record([
      detection('shop/a', { title: 'One', dedupeKey: '1' }),
      detection('shop/a', { title: 'Two', dedupeKey: '2' }),
    ])
    const [id] = await ids()
    const incident = await get(id as number)
    return { id: id as number, one: incident.alerts[0]?.id as string, two: incident.alerts[1]?.id as string }
  }

  it('splits off into a new incident, says why, and is not undone by the next alert', async () => {
    const { id, two: second } = await two()
    const split = await analyst('alertMove', { body: { alertIds: [second], incidentId: null, comment: 'A cron job' } })
    expect(split.id).not.toBe(id)
    expect(split).toMatchObject({ name: expect.stringContaining('Two'), totalAlerts: 1 })
    expect(split.alerts[0]?.correlation).toEqual({
      code: 'manual',
      text: `Moved here from incident ${id} by token:test analyst: A cron job`,
    })
    expect((await get(id)).activities[0]?.text).toContain(`moved to incident ${split.id}`)
    await record([detection('shop/a', { title: 'Three', dedupeKey: '3' })])
    expect(await ids()).toEqual([id, split.id])
    // A repeat of the moved alert goes where it was moved to.
    await record([detection('shop/a', { title: 'Two', dedupeKey: '2' })])
    expect((await get(split.id)).alerts.map((alert) => alert.occurrences)).toContain(2)
  })

  it('moves to another incident, and leaves a redirect where nothing is left', async () => {
    const { id, one, two: second } = await two()
    await record([detection('bank/x')])
    const other = (await ids())[1] as number
    await analyst('alertMove', { body: { alertIds: [one], incidentId: other, comment: 'Same person' } })
    expect((await get(other)).alerts).toHaveLength(2)
    const all = await analyst('alertMove', { body: { alertIds: [second], incidentId: other, comment: 'Same person' } })
    expect(all).toMatchObject({ id: other, totalAlerts: 3 })
    expect(await get(id)).toMatchObject({ status: 'redirected', redirectedTo: other })
    // Emptied, not split: what is found next on the pod belongs to the incident it was moved to.
    peers.set(podEvidence('shop/a').key, [])
    await record([detection('shop/a', { title: 'Four', dedupeKey: '4' })])
    expect(await ids()).toEqual([other])
  })

  it('needs a comment and open incidents on both ends', async () => {
    const { id, one } = await two()
    await record([detection('bank/x')])
    const other = (await ids())[1] as number
    const move = (incidentId: number, comment: string) =>
      analyst('alertMove', { body: { alertIds: [one], incidentId, comment } })
    await expect(move(other, '  ')).rejects.toMatchObject({ problem: { status: 400 } })
    await expect(move(id, 'x')).rejects.toMatchObject({ problem: { status: 409 } })
    await analyst('incidentUpdate', { params: { id: other }, body: { status: 'resolved' } })
    await expect(move(other, 'x')).rejects.toMatchObject({
      problem: { detail: expect.stringContaining('is resolved') },
    })
    await analyst('incidentUpdate', { params: { id: other }, body: { status: 'new' } })
    await analyst('incidentUpdate', { params: { id }, body: { status: 'resolved' } })
    await expect(move(other, 'x')).rejects.toMatchObject({
      problem: { detail: expect.stringContaining('is resolved') },
    })
  })
})
