import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** The account PostgreSQL runs as, because it refuses to run as root. */
export interface UnixUser {
  name: string
  uid: number
  gid: number
  home: string
}

const preferred = ['postgres', 'nobody', 'daemon', 'bin']

/**
 * Undefined when this process isn't root: PostgreSQL then runs as the same user. As root: an account without
 * privileges that has a passwd entry, which initdb insists on. Throws when the machine has none.
 */
export function unprivilegedUser(passwd = readPasswd()): UnixUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = passwd.filter((user) => user.uid > 0 && user.gid > 0)
  const user = preferred.map((name) => users.find((u) => u.name === name)).find(Boolean) ?? users[0]
  if (user) return user
  throw new Error(
    'PostgreSQL refuses to run as root and /etc/passwd has no other account. Start Cordon as another user, or set CORDON_DATABASE_URL to a PostgreSQL server.',
  )
}

function readPasswd(): UnixUser[] {
  let text: string
  try {
    text = readFileSync('/etc/passwd', 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid, , home] = line.split(':')
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid), home: home ?? '/' }] : []
  })
}

/** May `user` pass through every folder down to `target`, judged by permission bits? (ACLs are not looked at.) */
export function canReach(target: string, user: UnixUser | undefined): boolean {
  if (!user) return true
  for (let dir = path.resolve(target); ; dir = path.dirname(dir)) {
    const { mode, uid, gid } = statSync(dir)
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
    if (!(mode & bit)) return false
    if (dir === path.dirname(dir)) return true
  }
}

/** May this process write into `dir`? */
export function isWritable(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK)
    return true
  } catch {
    return false
  }
}
