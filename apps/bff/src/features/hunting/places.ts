import type { HuntLimits } from '@cordon/contract'
import { Refusal } from '../../refusal.ts'
import { overall } from './limits.ts'

export interface Places {
  /** Runs when there is room. Rejects with `Refusal` when too many wait already. */
  take<T>(request: PlaceRequest, work: (waitedMs: number) => Promise<T>): Promise<T>
  /** Runs what no person waits for: one at a time, and only while most places are free and nobody waits for one. */
  takeBehind<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
  /** Where the person's queries are, and how many there are of all. */
  of(owner: string): { running: number; positions: number[]; overall: { running: number; waiting: number } }
}

export interface PlaceRequest {
  owner: string
  limits: Pick<HuntLimits, 'concurrent' | 'waiting'>
  signal: AbortSignal
  /** Told of the place in the queue when it has to wait, and of every change. */
  onWait?: (queue: Queue) => void
}

export interface Queue {
  /** 1 = next. */
  position: number
  waiting: number
  running: number
}

interface Waiting {
  request: PlaceRequest
  start(): void
  told: string
}

/** Hunts of everyone share few places, so that they never slow ingest; each person has few of them. */
export function createPlaces(): Places {
  const running = new Map<string, number>()
  const waiting: Waiting[] = []
  const behind: (() => void)[] = []
  let busyBehind = false
  const count = (): number => [...running.values()].reduce((sum, each) => sum + each, 0)
  const next = (): void => {
    for (let index = 0; index < waiting.length && count() < overall;) {
      const each = waiting[index]
      if (each && (running.get(each.request.owner) ?? 0) < each.request.limits.concurrent) {
        waiting.splice(index, 1)
        running.set(each.request.owner, (running.get(each.request.owner) ?? 0) + 1)
        each.start()
      } else index += 1
    }
    for (const [index, each] of waiting.entries()) {
      const queue: Queue = { position: index + 1, waiting: waiting.length, running: count() }
      const told = JSON.stringify(queue)
      if (told === each.told) continue
      each.told = told
      each.request.onWait?.(queue)
    }
    if (busyBehind || waiting.length > 0 || count() > overall / 2) return
    const start = behind.shift()
    busyBehind = start !== undefined
    start?.()
  }
  return {
    async take(request, work) {
      const { owner, limits, signal } = request
      if (waiting.filter((each) => each.request.owner === owner).length >= limits.waiting)
        throw new Refusal('too-many', `${limits.waiting} of your queries are waiting already. Cancel one, or wait.`)
      const since = performance.now()
      await new Promise<void>((resolve, reject) => {
        const entry: Waiting = { request, start: resolve, told: '' }
        waiting.push(entry)
        const leave = (): void => {
          const at = waiting.indexOf(entry)
          if (at < 0) return
          waiting.splice(at, 1)
          reject(new Refusal('invalid', 'The query was cancelled while it waited.'))
          next()
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
    async takeBehind(signal, work) {
      await new Promise<void>((resolve, reject) => {
        behind.push(resolve)
        const leave = (): void => {
          const at = behind.indexOf(resolve)
          if (at < 0) return
          behind.splice(at, 1)
          reject(new Refusal('unavailable', 'The run was cancelled while it waited.'))
        }
        signal.addEventListener('abort', leave, { once: true })
        next()
        if (signal.aborted) leave()
      })
      try {
        return await work()
      } finally {
        busyBehind = false
        next()
      }
    },
    of: (owner) => ({
      running: running.get(owner) ?? 0,
      positions: waiting.flatMap((each, index) => (each.request.owner === owner ? [index + 1] : [])),
      overall: { running: count(), waiting: waiting.length },
    }),
  }
}
