import { type EndpointName, type Route, routes, urlOf } from '@cordon/contract'
import { can, type Permission, type Role, roles } from '@cordon/rbac'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from './server.ts'

let server: TestServer
const tokens = new Map<Role, string>()
beforeAll(async () => {
  server = await testServer()
  for (const role of Object.keys(roles) as Role[]) tokens.set(role, await server.token(role))
})
afterAll(() => server.close())

function call(name: EndpointName, headers: Record<string, string>): Promise<Response> {
  const route: Route = routes[name]
  const path = urlOf(name, { id: '999999', key: 'pod:a/b/c', name: 'nobody' })
  const body = route.method === 'GET' || route.method === 'DELETE' ? {} : { body: '{}' }
  return fetch(`${server.origin}/api/v1${path}`, {
    method: route.method,
    headers: { 'content-type': 'application/json', ...headers },
    signal: AbortSignal.timeout(5000),
    ...body,
  })
}

const guarded = (Object.keys(routes) as EndpointName[]).filter((name) => (routes[name] as Route).needs !== 'public')

describe.each(guarded)('%s', (name) => {
  it('refuses callers who are not signed in', async () => {
    const response = await call(name, {})
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(await response.json()).toMatchObject({ type: 'urn:cordon:problem:unauthenticated' })
  })

  const needs = routes[name].needs as readonly Permission[]
  const lacking = (Object.keys(roles) as Role[]).filter((role) => !can(role, needs).allowed)
  it.runIf(lacking.length > 0).each(lacking)('refuses a %s and says what is missing', async (role) => {
    const response = await call(name, { authorization: `Bearer ${tokens.get(role)}` })
    const decision = can(role, needs)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ detail: decision.allowed ? '' : decision.reason })
  })

  it('lets an administrator through to the endpoint', async () => {
    const response = await call(name, { authorization: `Bearer ${tokens.get('administrator')}` })
    expect([401, 403]).not.toContain(response.status)
    await response.body?.cancel()
  })
})

it('has endpoints that a viewer is refused', () => {
  expect(guarded.filter((name) => !can('viewer', routes[name].needs as []).allowed).length).toBeGreaterThan(8)
})
