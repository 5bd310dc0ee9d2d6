import { createClient, type ClickHouseClient } from '@clickhouse/client'
import { clickhouseStore, type Connection } from './clickhouse-store.ts'
import { EmbeddedEngine } from './embedded-engine.ts'
import type { SchemaStore } from './event-store.ts'

export interface EventStoreOptions {
  /** The embedded engine keeps its files in `events` below. */
  dataDir: string
  /** `CORDON_CLICKHOUSE_URL`: http(s)://user:password@host:port/database; then nothing is kept in `dataDir`. */
  url?: string
}

/** What only the embedded store has; for supervision and tests. */
export interface EmbeddedEventStore extends SchemaStore {
  /** Process id of the engine; undefined while it is down. */
  enginePid(): number | undefined
}

/**
 * Opens the event store and creates its tables. Rejects with `EventStoreError`: `in-use` when another process has the
 * directory, `unsupported` where there is no embedded engine, `unavailable` when the server does not answer.
 */
export async function createEventStore(options: EventStoreOptions): Promise<SchemaStore> {
  return options.url === undefined || options.url === ''
    ? embeddedEventStore(options.dataDir)
    : clickhouseStore('server', serverConnection(options.url))
}

/** The embedded store, with its engine's process id. */
export async function embeddedEventStore(dataDir: string): Promise<EmbeddedEventStore> {
  const engine = new EmbeddedEngine(dataDir)
  const store = await clickhouseStore('embedded', embeddedConnection(engine))
  return Object.assign(store, { enginePid: () => engine.pid })
}

function embeddedConnection(engine: EmbeddedEngine): Connection {
  let current: { port: number; client: ClickHouseClient } | undefined
  return {
    // The password of the address is our HTTP door's; the engine behind it has none.
    account: { user: 'default', password: '', database: 'default' },
    recover: () => engine.settled(),
    async client() {
      const { port, password } = await engine.address()
      if (current?.port !== port) {
        current?.client.close().catch(() => {})
        current = {
          port,
          client: createClient({
            url: `http://127.0.0.1:${port}`,
            username: 'default',
            password,
            request_timeout: 660_000,
            max_open_connections: 32,
            compression: { request: false, response: false },
            log: { level: 127 },
          }),
        }
      }
      return current.client
    },
    async close() {
      await current?.client.close()
      await engine.close()
    },
  }
}

function serverConnection(url: string): Connection {
  const client = createClient({
    url,
    request_timeout: 660_000,
    max_open_connections: 32,
    compression: { request: false, response: true },
    use_multipart_params_auto: true,
    log: { level: 127 },
  })
  const { username, password, pathname } = new URL(url)
  return {
    account: {
      user: decodeURIComponent(username) || 'default',
      password: decodeURIComponent(password),
      database: decodeURIComponent(pathname.slice(1)) || 'default',
    },
    recover: () => Promise.resolve(false),
    client: () => Promise.resolve(client),
    close: () => client.close(),
  }
}
