/** Bounds on what commands in a container may cost this machine. Commands come from attackers. */
export interface Limits {
  /** Shell and program steps a session may take at once; refills at a hundredth per second. */
  steps: number
  /** Bytes a session may write to files, pipes and its output at once; refills at a hundredth per second. */
  bytes: number
  /** Processes alive in one container. */
  processes: number
  /** Processes a session may start at once; refills at a hundredth per second. */
  starts: number
  /** Nesting of subshells, functions and substitutions. */
  depth: number
  /** Length of one expanded word or variable. */
  word: number
  /** Bytes a container may add to its file system. */
  disk: number
  /** Milliseconds one exec or web request may run; main processes are not bounded. */
  sessionMs: number
}

export const defaultLimits: Limits = {
  steps: 300_000,
  bytes: 16 * 1024 * 1024,
  processes: 128,
  starts: 2_000,
  depth: 64,
  word: 1024 * 1024,
  disk: 32 * 1024 * 1024,
  sessionMs: 30 * 60_000,
}

/** Parsing costs, too: so many characters of a script count as one step. */
export const charactersPerStep = 100

/** A session spent what it may: the commands in it are ended with this message. */
export class LimitExceeded extends Error {}

class Bucket {
  #left: number
  readonly #size: number
  #filledAt: number

  constructor(size: number, now: number) {
    this.#left = size
    this.#size = size
    this.#filledAt = now
  }

  take(amount: number, now: number): boolean {
    const gained = ((now - this.#filledAt) / 1000) * (this.#size / 100)
    this.#left = Math.min(this.#size, this.#left + gained) - amount
    this.#filledAt = now
    return this.#left >= 0
  }
}

/** What one session (a main process, an exec, a web request) may still spend. */
export class Budget {
  readonly #buckets: Record<'steps' | 'bytes' | 'starts', Bucket>
  readonly limits: Limits
  #exceeded: string | undefined

  constructor(limits: Limits) {
    const now = performance.now()
    this.limits = limits
    this.#buckets = {
      steps: new Bucket(limits.steps, now),
      bytes: new Bucket(limits.bytes, now),
      starts: new Bucket(limits.starts, now),
    }
  }

  /** Throws LimitExceeded when the session may not spend `amount` more; from then on it always does. */
  spend(what: 'steps' | 'bytes' | 'starts', amount = 1): void {
    if (this.#exceeded === undefined && !this.#buckets[what].take(amount, performance.now())) this.#exceeded = what
    if (this.#exceeded !== undefined) throw new LimitExceeded(`lab limit reached: too many ${this.#exceeded}`)
  }
}
