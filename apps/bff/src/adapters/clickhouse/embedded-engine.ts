import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChdbServerReady, ChdbServerStart } from './chdb-server.ts'
import { EventStoreError } from './event-store.ts'
import { endStaleOwner, forgetOwner, ownerOf, recordOwner } from './engine-owner.ts'

const startTimeoutMs = 120_000
const sessions = 4
/** Three for people, one for what runs by itself. */
const huntSessions = 4

/** Where the running engine listens. A new value after every restart. */
export interface EngineAddress {
  port: number
  password: string
}

/**
 * The embedded engine: a child process of ours that is started again when it dies. Its memory is capped at a quarter
 * of the machine, at most 2 GiB.
 */
export class EmbeddedEngine {
  readonly #directory: string
  #child: ChildProcess | undefined
  #address: Promise<EngineAddress> | undefined
  #closed = false
  #deaths = 0

  constructor(dataDir: string) {
    this.#directory = join(dataDir, 'events')
  }

  /** The address of a running engine; starts it when there is none. Rejects with `in-use`, `unsupported` or `unavailable`. */
  address(): Promise<EngineAddress> {
    if (this.#closed) return Promise.reject(new EventStoreError('unavailable', 'The event store is closed'))
    this.#address ??= this.#start().catch((error: unknown) => {
      this.#address = undefined
      throw error
    })
    return this.#address
  }

  /** Process id of the engine, while there is one. */
  get pid(): number | undefined {
    const child = this.#child
    return child === undefined || child.exitCode !== null || child.signalCode !== null ? undefined : child.pid
  }

  /**
   * After a failed call: gives the end of the child up to two seconds to become known here, since a killed process
   * refuses connections before its parent hears of it. False when the engine is closed for good.
   */
  async settled(): Promise<boolean> {
    const child = this.#child
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      await Promise.race([new Promise((resolve) => child.once('exit', resolve)), pause(2_000)])
    }
    return !this.#closed
  }

  async close(): Promise<void> {
    this.#closed = true
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.ref() // else this process could end before the engine has
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
    forgetOwner(this.#directory, child.pid ?? 0)
  }

  async #start(): Promise<EngineAddress> {
    checkPlatform()
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    await endStaleOwner(this.#directory)
    // A crash loop must not take the machine with it.
    if (this.#deaths > 0) await pause(Math.min(100 * 2 ** (this.#deaths - 1), 5_000))
    const password = randomBytes(24).toString('hex')
    const child = fork(
      fileURLToPath(new URL('./chdb-server.ts', import.meta.url)),
      [`--directory=${this.#directory}`],
      {
        // Statements run in libuv's pool, which also serves the file system: four would starve it.
        env: { ...process.env, UV_THREADPOOL_SIZE: '16', NODE_OPTIONS: '' },
        execArgv: [],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    )
    this.#child = child
    const complaint = collectTail(child)
    child.once('exit', () => {
      if (this.#child === child) this.#address = undefined
    })
    const start: ChdbServerStart = {
      directory: this.#directory,
      password,
      memoryBytes: memoryCap(),
      sessions,
      huntSessions,
    }
    const ready = await firstMessage(child, start)
    if (!ready.ready) {
      const closed = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGKILL')
      // Its last words say why, and may come after the message.
      await Promise.race([closed, pause(2_000)])
      throw this.#refusal(`${ready.reason} ${complaint()}`.trim())
    }
    this.#deaths = 0
    child.once('exit', () => {
      this.#deaths += 1
    })
    recordOwner(this.#directory, child.pid ?? 0)
    // Only a clean close or the end of this process may stop it; neither must wait for the channel.
    child.unref()
    child.channel?.unref()
    return { port: ready.port, password }
  }

  #refusal(reason: string): EventStoreError {
    if (/lock file|already (?:running|in use|locked)|Cannot lock/i.test(reason)) {
      const owner = ownerOf(this.#directory)
      const who =
        owner === undefined
          ? 'another process'
          : `another Cordon (process ${owner.parentPid}, engine ${owner.childPid})`
      return new EventStoreError(
        'in-use',
        `The event store in ${this.#directory} is in use by ${who}. Stop it, or give this one its own data directory.`,
      )
    }
    this.#deaths += 1
    return new EventStoreError('unavailable', `The embedded event engine did not start: ${reason.slice(0, 500)}`)
  }
}

/** A quarter of what this machine or container has, at most 2 GiB; the engine's own default is nearly all of it. */
function memoryCap(): number {
  const container = process.constrainedMemory()
  const available = container > 0 ? Math.min(container, totalmem()) : totalmem()
  return Math.min(2_147_483_648, Math.floor(available / 4))
}

/** chDB ships engines for glibc Linux and macOS only. */
function checkPlatform(): void {
  try {
    createRequire(import.meta.url).resolve('chdb')
    const require = createRequire(createRequire(import.meta.url).resolve('chdb'))
    const libc = process.platform === 'linux' ? '-gnu' : ''
    require.resolve(`@chdb/lib-${process.platform}-${process.arch}${libc}/package.json`)
  } catch {
    throw new EventStoreError(
      'unsupported',
      `There is no embedded event engine for ${process.platform} ${process.arch} here. Set CORDON_CLICKHOUSE_URL to a ClickHouse server.`,
    )
  }
}

function firstMessage(child: ChildProcess, start: ChdbServerStart): Promise<ChdbServerReady> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve({ ready: false, reason: `no answer within ${startTimeoutMs / 1_000} s` }),
      startTimeoutMs,
    )
    const settle = (message: ChdbServerReady): void => {
      clearTimeout(timer)
      resolve(message)
    }
    child.once('message', (message) => settle(message as ChdbServerReady)) // our own child's protocol
    child.once('error', (error) => settle({ ready: false, reason: error.message }))
    child.once('exit', (code, signal) => settle({ ready: false, reason: `ended with ${signal ?? `code ${code}`}` }))
    child.send(start, () => {}) // a failure shows as exit
  })
}

/** Keeps the last of what the engine wrote to stderr; returns a reader. */
function collectTail(child: ChildProcess): () => string {
  let tail = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-4_000)
  })
  if (child.stderr !== null && 'unref' in child.stderr) (child.stderr as unknown as { unref(): void }).unref() // a pipe is a socket
  return () => tail
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
