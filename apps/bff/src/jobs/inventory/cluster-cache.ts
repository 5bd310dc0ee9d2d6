import { type Change } from '../../adapters/kubernetes/list-watch.ts'
import { type KubeObject, type WatchedId, watchedKinds } from './kinds.ts'

/** What exists in one cluster now, by kind and uid, as its watches told. */
export interface ClusterCache {
  all(id: WatchedId): KubeObject[]
  get(id: WatchedId, namespace: string | undefined, name: string): KubeObject | undefined
  byUid(id: WatchedId, uid: string): KubeObject | undefined
  replace(id: WatchedId, objects: KubeObject[]): Change<KubeObject>[]
  apply(id: WatchedId, change: Change<KubeObject>): void
  /** True once every kind that isn't optional has been listed. */
  complete(): boolean
  /** The kind has been listed: the cluster serves it. */
  isListed(id: WatchedId): boolean
  /** We may not list the kind. What was known of it stays. */
  refuse(id: WatchedId): void
  /** The cluster doesn't serve the kind (any more). Returns what of it is gone by that. */
  drop(id: WatchedId): Change<KubeObject>[]
  /** True once every kind has been listed or refused: what isn't here isn't there. */
  answered(): boolean
}

export function createClusterCache(): ClusterCache {
  const kinds = new Map<WatchedId, Map<string, KubeObject>>()
  const names = new Map<WatchedId, Map<string, string>>()
  const listed = new Set<WatchedId>()
  const refused = new Set<WatchedId>()
  const nameKey = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`
  const of = (id: WatchedId) => kinds.get(id) ?? kinds.set(id, new Map()).get(id)! // ! : just set
  const namesOf = (id: WatchedId) => names.get(id) ?? names.set(id, new Map()).get(id)! // ! : just set

  const cache: ClusterCache = {
    all: (id) => [...of(id).values()],
    get: (id, namespace, name) => of(id).get(namesOf(id).get(nameKey(namespace, name)) ?? ''),
    byUid: (id, uid) => of(id).get(uid),
    isListed: (id) => listed.has(id),
    complete: () => watchedKinds.every((k) => k.optional || listed.has(k.id)),
    answered: () => watchedKinds.every((k) => listed.has(k.id) || refused.has(k.id)),
    refuse: (id) => void refused.add(id),
    drop(id) {
      const gone = cache.replace(id, [])
      listed.delete(id)
      refused.add(id)
      return gone
    },
    replace(id, objects) {
      const before = of(id)
      const now = new Set(objects.map((o) => o.metadata.uid))
      const gone = [...before.values()]
        .filter((o) => !now.has(o.metadata.uid))
        .map((object): Change<KubeObject> => ({ type: 'deleted', object }))
      const changed = objects
        .filter((o) => before.get(o.metadata.uid)?.metadata.resourceVersion !== o.metadata.resourceVersion)
        .map((object): Change<KubeObject> => ({ type: before.has(object.metadata.uid) ? 'modified' : 'added', object }))
      for (const change of [...gone, ...changed]) cache.apply(id, change)
      listed.add(id)
      return [...gone, ...changed]
    },
    apply(id, { type, object }) {
      const { uid, namespace, name } = object.metadata
      if (type !== 'deleted') {
        of(id).set(uid, object)
        namesOf(id).set(nameKey(namespace, name), uid)
        return
      }
      of(id).delete(uid)
      // A successor of the same name may be there already.
      if (namesOf(id).get(nameKey(namespace, name)) === uid) namesOf(id).delete(nameKey(namespace, name))
    },
  }
  return cache
}
