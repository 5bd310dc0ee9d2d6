/** Repeatable choices: the same seed always makes the same queries (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from `low` to `high`, both possible. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  one<T>(from: readonly T[]): T {
    const chosen = from[this.whole(0, from.length - 1)]
    if (chosen === undefined) throw new Error('Nothing to choose from')
    return chosen
  }

  some<T>(from: readonly T[], atLeast = 1): T[] {
    const chosen = from.filter(() => this.chance(0.5))
    return chosen.length >= atLeast ? chosen : from.slice(0, atLeast)
  }
}
