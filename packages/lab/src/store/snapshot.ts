import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { KubeObject } from '../ports.ts'

export interface SnapshotRow {
  resource: string
  key: string
  object: KubeObject
}

export interface Snapshot {
  revision: number
  rows: SnapshotRow[]
}

const FORMAT = 'lab-store/1'

/** Reads a snapshot: a header line, then one object per line. Undefined when there is none yet. */
export function loadSnapshot(path: string): Snapshot | undefined {
  if (!existsSync(path)) return undefined
  const [head, ...lines] = readFileSync(path, 'utf8').split('\n')
  const header = JSON.parse(head ?? '') as { format?: string; revision?: number; count?: number }
  if (header.format !== FORMAT || typeof header.revision !== 'number')
    throw new Error(`${path}: not a snapshot of this store`)
  const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as SnapshotRow)
  if (rows.length !== header.count) throw new Error(`${path}: ${rows.length} objects instead of ${header.count}`)
  return { revision: header.revision, rows }
}

/** Writes snapshots after a quiet time, one at a time, into a new file that replaces the old one. */
export class SnapshotWriter {
  private readonly path: string
  private readonly delayMs: number
  private readonly capture: () => Snapshot
  private timer: NodeJS.Timeout | undefined
  private running: Promise<void> = Promise.resolve()
  private dirty = false

  constructor(path: string, delayMs: number, capture: () => Snapshot) {
    this.path = path
    this.delayMs = delayMs
    this.capture = capture
    mkdirSync(dirname(path), { recursive: true })
  }

  schedule(): void {
    this.dirty = true
    this.timer ??= setTimeout(() => {
      void this.flush().catch((error: unknown) => console.error(`snapshot ${this.path}: ${String(error)}`))
    }, this.delayMs).unref()
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    this.running = this.running
      .catch(() => undefined) // a failed write was reported to its own caller; the next one tries again
      .then(async () => {
        if (!this.dirty) return
        this.dirty = false
        await this.write().catch((error: unknown) => {
          this.dirty = true
          throw error
        })
      })
    await this.running
  }

  async close(): Promise<void> {
    await this.flush()
    clearTimeout(this.timer)
  }

  private async write(): Promise<void> {
    const { revision, rows } = this.capture()
    const temporary = `${this.path}.new`
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.write(`${JSON.stringify({ format: FORMAT, revision, count: rows.length })}\n`)
      // In portions, so that a large state does not block the event loop while it is serialised.
      for (let at = 0; at < rows.length; at += 200)
        await file.write(
          rows
            .slice(at, at + 200)
            .map((row) => `${JSON.stringify(row)}\n`)
            .join(''),
        )
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, this.path)
  }
}
