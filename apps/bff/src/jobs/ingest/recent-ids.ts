/**
 * Ids of lately stored events of one cluster, oldest forgotten first. Tells for which events memory is not enough and
 * the store must be asked: those that may be older than what is remembered.
 */
export class RecentIds {
  readonly #times = new Map<string, number>()
  readonly #capacity: number
  /** Events stamped up to here may have been stored without being remembered. */
  #askUpTo: number

  constructor(capacity: number, askUpTo: number) {
    this.#capacity = capacity
    this.#askUpTo = askUpTo
  }

  has(id: string): boolean {
    return this.#times.has(id)
  }

  mustAsk(event: { time: number; flags?: readonly string[] }): boolean {
    // A resend of an event without usable time is stamped anew, and one from a clock ahead lies above every bound.
    return (
      event.time <= this.#askUpTo ||
      event.flags?.some((flag) => flag === 'no-usable-time' || flag === 'clock-ahead') === true
    )
  }

  add(id: string, time: number): void {
    this.#times.set(id, time)
    if (this.#times.size <= this.#capacity) return
    const [oldest] = this.#times
    if (oldest === undefined) return
    this.#times.delete(oldest[0])
    // Never into the future: one event with a wrong clock would have every later one looked up.
    this.#askUpTo = Math.max(this.#askUpTo, Math.min(oldest[1], Date.now()))
  }

  /** After an insert of unknown outcome: everything stamped up to `time` must be looked up. */
  doubt(time: number): void {
    this.#askUpTo = Math.max(this.#askUpTo, time)
  }
}
