import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a cluster remembers beside its objects: the port of its API server and the tokens of its users. */
export interface ClusterFiles {
  dir: string
  statePath: string
  port: number
  /** Token of a user; made at the first call and kept. */
  token(user: string): string
  keepPort(port: number): void
}

interface Remembered {
  port: number
  tokens: Record<string, string>
}

/** Opens or creates the folder of a cluster. Its file holds credentials, so only the owner may read it. */
export function openClusterFiles(dataDir: string, cluster: string): ClusterFiles {
  const dir = join(dataDir, cluster)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'access.json')
  const remembered: Remembered = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as Remembered)
    : { port: 0, tokens: {} }
  const save = () => writeFileSync(path, JSON.stringify(remembered, undefined, 2), { mode: 0o600 })
  return {
    dir,
    statePath: join(dir, 'state.jsonl'),
    get port() {
      return remembered.port
    },
    token(user) {
      const known = remembered.tokens[user]
      if (known) return known
      const token = randomBytes(24).toString('base64url')
      remembered.tokens[user] = token
      save()
      return token
    },
    keepPort(port) {
      if (remembered.port === port) return
      remembered.port = port
      save()
    },
  }
}
