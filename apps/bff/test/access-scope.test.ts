import { afterAll, beforeAll, expect, it } from 'vitest'
import { testServer, type TestServer } from './server.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

it('limits accounts and tokens, but no administrator, and takes effect at once', async () => {
  const admin = await server.as('administrator')
  const account = { name: 'sam', displayName: 'Sam', role: 'analyst', password: 'long enough a password' } as const
  const made = await admin('accountCreate', { body: { ...account, scope: { namespaces: ['shop', 'shop', 'a'] } } })
  expect(made.scope).toEqual({ namespaces: ['a', 'shop'] })
  const signedIn = await fetch(`${server.origin}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'sam', password: account.password }),
  })
  expect(await signedIn.json()).toMatchObject({ user: { scope: { namespaces: ['a', 'shop'] } } })
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const ledger = () => fetch(`${server.origin}/api/v1/ledger`, { headers: { cookie } })
  expect((await ledger()).status).toBe(403)
  await expect(
    admin('accountUpdate', { params: { name: 'sam' }, body: { role: 'administrator' } }),
  ).rejects.toMatchObject({ problem: { status: 400, errors: [{ path: 'scope' }] } })
  expect(await admin('accountUpdate', { params: { name: 'sam' }, body: { scope: null } })).toMatchObject({
    scope: null,
  })
  expect((await ledger()).status).toBe(200)
  await expect(
    admin('tokenCreate', { body: { kind: 'api', name: 't', role: 'viewer', scope: { clusters: [] } } }),
  ).rejects.toMatchObject({ problem: { status: 400 } })
})
