import type { TelemetryEvent } from '@cordon/telemetry'

/** Keeps the number of the last batch whose detections are durable. */
export interface Watermark {
  /** Undefined when detection never ran. */
  get(): Promise<number | undefined>
  set(batch: number): Promise<void>
}

export interface FeedOptions {
  /** Resolves when the detections of these events are durable. */
  onEvents(events: TelemetryEvent[]): void | Promise<void>
  watermark: Watermark
  /** Events that may wait; beyond, `isFull`. */
  maxQueued: number
  onError(error: unknown): void
}

const maxPerCall = 10_000

/**
 * Hands stored batches to detection one after the other, in the order they were stored, and moves the watermark behind
 * them. A failure is tried again until it works, since the order must hold: `isFull` then tells ingest to refuse.
 */
export class DetectionFeed {
  readonly #options: FeedOptions
  readonly #queue: { batch: number; events: TelemetryEvent[] }[] = []
  #queued = 0
  #running = false
  #paused = true
  #closed = false
  #idle: (() => void)[] = []

  constructor(options: FeedOptions) {
    this.#options = options
  }

  get isFull(): boolean {
    return this.#queued >= this.#options.maxQueued
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Events handed over and not yet detected. */
  get queued(): number {
    return this.#queued
  }

  add(batch: number, events: TelemetryEvent[]): void {
    this.#queue.push({ batch, events })
    this.#queued += events.length
    void this.#run()
  }

  /** Runs one batch of the past; only before `resume`. */
  async replay(batch: number, events: TelemetryEvent[]): Promise<void> {
    await this.#detect(events)
    if (!this.#closed) await this.#persist(batch)
  }

  /** Starts with what is queued; until then only `replay` feeds detection. */
  resume(): void {
    this.#paused = false
    void this.#run()
  }

  /** Resolves when everything handed over so far is detected. */
  async drained(): Promise<void> {
    if (this.#queue.length === 0 && !this.#running) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  close(): void {
    this.#closed = true
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #run(): Promise<void> {
    if (this.#running || this.#paused) return
    this.#running = true
    while (this.#queue.length > 0 && !this.#closed) {
      const events: TelemetryEvent[] = []
      let batch = 0
      while (
        this.#queue[0] !== undefined &&
        (events.length === 0 || events.length + this.#queue[0].events.length <= maxPerCall)
      ) {
        const next = this.#queue.shift()
        if (next === undefined) break
        for (const event of next.events) events.push(event)
        batch = next.batch
      }
      await this.#detect(events)
      if (this.#closed) break
      await this.#persist(batch)
      this.#queued -= events.length
    }
    this.#running = false
    if (this.#queue.length === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #detect(events: TelemetryEvent[]): Promise<void> {
    for (let pause = 250; !this.#closed; pause = Math.min(pause * 2, 30_000)) {
      try {
        await this.#options.onEvents(events)
        return
      } catch (error) {
        this.#options.onError(error)
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
    }
  }

  async #persist(batch: number): Promise<void> {
    try {
      await this.#options.watermark.set(batch)
    } catch (error) {
      // Not fatal: the next batch moves it further; after a crash some events are detected twice.
      this.#options.onError(error)
    }
  }
}
