import { spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Token of an administrator and of senders, for the one run. */
export const token = 'bench-token-for-one-run'

export interface ServerProcess {
  base: string
  pid: number
  stop(): Promise<void>
}

/**
 * The whole server as a process of its own over a data directory, healthy when this returns.
 * @param more variables of its environment
 */
export async function startServer(dataDir: string, more: Record<string, string> = {}): Promise<ServerProcess> {
  const port = 21_000 + Math.floor(Math.random() * 20_000)
  const base = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '../src/main.ts')], {
    env: {
      ...process.env,
      CORDON_PORT: String(port),
      CORDON_DATA_DIR: dataDir,
      CORDON_LAB: 'on',
      CORDON_BOOTSTRAP_TOKEN: token,
      CORDON_INGEST_TOKEN: token,
      CORDON_LOG: 'error',
      ...more,
    },
    stdio: 'ignore',
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await Promise.race([new Promise((r) => child.once('exit', r)), sleep(20_000)])
  }
  try {
    await until(async () => (await fetch(`${base}/healthz`).catch(() => undefined))?.ok === true, 120_000)
  } catch (error) {
    await stop()
    throw error
  }
  return { base, pid: child.pid ?? 0, stop }
}

/** Waits for a condition. @throws Error when it doesn't come true in time */
export async function until(check: () => Promise<boolean>, ms: number): Promise<void> {
  const end = performance.now() + ms
  while (!(await check())) {
    if (performance.now() > end) throw new Error('it took too long')
    await sleep(20)
  }
}

/** The value below which a share `q` of the values lies; NaN for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}
