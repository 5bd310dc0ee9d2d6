import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { UnixUser } from './unprivileged-user.ts'

export interface PostmasterOptions {
  postgres: string
  cluster: string
  sockets: string
  user: UnixUser | undefined
  log: Logger
}

/** Settings given on the command line, so that an upgrade of Cordon changes them for existing clusters too. */
const settings = {
  listen_addresses: '',
  port: '5432', // only names the socket file: nothing listens on TCP
  max_connections: '60',
  shared_buffers: '64MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  log_timezone: 'UTC',
  timezone: 'UTC',
  log_min_messages: 'warning',
  password_encryption: 'scram-sha-256',
  shared_memory_type: 'mmap',
  idle_in_transaction_session_timeout: '60s',
  unix_socket_permissions: '0700',
}

/** Options that run a child as `user` with an environment of its own: none of our secrets. */
export function asUser(user: UnixUser | undefined): {
  uid?: number
  gid?: number
  cwd: string
  env: NodeJS.ProcessEnv
} {
  const env = {
    PATH: process.env.PATH,
    LANG: 'C',
    LC_ALL: 'C',
    TZ: 'UTC',
    ...(user ? { HOME: user.home, USER: user.name } : { HOME: process.env.HOME, USER: process.env.USER }),
    ...(process.platform === 'win32' ? { SystemRoot: process.env.SystemRoot } : {}),
  }
  return { cwd: '/', env, ...(user ? { uid: user.uid, gid: user.gid } : {}) }
}

/** Starts the server process. The caller waits for connections; `postmaster.pid` says what the start came to. */
export function spawnPostmaster({ postgres, cluster, sockets, user, log }: PostmasterOptions): ChildProcess {
  const args = ['-D', cluster, '-k', sockets]
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`)
  // Its own process group: Ctrl-C in the terminal must reach us first, so that we can close in order.
  const child = spawn(postgres, args, { ...asUser(user), stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  let rest = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) logLine(log, line)
  })
  return child
}

function logLine(log: Logger, line: string): void {
  const text = line.replace(/^\S+ \S+ UTC \[\d+\] /, '')
  if (/^(FATAL|PANIC)/.test(text)) log.warn({ component: 'postgres' }, text)
  else log.debug({ component: 'postgres' }, text)
}

/**
 * Ends the server process when this process is gone, however it went: a shell that waits for the end of a pipe only we
 * hold. Not on Windows, where the next start stops the orphan.
 */
export function watchOver(pid: number, user: UnixUser | undefined): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined
  const script = 'trap "" INT TERM HUP; read -r _; kill -INT "$1" 2>/dev/null'
  const watcher = spawn('/bin/sh', ['-c', script, 'cordon-postgres-watch', String(pid)], {
    ...asUser(user),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watcher.on('error', () => {}) // no /bin/sh: the next start still stops the orphan
  watcher.unref()
  return watcher
}

/** The server that `postmaster.pid` names, if that process is alive and really is PostgreSQL. */
export function runningPostmaster(cluster: string): { pid: number; ready: boolean } | undefined {
  const file = path.join(cluster, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  let lines: string[]
  try {
    lines = readFileSync(file, 'utf8').split('\n')
  } catch {
    return undefined // removed meanwhile
  }
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid) || !isPostgres(pid)) return undefined
  return { pid, ready: lines[7]?.trim() === 'ready' }
}

/**
 * Asks for a fast shutdown (open transactions roll back, everything acknowledged is on disk) and waits for it. `at-once`
 * leaves the tidying to the next start.
 */
export async function stopPostmaster(pid: number, how: 'in-order' | 'at-once' = 'in-order'): Promise<void> {
  signal(pid, how === 'in-order' ? 'SIGINT' : 'SIGQUIT')
  const patienceMs = 20_000
  for (let waited = 0; isAlive(pid); waited += 50) {
    if (waited === patienceMs) signal(pid, 'SIGQUIT') // immediate: recovered from the log at the next start
    if (waited > patienceMs + 5000) {
      signal(pid, 'SIGKILL')
      return
    }
    await sleep(50)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // already gone
  }
}

/** A process that has ended but was not yet collected by its parent counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  if (process.platform !== 'linux') return true
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
  } catch {
    return false
  }
}

/** The pid may have been given to another program since; where we can't tell, the file is believed. */
function isPostgres(pid: number): boolean {
  if (process.platform !== 'linux') return true
  try {
    return path.basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')) === 'postgres'
  } catch {
    return true
  }
}
