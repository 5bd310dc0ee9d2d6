import { readFileSync } from 'node:fs'
import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface WebhookOptions {
  /** Where to post; `?timeout=30s` is added as the API server does. */
  url: string
  token?: string
  /** Authority of the receiver's certificate. */
  caFile?: string
  caPem?: string
  batchMaxSize?: number
  batchMaxWaitMs?: number
  /** Events that wait at most; newer ones are dropped and counted. */
  bufferSize?: number
  /** First pause before a retry; it grows by half each time. */
  initialBackoffMs?: number
  /** Attempts per batch before it is given up and counted as lost. */
  maxAttempts?: number
}

export interface WebhookAuditSink {
  (events: object[]): void
  stats(): { sent: number; dropped: number; lost: number; waiting: number }
  /** Sends what waits and resolves when it has arrived or was given up. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Defaults of the API server's batching audit backend. */
const DEFAULTS = {
  batchMaxSize: 400,
  batchMaxWaitMs: 30_000,
  bufferSize: 10_000,
  initialBackoffMs: 1000,
  maxAttempts: 5,
}

/**
 * Delivers audit events to a webhook in batches, in order. A failed batch is tried again with growing pauses; when the
 * receiver stays away, events are dropped rather than kept without limit, as real servers do.
 */
export function webhookAuditSink(options: WebhookOptions): WebhookAuditSink {
  const settings = { ...DEFAULTS, ...options }
  const ca = options.caPem ?? (options.caFile ? readFileSync(options.caFile, 'utf8') : undefined)
  const waiting: object[] = []
  const counts = { sent: 0, dropped: 0, lost: 0 }
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined
  let closed = false
  const stop = new AbortController()

  const deliver = async (batch: object[]) => {
    const body = Buffer.from(
      `${JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: batch })}\n`,
    )
    let pause = settings.initialBackoffMs
    for (let attempt = 1; ; attempt++) {
      const status = await post(options.url, { token: options.token, ca, body }).catch(() => 0)
      if (status >= 200 && status < 300) {
        counts.sent += batch.length
        return
      }
      // Only what may pass by itself is tried again: no connection, overload, server errors.
      const passing = status === 0 || status === 429 || status >= 500
      if (!passing || attempt >= settings.maxAttempts || stop.signal.aborted) {
        counts.lost += batch.length
        return
      }
      await sleep(pause, stop.signal)
      pause *= 1.5
    }
  }
  const drain = async () => {
    clearTimeout(timer)
    timer = undefined
    while (waiting.length > 0) await deliver(waiting.splice(0, settings.batchMaxSize))
  }
  const start = () => (sending ??= drain().finally(() => (sending = undefined)))

  const sink = (events: object[]) => {
    for (const event of events) {
      if (closed || waiting.length >= settings.bufferSize) counts.dropped++
      else waiting.push(event)
    }
    if (waiting.length >= settings.batchMaxSize) void start()
    else if (waiting.length > 0)
      timer ??= setTimeout(() => {
        // Also when a delivery is under way: a timer that has fired must not pass for one that will.
        timer = undefined
        void start()
      }, settings.batchMaxWaitMs).unref()
  }
  const flush = async () => {
    while (sending || waiting.length > 0) await start()
  }
  return Object.assign(sink, {
    stats: () => ({ ...counts, waiting: waiting.length }),
    flush,
    async close() {
      closed = true
      stop.abort()
      await flush()
    },
  })
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}

const TIMEOUT_SECONDS = 30

function post(url: string, { token, ca, body }: { token?: string; ca?: string; body: Buffer }): Promise<number> {
  const target = new URL(url)
  target.searchParams.set('timeout', `${TIMEOUT_SECONDS}s`)
  const options: RequestOptions = {
    method: 'POST',
    timeout: TIMEOUT_SECONDS * 1000,
    headers: {
      'User-Agent': 'Go-http-client/1.1',
      'Content-Length': body.length,
      Accept: 'application/json, */*',
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      'Content-Type': 'application/json',
      'Accept-Encoding': 'gzip',
    },
  }
  return new Promise((resolve, reject) => {
    const done = (response: { statusCode?: number; resume(): unknown }) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }
    const request =
      target.protocol === 'https:' ? httpsRequest(target, { ...options, ca }, done) : httpRequest(target, options, done)
    request.on('timeout', () => request.destroy(new Error('timeout')))
    request.on('error', reject)
    request.end(body)
  })
}
