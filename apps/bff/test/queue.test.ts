import { verifyChain } from '@cordon/ledger'
import { severityOrder } from '@cordon/incidents'
import { everything } from '@cordon/rbac'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDetectionRecorder } from '../src/jobs/correlate/record-detections.ts'
import { detection } from './detections.ts'
import { readLedger } from './ledger.ts'
import { testServer, type TestServer } from './server.ts'

let server: TestServer
let viewer: Awaited<ReturnType<TestServer['as']>>
let lead: Awaited<ReturnType<TestServer['as']>>
const count = 60

beforeAll(async () => {
  server = await testServer()
  viewer = await server.as('viewer')
  lead = await server.as('lead')
  await server.addAccount('ana', 'analyst', 'correct horse battery')
  const record = createDetectionRecorder(server.deps, { linkedPods: () => [] })
  // One moment for many rows: only the id then tells them apart, where cursors easily skip.
  const time = Date.now()
  for (let i = 0; i < count; i += 20)
    await record(
      Array.from({ length: 20 }, (_, j) =>
        detection(`ns${(i + j) % 3}/pod-${i + j}`, {
          time,
          severity: severityOrder[(i + j) % 4],
          tactics: [(i + j) % 2 ? 'impact' : 'execution'],
        }),
      ),
    )
})
afterAll(() => server.close())

describe('paging through the queue', () => {
  it.each(['updated', 'created', 'severity', 'priority', 'lastActivity', 'name', 'id'] as const)(
    'by %s neither skips nor repeats what does not change',
    async (sort) => {
      for (const dir of ['asc', 'desc'] as const) {
        const seen: number[] = []
        let cursor: string | null | undefined
        do {
          const page = await viewer('incidentList', { query: { sort, dir, limit: 7, cursor: cursor ?? undefined } })
          seen.push(...page.items.map((item) => item.id))
          expect(page.total).toBe(count)
          cursor = page.nextCursor
        } while (cursor)
        expect(seen).toHaveLength(count)
        expect(new Set(seen).size).toBe(count)
      }
    },
  )

  it('keeps its place when rows move to the top meanwhile', async () => {
    const query = { sort: 'updated', dir: 'desc', limit: 20 } as const
    const first = await viewer('incidentList', { query })
    const last = (await viewer('incidentList', { query: { ...query, dir: 'asc', limit: 1 } })).items[0]
    await lead('incidentUpdate', { params: { id: last?.id as number }, body: { tags: ['moved'] } })
    const seen = first.items.map((item) => item.id)
    let cursor = first.nextCursor
    while (cursor) {
      const page = await viewer('incidentList', { query: { ...query, cursor } })
      seen.push(...page.items.map((item) => item.id))
      cursor = page.nextCursor
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength(count - 1) // all but the one that moved before the place
  })

  it('refuses a cursor of another order', async () => {
    const { nextCursor } = await viewer('incidentList', { query: { limit: 1 } })
    await expect(
      viewer('incidentList', { query: { sort: 'name', cursor: nextCursor as string } }),
    ).rejects.toMatchObject({ problem: { status: 400 } })
  })

  it('pages alerts the same way', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await viewer('alertList', { query: { sort: 'severity', limit: 9, cursor } })
      seen.push(...page.items.map((item) => item.id))
      cursor = page.nextCursor ?? undefined
    } while (cursor)
    expect(new Set(seen).size).toBe(count)
    expect(seen).toHaveLength(count)
  })
})

describe('filters', () => {
  it.each([
    [{ severity: ['high'] }, 15],
    [{ severity: ['high', 'low'] }, 30],
    [{ namespace: ['ns1'] }, 20],
    [{ namespace: ['ns1', 'ns2'], severity: ['high'] }, 10],
    [{ category: ['impact'] }, 30],
    [{ cluster: ['c'] }, 60],
    [{ cluster: ['other'] }, 0],
    [{ status: ['resolved'] }, 0],
    [{ serviceSource: ['Cordon'] }, 60],
    [{ detectionSource: ['Elsewhere'] }, 0],
    [{ assignedTo: ['none'] }, 60],
    [{ assignedTo: ['ana'] }, 0],
    [{ classification: ['none'] }, 60],
    [{ tag: ['absent'] }, 0],
    [{ search: 'pod-17' }, 1],
    [{ search: '%' }, 0],
    [{ search: "'; drop table incidents; --" }, 0],
    [{ from: '2999-01-01T00:00:00Z' }, 0],
    [{ to: '2999-01-01T00:00:00+02:00' }, 60],
  ] as const)('%j gives %i', async (query, total) => {
    const page = await viewer('incidentList', { query: { ...query, limit: 1 } as object })
    expect(page.total).toBe(total)
  })

  it('have counts that agree with the list', async () => {
    const facets = await viewer('incidentFacets', {})
    expect(facets.severity.find((f) => f.value === 'high')).toMatchObject({ label: 'High', count: 15 })
    expect(facets.namespace.map((f) => [f.value, f.count])).toEqual([
      ['ns0', 20],
      ['ns1', 20],
      ['ns2', 20],
    ])
    expect(facets.assignedTo).toEqual([{ value: 'none', label: 'Unassigned', count: 60 }])
    const { buckets } = await viewer('incidentTrend', { query: { hours: 3 } })
    expect(buckets).toHaveLength(3)
    expect(buckets.reduce((sum, bucket) => sum + bucket.incidents, 0)).toBe(60)
  })
})

