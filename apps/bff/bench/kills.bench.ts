import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { quantile, token, until } from './server-process.ts'

const here = (file: string) => path.resolve(import.meta.dirname, file)
const waiting = new Set<string>(['pending-approval', 'requested', 'applied'])

interface Action {
  id: string
  type: string
  state: string
  outcome: string
  target: { key: string; uid: string; name: string; namespace: string }
  undoneBy: string | null
}

/**
 * `kill -9` of the real server at random moments while people act, CORDON_BENCH_KILLS times (200 unless said otherwise).
 * The lab runs on its own. Counts what must be zero: acknowledged actions lost or doubled, actions that neither finish
 * nor say why within 10 s of a restart's readiness (“finished” is any state in which nothing more is being done, and what
 * didn't finish must say that a restart interrupted it), and policies left by an isolation that is over.
 */
export async function bench(): Promise<Record<string, number | string>> {
  const kills = Number(process.env.CORDON_BENCH_KILLS ?? 200)
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'cordon-kills-'))
  const lab = startLab(dir)
  const world = new Run(dir)
  const figures = {
    kills: 0,
    acknowledged: 0,
    lost: 0,
    doubled: 0,
    'neither finished nor explained 10 s after a restart': 0,
    'still at work then, and saying so': 0,
    'left in the cluster': 0,
  }
  const settle = async () => {
    const open = await world.unsettled(10_000)
    const explained = open.filter((a) => a.outcome.startsWith('Taken up again')).length
    figures['still at work then, and saying so'] += explained
    figures['neither finished nor explained 10 s after a restart'] += open.length - explained
    if (open.length > 0) console.log('open:', open.map((a) => `${a.type} ${a.state}: ${a.outcome}`).join(' | '))
  }
  try {
    await until(() => Promise.resolve(fs.existsSync(path.join(dir, 'kubeconfig'))), 30_000)
    for (; figures.kills < kills; figures.kills++) {
      await world.start()
      await settle()
      const acting = world.act(3)
      await sleep(Math.random() * 2_500)
      await world.kill()
      await acting
    }
    await world.start()
    await settle()
    const all = await world.actions()
    figures.acknowledged = world.acknowledged.size
    for (const [key, id] of world.acknowledged) {
      const found = all.filter((a) => a.id === id).length
      if (found === 0) figures.lost++
      if (found > 1 || (await world.idOf(key)) !== id) figures.doubled++
    }
    figures['left in the cluster'] = await world.leftovers(all)
    return {
      ...figures,
      ended: world.endsOf(all),
      'restart to ready, p50 (ms)': quantile(world.starts, 0.5),
      'ready to all finished, p50 (ms)': quantile(world.settling, 0.5),
      'ready to all finished, p95 (ms)': quantile(world.settling, 0.95),
      'ready to all finished, longest (ms)': Math.max(...world.settling),
    }
  } finally {
    await world.kill()
    lab.kill('SIGTERM')
    await sleep(2_000)
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

function startLab(dir: string): ChildProcess {
  const config = {
    dataDir: path.join(dir, 'lab'),
    clusters: ['aks-prod'],
    quiet: true,
    kubeconfigs: [{ path: path.join(dir, 'kubeconfig'), which: 'admin' }],
  }
  return spawn(process.execPath, [here('../../../packages/lab/src/main.ts')], {
    env: { ...process.env, LAB_CONFIG: JSON.stringify(config) },
    stdio: 'ignore',
  })
}

class Run {
  readonly acknowledged = new Map<string, string>()
  readonly starts: number[] = []
  /** From readiness until nothing was open, where a restart found something open. */
  readonly settling: number[] = []
  readonly #dir: string
  readonly #bodies = new Map<string, object>()
  readonly #port = 22_000 + Math.floor(Math.random() * 20_000)
  #child: ChildProcess | undefined
  #count = 0

  constructor(dir: string) {
    this.#dir = dir
  }

  async start(): Promise<void> {
    const begun = performance.now()
    const env = {
      ...process.env,
      CORDON_PORT: String(this.#port),
      CORDON_DATA_DIR: path.join(this.#dir, 'data'),
      CORDON_LAB: 'off',
      CORDON_KUBECONFIG: path.join(this.#dir, 'kubeconfig'),
      CORDON_BOOTSTRAP_TOKEN: token,
      CORDON_LOG: 'error',
    }
    this.#child = spawn(process.execPath, [here('../src/main.ts')], { env, stdio: 'ignore' })
    await until(
      async () =>
        ((await this.#call('GET', '/clusters'))?.items as { state: string }[] | undefined)?.every(
          (c) => c.state === 'connected',
        ) === true,
      60_000,
    )
    this.starts.push(performance.now() - begun)
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  /** Asks for some actions, one after the other, until the server is gone. Only answered requests count as acknowledged. */
  async act(most: number): Promise<void> {
    for (let i = 0; i < most; i++) {
      const pods = await this.#pods()
      const pod = pods[Math.floor(Math.random() * pods.length)]
      if (!pod) return
      const type = pod.isolated
        ? Math.random() < 0.8
          ? 'release-pod'
          : 'terminate-pod'
        : Math.random() < 0.85
          ? 'isolate-pod'
          : 'terminate-pod'
      const key = `kill-${this.#count++}`
      const body = { type, target: { key: pod.key, uid: pod.uid }, comment: key }
      this.#bodies.set(key, body)
      const answer = await this.#call('POST', '/actions', body, key)
      if (answer?.id) this.acknowledged.set(key, answer.id as string)
    }
  }

  async #pods(): Promise<{ key: string; uid: string; isolated: boolean }[]> {
    const keys = ['catalog', 'cart', 'orders', 'storefront'].map((w) => `workload:aks-prod/shop/Deployment/${w}`)
    const workloads = await Promise.all(keys.map((k) => this.#call('GET', `/entities/${encodeURIComponent(k)}`)))
    const pods = workloads.flatMap((w) =>
      ((w?.relations ?? []) as { kind: string; key: string }[]).filter((r) => r.kind === 'pod'),
    )
    const details = await Promise.all(pods.map((p) => this.#call('GET', `/entities/${encodeURIComponent(p.key)}`)))
    return details.flatMap((d) =>
      d?.uid ? [{ key: d.key as string, uid: d.uid as string, isolated: d.containment !== 'none' }] : [],
    )
  }

  async actions(): Promise<Action[]> {
    const all: Action[] = []
    for (let cursor = ''; ;) {
      const page = await this.#call('GET', `/actions?limit=500${cursor}`)
      all.push(...((page?.items ?? []) as Action[]))
      if (!page?.nextCursor) return all
      cursor = `&cursor=${page.nextCursor as string}`
    }
  }

  /** The actions that aren't finished when the time is over. */
  async unsettled(ms: number): Promise<Action[]> {
    const begun = performance.now()
    for (let first = true; ; first = false) {
      const open = (await this.actions()).filter((a) => waiting.has(a.state))
      const time = performance.now() - begun
      if (open.length > 0 && time < ms) {
        await sleep(100)
        continue
      }
      if (!first) this.settling.push(time)
      return open
    }
  }

  /** How the acknowledged actions ended, e.g. `verified 120, released 60`. */
  endsOf(all: Action[]): string {
    const counts = new Map<string, number>()
    for (const { state } of all) counts.set(state, (counts.get(state) ?? 0) + 1)
    return [...counts].map(([state, n]) => `${state} ${n}`).join(', ')
  }

  /** Repeats a request with its key: the same action must come back. */
  async idOf(key: string): Promise<unknown> {
    return (await this.#call('POST', '/actions', this.#bodies.get(key), key))?.id
  }

  /** Containments on the board whose action is over, by our own record. */
  async leftovers(all: Action[]): Promise<number> {
    const over = new Set(
      all.filter((a) => ['released', 'gone', 'failed', 'cancelled'].includes(a.state)).map((a) => a.id),
    )
    const board = ((await this.#call('GET', '/containment'))?.items ?? []) as { actionId: string | null }[]
    return board.filter((row) => row.actionId && over.has(row.actionId)).length
  }

  async #call(
    method: string,
    route: string,
    body?: object,
    key?: string,
  ): Promise<Record<string, unknown> | undefined> {
    try {
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(key ? { 'idempotency-key': key } : {}),
      }
      const answer = await fetch(`http://127.0.0.1:${this.#port}/api/v1${route}`, {
        method,
        headers,
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(20_000),
      })
      return answer.ok ? ((await answer.json()) as Record<string, unknown>) : undefined
    } catch {
      return undefined // killed meanwhile: that is what is measured
    }
  }
}
