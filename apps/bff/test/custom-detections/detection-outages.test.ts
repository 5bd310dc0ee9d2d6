import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { EmbeddedEngine } from '../../src/adapters/clickhouse/embedded-engine.ts'
import { ago, type Definition, detectionServer, type DetectionServer, finding, miner } from './detection-server.ts'

const minute = 60_000
const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function started(options: Parameters<typeof detectionServer>[0]): Promise<DetectionServer> {
  const server = await detectionServer(options)
  ends.push(() => server.close())
  return server
}

/** What the list says of a detection. */
async function listed(server: DetectionServer, id: string) {
  const { items } = await (await server.as('viewer'))('customDetectionList', {})
  const found = items.find((each) => each.id === id)
  if (!found) throw new Error('It is not in the list')
  return found
}

/** Ends what it waits for. */
async function dueNow({ deps }: DetectionServer, id: string): Promise<void> {
  await deps.db.updateTable('custom_detections').set({ next_run: new Date() }).where('id', '=', id).execute()
}

/** Waits until so many attempts have failed one after the other; the first one is due, what others wait for is ended. */
async function failedTimes(server: DetectionServer, id: string, attempts: number) {
  if (attempts > 1) await dueNow(server, id)
  server.poke()
  const last = async () => (await listed(server, id)).lastRun
  await expect.poll(last, { timeout: 30_000 }).toMatchObject({ state: 'failed', attempts })
  // It is given back after its run is stored.
  await expect.poll(async () => (await listed(server, id)).isRunning, { timeout: 10_000 }).toBe(false)
  const { lastRun, nextRunAt, state, failures } = await listed(server, id)
  const waits = Math.round((Date.parse(nextRunAt ?? '') - Date.parse(lastRun?.finishedAt ?? '')) / minute)
  return { lastRun, waits, state, failures }
}

/** Each event of the word that is heavy has the engine count to a thousand millions; the others alert at once. */
function heavy(word: string, more: Partial<Definition> = {}): Definition {
  const { query, ...rest } = finding(word, more)
  const steps = (to: number): string =>
    `iff(ProcessCommandLine has "heavy", range(1, ${to}, 1), dynamic([1])) to typeof(long)`
  return {
    ...rest,
    query: `${query}\n| mv-expand a = ${steps(100_000)}\n| mv-expand b = ${steps(100)}\n| mv-expand c = ${steps(100)}\n| where a * b * c % 1000003 == 1`,
  }
}

describe('a query that takes longer than it may', () => {
  it('fails as such in the list and waits longer each time, while others run, and goes on with the newest span', async () => {
    const server = await started({ seconds: 1 })
    const analyst = await server.as('analyst')
    await server.ingest(miner('phi heavy', ago(100)), miner('phi', ago(30), 'api-0'), miner('chi', ago(30)))
    const { id } = await analyst('customDetectionCreate', { body: heavy('phi', { lookbackMinutes: 60 }) })
    const other = await analyst('customDetectionCreate', { body: finding('chi', { lookbackMinutes: 60 }) })
    expect((await server.settled(id)).lastRun).toMatchObject({ state: 'completed', alerts: 1 })
    await server.settled(other.id)

    await server.lastCovered(id, ago(130))
    for (const [attempt, wait] of [5, 10, 20].entries()) {
      await server.lastCovered(other.id, ago(61))
      const { lastRun, waits, state, failures } = await failedTimes(server, id, attempt + 1)
      expect({ waits, state, failures }).toEqual({ waits: wait, state: 'on', failures: 0 })
      expect(lastRun).toMatchObject({ kind: 'catch-up', cause: 'timeout' })
      expect(lastRun?.error).toMatch(/longer than 1 seconds.*tried again/)
      expect((await server.settled(other.id)).lastRun).toMatchObject({ state: 'completed', rows: 1 })
    }

    await dueNow(server, id)
    expect((await server.settled(id)).lastRun).toMatchObject({ kind: 'scheduled', state: 'completed', rows: 1 })
    const { runs } = await analyst('customDetectionGet', { params: { id } })
    expect(runs.map(({ kind, state, attempts }) => [kind, state, attempts])).toEqual([
      ['scheduled', 'completed', 1],
      ['gap', 'skipped', 1],
      ['catch-up', 'failed', 3],
      ['scheduled', 'completed', 1],
    ])
  }, 120_000)
})

