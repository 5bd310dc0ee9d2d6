import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@cordon/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runningPostmaster } from '../src/adapters/postgres/postmaster.ts'

const main = path.join(import.meta.dirname, '../src/main.ts')
const token = 'bootstrap-token-0123456789'

interface Running {
  child: ChildProcess
  url: string
  output: () => string
  ended: Promise<number | null>
}

/** Cordon itself, in a process of its own, without the lab. */
function launch(dataDir: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      CORDON_DATA_DIR: dataDir,
      CORDON_PORT: '0',
      CORDON_LAB: 'off',
      CORDON_BOOTSTRAP_TOKEN: token,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, ended, output: () => output }
}

async function start(dataDir: string): Promise<Running> {
  const launched = launch(dataDir)
  for (let i = 0; i < 600; i += 1) {
    const url = /running at (\S+)/.exec(launched.output())?.[1]
    if (url) return { ...launched, url }
    if (launched.child.exitCode !== null) break
    await sleep(50)
  }
  launched.child.kill('SIGKILL')
  throw new Error(`Cordon did not start:\n${launched.output()}`)
}

const client = (url: string) => createClient({ base: `${url}/api/v1`, headers: { authorization: `Bearer ${token}` } })

/** Where the cluster is: in the data directory, or where the data directory says. */
function clusterOf(dataDir: string): string {
  const home = path.join(dataDir, 'postgres')
  try {
    return path.join(
      (JSON.parse(readFileSync(path.join(home, 'location.json'), 'utf8')) as { root: string }).root,
      'cluster',
    )
  } catch {
    return path.join(home, 'cluster')
  }
}

// 0755 lets PostgreSQL's own user in; 0700, as mkdtemp makes it, doesn't: then the cluster goes elsewhere.
describe.each([0o755, 0o700])('a process with a data directory of mode %o', (mode) => {
  let dataDir: string
  let running: Running
  beforeAll(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'cordon-process-'))
    chmodSync(dataDir, mode)
    running = await start(dataDir)
  })
  afterAll(async () => {
    running.child.kill('SIGTERM')
    await running.ended
    const root = path.dirname(clusterOf(dataDir))
    rmSync(root, { recursive: true, force: true })
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('makes a first administrator and prints the password once', async () => {
    const { items } = await client(running.url)('accountList', {})
    expect(items).toMatchObject([{ name: 'admin', role: 'administrator' }])
    const password = /password (\S+) \(printed once\)/.exec(running.output())?.[1] as string
    const session = createClient({ base: `${running.url}/api/v1` })
    expect(await session('sessionCreate', { body: { name: 'admin', password } })).toMatchObject({
      user: { name: 'admin' },
    })
  })

  it('does not share its data directory', async () => {
    const second = launch(dataDir)
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain(`Another Cordon (process ${running.child.pid}) is using the data directory`)
    const health = await fetch(`${running.url}/healthz`)
    expect(health.status).toBe(200)
  })

  it('starts its PostgreSQL again when that is killed', async () => {
    const pid = runningPostmaster(clusterOf(dataDir))?.pid as number
    process.kill(pid, 'SIGKILL')
    const answers = async () => (await fetch(`${running.url}/healthz`)).status
    for (let i = 0; i < 300 && (runningPostmaster(clusterOf(dataDir))?.pid ?? pid) === pid; i += 1) await sleep(50)
    for (let i = 0; i < 300 && (await answers()) !== 200; i += 1) await sleep(50)
    expect(runningPostmaster(clusterOf(dataDir))?.pid).not.toBe(pid)
    expect((await client(running.url)('accountList', {})).items).toHaveLength(1)
  })

  it('keeps what it acknowledged when it is killed, and gets hold of the PostgreSQL it left', async () => {
    const body = { name: 'kept', role: 'viewer', password: 'correct horse battery' } as const
    await client(running.url)('accountCreate', { body })
    running.child.kill('SIGKILL')
    await running.ended
    running = await start(dataDir)
    const { items } = await client(running.url)('accountList', {})
    expect(items.map((account) => account.name)).toEqual(['admin', 'kept'])
  })

  it('ends in order and leaves no PostgreSQL behind', async () => {
    running.child.kill('SIGTERM')
    expect(await running.ended).toBe(143)
    expect(runningPostmaster(clusterOf(dataDir))).toBeUndefined()
    running = await start(dataDir)
  })
})

it('says everything that is wrong with its environment at once', async () => {
  const wrong = launch('/nonexistent', { CORDON_PORT: '99999', CORDON_LAB: 'maybe', CORDON_TLS_CERT: 'x' })
  expect(await wrong.ended).toBe(2)
  for (const name of ['CORDON_PORT must be', 'CORDON_LAB must be', 'CORDON_TLS_KEY is needed'])
    expect(wrong.output()).toContain(name)
})
