/**
 * A map that forgets entries unused for long once it is full: state fed by attackers must not grow without end. It
 * keeps two generations; what is used moves to the young one, and when that is half of the limit the old one is
 * forgotten. So at least the half used last is there, at most the limit, and nothing is sorted or deleted on the way.
 */
export class BoundedMap<V> {
  private young = new Map<string, V>()
  private old = new Map<string, V>()
  private readonly limit: number
  private readonly half: number

  constructor(limit: number) {
    this.limit = limit
    this.half = Math.max(1, Math.floor(limit / 2))
  }

  get(key: string): V | undefined {
    const value = this.young.get(key)
    if (value !== undefined) return value
    const before = this.old.get(key)
    if (before !== undefined) this.set(key, before)
    return before
  }

  has(key: string): boolean {
    return this.young.has(key) || this.old.has(key)
  }

  set(key: string, value: V): void {
    this.young.set(key, value)
    if (this.young.size < this.half) return
    this.old = this.young
    this.young = new Map()
  }

  /** Takes a key in; false when it was there. */
  add(key: string, value: V): boolean {
    if (this.young.has(key)) return false
    const isNew = !this.old.has(key)
    this.set(key, value)
    return isNew
  }

  get size(): number {
    let size = this.young.size
    for (const key of this.old.keys()) if (!this.young.has(key)) size++
    return size
  }

  /** The entries, least used first. Values are shared with the map: whoever stores one in it must not change it. */
  snapshot(): [string, V][] {
    return [...[...this.old].filter(([key]) => !this.young.has(key)), ...this.young]
  }

  /** Takes over entries of a snapshot; anything that isn't a list of pairs leaves it empty. */
  restore(entries: unknown): void {
    this.young = new Map()
    this.old = new Map()
    if (!Array.isArray(entries)) return
    const pairs = (entries.slice(-this.limit) as unknown[]).filter(
      (pair): pair is [string, V] => Array.isArray(pair) && typeof pair[0] === 'string',
    )
    const from = Math.max(0, pairs.length - this.half + 1)
    for (const [at, [key, value]] of pairs.entries()) (at < from ? this.old : this.young).set(key, value)
  }
}
