import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { canReach, isWritable, type UnixUser } from './unprivileged-user.ts'

/** Where the files of the embedded PostgreSQL are. */
export interface ClusterPlace {
  /** The folder that holds everything below; removed when a database is thrown away. */
  root: string
  /** PGDATA. */
  cluster: string
  /** Folder of the unix socket. */
  sockets: string
  /** Superuser's password; readable by us only. */
  passwordFile: string
}

// sun_path holds 107 bytes and a terminator; PostgreSQL adds `/.s.PGSQL.<port>.lock`.
const longestSocketFolder = 107 - '/.s.PGSQL.5432.lock'.length

/**
 * Places the cluster inside the data directory. When PostgreSQL's user can't get there (the data directory is below
 * /root or closed), a folder that root owns in /var/lib takes its place, and the data directory remembers which.
 */
export function placeCluster(dataDir: string, user: UnixUser | undefined): ClusterPlace {
  const home = path.join(dataDir, 'postgres')
  const note = path.join(home, 'location.json')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  let root = home
  if (existsSync(note)) {
    root = (JSON.parse(readFileSync(note, 'utf8')) as { root: string }).root
    if (!existsSync(root))
      throw new Error(`The database of this data directory was in ${root}, which is gone. Restore it from a backup.`)
  } else if (!canReach(dataDir, user)) {
    root = mkdtempSync(path.join(sharedRoot(), 'data-'))
    writeFileSync(note, JSON.stringify({ root, reason: `${user?.name} cannot reach ${dataDir}` }))
  }
  if (user) chmodSync(root, 0o711)
  const cluster = ownFolder(path.join(root, 'cluster'), user)
  return { root, cluster, sockets: socketFolder(root, user), passwordFile: path.join(home, 'password') }
}

/** A folder of root's that every account can pass through: for clusters and copies of binaries. */
export function sharedRoot(): string {
  const base = ['/var/lib', tmpdir()].find((dir) => existsSync(dir) && isWritable(dir)) ?? tmpdir()
  const dir = path.join(base, 'cordon')
  mkdirSync(dir, { recursive: true })
  const { uid } = lstatSync(dir)
  if (process.getuid && uid !== process.getuid())
    throw new Error(`${dir} belongs to another user; remove it or set TMPDIR.`)
  chmodSync(dir, 0o711)
  return dir
}

function ownFolder(dir: string, user: UnixUser | undefined): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  chmodSync(dir, 0o700)
  if (user) chownSync(dir, user.uid, user.gid)
  return dir
}

function socketFolder(root: string, user: UnixUser | undefined): string {
  const near = path.join(root, 'socket')
  if (Buffer.byteLength(near) <= longestSocketFolder) return ownFolder(near, user)
  return ownFolder(mkdtempSync(path.join(existsSync('/tmp') ? '/tmp' : tmpdir(), 'cordon-pg-')), user)
}

/** Removes a database for good; for tests and throw-away instances. */
export function removeCluster(place: ClusterPlace): void {
  rmSync(place.sockets, { recursive: true, force: true })
  rmSync(place.root, { recursive: true, force: true })
}
