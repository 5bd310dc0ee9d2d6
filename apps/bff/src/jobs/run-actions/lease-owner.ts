import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Under which name this process holds leases, and the name of the one before it. */
export interface LeaseOwner {
  id: string
  /** Surely dead: it ran in the same data directory, which belongs to one process at a time. */
  before: string | undefined
}

/** Takes the place of the process that used this data directory before. Its lock must be held. */
export function takeLeaseOwner(dataDir: string): LeaseOwner {
  const file = path.join(dataDir, 'lease-owner')
  const before = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
  const id = randomUUID()
  writeFileSync(file, `${id}\n`)
  return { id, before: before || undefined }
}
