import { setImmediate as turn } from 'node:timers/promises'
import { idColumn, storedRow, tableOf, type CloudNames, type Row, type TelemetryEvent } from '@cordon/telemetry'
import { EventStoreError, type EventStore } from '../../adapters/clickhouse/event-store.ts'
import { RecentIds } from './recent-ids.ts'

/** What became of the events of one submission. */
export interface Committed {
  accepted: number
  duplicates: number
  /** Events the store itself refused, each with its reason. */
  refused: { event: TelemetryEvent; reason: string }[]
}

export interface CommitterOptions {
  store: EventStore
  /** Called in order with the new events of each durable batch. */
  onStored(batch: number, events: TelemetryEvent[]): void
  onDuplicates(events: TelemetryEvent[]): void
  cloudNames?(cluster: string): CloudNames | undefined
  /** First batch number; above every one used before. */
  firstBatch: number
  recentIds: number
  /** Time of the newest event stored before this process, per cluster; events up to it may be resends. */
  storedUpTo: ReadonlyMap<string, number>
}

interface Submission {
  events: TelemetryEvent[]
  size: number
  resolve(committed: Committed): void
  reject(error: unknown): void
}

const maxBatchEvents = 10_000
/** Characters of JSON; a batch is held in memory here and in the engine. */
const maxBatchSize = 33_554_432
/** Small batches make small parts, which the store must merge; so commits start at least this far apart. */
const minIntervalMs = 50
/** Clocks of senders may be ahead of ours by this; further ones are flagged and always looked up. */
const skewMs = 300_000
/** Longest piece of work between two turns of the event loop. */
const workMs = 10

/**
 * Group commit: while one batch is being written, what arrives gathers for the next, so that one event per request is
 * as cheap as thousands. Batches are written one after the other; each event is stored once.
 */
export class Committer {
  readonly #options: CommitterOptions
  readonly #queue: Submission[] = []
  readonly #recent = new Map<string, RecentIds>()
  #doubtful: { batch: number; events: TelemetryEvent[] } | undefined
  #lastCommit = 0
  #running = false
  #batch: number

  constructor(options: CommitterOptions) {
    this.#options = options
    this.#batch = options.firstBatch
  }

  /**
   * Resolves when the events are durable and handed to detection; `size` is that of the JSON they were read from.
   * Rejects with `EventStoreError`; then send again.
   */
  submit(events: TelemetryEvent[], size: number): Promise<Committed> {
    if (events.length === 0) return Promise.resolve({ accepted: 0, duplicates: 0, refused: [] })
    return new Promise((resolve, reject) => {
      this.#queue.push({ events, size, resolve, reject })
      void this.#run()
    })
  }

  async #run(): Promise<void> {
    if (this.#running) return
    this.#running = true
    while (this.#queue.length > 0) {
      await this.#gather()
      await this.#commit(this.#take())
    }
    this.#running = false
  }

