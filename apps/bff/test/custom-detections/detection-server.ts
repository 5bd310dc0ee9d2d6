import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CustomDetection, Input } from '@cordon/contract'
import { storedRow, type TelemetryEvent } from '@cordon/telemetry'
import { createEventStore } from '../../src/adapters/clickhouse/create-event-store.ts'
import { createKqlEngine, type KqlEngine } from '../../src/adapters/kql/kql-engine.ts'
import type { Deps } from '../../src/deps.ts'
import { customDetectionHandlers } from '../../src/features/custom-detections/handlers.ts'
import type { DetectionPorts } from '../../src/features/custom-detections/ports.ts'
import { type DetectionScheduler, startScheduler } from '../../src/features/custom-detections/scheduler.ts'
import { createBackgroundHunts } from '../../src/features/hunting/background-hunts.ts'
import { createGuard } from '../../src/features/hunting/guarded.ts'
import { stateTables } from '../../src/features/hunting/state-tables.ts'
import { createDetectionRecorder } from '../../src/jobs/correlate/record-detections.ts'
import { Refusal } from '../../src/refusal.ts'
import { processEvent } from '../hunting/hunting-store.ts'
import { testServer, type TestServer } from '../server.ts'

export type Definition = Input<'customDetectionCreate'>['body']

export interface DetectionServer extends TestServer {
  /** Stores events as one ingest batch. */
  ingest(...events: TelemetryEvent[]): Promise<void>
  /** Waits until no run is under way or due. Returns it as the API tells it. */
  settled(id: string): Promise<CustomDetection>
  /** Takes it as evaluated up to this time, and due. */
  lastCovered(id: string, time: number): Promise<void>
  /** Ends the scheduler as a crash would and starts another one. */
  restart(): Promise<void>
  /** From now on the translator ends in the middle of every query, or no longer does. */
  endTranslations(isEnding: boolean): void
  /** From now on translations take too long, as a query too hard for the translator does, or no longer do. */
  stallTranslations(isStalling: boolean): void
  /** What the response side answers when one is asked for. */
  answerRequests(answer: DetectionPorts['request']): void
  /** Looks for what is due at once. */
  poke(): void
}

interface Options {
  /** Of a ClickHouse server; without it the embedded engine. */
  url?: string
  /** How long a run may take. */
  seconds?: number
}

/** Custom detections over the embedded engines and HTTP. No cluster is connected: responses are refused. */
export async function detectionServer({ url, seconds = 30 }: Options = {}): Promise<DetectionServer> {
  const directory = mkdtempSync(path.join(tmpdir(), 'cordon-detections-'))
  const store = await createEventStore({ dataDir: directory, ...(url ? { url } : {}) })
  const limits = { rows: 10_000, seconds, memoryBytes: 536_870_912 }
  const translator = createKqlEngine(stateTables)
  let isEnding = false
  let isStalling = false
  const engine: KqlEngine = {
    ...translator,
    async compile(...asked) {
      if (isStalling) return { state: 'stalled', message: 'The query takes too long to translate' }
      const answer = translator.compile(...asked)
      if (isEnding) void translator.close()
      return answer
    },
  }
  let batch = 0
  let answer: DetectionPorts['request'] = async () => {
    throw new Refusal('not-found', 'There is no connected cluster.')
  }
  let ports: DetectionPorts | undefined
  let scheduler: DetectionScheduler | undefined
  const handlers = (deps: Deps) => {
    ports = {
      deps,
      hunts: createBackgroundHunts({ db: deps.db, store, engine }, createGuard(deps), limits),
      record: createDetectionRecorder(deps, { linkedPods: () => [] }),
      request: (...asked) => answer(...asked),
      lastBatch: () => batch,
    }
    scheduler = startScheduler(ports)
    return customDetectionHandlers(ports, { poke: () => scheduler?.poke() })
  }
  const server = await testServer({ handlers })
  return {
    ...server,
    async ingest(...events) {
      const rows = events.map((event, index) => storedRow(event, { batch: batch + 1, index }))
      for (const [table, own] of Map.groupBy(rows, (one) => one.table))
        await store.insert(
          table,
          own.map(({ row }) => row),
        )
      batch += 1
    },
    async settled(id) {
      const call = await server.as('viewer')
      for (;;) {
        scheduler?.poke()
        const row = await server.deps.db
          .selectFrom('custom_detections')
          .select(['lease_until', 'next_run', 'covered_batch', 'run_requested_by', 'enabled', 'definition'])
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
        const { frequencyMinutes } = row.definition as { frequencyMinutes: number }
        const isDue =
          row.run_requested_by !== null ||
          (row.enabled && (frequencyMinutes === 0 ? row.covered_batch !== batch : row.next_run <= new Date()))
        if (!isDue && row.lease_until === null) return call('customDetectionGet', { params: { id } })
        await sleep(50)
      }
    },
    async lastCovered(id, time) {
      const set = { covered_to: new Date(time), next_run: new Date() }
      await server.deps.db.updateTable('custom_detections').set(set).where('id', '=', id).execute()
    },
    async restart() {
      await scheduler?.stop()
      if (ports) scheduler = startScheduler(ports)
    },
    endTranslations(is) {
      isEnding = is
    },
    stallTranslations(is) {
      isStalling = is
    },
    answerRequests(given) {
      answer = given
    },
    poke: () => scheduler?.poke(),
    async close() {
      await scheduler?.stop()
      await server.close()
      await engine.close()
      await store.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Miners in pods, by the command line; each pod is one alert. */
export const miners: Definition = {
  name: 'Miners',
  query: 'CloudProcessEvents\n| where ProcessCommandLine has "xmrig"',
  frequencyMinutes: 60,
  lookbackMinutes: 240,
  severity: 'high',
  category: 'impact',
  techniques: ['T1496'],
  title: 'Miner in {{KubernetesPodName}}',
  description: 'It ran {{ProcessCommandLine}} from {{ContainerImageName}}.',
  steps: ['Isolate the pod.'],
  entities: [
    {
      kind: 'pod',
      role: 'impacted',
      parts: {
        cluster: { column: 'AdditionalFields.ClusterName' },
        namespace: { column: 'KubernetesNamespace' },
        pod: { column: 'KubernetesPodName' },
      },
    },
  ],
  dedupe: { columns: [], windowMinutes: 1440 },
  action: null,
  enabled: true,
}

let number = 0
/** Milliseconds of so many minutes ago. */
export const ago = (minutes: number) => Date.now() - minutes * 60_000
/** A miner that only this test's query finds. */
export function miner(word: string, at: number, pod = 'web-0') {
  const event = processEvent(`m${(number += 1)}`, 'prod', `xmrig ${word}`, at)
  return { ...event, pod: { namespace: 'shop', name: pod } } as typeof event
}
/** A detection of the miners with this word. */
export function finding(word: string, more: Partial<Definition> = {}): Definition {
  return { ...miners, name: `Miners ${word}`, query: `${miners.query} and ProcessCommandLine has "${word}"`, ...more }
}
