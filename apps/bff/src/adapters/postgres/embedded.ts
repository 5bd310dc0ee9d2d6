import { type ChildProcess, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import type { Logger } from 'pino'
import { type Binaries, findBinaries } from './binaries.ts'
import { type ClusterPlace, placeCluster, removeCluster, sharedRoot } from './cluster-place.ts'
import { asUser, runningPostmaster, spawnPostmaster, stopPostmaster, watchOver } from './postmaster.ts'
import { type UnixUser, unprivilegedUser } from './unprivileged-user.ts'

export interface EmbeddedPostgres {
  connection: ClientConfig
  /** In words, for the start-up block: version and folder. */
  description: string
  stop(): Promise<void>
  /** Stops and removes all data. */
  destroy(): Promise<void>
}

const superuser = 'cordon'
const databaseName = 'cordon'

/**
 * Runs PostgreSQL for this data directory, which the caller has locked. Makes the cluster at the first start, stops a
 * server that an earlier process left behind, and starts the server again when it dies. Rejects when it cannot run,
 * saying what PostgreSQL said.
 */
export async function startEmbeddedPostgres(dataDir: string, log: Logger): Promise<EmbeddedPostgres> {
  const user = unprivilegedUser()
  const binaries = findBinaries(user, () => (user ? sharedRoot() : path.join(dataDir, 'postgres')))
  const place = placeCluster(dataDir, user)
  const orphan = runningPostmaster(place.cluster)
  if (orphan) {
    log.info({ pid: orphan.pid }, 'Taking over the PostgreSQL of an earlier process that did not end in order')
    await stopPostmaster(orphan.pid)
  }
  if (!existsSync(path.join(place.cluster, 'PG_VERSION'))) initCluster(binaries, place, user)
  checkVersion(binaries, place)
  const connection = {
    host: place.sockets,
    port: 5432,
    user: superuser,
    password: readFileSync(place.passwordFile, 'utf8').trim(),
    database: databaseName,
  }
  const server = supervise({ binaries, place, user, log, connection })
  try {
    await server.start()
    await ensureDatabase(connection)
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    connection,
    description: `embedded PostgreSQL ${binaries.version} in ${place.root}`,
    stop: () => server.stop(),
    async destroy() {
      await server.stop('at-once')
      removeCluster(place)
    },
  }
}

function initCluster(binaries: Binaries, place: ClusterPlace, user: UnixUser | undefined): void {
  // A half-made cluster of an interrupted first start: initdb wants an empty folder. PG_VERSION is written early, so
  // the cluster is made aside and named when complete.
  rmSync(place.cluster, { recursive: true, force: true })
  const half = mkdtempSync(path.join(place.root, 'init-'))
  const passwordFile = path.join(half, 'password')
  try {
    const password = randomBytes(24).toString('base64url')
    writeFileSync(place.passwordFile, password, { mode: 0o600 })
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (user) for (const file of [half, passwordFile]) chownSync(file, user.uid, user.gid)
    const target = path.join(half, 'cluster')
    const made = spawnSync(
      binaries.initdb,
      ['-D', target, '-U', superuser, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8'].concat([
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--data-checksums',
        '--no-instructions',
      ]),
      { ...asUser(user), encoding: 'utf8' },
    )
    if (made.error) throw new Error(`initdb could not be started: ${made.error.message}`)
    if (made.status !== 0) throw new Error(`initdb failed: ${(made.stderr || made.stdout).trim()}`)
    renameSync(target, place.cluster)
    if (user) chownSync(place.cluster, user.uid, user.gid)
    chmodSync(place.cluster, 0o700)
  } finally {
    rmSync(half, { recursive: true, force: true })
  }
}

function checkVersion(binaries: Binaries, place: ClusterPlace): void {
  const major = readFileSync(path.join(place.cluster, 'PG_VERSION'), 'utf8').trim()
  if (binaries.version.split('.')[0] !== major)
    throw new Error(
      `The database in ${place.cluster} was made by PostgreSQL ${major}; this Cordon brings ${binaries.version}. Start the earlier Cordon once more and move the data with pg_dump.`,
    )
}

interface Supervised {
  binaries: Binaries
  place: ClusterPlace
  user: UnixUser | undefined
  log: Logger
  connection: ClientConfig
}

function supervise({ binaries, place, user, log, connection }: Supervised) {
  let child: ChildProcess | undefined
  let watcher: ChildProcess | undefined
  let stopping = false

  async function start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const failure = await startOnce()
      if (!failure || stopping) return
      // After a killed postmaster its children hold the shared memory for a moment.
      if (attempt >= 40) throw new Error(`PostgreSQL does not start: ${failure}`)
      await sleep(250)
    }
  }

  async function startOnce(): Promise<string | undefined> {
    const started = spawnPostmaster({ ...place, postgres: binaries.postgres, user, log })
    let said = ''
    let ended = false
    started.stderr?.on('data', (chunk: string) => (said = (said + chunk).slice(-2000)))
    started.on('error', (error) => ((said += error.message), (ended = true)))
    started.on('exit', () => (ended = true))
    // Both are set by events while the loop waits.
    while (!ended && !stopping) {
      if (runningPostmaster(place.cluster)?.ready && (await answers(connection))) {
        child = started
        watcher = watchOver(started.pid as number, user) // it has started, so it has a pid
        started.once('exit', onExit)
        if (ended) onExit()
        return undefined
      }
      await sleep(25)
    }
    if (!ended && started.pid) await stopPostmaster(started.pid)
    return said.trim() || 'it ended without a message'
  }

  function onExit(): void {
    watcher?.stdin?.end()
    if (stopping || !child) return
    child = undefined
    log.error('PostgreSQL ended unexpectedly; starting it again')
    start().catch((error: unknown) => log.fatal({ err: error }, 'PostgreSQL could not be started again'))
  }

  return {
    start,
    async stop(how: 'in-order' | 'at-once' = 'in-order') {
      stopping = true
      if (child?.pid && child.exitCode === null) await stopPostmaster(child.pid, how)
      watcher?.kill('SIGKILL')
    },
  }
}

async function answers(connection: ClientConfig): Promise<boolean> {
  const client = new Client({ ...connection, database: 'postgres', connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function ensureDatabase(connection: ClientConfig): Promise<void> {
  const client = new Client({ ...connection, database: 'postgres' })
  await client.connect()
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [databaseName])
    if (found.rowCount === 0) await client.query(`create database ${databaseName}`)
  } finally {
    await client.end()
  }
}