  async #gather(): Promise<void> {
    const waiting = this.#queue.reduce((sum, submission) => sum + submission.events.length, 0)
    const left = this.#lastCommit + minIntervalMs - Date.now()
    if (waiting < maxBatchEvents && left > 0) await new Promise((resolve) => setTimeout(resolve, left))
    this.#lastCommit = Date.now()
  }

  #take(): Submission[] {
    const taken: Submission[] = []
    let events = 0
    let size = 0
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      events += next.events.length
      size += next.size
      if (taken.length > 0 && (events > maxBatchEvents || size > maxBatchSize)) break
      taken.push(next)
      this.#queue.shift()
    }
    return taken
  }

  async #commit(submissions: Submission[]): Promise<void> {
    try {
      await this.#settleDoubt()
      const fresh = await this.#withoutKnown(submissions.flatMap((submission) => submission.events))
      const refused = await this.#store([...fresh])
      for (const submission of submissions) submission.resolve(this.#outcome(submission, fresh, refused))
    } catch (error) {
      for (const submission of submissions) submission.reject(error)
    }
  }

  /** Writes new events as the next batch and hands them over; the map holds those that the store refused for good. */
  async #store(fresh: TelemetryEvent[]): Promise<ReadonlyMap<TelemetryEvent, string>> {
    if (fresh.length === 0) return new Map()
    const batch = this.#batch
    this.#batch += 1
    try {
      const refused = await this.#write(batch, fresh)
      this.#handOver(
        batch,
        fresh.filter((event) => !refused.has(event)),
      )
      return refused
    } catch (error) {
      this.#doubtful = { batch, events: fresh }
      // A write whose answer was lost may still come to its end on a server.
      for (const recent of this.#recent.values()) recent.doubt(Date.now() + skewMs)
      throw error
    }
  }

  /**
   * After a failed batch: what of it is stored nonetheless is handed to detection, since its sender will be told that
   * it is a duplicate. Nothing new is written before that is known, so that the watermark cannot pass the batch: after
   * a crash it is replayed.
   */
  async #settleDoubt(): Promise<void> {
    if (this.#doubtful === undefined) return
    const { batch, events } = this.#doubtful
    const stored = new Set(await this.#stored(events))
    this.#doubtful = undefined
    this.#handOver(
      batch,
      events.filter((event) => stored.has(event)),
    )
  }

  #handOver(batch: number, events: TelemetryEvent[]): void {
    for (const event of events) this.#recentOf(event.cluster).add(event.id, event.time)
    if (events.length > 0) this.#options.onStored(batch, events)
  }

  #outcome(
    submission: Submission,
    fresh: ReadonlySet<TelemetryEvent>,
    refused: ReadonlyMap<TelemetryEvent, string>,
  ): Committed {
    const duplicates = submission.events.filter((event) => !fresh.has(event))
    if (duplicates.length > 0) this.#options.onDuplicates(duplicates)
    const own = submission.events.flatMap((event) =>
      refused.has(event) ? [{ event, reason: refused.get(event) ?? '' }] : [],
    )
    return {
      accepted: submission.events.length - duplicates.length - own.length,
      duplicates: duplicates.length,
      refused: own,
    }
  }

  /** The events that are not stored yet, each id once. */
  async #withoutKnown(events: TelemetryEvent[]): Promise<Set<TelemetryEvent>> {
    const fresh = new Map<string, TelemetryEvent>()
    const ask: TelemetryEvent[] = []
    for (const event of events) {
      const recent = this.#recentOf(event.cluster)
      const key = keyOf(event)
      if (recent.has(event.id) || fresh.has(key)) continue
      fresh.set(key, event)
      if (recent.mustAsk(event)) ask.push(event)
    }
    for (const event of await this.#stored(ask)) fresh.delete(keyOf(event))
    return new Set(fresh.values())
  }

  async #stored(events: readonly TelemetryEvent[]): Promise<TelemetryEvent[]> {
    // A resend carries the same time, which narrows the search, unless it had none of its own.
    const groups = Map.groupBy(
      events,
      (event) => `${tableOf(event)} ${event.flags?.includes('no-usable-time')} ${event.cluster}`,
    )
    const known: TelemetryEvent[] = []
    for (const group of groups.values()) {
      const [first] = group
      if (first === undefined) continue
      const times = first.flags?.includes('no-usable-time') ? undefined : spanOf(group)
      const ids = await this.#options.store.knownIds(
        tableOf(first),
        first.cluster,
        group.map((event) => event.id),
        times,
      )
      known.push(...group.filter((event) => ids.has(event.id)))
    }
    return known
  }

  /** Writes the batch; the map holds the events that the store refused for good. */
  async #write(batch: number, events: TelemetryEvent[]): Promise<Map<TelemetryEvent, string>> {
    const refused = new Map<TelemetryEvent, string>()
    const tables = new Map<string, { event: TelemetryEvent; row: Row }[]>()
    let since = performance.now()
    for (const [index, event] of events.entries()) {
      const { table, row } = storedRow(event, { batch, index }, this.#options.cloudNames?.(event.cluster))
      const rows = tables.get(table)
      if (rows === undefined) tables.set(table, [{ event, row }])
      else rows.push({ event, row })
      if (performance.now() - since < workMs) continue
      await turn()
      since = performance.now()
    }
    for (const [table, rows] of tables) await this.#insert(table, rows, refused)
    return refused
  }

  async #insert(
    table: string,
    rows: { event: TelemetryEvent; row: Row }[],
    refused: Map<TelemetryEvent, string>,
  ): Promise<void> {
    try {
      await this.#insertSurely(table, rows)
    } catch (error) {
      const isPoison = error instanceof EventStoreError && (error.code === 'invalid' || error.code === 'internal')
      if (!isPoison) throw error
      const [only] = rows
      if (rows.length === 1 && only !== undefined) {
        refused.set(only.event, `the event store refused it: ${error.message.slice(0, 200)}`)
        return
      }
      // One event must not keep the others out for ever: halve until it is alone.
      const half = Math.ceil(rows.length / 2)
      await this.#insert(table, rows.slice(0, half), refused)
      await this.#insert(table, rows.slice(half), refused)
    }
  }

  /** Tries again while the engine restarts; looks up first what the failed try had stored. */
  async #insertSurely(table: string, rows: { event: TelemetryEvent; row: Row }[]): Promise<void> {
    let left = rows
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (left.length > 0)
          await this.#options.store.insert(
            table,
            left.map(({ row }) => row),
          )
        return
      } catch (error) {
        if (!(error instanceof EventStoreError) || error.code !== 'unavailable' || attempt === 3) throw error
        await new Promise((resolve) => setTimeout(resolve, 200 * attempt))
        const stored = new Set(await this.#stored(left.map(({ event }) => event)))
        left = left.filter(({ event }) => !stored.has(event))
      }
    }
  }

  #recentOf(cluster: string): RecentIds {
    let recent = this.#recent.get(cluster)
    if (recent === undefined) {
      recent = new RecentIds(this.#options.recentIds, this.#options.storedUpTo.get(cluster) ?? 0)
      this.#recent.set(cluster, recent)
    }
    return recent
  }
}

function keyOf(event: TelemetryEvent): string {
  return `${event.cluster}\0${idColumn(tableOf(event))}\0${event.id}`
}

function spanOf(events: readonly TelemetryEvent[]): { from: number; to: number } {
  let from = Number.POSITIVE_INFINITY
  let to = 0
  for (const { time } of events) {
    from = Math.min(from, time)
    to = Math.max(to, time)
  }
  return { from, to }
}
