import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The data directory belongs to another running Cordon; the message says which. */
export class DataDirInUse extends Error {}

/**
 * Makes the data directory and takes it for this process. The lock is an operating system lock on a side file, so it
 * ends with the process however that ends. Throws `DataDirInUse` when another process holds it.
 */
export function lockDataDir(dir: string): { release(): void } {
  if (!existsSync(dir)) {
    mkdirSync(dir, { recursive: true })
    // Others may pass through (PostgreSQL runs as another user when we are root) but not look around.
    chmodSync(dir, process.getuid?.() === 0 ? 0o711 : 0o700)
  }
  const owner = path.join(dir, 'cordon.pid')
  const lock = new DatabaseSync(path.join(dir, 'lock.sqlite'))
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (!/locked|busy/i.test(String(error))) throw error
    const pid = existsSync(owner) ? ` (process ${readFileSync(owner, 'utf8').trim()})` : ''
    throw new DataDirInUse(
      `Another Cordon${pid} is using the data directory ${dir}. Stop it, or give this one a CORDON_DATA_DIR of its own.`,
    )
  }
  writeFileSync(owner, `${process.pid}\n`)
  return { release: () => lock.close() }
}
