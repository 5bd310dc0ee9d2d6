import { afterAll, beforeAll, expect, it } from 'vitest'
import { huntingHandlers } from '../../src/features/hunting/handlers.ts'
import { retentionHandlers } from '../../src/features/retention/handlers.ts'
import { dropOldEvents } from '../../src/jobs/retention/drop-old-events.ts'
import { auditEvent, huntingStore, type HuntingStore, processEvent, storeEvents } from '../hunting/hunting-store.ts'
import { readLedger } from '../ledger.ts'
import { testServer, type TestServer } from '../server.ts'

const day = 86_400_000
let hunting: HuntingStore
let server: TestServer
beforeAll(async () => {
  hunting = await huntingStore()
  const { store, engine } = hunting
  server = await testServer({
    env: { CORDON_EVENT_RETENTION_DAYS: '60' },
    handlers: (deps) => ({
      ...huntingHandlers(deps, store, engine),
      ...retentionHandlers(deps, store, () => dropOldEvents(deps, store)),
    }),
  })
  const ages = [0, 10, 40, 50]
  await storeEvents(
    store,
    ages.flatMap((age) => [
      processEvent(`p${age}`, 'prod', `sleep ${age}`, Date.now() - age * day),
      auditEvent(`a${age}`, 'prod', { verb: 'get' }, Date.now() - age * day),
    ]),
  )
})
afterAll(async () => {
  await server.close()
  await hunting.close()
})

const dayOf = (age: number): string => new Date(Date.now() - age * day).toISOString().slice(0, 10)

async function countOf(table: string): Promise<unknown> {
  const call = await server.as('viewer')
  return (await call('huntingQuery', { body: { query: `${table} | count`, timespan: 'P365D' } })).results[0]?.Count
}

it('drops what a table no longer keeps, at once and there only, and says so everywhere', async () => {
  const admin = await server.as('administrator')
  const before = await admin('retentionGet', {})
  expect(before).toMatchObject({ defaultDays: 60, version: 0 })
  const rowOf = (answer: typeof before, name: string) => answer.tables.find(({ table }) => table === name)
  expect(rowOf(before, 'CloudProcessEvents')).toMatchObject({ days: 60, ownDays: null, rows: 4, firstDay: dayOf(50) })
  expect(rowOf(before, 'CordonRuntimeEvents')).toMatchObject({ rows: 0, firstDay: null })

  const after = await admin('retentionUpdate', { body: { days: { CloudProcessEvents: 30 }, version: 0 } })
  expect(rowOf(after, 'CloudProcessEvents')).toMatchObject({ days: 30, ownDays: 30, rows: 2, firstDay: dayOf(10) })
  expect(await countOf('CloudProcessEvents')).toBe(2)
  expect(await countOf('CloudAuditEvents')).toBe(4)
  const { tables } = await admin('huntingSchema', {})
  const kept = Object.fromEntries(tables.map((table) => [table.name, table.kept]))
  expect(kept).toMatchObject({
    CloudProcessEvents: { days: 30, firstDay: dayOf(10) },
    CloudAuditEvents: { days: 60, firstDay: dayOf(50) },
    CordonRuntimeEvents: { days: 60, firstDay: null },
    AlertInfo: null,
  })
  const entry = (await readLedger(server.deps.db)).find(({ subject }) => subject === 'settings:retention')
  expect(entry).toMatchObject({
    kind: 'settings.update',
    actor: 'token:test administrator',
    details: { CloudProcessEvents: { from: 'default', to: 30 } },
  })
})

it('refuses who was slower, unknown tables and people who don’t manage', async () => {
  const admin = await server.as('administrator')
  const { version } = await admin('retentionGet', {})
  const update = (days: Record<string, number | null>, own = version) =>
    admin('retentionUpdate', { body: { days, version: own } })
  await expect(update({ CloudAuditEvents: 1 }, version - 1)).rejects.toMatchObject({ problem: { status: 409 } })
  await expect(update({ AlertInfo: 1 })).rejects.toMatchObject({ problem: { status: 400 } })
  await expect(update({ CloudAuditEvents: 0 })).rejects.toMatchObject({ problem: { status: 400 } })
  const lead = await server.as('lead')
  await expect(lead('retentionUpdate', { body: { days: {}, version } })).rejects.toMatchObject({
    problem: { status: 403 },
  })
  expect(await countOf('CloudAuditEvents')).toBe(4)
  expect(await update({ CloudProcessEvents: null })).toMatchObject({ version: version + 1 })
})

it('tells what the store holds, also where that is more than is kept', async () => {
  const { store } = hunting
  const admin = await server.as('administrator')
  // As days pass, the oldest one falls out of what is kept, and stays until the next run of the hour.
  await storeEvents(store, [processEvent('p62', 'prod', 'sleep 62', Date.now() - 62 * day)])
  const process = async () =>
    (await admin('retentionGet', {})).tables.find(({ table }) => table === 'CloudProcessEvents')
  const before = await process()
  expect(before).toMatchObject({ days: 60, firstDay: dayOf(62) })
  await dropOldEvents(server.deps, store)
  expect(await process()).toMatchObject({ days: 60, rows: (before?.rows ?? 0) - 1, firstDay: dayOf(10) })
})

it('sets nothing while the store is away, and still tells the schema', async () => {
  const admin = await server.as('administrator')
  const { version } = await admin('retentionGet', {})
  await hunting.store.close()
  await expect(admin('retentionUpdate', { body: { days: { CloudAuditEvents: 5 }, version } })).rejects.toMatchObject({
    problem: { status: 503, detail: expect.stringContaining('event store') },
  })
  const setting = await server.deps.db.selectFrom('settings').selectAll().where('name', '=', 'retention').execute()
  expect(setting[0]?.version).toBe(version)
  expect((await admin('huntingSchema', {})).tables.map(({ kept }) => kept)).not.toContainEqual(expect.anything())
})
