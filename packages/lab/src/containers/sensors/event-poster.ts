/** Ships sensor output over HTTP: keeps order, retries, and drops the oldest when its buffer is full. */
export interface PosterOptions {
  url: string
  token: string
  contentType: string
  /** Events per request; Falco sends one, an exporter of lines sends many. */
  batch: number
  /** Requests under way at the same time. Order is kept only with 1. */
  parallel?: number
  fetch?: typeof globalThis.fetch
}

const capacity = 20_000
const retryMs = [250, 500, 1000, 2000, 5000]

export class EventPoster {
  readonly #options: PosterOptions
  #queue: string[] = []
  #working = false
  #closed = false
  #idle: (() => void)[] = []
  #dropped = 0
  #sent = 0

  constructor(options: PosterOptions) {
    this.#options = options
  }

  get dropped(): number {
    return this.#dropped
  }

  get sent(): number {
    return this.#sent
  }

  /** One event as JSON text. Never blocks and never throws. */
  push(text: string): void {
    if (this.#closed) return
    this.#queue.push(text)
    if (this.#queue.length > capacity) {
      this.#queue.shift()
      this.#dropped++
    }
    if (!this.#working) void this.#work()
  }

  /** Resolves when everything pushed so far was sent or dropped. */
  async flush(): Promise<void> {
    if (this.#working) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  close(): void {
    this.#closed = true
    this.#queue = []
  }

  async #work(): Promise<void> {
    this.#working = true
    await Promise.resolve() // lets one burst become one batch
    while (this.#queue.length > 0) {
      const requests: string[][] = []
      for (let lane = 0; lane < (this.#options.parallel ?? 1) && this.#queue.length > 0; lane++)
        requests.push(this.#queue.splice(0, this.#options.batch))
      await Promise.all(requests.map((events) => this.#deliver(events)))
    }
    this.#working = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #deliver(events: string[]): Promise<void> {
    for (let attempt = 0; !this.#closed; attempt++) {
      const outcome = await this.#post(events)
      if (outcome === 'sent') this.#sent += events.length
      if (outcome !== 'later') return
      const wait = retryMs[Math.min(attempt, retryMs.length - 1)]!
      await new Promise<void>((resolve) => setTimeout(resolve, wait).unref())
    }
  }

  async #post(events: string[]): Promise<'sent' | 'later' | 'refused'> {
    const { url, token, contentType, fetch = globalThis.fetch } = this.#options
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': contentType, authorization: `Bearer ${token}` },
        body: this.#options.batch === 1 ? events[0]! : `${events.join('\n')}\n`,
        signal: AbortSignal.timeout(10_000),
      })
      await response.arrayBuffer() // frees the connection for the next request
      if (response.ok) return 'sent'
      // What the receiver calls malformed will not become better; everything else may.
      if (response.status === 400 || response.status === 413 || response.status === 422) {
        this.#dropped += events.length
        return 'refused'
      }
      return 'later'
    } catch {
      return 'later'
    }
  }
}
