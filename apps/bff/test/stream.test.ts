import { afterAll, beforeAll, expect, it } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDetectionRecorder } from '../src/jobs/correlate/record-detections.ts'
import { detection } from './detections.ts'
import { testServer, type TestServer } from './server.ts'

let server: TestServer
const password = 'correct horse battery'
beforeAll(async () => {
  server = await testServer()
  await server.addAccount('ana', 'analyst', password)
  await server.addAccount('bob', 'analyst', password)
})
afterAll(() => server.close())

async function signIn(name: string): Promise<string> {
  const response = await fetch(`${server.origin}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  })
  return (response.headers.get('set-cookie') ?? '').split(';')[0] as string
}

/** Opens the stream and gathers what comes until it ends. */
async function open(headers: Record<string, string>) {
  const response = await fetch(`${server.origin}/api/v1/stream`, { headers: { 'accept-encoding': 'gzip', ...headers } })
  let text = ''
  const ended = (async () => {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk
  })()
  const until = async (wanted: RegExp) => {
    for (let i = 0; i < 300 && !wanted.test(text); i += 1) await sleep(20)
    expect(text).toMatch(wanted)
  }
  return { response, ended, until, text: () => text }
}

it('tells what changed, at once and without data', async () => {
  const cookie = await signIn('ana')
  const stream = await open({ cookie })
  expect(stream.response.headers.get('content-type')).toContain('text/event-stream')
  expect(stream.response.headers.get('content-encoding')).toBeNull()
  await createDetectionRecorder(server.deps, { linkedPods: () => [] })([detection('shop/secret-pod')])
  await stream.until(/data: \{"changed":\[("incident"|"alert"|"rule"|,)+\]\}/)
  expect(stream.text()).not.toContain('secret-pod')
  await fetch(`${server.origin}/api/v1/session`, { method: 'DELETE', headers: { cookie } })
  await stream.ended
  expect(stream.text()).toContain('event: signed-out')
})

it('counts everything as changed for who comes back late, and nothing for who missed nothing', async () => {
  const cookie = await signIn('ana')
  const first = await open({ cookie })
  await first.until(/id: (\S+)/)
  const id = /id: (\S+)/.exec(first.text())?.[1] as string
  const punctual = await open({ cookie, 'last-event-id': id })
  await punctual.until(/data: \{"changed":\[\]\}/)
  const late = await open({ cookie, 'last-event-id': 'another-7' })
  await late.until(/data: \{"changed":\[.*"incident".*"action".*\]\}/)
  await fetch(`${server.origin}/api/v1/session`, { method: 'DELETE', headers: { cookie } })
  await Promise.all([first.ended, punctual.ended, late.ended])
})

it('ends when the account is locked, and only its own', async () => {
  const [ana, bob] = [await open({ cookie: await signIn('ana') }), await open({ cookie: await signIn('bob') })]
  const admin = await server.as('administrator')
  await admin('accountUpdate', { params: { name: 'bob' }, body: { locked: true } })
  await bob.ended
  await ana.until(/"account"/)
  expect(ana.text()).not.toContain('signed-out')
})
