import { Refusal } from '../../refusal.ts'

export interface Places {
  /** Runs when there is room. Rejects with `Refusal` when too many wait already. */
  take<T>(owner: string, signal: AbortSignal, work: (waitedMs: number) => Promise<T>): Promise<T>
}

export const perOwner = 2
const perOwnerWaiting = 8
const overall = 4

interface Waiting {
  owner: string
  start(): void
}

/** Hunts of everyone share few places, so that they never slow ingest; each person has at most two. */
export function createPlaces(): Places {
  const running = new Map<string, number>()
  const waiting: Waiting[] = []
  const count = (): number => [...running.values()].reduce((sum, each) => sum + each, 0)
  const next = (): void => {
    for (let index = 0; index < waiting.length && count() < overall;) {
      const each = waiting[index]
      if (each && (running.get(each.owner) ?? 0) < perOwner) {
        waiting.splice(index, 1)
        running.set(each.owner, (running.get(each.owner) ?? 0) + 1)
        each.start()
      } else index += 1
    }
  }
  return {
    async take(owner, signal, work) {
      if (waiting.filter((each) => each.owner === owner).length >= perOwnerWaiting)
        throw new Refusal('too-many', `${perOwnerWaiting} of your queries are waiting already. Cancel one, or wait.`)
      const since = performance.now()
      await new Promise<void>((resolve, reject) => {
        const entry: Waiting = { owner, start: resolve }
        waiting.push(entry)
        const leave = (): void => {
          const at = waiting.indexOf(entry)
          if (at < 0) return
          waiting.splice(at, 1)
          reject(new Refusal('invalid', 'The query was cancelled while it waited.'))
        }
        signal.addEventListener('abort', leave, { once: true })
        next()
        if (signal.aborted) leave()
      })
      try {
        return await work(performance.now() - since)
      } finally {
        const left = (running.get(owner) ?? 1) - 1
        if (left === 0) running.delete(owner)
        else running.set(owner, left)
        next()
      }
    },
  }
}
