/** A map that forgets the entry unused longest once it is full: state fed by attackers must not grow without end. */
export class BoundedMap<V> {
  private entriesByUse = new Map<string, V>()
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  get(key: string): V | undefined {
    const value = this.entriesByUse.get(key)
    if (value === undefined) return undefined
    this.entriesByUse.delete(key)
    this.entriesByUse.set(key, value)
    return value
  }

  has(key: string): boolean {
    return this.entriesByUse.has(key)
  }

  set(key: string, value: V): void {
    this.entriesByUse.delete(key)
    this.entriesByUse.set(key, value)
    if (this.entriesByUse.size <= this.limit) return
    const oldest = this.entriesByUse.keys().next()
    if (!oldest.done) this.entriesByUse.delete(oldest.value)
  }

  delete(key: string): void {
    this.entriesByUse.delete(key)
  }

  get size(): number {
    return this.entriesByUse.size
  }

  /** The entries, least used first. Values are shared with the map: whoever stores one in it must not change it. */
  snapshot(): [string, V][] {
    return [...this.entriesByUse]
  }

  /** Takes over entries of a snapshot; anything that isn't a list of pairs leaves it empty. */
  restore(entries: unknown): void {
    this.entriesByUse = new Map()
    if (!Array.isArray(entries)) return
    for (const pair of entries.slice(-this.limit) as unknown[])
      if (Array.isArray(pair) && typeof pair[0] === 'string') this.entriesByUse.set(pair[0], pair[1] as V)
  }
}
