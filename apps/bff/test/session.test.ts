import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secretHash } from '../src/adapters/identity/secrets.ts'
import { system } from '../src/deps.ts'
import { createToken } from '../src/features/access/tokens.ts'
import { testServer, type TestServer } from './server.ts'

let server: TestServer
const password = 'correct horse battery'
beforeAll(async () => {
  server = await testServer({ env: { CORDON_BOOTSTRAP_TOKEN: 'bootstrap-token-0123456789' } })
  await server.addAccount('ana', 'analyst', password)
  await server.addAccount('ada', 'administrator', password)
})
afterAll(() => server.close())

const signIn = (name: string, secret = password, headers: Record<string, string> = {}) =>
  fetch(`${server.origin}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ name, password: secret }),
  })
const cookieOf = (response: Response) => (response.headers.get('set-cookie') ?? '').split(';')[0] as string
const get = (path: string, headers: Record<string, string>) => fetch(`${server.origin}/api/v1${path}`, { headers })
const send = (method: string, path: string, headers: Record<string, string>, body: unknown = {}) =>
  fetch(`${server.origin}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

describe('signing in', () => {
  it('sets a cookie that scripts cannot read and whose value the database does not hold', async () => {
    const response = await signIn('ana')
    expect(await response.json()).toMatchObject({ user: { name: 'ana', role: 'analyst', roleLabel: 'Analyst' } })
    expect(response.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Lax|SameSite=Lax.*HttpOnly/i)
    const id = cookieOf(response).split('=')[1] as string
    const rows = await server.deps.db.selectFrom('sessions').select('id_hash').execute()
    expect(rows.map((row) => row.id_hash)).toContain(secretHash(id))
    expect(rows.map((row) => row.id_hash)).not.toContain(id)
  })

  it('gives a new id and ends the one known before', async () => {
    const first = cookieOf(await signIn('ana'))
    const second = cookieOf(await signIn('ana', password, { cookie: first }))
    expect(second).not.toBe(first)
    expect((await get('/incidents', { cookie: first })).status).toBe(401)
    expect((await get('/incidents', { cookie: second })).status).toBe(200)
  })

  it('answers an unknown account as a wrong password', async () => {
    const [unknown, wrong] = await Promise.all([signIn('nobody'), signIn('ana', 'wrong')])
    const strip = async (response: Response) => ({ ...((await response.json()) as object), requestId: '' })
    expect([unknown.status, wrong.status]).toEqual([401, 401])
    expect(await strip(unknown)).toEqual(await strip(wrong))
  })

  it('stops guessing, without locking out others', async () => {
    await server.addAccount('victim', 'viewer', password)
    for (let i = 0; i < 10; i += 1) expect((await signIn('victim', `guess ${i}`)).status).toBe(401)
    expect((await signIn('victim')).status).toBe(429)
    expect((await signIn('ana')).status).toBe(200)
  })

  it('ends at once by signing out', async () => {
    const cookie = cookieOf(await signIn('ana'))
    expect((await send('DELETE', '/session', { cookie })).status).toBe(204)
    expect((await get('/incidents', { cookie })).status).toBe(401)
    expect(await (await get('/session', { cookie })).json()).toMatchObject({ user: null })
  })

  it('is over when the session expired', async () => {
    const cookie = cookieOf(await signIn('ana'))
    const idHash = secretHash(cookie.split('=')[1] as string)
    await server.deps.db
      .updateTable('sessions')
      .set({ expires_at: new Date(0) })
      .where('id_hash', '=', idHash)
      .execute()
    expect((await get('/incidents', { cookie })).status).toBe(401)
  })
})

describe('roles and locks', () => {
  it('take effect at once', async () => {
    await server.addAccount('temp', 'analyst', password)
    const cookie = cookieOf(await signIn('temp'))
    const admin = await server.as('administrator')
    await admin('accountUpdate', { params: { name: 'temp' }, body: { role: 'viewer' } })
    expect(await (await get('/session', { cookie })).json()).toMatchObject({ user: { role: 'viewer' } })
    await admin('accountUpdate', { params: { name: 'temp' }, body: { locked: true } })
    expect((await get('/incidents', { cookie })).status).toBe(401)
    expect((await signIn('temp')).status).toBe(401)
  })

  it('never lose the last administrator', async () => {
    const admin = await server.as('administrator')
    await expect(admin('accountUpdate', { params: { name: 'ada' }, body: { locked: true } })).rejects.toMatchObject({
      problem: { status: 409 },
    })
    await expect(admin('accountUpdate', { params: { name: 'ada' }, body: { role: 'lead' } })).rejects.toMatchObject({
      problem: { status: 409 },
    })
  })
})

describe('requests of other origins', () => {
  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{}, 200],
  ])('%j → %i', async (headers, status) => {
    expect((await signIn('ana', password, headers)).status).toBe(status)
  })
  it('takes its own origin', async () => {
    expect((await signIn('ana', password, { origin: server.origin })).status).toBe(200)
  })
})

