/** Keys to look at again, each handled by one worker at a time; adding a key that waits changes nothing. */
export interface WorkQueue {
  add(key: string): void
  /** Adds the key once the time is over; a sooner time already set wins. */
  addAfter(key: string, ms: number): void
  stop(): void
}

const FIRST_RETRY_MS = 20
const LAST_RETRY_MS = 10_000

/**
 * A keyed work queue with retry. A failing key comes back with growing delay, so no change is lost and a lasting
 * failure does not spin. `parallel` keys run at once; the same key never does.
 */
export function workQueue(
  handle: (key: string) => Promise<void>,
  options: { parallel?: number; onError?: (key: string, error: unknown) => void } = {},
): WorkQueue {
  const waiting = new Set<string>()
  const running = new Set<string>()
  const timers = new Map<string, { timer: NodeJS.Timeout; due: number }>()
  const failures = new Map<string, number>()
  const parallel = options.parallel ?? 1
  let stopped = false
  let scheduled = false

  const pump = () => {
    scheduled = false
    for (const key of waiting) {
      if (stopped || running.size >= parallel) return
      if (running.has(key)) continue
      waiting.delete(key)
      running.add(key)
      void work(key)
    }
  }

  const schedule = () => {
    if (scheduled || stopped) return
    scheduled = true
    // A macrotask, so that watch listeners return before any handler runs.
    setImmediate(pump)
  }

  const work = async (key: string) => {
    try {
      await handle(key)
      failures.delete(key)
    } catch (error) {
      const count = (failures.get(key) ?? 0) + 1
      failures.set(key, count)
      if (!stopped) options.onError?.(key, error)
      queue.addAfter(key, Math.min(FIRST_RETRY_MS * 2 ** count, LAST_RETRY_MS))
    } finally {
      running.delete(key)
      if (waiting.size > 0) schedule()
    }
  }

  const queue: WorkQueue = {
    add(key) {
      if (stopped) return
      waiting.add(key)
      schedule()
    },
    addAfter(key, ms) {
      if (stopped) return
      if (ms <= 0) return queue.add(key)
      const due = Date.now() + ms
      const earlier = timers.get(key)
      if (earlier && earlier.due <= due) return
      if (earlier) clearTimeout(earlier.timer)
      // setTimeout counts in 32 bits; a longer wait simply looks again.
      const timer = setTimeout(
        () => {
          timers.delete(key)
          queue.add(key)
        },
        Math.min(ms, 2_000_000_000),
      )
      timers.set(key, { timer, due })
    },
    stop() {
      stopped = true
      waiting.clear()
      for (const { timer } of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
  return queue
}

/** The usual key of a namespaced object. */
export function keyOf(object: { metadata: { namespace?: string; name: string } }): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`
}

export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
