import type { HuntEvent } from '@cordon/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createQuota } from '../../src/features/hunting/quota.ts'
import { limitsOf } from '../../src/features/hunting/limits.ts'
import { endless, hunted, huntingServer, type HuntingServer, idle } from './hunting-server.ts'
import { processEvent, storeEvents } from './hunting-store.ts'

let server: HuntingServer
beforeAll(async () => {
  server = await huntingServer()
  await storeEvents(server.store, [processEvent('p1', 'prod', 'xmrig -o pool:3333')])
})
afterAll(() => server.close())

/** The events up to one of that type. */
async function until(events: AsyncGenerator<{ type: string }>, type: string): Promise<{ type: string }> {
  for (;;) {
    const { value, done } = await events.next()
    if (done) throw new Error(`The stream ended before ${type}`)
    if ((value as { type: string }).type === type) return value as { type: string }
  }
}

async function all(events: AsyncGenerator<HuntEvent>): Promise<HuntEvent[]> {
  const known: HuntEvent[] = []
  for await (const event of events) known.push(event)
  return known
}

describe('the streaming variant', () => {
  it('tells the start, the rows in pieces and the end', async () => {
    const events = await all(hunted(server, 'lead', { query: 'range x from 1 to 1200 step 1 | sort by x asc' }))
    expect(events.map((event) => event.type).filter((type) => type !== 'progress')).toEqual([
      'started', 'schema', 'rows', 'rows', 'rows', 'done',
    ]) // prettier-ignore
    const rows = events.flatMap((event) => (event.type === 'rows' ? event.rows : []))
    expect([rows.length, rows[0], rows.at(-1)]).toEqual([1200, { x: 1 }, { x: 1200 }])
    expect(events[0]).toMatchObject({ limits: limitsOf('lead') })
    expect(events.at(-1)).toMatchObject({ total: 1200, truncated: false })
  })

  it('ends with what is wrong and where', async () => {
    const events = await all(hunted(server, 'lead', { query: 'CloudProcessEvents | where Oops == 1' }))
    expect(events.at(-1)).toMatchObject({ type: 'failed', problem: { status: 400, errors: [{ path: 'query:27-31' }] } })
  })

  it('tells how far it is, and stops in the engine when the caller leaves', async () => {
    const leaving = new AbortController()
    const events = hunted(server, 'lead', { query: endless, signal: leaving.signal })
    expect(await until(events, 'progress')).toMatchObject({ rowsRead: expect.any(Number) })
    expect((await (await server.as('lead'))('huntingUsage', {})).running).toBe(1)
    leaving.abort()
    await idle(server.store)
  })
})

describe('shared places', () => {
  it('tells the place in the queue, of everyone, while it waits', async () => {
    const leaving = new AbortController()
    const { signal } = leaving
    const running = [
      hunted(server, 'analyst', { query: endless, signal }),
      hunted(server, 'analyst', { query: endless, signal }),
      hunted(server, 'administrator', { query: endless, signal }),
    ]
    await Promise.all(running.map((events) => until(events, 'started')))
    const third = hunted(server, 'analyst', { query: 'print 1' })
    expect(await until(third, 'queued')).toMatchObject({ position: 1, waiting: 1, running: 3 })
    const other = hunted(server, 'viewer', { query: 'print 2' })
    expect(await until(other, 'queued')).toMatchObject({ position: 2, waiting: 2, running: 3 })
    const usage = await (await server.as('analyst'))('huntingUsage', {})
    expect(usage).toMatchObject({ running: 2, positions: [1], overall: { running: 3, waiting: 2 } })

    // Meanwhile ingest and Cordon's own reads have places of their own.
    await storeEvents(server.store, [processEvent('p2', 'prod', 'sh')])
    expect((await server.store.query('SELECT count() AS n FROM CloudProcessEvents')).rows).toEqual([{ n: '2' }])

    leaving.abort()
    expect(await until(third, 'done')).toMatchObject({ total: 1 })
    expect(await until(other, 'done')).toMatchObject({ total: 1 })
    await idle(server.store)
  })

  it('lets nobody wait without end', async () => {
    const leaving = new AbortController()
    const { signal } = leaving
    const first = hunted(server, 'viewer', { query: endless, signal })
    await until(first, 'started')
    const waiting = Array.from({ length: limitsOf('viewer').waiting }, () =>
      hunted(server, 'viewer', { query: 'print 1', signal }),
    )
    await Promise.all(waiting.map((events) => until(events, 'queued')))
    expect(await until(hunted(server, 'viewer', { query: 'print 1' }), 'failed')).toMatchObject({
      problem: { status: 429 },
    })
    leaving.abort()
    await idle(server.store)
  })
})

it('gives nobody more engine time than the role has, and says when there is some again', () => {
  let now = Date.parse('2026-11-21T10:00:00Z')
  const quota = createQuota(() => now)
  const limits = limitsOf('viewer')
  quota.add('ann', 100)
  now += 60_000
  quota.add('ann', 150)
  expect(() => quota.check('ann', limits)).toThrow(/250 of 240 seconds .* at 10:15:00 UTC/)
  quota.check('ben', limits)
  quota.check('ann', limitsOf('administrator'))
  now = Date.parse('2026-11-21T10:15:00Z')
  quota.check('ann', limits)
  expect(quota.used('ann')).toBe(150)
})
