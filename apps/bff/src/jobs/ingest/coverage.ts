import type { TelemetryEvent } from '@cordon/telemetry'

/** What came from one source of one cluster since this process started. Times in epoch milliseconds. */
export interface SourceCoverage {
  cluster: string
  source: string
  events: number
  rejected: number
  duplicates: number
  firstReceived: number
  lastReceived: number
  /** Time of the newest event; 0 while only rejected ones came. */
  lastEventTime: number
  /** Between the newest event's own time and its receipt. */
  lagMs: number
  /** Audit levels seen: at Metadata, rules that look into bodies can't be evaluated. */
  levels: string[]
}

/** Counts per cluster and source. */
export class CoverageCounts {
  readonly #sources = new Map<string, SourceCoverage>()

  stored(events: readonly TelemetryEvent[]): void {
    for (const event of events) {
      const counts = this.#of(event.cluster, event.source, event.receivedAt)
      counts.events += 1
      counts.lastReceived = Math.max(counts.lastReceived, event.receivedAt)
      // A clock ahead must not hide that nothing new comes.
      if (event.time >= counts.lastEventTime && event.flags?.includes('clock-ahead') !== true) {
        counts.lastEventTime = event.time
        counts.lagMs = Math.max(0, event.receivedAt - event.time)
      }
      if (event.type === 'audit') addLevel(counts, event.raw['level'])
    }
  }

  duplicates(events: readonly TelemetryEvent[]): void {
    for (const event of events) this.#of(event.cluster, event.source, event.receivedAt).duplicates += 1
  }

  rejected(cluster: string, source: string, count: number, at: number): void {
    const counts = this.#of(cluster, source, at)
    counts.rejected += count
    counts.lastReceived = Math.max(counts.lastReceived, at)
  }

  all(): SourceCoverage[] {
    return [...this.#sources.values()].map((counts) => ({ ...counts, levels: [...counts.levels] }))
  }

  #of(cluster: string, source: string, at: number): SourceCoverage {
    const key = `${source} ${cluster}`
    let counts = this.#sources.get(key)
    if (counts === undefined) {
      counts = {
        cluster,
        source,
        events: 0,
        rejected: 0,
        duplicates: 0,
        firstReceived: at,
        lastReceived: at,
        lastEventTime: 0,
        lagMs: 0,
        levels: [],
      }
      this.#sources.set(key, counts)
    }
    return counts
  }
}

const levels = new Set(['None', 'Metadata', 'Request', 'RequestResponse'])

function addLevel(counts: SourceCoverage, level: unknown): void {
  if (typeof level === 'string' && levels.has(level) && !counts.levels.includes(level)) counts.levels.push(level)
}
