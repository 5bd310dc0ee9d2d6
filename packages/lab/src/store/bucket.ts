import type { KubeObject } from '../ports.ts'

/** A change as the store recorded it; `previous` lets a watcher with a selector tell whether the object entered or left. */
export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  key: string
  object: KubeObject
  previous?: KubeObject
  revision: number
}

export type StoreListener = (event: StoreEvent) => void

/** All objects of one resource, sorted by key as etcd sorts them, with the recent changes for watches and exact lists. */
export class Bucket {
  readonly objects = new Map<string, KubeObject>()
  readonly listeners = new Set<StoreListener>()
  /** Changes up to and including this revision are forgotten. */
  compactedAt: number
  private sortedKeys: string[] = []
  private history: StoreEvent[] = []
  private readonly historyLimit: number

  constructor(historyLimit: number, compactedAt: number) {
    this.historyLimit = historyLimit
    this.compactedAt = compactedAt
  }

  /** Puts an object without an event (restoring a snapshot). */
  load(key: string, object: KubeObject): void {
    this.insertKey(key)
    this.objects.set(key, object)
  }

  commit(event: StoreEvent): void {
    if (event.type === 'DELETED') {
      this.objects.delete(event.key)
      const at = this.position(event.key)
      if (this.sortedKeys[at] === event.key) this.sortedKeys.splice(at, 1)
    } else {
      if (!this.objects.has(event.key)) this.insertKey(event.key)
      this.objects.set(event.key, event.object)
    }
    this.history.push(event)
    // Trimmed in halves, so that the cost of moving the array is spread over many writes.
    if (this.history.length > this.historyLimit * 2) this.compact(this.history.length - this.historyLimit)
    for (const listener of this.listeners) listener(event)
  }

  /** Forgets the oldest `count` changes. */
  compact(count: number): void {
    const dropped = this.history.splice(0, count)
    const last = dropped.at(-1)
    if (last) this.compactedAt = last.revision
  }

  forgetHistory(revision: number): void {
    this.history = []
    this.compactedAt = revision
  }

  /** Objects whose key starts with `prefix`, in key order. */
  *scan(prefix: string): Generator<[string, KubeObject]> {
    for (let at = prefix === '' ? 0 : this.position(prefix); at < this.sortedKeys.length; at++) {
      const key = this.sortedKeys[at]!
      if (!key.startsWith(prefix)) return
      yield [key, this.objects.get(key)!]
    }
  }

  /** The objects under `prefix` as they were at `revision`; undefined when that is older than the history. */
  at(prefix: string, revision: number): [string, KubeObject][] | undefined {
    if (revision < this.compactedAt) return undefined
    const undone = new Map<string, KubeObject | undefined>()
    for (let at = this.history.length - 1; at >= 0 && this.history[at]!.revision > revision; at--) {
      const event = this.history[at]!
      undone.set(event.key, event.type === 'DELETED' ? (event.previous ?? event.object) : event.previous)
    }
    const rows: [string, KubeObject][] = []
    for (const [key, object] of this.scan(prefix)) if (!undone.has(key)) rows.push([key, object])
    for (const [key, object] of undone) if (object && key.startsWith(prefix)) rows.push([key, object])
    return rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  }

  /** Changes after `revision`, oldest first; undefined when some of them are forgotten. */
  since(revision: number): StoreEvent[] | undefined {
    if (revision < this.compactedAt) return undefined
    let low = 0
    let high = this.history.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.history[middle]!.revision <= revision) low = middle + 1
      else high = middle
    }
    return this.history.slice(low)
  }

  private position(key: string): number {
    let low = 0
    let high = this.sortedKeys.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.sortedKeys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }

  private insertKey(key: string): void {
    if (!this.objects.has(key)) this.sortedKeys.splice(this.position(key), 0, key)
  }
}