describe('continuous detections over one table', () => {
  it('give up each for itself what their own query has no time for, and miss nothing else', async () => {
    const server = await started({ seconds: 1 })
    const analyst = await server.as('analyst')
    const create = async (body: Definition): Promise<string> => (await analyst('customDetectionCreate', { body })).id
    const continuous = { frequencyMinutes: 0, lookbackMinutes: 5 } as const
    await server.ingest(miner('none', ago(9)))
    const one = await create(heavy('psi', continuous))
    const two = await create(heavy('omega', continuous))
    const light = await create(finding('kappa', continuous))
    for (const id of [one, two, light]) await server.settled(id)
    /** Pods named by the alerts of a detection. */
    const pods = async (id: string): Promise<string[]> => {
      const { items } = await analyst('alertList', { query: { ruleId: [`custom:${id}`], hidden: 'any' } })
      return items.map(({ title }) => title.replace('Miner in ', '')).toSorted()
    }
    const all = (at: string) => ['psi', 'omega', 'kappa'].map((word) => miner(word, ago(1), `${word}-${at}`))

    await server.ingest(miner('psi heavy', ago(1)), miner('kappa', ago(1), 'kappa-a'))
    await failedTimes(server, one, 1)
    for (const id of [two, light]) await server.settled(id)
    await server.ingest(miner('omega heavy', ago(1)), ...all('b'))
    await failedTimes(server, two, 1)
    await server.settled(light)
    for (const attempts of [2, 3]) for (const id of [one, two]) await failedTimes(server, id, attempts)
    expect(await pods(light)).toEqual(['kappa-a', 'kappa-b'])
    await server.ingest(...all('c'))
    for (const id of [one, two]) await dueNow(server, id)
    for (const id of [one, two, light]) await server.settled(id)
    // The second batch held what the first one's rows were waiting behind: both are in the gap.
    expect([await pods(one), await pods(two)]).toEqual([['psi-c'], ['omega-c']])
    expect(await pods(light)).toEqual(['kappa-a', 'kappa-b', 'kappa-c'])
    await server.ingest(...all('d'))
    for (const id of [one, two, light]) await server.settled(id)
    expect([await pods(one), await pods(two)]).toEqual([
      ['psi-c', 'psi-d'],
      ['omega-c', 'omega-d'],
    ])
    for (const id of [one, two]) {
      const { runs } = await analyst('customDetectionGet', { params: { id } })
      expect(runs.slice(0, 4).map(({ kind, state }) => [kind, state])).toEqual([
        ['continuous', 'completed'],
        ['continuous', 'completed'],
        ['gap', 'skipped'],
        ['continuous', 'failed'],
      ])
    }
    const { runs } = await analyst('customDetectionGet', { params: { id: light } })
    expect(new Set(runs.map(({ kind, state }) => `${kind} ${state}`))).toEqual(new Set(['continuous completed']))
  }, 120_000)
})

/** A server of events behind a door that can be shut: connections are refused then. */
async function serverBehindDoor() {
  const directory = mkdtempSync(path.join(tmpdir(), 'cordon-outage-'))
  const engine = new EmbeddedEngine(directory)
  const { port, password } = await engine.address()
  const open = new Set<Socket>()
  const door = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => open.delete(from))
    }
  })
  const listen = (at: number): Promise<void> => new Promise((resolve) => door.listen(at, '127.0.0.1', resolve))
  await listen(0)
  const own = (door.address() as AddressInfo).port
  const shut = (): Promise<unknown> => {
    const shutting = new Promise((resolve) => door.close(resolve))
    for (const socket of open) socket.destroy()
    return shutting
  }
  ends.push(async () => {
    if (door.listening) await shut()
    await engine.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return { url: `http://default:${password}@127.0.0.1:${own}/default`, shut, reopen: () => listen(own) }
}

describe('an event store that can’t be reached', () => {
  it('is told in the list as such, stops no detection for good, and what was missed is found when it is back', async () => {
    const { url, shut, reopen } = await serverBehindDoor()
    const server = await started({ url })
    const analyst = await server.as('analyst')
    await server.ingest(miner('upsilon', ago(90)), miner('tau', ago(90)))
    const ids: string[] = []
    for (const word of ['upsilon', 'tau']) {
      const { id } = await analyst('customDetectionCreate', { body: finding(word, { lookbackMinutes: 60 }) })
      expect((await server.settled(id)).lastRun).toMatchObject({ state: 'completed', rows: 0 })
      ids.push(id)
    }
    await shut()
    for (const id of ids) await server.lastCovered(id, ago(125))
    for (const [attempt, wait] of [1, 2, 4].entries())
      for (const id of ids) {
        const { lastRun, waits, state, failures } = await failedTimes(server, id, attempt + 1)
        expect({ waits, state, failures }).toEqual({ waits: wait, state: 'on', failures: 0 })
        expect(lastRun).toMatchObject({ cause: 'unavailable', error: expect.stringContaining('event store is not') })
      }
    await reopen()
    for (const id of ids) {
      await dueNow(server, id)
      expect((await server.settled(id)).lastRun).toMatchObject({ kind: 'scheduled', state: 'completed' })
      const { runs, alerts } = await analyst('customDetectionGet', { params: { id } })
      expect(runs.map(({ kind, state, attempts }) => [kind, state, attempts])).toEqual([
        ['scheduled', 'completed', 1],
        ['catch-up', 'completed', 1],
        ['catch-up', 'failed', 3],
        ['scheduled', 'completed', 1],
      ])
      expect(alerts.total).toBe(1)
    }
  }, 120_000)
})
