import { rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { HuntEvent } from '@cordon/contract'
import type { Role } from '@cordon/rbac'
import { storedRow, type TelemetryEvent } from '@cordon/telemetry'
import { createEventStore } from '../../src/adapters/clickhouse/create-event-store.ts'
import type { EventStore } from '../../src/adapters/clickhouse/event-store.ts'
import { createKqlEngine, type KqlEngine } from '../../src/adapters/kql/kql-engine.ts'
import { huntingHandlers } from '../../src/features/hunting/handlers.ts'
import { stateTables } from '../../src/features/hunting/state-tables.ts'
import { testServer, type TestServer } from '../server.ts'

export interface HuntingServer extends TestServer {
  store: EventStore
  engine: KqlEngine
}

/** The whole way of a hunt: HTTP, the translator in its thread, the embedded engine. */
export async function huntingServer(): Promise<HuntingServer> {
  const directory = mkdtempSync(path.join(tmpdir(), 'cordon-hunting-'))
  const store = await createEventStore({ dataDir: directory })
  const engine = createKqlEngine(stateTables)
  const server = await testServer({ handlers: (deps) => huntingHandlers(deps, store, engine) })
  return {
    ...server,
    store,
    engine,
    async close() {
      await server.close()
      await engine.close()
      await store.close()
      rmSync(directory, { recursive: true, force: true })
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

/** Stores events as ingest does. */
export async function storeEvents(store: EventStore, events: readonly TelemetryEvent[]): Promise<void> {
  for (const [index, event] of events.entries()) {
    const { table, row } = storedRow(event, { batch: 1, index })
    await store.insert(table, [row])
  }
}

export function auditEvent(
  id: string,
  cluster: string,
  raw: Record<string, unknown>,
  time = Date.now(),
): TelemetryEvent {
  return {
    type: 'audit',
    id,
    auditId: id,
    stage: 'ResponseComplete',
    time,
    receivedAt: time,
    cluster,
    source: 'kubernetes-audit',
    raw: { auditID: id, stage: 'ResponseComplete', ...raw },
  }
}

export function processEvent(id: string, cluster: string, commandLine: string, time = Date.now()): TelemetryEvent {
  return {
    type: 'process',
    id,
    time,
    receivedAt: time,
    cluster,
    source: 'process-events',
    process: {
      pid: 1,
      name: commandLine.split(' ')[0] ?? '',
      exe: `/usr/bin/${commandLine.split(' ')[0] ?? ''}`,
      commandLine,
    },
    ancestors: [],
    container: { id: 'c1', name: 'web', image: 'registry.example/shop/web:1' },
    pod: { namespace: 'shop', name: 'web-0' },
  }
}
