import type { DetectionRun } from '@cordon/contract'
import { isDatabaseDown } from '../../adapters/postgres/is-database-down.ts'
import { Refusal, TimedOut } from '../../refusal.ts'

export type Cause = NonNullable<DetectionRun['cause']>

const minute = 60_000
// First wait, and the longest: it doubles. A query without an end in sight costs half a minute of the engine each time.
const waits = { timeout: [5 * minute, 360 * minute], unavailable: [minute, 15 * minute] } as const
const words = {
  timeout: 'It is tried again, after 5 minutes at first and every 6 hours at last.',
  unavailable:
    'It says nothing about the query: it is tried again, after a minute at first and every 15 minutes at last.',
}

/** Causes that may pass by themselves: they are tried again more and more rarely, and never pause a detection. */
export function isPassing(cause: Cause): cause is keyof typeof waits {
  return cause === 'timeout' || cause === 'unavailable'
}

/** What kind of failure it is. What ran out of time is the query's, what was away or overloaded isn't. */
export function causeOf(error: unknown): Cause {
  if (error instanceof TimedOut) return 'timeout'
  if (isDatabaseDown(error)) return 'unavailable'
  if (!(error instanceof Refusal)) return 'unexpected'
  return error.code === 'unavailable' || error.code === 'too-many' ? 'unavailable' : 'query'
}

/** The failure in words, with what happens next where that isn't the next due time. */
export function failureText(error: unknown): string {
  const cause = causeOf(error)
  const reason = isDatabaseDown(error)
    ? 'The database was not available.'
    : error instanceof Refusal
      ? error.message
      : 'An unexpected error occurred; the log of the server names it.'
  return isPassing(cause) ? `${reason} ${words[cause]}` : reason
}

/** Milliseconds until the next attempt, after so many that failed for this cause. */
export function waitAfter(cause: keyof typeof waits, attempts: number): number {
  const [first, longest] = waits[cause]
  return Math.min(first * 2 ** Math.min(attempts - 1, 20), longest)
}
