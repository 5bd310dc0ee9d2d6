import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TelemetryEvent } from '@cordon/telemetry'
import express from 'express'
import { embeddedEventStore, type EmbeddedEventStore } from '../../src/adapters/clickhouse/create-event-store.ts'
import type { EventStore } from '../../src/adapters/clickhouse/event-store.ts'
import { createIngest, type Ingest, type IngestOptions } from '../../src/jobs/ingest/ingest.ts'
import type { SetAsideRow } from '../../src/jobs/ingest/routes.ts'

export const token = 'test-token-of-lab-1'

export interface Answer {
  status: number
  headers: Headers
  body: { accepted: number; duplicates: number; rejected: number; detail: string; type: string }
}

/** The real ingest over the real store and real HTTP; only detection and the state database are stood in for. */
export interface Bench {
  url: string
  store: EmbeddedEventStore
  ingest: Ingest
  /** What detection was given, in order. */
  detected: TelemetryEvent[]
  aside: SetAsideRow[]
  watermark: { batch: number | undefined }
  post(path: string, body: string | Buffer, headers?: Record<string, string>): Promise<Answer>
  close(): Promise<void>
}

export function temporaryDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'cordon-ingest-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export async function startBench(
  dataDir: string,
  change: Partial<IngestOptions> & {
    state?: { batch: number | undefined }
    wrap?(store: EmbeddedEventStore): EventStore
  } = {},
): Promise<Bench> {
  const store = await embeddedEventStore(dataDir)
  const detected: TelemetryEvent[] = []
  const aside: SetAsideRow[] = []
  const watermark = change.state ?? { batch: undefined }
  const ingest = await createIngest({
    store: change.wrap?.(store) ?? store,
    clusters: (cluster) => cluster.startsWith('lab-'),
    tokens: (_cluster, sent) => sent === token,
    onEvents: (events) => void detected.push(...events),
    setAside: (rows) => Promise.resolve(void aside.push(...rows)),
    watermark: {
      get: () => Promise.resolve(watermark.batch),
      set: (batch) => Promise.resolve(void (watermark.batch = batch)),
    },
    ...change,
  })
  const app = express()
  app.use('/ingest/v1', ingest.router)
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ingest/v1`
  return {
    url,
    store,
    ingest,
    detected,
    aside,
    watermark,
    post: (path, body, headers) => post(`${url}${path}`, body, headers),
    async close() {
      ingest.close()
      await closeServer(server)
      await store.close()
    },
  }
}

async function post(url: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] }
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

export async function countOf(store: EmbeddedEventStore, where: string): Promise<number> {
  const { rows } = await store.query<{ n: string }>(`SELECT count() AS n FROM ${where}`)
  return Number(rows[0]?.n)
}

/** kill -9 of the engine, as the system's memory guard does; nothing when it is just being restarted. */
export function killEngine(store: EmbeddedEventStore): void {
  const pid = store.enginePid()
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  } catch {
    // died meanwhile
  }
}
