/** Where the lab's time comes from. Tests may hand in their own. */
export interface Clock {
  now(): Date
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const timer = setTimeout(done, Math.min(ms, 2_147_483_647)) // setTimeout takes 31 bits
      timer.unref()
      signal.addEventListener('abort', aborted, { once: true })
      function done() {
        signal.removeEventListener('abort', aborted)
        resolve()
      }
      function aborted() {
        clearTimeout(timer)
        reject(signal.reason)
      }
    }),
}
