import { afterEach, expect, it } from 'vitest'
import { testServer, type TestServer } from './server.ts'

let server: TestServer | undefined
afterEach(() => server?.close())

it.each([
  ['all is well', true, true, 200, 'ok'],
  ['a required part is down', false, true, 503, 'down'],
  ['only an optional part is down', true, false, 200, 'ok'],
])('%s', async (_, required, optional, code, status) => {
  server = await testServer({
    checks: [
      { name: 'store', required: true, check: async () => ({ ok: required, detail: 'x' }) },
      {
        name: 'cluster',
        required: false,
        async check() {
          if (!optional) throw new Error('unreachable')
          return { ok: true, detail: 'x' }
        },
      },
    ],
  })
  const response = await fetch(`${server.origin}/healthz`)
  expect(response.status).toBe(code)
  expect(await response.json()).toMatchObject({
    status,
    components: [{ name: 'store' }, { name: 'cluster', ok: optional }],
  })
})

it('sets headers that keep foreign scripts and frames out, and says when the console is not built', async () => {
  server = await testServer()
  const page = await fetch(`${server.origin}/incidents/7`)
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("script-src 'self';")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('upgrade-insecure-requests')
  expect(page.headers.get('x-powered-by')).toBeNull()
  expect(await page.text()).toContain('npm run build')
  expect((await fetch(`${server.origin}/assets/gone.js`)).status).toBe(404)
  expect((await fetch(`${server.origin}/api/v2/incidents`)).headers.get('content-type')).toContain('problem+json')
})
