import type { Detector } from '@cordon/detection'
import type { Detection } from '@cordon/incidents'
import type { TelemetryEvent } from '@cordon/telemetry'
import { setImmediate as breathe } from 'node:timers/promises'
import type { Deps } from '../../deps.ts'
import type { Connections } from '../correlate/connections.ts'
import type { Recorded } from '../correlate/record-detections.ts'
import type { AlertLatency } from './alert-latency.ts'
import { readDetectionState, writeDetectionState } from './detection-state.ts'
import { isOwnAct } from './own-acts.ts'

const checkpointEveryMs = 30_000
/** The state of a very large fleet takes seconds to store; a twentieth of the time is enough for that. */
const restPerStoring = 20
/** Events handed over at once: about 5 ms of rules … */
const slice = 250
/** … but events made by attackers can take long each: nobody else waits longer than this, and one event. */
const breathMs = 15
/** Detections per transaction. */
const mostPerCommit = 100
export interface DetectionParts {
  detector: Pick<Detector, 'snapshot' | 'restore'> & { process(event: TelemetryEvent): Detection[] }
  connections: Connections
  record(detections: readonly Detection[]): Promise<Recorded[]>
  latency?: Pick<AlertLatency, 'stored'>
}

/** What ingest needs of detection; the numbers are its own of stored batches. */
export interface DetectionJob {
  onEvents(events: readonly TelemetryEvent[]): Promise<void>
  watermark: { get(): Promise<number | undefined>; set(batch: number): Promise<void> }
  /** Stores the state now; at shutdown. */
  checkpoint(): Promise<void>
}

/**
 * Runs events through the rules, in order, and stores what matched. Windows and process tree are checkpointed together
 * with the number of the batch they stand after: a restart goes on from there, and ingest replays what came later.
 * Detections that were stored already change nothing.
 */
export async function createDetectionJob(
  { db, commitUnrecorded, log }: Pick<Deps, 'db' | 'commitUnrecorded' | 'log'>,
  { detector, connections, record, latency }: DetectionParts,
): Promise<DetectionJob> {
  const stored = await readDetectionState({ db })
  if (stored) {
    detector.restore(stored.detector)
    connections.restore(stored.connections)
  }
  let batch = stored?.batch
  let savedBatch = batch
  let savedAt = Date.now()
  let pauseMs = checkpointEveryMs
  // Matches of events whose rules have run, waiting for the database: a retry must not run the rules again.
  let unrecorded: Detection[] = []
  let resumeAt: { events: readonly TelemetryEvent[]; next: number } | undefined

  async function save(): Promise<void> {
    if (batch === undefined || batch === savedBatch) return
    const at = batch
    const started = performance.now()
    // No events come meanwhile: ingest hands over the next batch when this one's number is kept.
    await writeDetectionState(
      { db, commitUnrecorded },
      { batch: at, detector: detector.snapshot(), connections: connections.snapshot() },
    )
    savedBatch = at
    savedAt = Date.now()
    pauseMs = Math.max(checkpointEveryMs, restPerStoring * (performance.now() - started))
  }

  async function flush(): Promise<void> {
    while (unrecorded.length > 0) {
      const some = unrecorded.slice(0, mostPerCommit)
      const recorded = await record(some)
      latency?.stored(recorded)
      unrecorded = unrecorded.slice(some.length)
      const raised = recorded.filter((entry) => !entry.repeated).length
      if (raised > 0) log.info({ raised, repeated: recorded.length - raised }, 'Alerts raised')
    }
  }

  return {
    async onEvents(events) {
      const from = resumeAt?.events === events ? resumeAt.next : 0
      for (let i = from; i < events.length; i += slice) {
        const some = events.slice(i, i + slice)
        await connections.observe(some)
        let breath = performance.now()
        for (const event of some) {
          for (const detection of detector.process(event))
            if (!isOwnAct(detection)) unrecorded.push({ ...detection, source: event.source })
          if (performance.now() - breath < breathMs) continue
          await breathe()
          breath = performance.now()
        }
        resumeAt = { events, next: i + slice }
        await breathe()
      }
      await flush()
      resumeAt = undefined
    },
    watermark: {
      get: async () => stored?.batch,
      async set(number) {
        const first = batch === undefined
        batch = number
        if (first || Date.now() - savedAt >= pauseMs) await save()
      },
    },
    checkpoint: save,
  }
}
