import type { Checkpoint } from '@cordon/ledger'
import { appendFileSync, readFileSync } from 'node:fs'
import path from 'node:path'

const name = 'ledger-checkpoints.ndjson'

/**
 * A copy of each checkpoint outside the database: a database that was set back or exchanged is told by it. Give this
 * file, or its lines, to someone else to hold, and nobody can write history anew unseen.
 */
export function checkpointFile(dataDir: string): {
  append(checkpoint: Checkpoint): void
  last(): Checkpoint | undefined
} {
  const file = path.join(dataDir, name)
  return {
    append: (checkpoint) => appendFileSync(file, `${JSON.stringify(checkpoint)}\n`, { mode: 0o644 }),
    last() {
      let text: string
      try {
        text = readFileSync(file, 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
      // The newest whole line: a crash may have left half of one.
      for (const line of text.split('\n').toReversed())
        try {
          const value = JSON.parse(line) as Checkpoint
          if (typeof value.seq === 'number' && typeof value.hash === 'string') return value
        } catch {
          // an empty or half-written line
        }
      return undefined
    },
  }
}
