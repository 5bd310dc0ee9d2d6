import type { HuntLimits, HuntUsage } from '@cordon/contract'
import type { Actor, Deps } from '../../deps.ts'
import { limitsOf } from './limits.ts'
import { createPlaces, type Queue } from './places.ts'
import { createQuota } from './quota.ts'
import { noteRun } from './runs.ts'

export interface Asked {
  actor: Actor
  query: string
  timespan: string | undefined
  signal: AbortSignal
  onWait?: (queue: Queue) => void
}

/** What the work learns of its place. */
export interface Place {
  limits: HuntLimits
  queuedMs: number
}

export interface Guard {
  /**
   * Waits for a place, works within the person's limits and quota, and notes the run in their history. `used` is the
   * engine time of the person within the window, this work included.
   */
  run<T>(
    asked: Asked,
    work: (place: Place) => Promise<{ rows: number | null; answer: T }>,
  ): Promise<{ answer: T; used: number }>
  /** Works when people leave room for it. */
  runBehind<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
  usage(actor: Actor): HuntUsage
}

/** The one door through which hunts of people reach the engine. */
export function createGuard(deps: Pick<Deps, 'commitUnrecorded' | 'log'>): Guard {
  const places = createPlaces()
  const quota = createQuota()
  return {
    async run({ actor, query, timespan, signal, onWait }, work) {
      const since = performance.now()
      const limits = limitsOf(actor.role)
      const note = (state: 'finished' | 'failed' | 'cancelled', rows: number | null): Promise<void> =>
        noteRun(deps, actor, { query, timespan, state, ms: performance.now() - since, rows }).catch((error: unknown) =>
          deps.log.warn({ err: error }, 'A hunt could not be noted in the history'),
        )
      try {
        const done = await places.take({ owner: actor.name, limits, signal, onWait }, async (queuedMs) => {
          quota.check(actor.name, limits)
          const started = performance.now()
          try {
            return await work({ limits, queuedMs })
          } finally {
            quota.add(actor.name, (performance.now() - started) / 1000)
          }
        })
        await note('finished', done.rows)
        return { answer: done.answer, used: quota.used(actor.name) }
      } catch (error) {
        await note(signal.aborted ? 'cancelled' : 'failed', null)
        throw error
      }
    },
    runBehind: (signal, work) => places.takeBehind(signal, work),
    usage(actor) {
      return { ...places.of(actor.name), usedSeconds: quota.used(actor.name), limits: limitsOf(actor.role) }
    },
  }
}
