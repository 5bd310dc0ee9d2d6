import type { HuntEvent } from '@cordon/contract'
import type { Role } from '@cordon/rbac'
import type { EventStore } from '../../src/adapters/clickhouse/event-store.ts'
import { huntingHandlers } from '../../src/features/hunting/handlers.ts'
import { testServer, type TestServer } from '../server.ts'
import { huntingStore, type HuntingStore, type HuntingStoreOptions } from './hunting-store.ts'

export interface HuntingServer extends TestServer, Pick<HuntingStore, 'store' | 'engine'> {}

/** The whole way of a hunt: HTTP, the translator in its thread, the embedded engine. */
export async function huntingServer(options?: HuntingStoreOptions): Promise<HuntingServer> {
  const hunting = await huntingStore(options)
  const server = await testServer({ handlers: (deps) => huntingHandlers(deps, hunting.store, hunting.engine) })
  return {
    ...server,
    store: hunting.store,
    engine: hunting.engine,
    async close() {
      await server.close()
      await hunting.close()
    },
  }
}

/** Runs until it is stopped: every number meets every other. */
export const endless =
  'range a from 1 to 1000000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 1000000 step 1 | extend k = 1) on k | summarize n = countif((a + b) % 7 == 0)'

/** The lines of the streaming variant as they come. */
export async function* hunted(
  server: TestServer,
  role: Role,
  request: { query: string; signal?: AbortSignal },
): AsyncGenerator<HuntEvent> {
  const response = await fetch(`${server.origin}/api/v1/hunting/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await server.token(role)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: request.query }),
    signal: request.signal,
  })
  let rest = ''
  for await (const piece of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as HuntEvent
  }
}

/** Resolves when the engine works on no hunt any more; how long that took, in milliseconds. */
export async function idle(store: EventStore): Promise<number> {
  const since = performance.now()
  for (;;) {
    const { rows } = await store.query(`SELECT 1 FROM system.processes WHERE query NOT LIKE '%system.processes%'`)
    if (rows.length === 0) return performance.now() - since
  }
}
