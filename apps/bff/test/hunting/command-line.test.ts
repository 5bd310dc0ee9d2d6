import { execFile } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { processEvent, storeEvents } from './hunting-store.ts'
import { huntingServer, type HuntingServer } from './hunting-server.ts'

let server: HuntingServer
beforeAll(async () => {
  server = await huntingServer()
  await storeEvents(server.store, [processEvent('p1', 'prod', 'xmrig \u001b[31m -o pool:3333')])
})
afterAll(() => server.close())

const script = path.resolve(import.meta.dirname, '../../../../scripts/hunt.mjs')

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const token = await server.token('viewer')
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const own = { PATH: process.env.PATH ?? '', CORDON_URL: server.origin, CORDON_TOKEN: token, ...env }
    execFile(process.execPath, [script, ...args], { env: own }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

const query = 'CloudProcessEvents | take 10 | project ProcessName, ProcessCommandLine, ProcessId'

it('prints a table that no event can colour', async () => {
  const { code, stdout, stderr } = await run([query])
  expect(code).toBe(0)
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['ProcessName', 'ProcessCommandLine', 'ProcessId'],
    ['xmrig', 'xmrig', '[31m -o pool:3333', '1'],
    [''],
  ])
  expect(stderr).toMatch(/^1 rows, /)
})

it('prints lines of JSON, and one answer as the API gives it', async () => {
  const lines = await run(['--format', 'ndjson', query])
  expect(JSON.parse(lines.stdout)).toMatchObject({ ProcessName: 'xmrig', ProcessId: 1 })
  const whole = await run(['--format', 'json', query])
  expect(JSON.parse(whole.stdout)).toMatchObject({
    schema: [{ name: 'ProcessName', type: 'string' }, {}, {}],
    results: [{}],
  })
})

it('says what is wrong and where, and tells kinds of failure apart by its exit code', async () => {
  const wrong = await run(['CloudProcessEvents\n| where Oops == 1'])
  expect(wrong).toMatchObject({ code: 1, stdout: '' })
  expect(wrong.stderr).toContain('line 2, column 9')
  expect(wrong.stderr).toContain('  | where Oops == 1\n          ^^^^')
  expect((await run([])).code).toBe(2)
  expect((await run([query], { CORDON_TOKEN: '' })).code).toBe(2)
  expect((await run([query], { CORDON_TOKEN: 'wrong-token' })).code).toBe(3)
  expect((await run([query], { CORDON_URL: 'http://127.0.0.1:1' })).code).toBe(4)
})