describe('bearer tokens', () => {
  it('act with their role and are no session', async () => {
    const bearer = { authorization: `Bearer ${await server.token('viewer')}`, 'sec-fetch-site': 'cross-site' }
    expect((await get('/incidents', bearer)).status).toBe(200)
    expect((await send('POST', '/incidents/1/comments', bearer, { text: 'x' })).status).toBe(403)
  })
  it('are refused when revoked, expired, of the wrong kind or made up, whatever the cookie says', async () => {
    const admin = await server.as('administrator')
    const cookie = cookieOf(await signIn('ana'))
    const made = await admin('tokenCreate', { body: { kind: 'api', name: 'ci', role: 'viewer' } })
    expect((await get('/incidents', { authorization: `Bearer ${made.secret}` })).status).toBe(200)
    await admin('tokenDelete', { params: { id: made.id } })
    const ingest = await admin('tokenCreate', { body: { kind: 'ingest', name: 'sensor', cluster: 'c' } })
    const expired = await createToken(server.deps, system, {
      kind: 'api',
      name: 'old',
      role: 'viewer',
      expiresInDays: 1,
    })
    await server.deps.db
      .updateTable('tokens')
      .set({ expires_at: new Date(0) })
      .where('id', '=', expired.id)
      .execute()
    for (const secret of [made.secret, ingest.secret, expired.secret, 'cordon_api_madeup'])
      expect((await get('/incidents', { cookie, authorization: `Bearer ${secret}` })).status).toBe(401)
  })
  it('are listed without their secret', async () => {
    const admin = await server.as('administrator')
    expect(JSON.stringify(await admin('tokenList', {}))).not.toMatch(/cordon_api_|secret/)
  })
  it('include the bootstrap token as administrator', async () => {
    const response = await get('/session', { authorization: 'Bearer bootstrap-token-0123456789' })
    expect(await response.json()).toMatchObject({ user: { role: 'administrator' } })
  })
})

describe('what is not understood', () => {
  it.each([
    ['GET', '/incidents?satus=new', undefined, 400],
    ['GET', '/incidents?limit=1000000', undefined, 400],
    ['GET', '/incidents?cursor=x', undefined, 400],
    ['GET', '/incidents?search=%00', undefined, 400],
    ['GET', '/incidents/abc', undefined, 404],
    ['GET', '/incidents/99', undefined, 404],
    ['GET', '/nowhere', undefined, 404],
    ['PATCH', '/incidents/1', '{"state":"new"}', 400],
    ['PATCH', '/incidents/1', '{', 400],
    ['PATCH', '/incidents/1', `"${'x'.repeat(2_000_000)}"`, 413],
  ])('%s %s %#', async (method, path, body, status) => {
    const authorization = `Bearer ${await server.token('lead')}`
    const response = await fetch(`${server.origin}/api/v1${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({
      status,
      detail: expect.stringMatching(/./),
      requestId: expect.any(String),
    })
  })
  it('refuses bodies that are not JSON', async () => {
    const authorization = `Bearer ${await server.token('lead')}`
    const response = await fetch(`${server.origin}/api/v1/incidents/1`, {
      method: 'PATCH',
      body: 'name=x',
      headers: { authorization },
    })
    expect(response.status).toBe(415)
  })
})
