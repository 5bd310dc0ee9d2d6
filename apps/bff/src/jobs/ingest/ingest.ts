import type { CloudNames, TelemetryEvent } from '@cordon/telemetry'
import type { Router } from 'express'
import type { EventStore } from '../../adapters/clickhouse/event-store.ts'
import { Committer } from './committer.ts'
import { CoverageCounts, type SourceCoverage } from './coverage.ts'
import { DetectionFeed, type Watermark } from './detection-feed.ts'
import { lastBatch, storedBatches, storedUpTo } from './replay.ts'
import { ingestRoutes, type SetAsideRow } from './routes.ts'

export interface IngestOptions {
  store: EventStore
  /** Whether there is a cluster of this id. */
  clusters(cluster: string): boolean | Promise<boolean>
  /** Whether the bearer token may send for the cluster; compare in constant time. */
  tokens(cluster: string, token: string): boolean | Promise<boolean>
  /** Gets each stored event once, in order of storing; resolves when detections are durable. At least once over crashes. */
  onEvents(events: TelemetryEvent[]): void | Promise<void>
  /** Hears of every stored event at once, before detection; must not throw. */
  onStored?(events: readonly TelemetryEvent[]): void
  /** Keeps what could not become an event; texts are bounded and free of NUL. */
  setAside(rows: SetAsideRow[]): Promise<void>
  /** Where the number of the last detected batch is kept. */
  watermark: Watermark
  /** For how many days a table keeps its events; older ones are flagged late. Default 30. */
  keptDays?(this: void, table: string): number
  /** Cloud names of a cluster for its process rows. */
  cloudNames?(cluster: string): CloudNames | undefined
  /** Hears of failures that are tried again. */
  onError?(error: unknown): void
  limits?: Partial<IngestLimits>
}

export interface IngestLimits {
  /** Of one body, inflated. Default 64 MiB. */
  maxBodyBytes: number
  /** Of one event. Default 8 MiB. */
  maxItemBytes: number
  /** Stored events that may wait for detection before senders are told to wait. Default 100,000. */
  maxQueuedEvents: number
  /** Requests that are read at the same time; further ones are told to wait. Default 1,000. */
  maxRequests: number
  /** Bodies of more than one slice (about 4 MB) that are read at the same time; further ones are read later. Default 8. */
  maxBigBodies: number
  /** Ids remembered per cluster. Default 200,000. */
  recentIds: number
}

const defaultLimits: IngestLimits = {
  maxBodyBytes: 67_108_864,
  maxItemBytes: 8_388_608,
  maxQueuedEvents: 100_000,
  maxRequests: 1_000,
  maxBigBodies: 8,
  recentIds: 200_000,
}

export interface Ingest {
  /** Serves `/kubernetes-audit/{cluster}`, `/falco/{cluster}`, `/tetragon/{cluster}`, `/process-events/{cluster}`; mount at `/ingest/v1`. */
  router: Router
  /**
   * Gives detection the events that were stored and not detected when the last process ended, from the watermark (or
   * `from`) on, then starts handing over new ones. Must be called once at start; requests are taken meanwhile. Returns
   * how many were replayed.
   */
  replayUndetected(from?: number): Promise<number>
  coverage(): SourceCoverage[]
  /** Events stored and waiting for detection. */
  queued(): number
  /** Resolves when all events stored so far are detected. */
  drained(): Promise<void>
  close(): void
}

/** Sets up ingest over an open store. */
export async function createIngest(options: IngestOptions): Promise<Ingest> {
  const limits = { ...defaultLimits, ...options.limits }
  const counts = new CoverageCounts()
  const onError = options.onError ?? (() => {})
  const feed = new DetectionFeed({
    onEvents: options.onEvents,
    watermark: options.watermark,
    maxQueued: limits.maxQueuedEvents,
    onError,
  })
  const seen = await options.watermark.get()
  // Rises over restarts, also when the clock went back.
  const firstBatch = Math.max(Date.now() * 1_000, (await lastBatch(options.store)) + 1, (seen ?? 0) + 1)
  const committer = new Committer({
    store: options.store,
    firstBatch,
    storedUpTo: await storedUpTo(options.store),
    recentIds: limits.recentIds,
    cloudNames: options.cloudNames,
    onDuplicates: (events) => counts.duplicates(events),
    onStored(batch, events) {
      counts.stored(events)
      options.onStored?.(events)
      feed.add(batch, events)
    },
  })
  return {
    router: ingestRoutes({ ...options, limits, committer, counts, isFull: () => feed.isFull }),
    async replayUndetected(from = seen) {
      // Without a watermark detection is new to this store: it starts with what comes.
      if (from === undefined) await options.watermark.set(firstBatch - 1)
      const replayed =
        from === undefined ? 0 : await replay(options.store, feed, { after: from, before: firstBatch, onError })
      feed.resume()
      return replayed
    },
    coverage: () => counts.all(),
    queued: () => feed.queued,
    drained: () => feed.drained(),
    close: () => feed.close(),
  }
}

/** Tries again from the last batch that went through, since new events must wait until the old ones are detected. */
async function replay(
  store: EventStore,
  feed: DetectionFeed,
  range: { after: number; before: number; onError(error: unknown): void },
): Promise<number> {
  let replayed = 0
  let after = range.after
  for (let pause = 500; !feed.isClosed; pause = Math.min(pause * 2, 30_000)) {
    try {
      for await (const { batch, events } of storedBatches(store, { after, before: range.before })) {
        await feed.replay(batch, events)
        replayed += events.length
        after = batch
      }
      return replayed
    } catch (error) {
      range.onError(error)
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
  return replayed
}
