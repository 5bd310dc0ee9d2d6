import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { storedRow, type TelemetryEvent } from '@cordon/telemetry'
import { destination, pino } from 'pino'
import { vi } from 'vitest'
import { openAddresses } from '../../src/adapters/addresses/open-addresses.ts'
import { createEventStore } from '../../src/adapters/clickhouse/create-event-store.ts'
import type { EventStore } from '../../src/adapters/clickhouse/event-store.ts'
import { createKqlEngine, type KqlEngine } from '../../src/adapters/kql/kql-engine.ts'
import { stateTables } from '../../src/features/hunting/state-tables.ts'

export interface HuntingStore {
  store: EventStore
  engine: KqlEngine
  close(): Promise<void>
}

export interface HuntingStoreOptions {
  /** A MaxMind DB file. */
  addresses?: Buffer
}

/** The translator in its thread and an embedded engine of its own. */
export async function huntingStore({ addresses: bytes }: HuntingStoreOptions = {}): Promise<HuntingStore> {
  const directory = mkdtempSync(path.join(tmpdir(), 'cordon-hunting-'))
  const store = await createEventStore({ dataDir: directory })
  const file = bytes && path.join(directory, 'places.mmdb')
  if (file) writeFileSync(file, bytes)
  const addresses = openAddresses({ file, store, log: pino({ level: 'silent' }, destination(2)) })
  if (file) await vi.waitUntil(() => 'networks' in addresses.lookup(), { timeout: 20_000 })
  const engine = createKqlEngine(stateTables, addresses.lookup)
  return {
    store,
    engine,
    async close() {
      await engine.close()
      await addresses.close()
      await store.close()
      rmSync(directory, { recursive: true, force: true })
    },
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
