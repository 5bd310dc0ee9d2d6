import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ChdbEngine } from './chdb-engine.ts'
import { chdbHttp } from './chdb-http.ts'

/** First message of the parent over IPC. */
export interface ChdbServerStart {
  directory: string
  password: string
  memoryBytes: number
  sessions: number
  huntSessions: number
}

/** The child's one answer. */
export type ChdbServerReady = { ready: true; port: number } | { ready: false; reason: string }

// A part that a power cut damaged is set aside instead of keeping the whole engine from starting.
const configXml = `<clickhouse>
  <merge_tree>
    <max_suspicious_broken_parts>1000000</max_suspicious_broken_parts>
    <max_suspicious_broken_parts_bytes>1000000000000</max_suspicious_broken_parts_bytes>
  </merge_tree>
</clickhouse>
`

// Not process.exit(): it waits for running statements. What was acknowledged is synced, so an abrupt end loses nothing.
function end(): void {
  process.kill(process.pid, 'SIGKILL')
}

function reply(message: ChdbServerReady): void {
  process.send?.(message)
}

async function start(options: ChdbServerStart): Promise<void> {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 })
  const configFile = join(options.directory, 'cordon-engine.xml')
  writeFileSync(configFile, configXml, { mode: 0o600 })
  const engine = new ChdbEngine({ ...options, directory: join(options.directory, 'data'), configFile })
  await engine.run('SELECT 1', new Map(), { format: 'Null' })
  const files = join(options.directory, 'downloads')
  // What a crash left of unfinished downloads.
  rmSync(files, { recursive: true, force: true })
  mkdirSync(files, { recursive: true, mode: 0o700 })
  const server = chdbHttp(engine, { password: options.password, files })
  server.listen(0, '127.0.0.1', () => reply({ ready: true, port: (server.address() as AddressInfo).port }))
}

// The parent holds the channel; when it dies, however abruptly, the channel closes and the engine must not stay behind.
process.on('disconnect', end)
process.on('SIGTERM', end)
// Ctrl-C reaches the whole process group; the parent decides when its store goes.
process.on('SIGINT', () => {})
process.once('message', (options: ChdbServerStart) => {
  start(options).catch((error: unknown) => {
    reply({ ready: false, reason: error instanceof Error ? error.message : String(error) })
  })
})
