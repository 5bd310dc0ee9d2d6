import type { KubeObject } from '../ports.ts'
import { Bucket, type StoreEvent, type StoreListener } from './bucket.ts'
import { loadSnapshot, SnapshotWriter } from './snapshot.ts'

export interface StoreOptions {
  /** File that keeps the state over restarts. Without it the state is in memory only. */
  snapshotPath?: string
  /** Quiet time after a change before the snapshot is written. */
  snapshotDelayMs?: number
  /** Changes kept per resource for watches that resume. */
  historyLimit?: number
}

/**
 * The cluster's state: versioned objects per resource, as etcd would keep them. Objects handed out are shared and must
 * not be changed; every write replaces the object.
 */
export interface Store {
  /** Revision of the latest write; the `resourceVersion` of lists. */
  revision(): number
  get(resource: string, key: string): KubeObject | undefined
  /** Objects whose key starts with `prefix` (`''` for all, `'<namespace>/'` for one namespace), in key order. */
  scan(resource: string, prefix?: string): Iterable<[string, KubeObject]>
  /** The objects at an earlier revision; undefined when it is no longer known. */
  at(resource: string, prefix: string, revision: number): [string, KubeObject][] | undefined
  /** Writes a new or changed object under the next revision and returns it with its `resourceVersion` set. */
  put(resource: string, key: string, object: KubeObject): KubeObject
  /** Removes an object; its last state gets the revision of the deletion. Undefined when it was not there. */
  remove(resource: string, key: string, last?: KubeObject): KubeObject | undefined
  /** Calls back for every later change, in order. Returns the stop function. */
  subscribe(resource: string, listener: StoreListener): () => void
  /** Changes after `revision`; undefined when some are forgotten (the client must list again). */
  since(resource: string, revision: number): StoreEvent[] | undefined
  /** Oldest revision a watch of the resource can resume from. */
  compactedAt(resource: string): number
  /** Forgets the history of all resources, as etcd's compaction does. */
  compact(): void
  resources(): string[]
  /** Writes the snapshot now and waits for it. */
  flush(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the store. With `snapshotPath` the last snapshot is loaded and revisions continue after it.
 * @throws when a snapshot exists but cannot be read: starting empty would overwrite the state.
 */
export function createStore(options: StoreOptions = {}): Store {
  const historyLimit = options.historyLimit ?? 2000
  const buckets = new Map<string, Bucket>()
  let revision = 1
  let restoredAt = 0

  const bucket = (resource: string): Bucket => {
    let found = buckets.get(resource)
    if (!found) buckets.set(resource, (found = new Bucket(historyLimit, restoredAt)))
    return found
  }

  const snapshot = options.snapshotPath ? loadSnapshot(options.snapshotPath) : undefined
  if (snapshot) {
    revision = snapshot.revision
    // The history is not part of the snapshot: watches from before the restart have to list again.
    restoredAt = snapshot.revision
    for (const row of snapshot.rows) bucket(row.resource).load(row.key, row.object)
  }
  const writer = options.snapshotPath
    ? new SnapshotWriter(options.snapshotPath, options.snapshotDelayMs ?? 1000, () => ({
        revision,
        rows: [...buckets].flatMap(([resource, b]) =>
          [...b.scan('')].map(([key, object]) => ({ resource, key, object })),
        ),
      }))
    : undefined

  const commit = (resource: string, event: StoreEvent): void => {
    writer?.schedule()
    bucket(resource).commit(event)
  }

  return {
    revision: () => revision,
    get: (resource, key) => buckets.get(resource)?.objects.get(key),
    scan: (resource, prefix = '') => buckets.get(resource)?.scan(prefix) ?? [],
    at: (resource, prefix, at) => bucket(resource).at(prefix, at),
    put(resource, key, object) {
      const previous = bucket(resource).objects.get(key)
      revision++
      object.metadata.resourceVersion = String(revision)
      commit(resource, { type: previous ? 'MODIFIED' : 'ADDED', key, object, previous, revision })
      return object
    },
    remove(resource, key, last) {
      const previous = bucket(resource).objects.get(key)
      if (!previous) return undefined
      revision++
      const object = last ?? previous
      const removed = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
      commit(resource, { type: 'DELETED', key, object: removed, previous, revision })
      return removed
    },
    subscribe(resource, listener) {
      const { listeners } = bucket(resource)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    since: (resource, from) => bucket(resource).since(from),
    compactedAt: (resource) => bucket(resource).compactedAt,
    compact() {
      restoredAt = revision
      for (const b of buckets.values()) b.forgetHistory(revision)
    },
    resources: () => [...buckets.keys()],
    flush: async () => writer?.flush(),
    close: async () => writer?.close(),
  }
}