describe('changing an incident', () => {
  it('records each change in log and ledger, and resolves the alerts', async () => {
    const { id } = (await viewer('incidentList', { query: { search: 'pod-5', limit: 1 } })).items[0] as { id: number }
    const before = await viewer('incidentGet', { params: { id } })
    const after = await lead('incidentUpdate', {
      params: { id },
      body: {
        status: 'resolved',
        assignedTo: 'ana',
        classification: 'true-positive',
        determination: 'malware',
        name: 'My name',
        severity: 'low',
        version: before.version,
      },
    })
    expect(after).toMatchObject({ status: 'resolved', name: 'My name', severity: 'low', activeAlerts: 0 })
    expect(after.alerts.every((alert) => alert.status === 'resolved')).toBe(true)
    const kinds = after.activities.map((activity) => activity.kind)
    expect(kinds).toEqual(
      expect.arrayContaining(['status', 'assigned', 'classification', 'determination', 'name', 'severity']),
    )
    const entry = (await readLedger(server.deps.db)).at(-1)
    expect(entry).toMatchObject({
      actor: 'token:test lead',
      kind: 'incident.update',
      subject: `incident:${id}`,
      details: { status: { from: 'new', to: 'resolved' }, assigned: { from: null, to: 'ana' } },
    })
    await expect(
      lead('incidentUpdate', { params: { id }, body: { status: 'new', version: before.version } }),
    ).rejects.toMatchObject({ problem: { status: 409 } })
  })

  it.each([
    [{ assignedTo: 'nobody' }, 'no active account'],
    [{ determination: 'malware' }, 'needs a classification'],
    [{ classification: 'false-positive', determination: 'malware' }, 'does not belong'],
  ] as const)('refuses %j', async (body, words) => {
    const { id } = (await viewer('incidentList', { query: { search: 'pod-7', limit: 1 } })).items[0] as { id: number }
    await expect(lead('incidentUpdate', { params: { id }, body })).rejects.toMatchObject({
      problem: { status: 400, detail: expect.stringContaining(words) },
    })
  })

  it('writes nothing when nothing changes', async () => {
    const { id, status } = (await viewer('incidentList', { query: { search: 'pod-8', limit: 1 } }))
      .items[0] as never as {
      id: number
      status: 'new'
    }
    const before = (await readLedger(server.deps.db)).length
    await lead('incidentUpdate', { params: { id }, body: { status } })
    expect(await readLedger(server.deps.db)).toHaveLength(before)
  })
})

describe('the ledger', () => {
  it('is a whole chain that the database does not let anyone rewrite', async () => {
    const { db } = server.deps
    expect(await verifyChain(await readLedger(db))).toMatchObject({ ok: true })
    await expect(sql`update ledger set actor = 'x'`.execute(db)).rejects.toThrow('append-only')
    await expect(sql`delete from ledger where seq = 1`.execute(db)).rejects.toThrow('append-only')
    await expect(sql`truncate ledger`.execute(db)).rejects.toThrow('append-only')
  })

  it('stays a chain under changes made at the same time', async () => {
    const { items } = await viewer('incidentList', { query: { limit: 20 } })
    await Promise.all(
      items.map(({ id }) => lead('incidentComment', { params: { id }, body: { text: 'at the same time' } })),
    )
    const entries = await readLedger(server.deps.db)
    expect(entries.filter((entry) => entry.details.text === 'at the same time')).toHaveLength(20)
    expect(await verifyChain(entries)).toMatchObject({ ok: true })
  })

  it('tells when it was rewritten all the same', async () => {
    const { db } = server.deps
    await sql`alter table ledger disable trigger all`.execute(db)
    await sql`update ledger set actor = 'someone-else' where seq = 3`.execute(db)
    await sql`alter table ledger enable trigger all`.execute(db)
    expect(await verifyChain(await readLedger(db))).toMatchObject({ ok: false, seq: 3 })
  })

  it('keeps nothing of a change that failed', async () => {
    const { commit, db } = server.deps
    const before = await readLedger(db)
    await expect(
      commit({ name: 'x', displayName: 'x', role: 'lead', scope: everything, via: 'system' }, async (tx) => {
        await tx
          .insertInto('activities')
          .values({ incident_id: 1, actor: 'x', kind: 'comment', text: 'lost', from_value: null, to_value: null })
          .execute()
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(await readLedger(db)).toEqual(before)
    expect(await db.selectFrom('activities').selectAll().where('text', '=', 'lost').execute()).toEqual([])
  })
})
