import { verifyExport } from '@cordon/ledger'
import { everything } from '@cordon/rbac'
import { sql } from 'kysely'
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadSigningKey } from '../../src/jobs/checkpoint/signing-key.ts'
import { startCheckpoints } from '../../src/jobs/checkpoint/checkpoint.ts'
import { testServer, type TestServer } from '../server.ts'

let server: TestServer
beforeEach(async () => {
  server = await testServer()
})
afterEach(() => server.close())

async function write(n: number, actor = 'anna'): Promise<void> {
  for (let i = 0; i < n; i += 1)
    await server.deps.commit(
      { name: actor, displayName: actor, role: 'analyst', scope: everything, via: 'session' },
      async () => ({
        result: undefined,
        entries: [{ kind: 'incident.comment', subject: `incident:${i}`, details: { text: `Look ${i} \u2028 “é”` } }],
        changed: [],
      }),
    )
}

async function download(query = ''): Promise<Buffer> {
  const response = await fetch(`${server.origin}/api/v1/ledger/export${query}`, {
    headers: { authorization: `Bearer ${await server.token('viewer')}` },
  })
  expect(response.headers.get('content-type')).toContain('application/x-ndjson')
  return Buffer.from(await response.arrayBuffer())
}

/** What someone with the rights of the database's owner could do. */
async function tamper(statement: string): Promise<void> {
  const { db } = server.deps
  await sql`alter table ledger disable trigger user`.execute(db)
  await sql.raw(statement).execute(db)
  await sql`alter table ledger enable trigger user`.execute(db)
}

describe('the export', () => {
  it('verifies offline, whole and in part, against the key the console shows', async () => {
    await write(5)
    await server.ledger.sign()
    await write(3)
    const viewer = await server.as('viewer')
    const { publicKey, signed } = await viewer('ledgerStatus', {})
    const whole = await verifyExport([await download()], { keys: [publicKey], head: signed ?? undefined })
    expect(whole).toMatchObject({ trust: 'pinned', defects: [], checkpoints: 1 })
    expect(whole.entries).toBeGreaterThanOrEqual(9)
    const part = await verifyExport([await download('?from=4&to=7')], { keys: [publicKey] })
    expect(part).toMatchObject({ defects: [], entries: 4, from: { seq: 3 }, head: { seq: 7 } })
    const { items } = await viewer('ledgerList', { query: { kind: ['ledger.export'] } })
    expect(items.map((item) => item.details)).toMatchObject([{ from: 4, to: 7 }, { from: 1 }])
  })

  it('shows what was done to the database, and that checkpoints know better', async () => {
    await write(6)
    await server.ledger.sign()
    await tamper(`update ledger set actor = 'otto' where seq = 3`)
    await tamper(`delete from ledger where seq > 4`)
    await write(1) // chained anew behind the cut
    const { defects } = await verifyExport([await download()])
    expect(defects.map(({ kind, seq }) => [kind, seq])).toContainEqual(['edited', 3])
    expect(defects.some(({ kind }) => kind === 'truncated' || kind === 'replaced')).toBe(true)
  })
})

describe('checkpoints', () => {
  it('are signed with a key that stays, readable by its owner only', async () => {
    const file = path.join(server.dataDir, 'ledger-signing-key.pem')
    const { keyId } = loadSigningKey(server.dataDir)
    expect(keyId).toBe(server.ledger.signer.keyId)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    writeFileSync(file, 'no key')
    expect(() => loadSigningKey(server.dataDir)).toThrow()
  })

  it('come after so many entries, and at the end', async () => {
    const { deps, dataDir } = server
    const ports = { ...deps, config: { ...deps.config, dataDir } }
    const checkpoints = startCheckpoints(ports, server.ledger.signer, { entries: 3, ms: 1e9, lookMs: 10 })
    const count = async () => (await (await server.as('viewer'))('ledgerStatus', {})).checkpoints
    await write(3)
    await expect.poll(count, { timeout: 15_000 }).toBeGreaterThan(0)
    const before = await count()
    await write(1)
    await checkpoints.close()
    expect(await count()).toBeGreaterThan(before)
  })

  it.each([
    ['an entry was changed', `update ledger set actor = 'otto' where seq = 2`, 'Entry 2 was changed'],
    ['the end was cut off', `delete from ledger where seq > 3`, 'it was cut or set back'],
    [
      'all of it was exchanged together with the checkpoints',
      `alter table ledger_checkpoints disable trigger user; delete from ledger_checkpoints; delete from ledger where seq > 3`,
      'it was cut or set back',
    ],
  ])('are no longer made when %s, and everybody sees why', async (_, statement, words) => {
    await write(6)
    await server.ledger.sign()
    await tamper(statement)
    const lead = await server.as('lead')
    expect((await lead('ledgerVerify', {})).check).toMatchObject({ ok: false, fault: expect.stringContaining(words) })
    const { signed } = await lead('ledgerStatus', {})
    await write(2)
    await server.ledger.sign()
    expect((await lead('ledgerStatus', {})).signed).toEqual(signed)
  })

  it('are copied outside the database, and half a line there harms nothing', async () => {
    await write(2)
    await server.ledger.sign()
    const copy = path.join(server.dataDir, 'ledger-checkpoints.ndjson')
    const { signed } = await (await server.as('viewer'))('ledgerStatus', {})
    expect(JSON.parse(readFileSync(copy, 'utf8'))).toMatchObject({ seq: signed?.seq, hash: signed?.hash })
    appendFileSync(copy, '{"seq":')
    expect((await (await server.as('viewer'))('ledgerVerify', {})).check).toMatchObject({ ok: true })
  })
})

it('is listed by actor, noun, verb, subject, time and text, page by page', async () => {
  await write(5)
  await write(3, 'otto')
  const viewer = await server.as('viewer')
  const list = async (query: object) => (await viewer('ledgerList', { query })).items.map((item) => item.subject)
  expect(await list({ actor: ['otto'], dir: 'asc' })).toEqual(['incident:0', 'incident:1', 'incident:2'])
  expect(await list({ kind: ['incident'], subject: ['incident:4'] })).toEqual(['incident:4'])
  expect(await list({ kind: ['incident.comment'], search: 'look 3' })).toEqual(['incident:3'])
  expect(await list({ kind: ['incid%'] })).toEqual([])
  expect(await list({ from: new Date(Date.now() + 60_000).toISOString() })).toEqual([])
  const seen: number[] = []
  let cursor: string | undefined
  do {
    const page = await viewer('ledgerList', { query: { actor: ['anna', 'otto'], limit: 3, cursor } })
    seen.push(...page.items.map((item) => item.seq))
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  expect(seen).toHaveLength(8)
  expect(seen).toEqual(seen.toSorted((a, b) => b - a))
})
