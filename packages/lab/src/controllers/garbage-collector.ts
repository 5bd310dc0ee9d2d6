import type { KubeObject, OwnerReference } from '../ports.ts'
import { isStale, type ComponentClient, type ResourceKind } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { collectableKinds, kindOfDefinition } from './resource-kinds.ts'

interface Entry {
  kind: ResourceKind
  namespace?: string
  name: string
  owners: OwnerReference[]
}

/** What exists and who owns what, by uid; kept from watches over every kind, custom ones included. */
interface OwnerGraph {
  entries: Map<string, Entry>
  dependents: Map<string, Set<string>>
}

/**
 * Deletes objects whose last owner is gone, 0.1–0.5 s after it went (measured: 0.15 s for a policy owned by a pod), and
 * carries out foreground and orphan deletion.
 */
export function startGarbageCollector(plane: ControlPlane): Stop {
  const client = plane.controller('generic-garbage-collector')
  const graph: OwnerGraph = { entries: new Map(), dependents: new Map() }
  const [shortest, longest] = plane.timing.garbageDelayMs
  const queue = plane.queue('garbage-collector', (uid) => collect(client, graph, uid))
  const later = (uid: string) => queue.addAfter(uid, shortest + Math.random() * (longest - shortest))
  const stops = new Map<string, Stop>()

  const seen = (kind: ResourceKind, object: KubeObject, gone: boolean) => {
    const uid = object.metadata.uid
    forget(graph, uid)
    if (gone) {
      for (const dependent of graph.dependents.get(uid) ?? []) later(dependent)
      for (const owner of object.metadata.ownerReferences ?? []) if (graph.entries.has(owner.uid)) queue.add(owner.uid)
      return
    }
    remember(graph, kind, object)
    const owners = object.metadata.ownerReferences ?? []
    if (object.metadata.deletionTimestamp) queue.add(uid)
    else if (owners.some((owner) => !graph.entries.has(owner.uid))) later(uid)
  }

  const follow = (kind: ResourceKind) => {
    const key = `${kind.group}/${kind.resource}`
    if (stops.has(key)) return
    const stop = plane.api.watch(kind.group, kind.resource, (event) =>
      seen(kind, event.object, event.type === 'DELETED'),
    )
    stops.set(key, stop)
    for (const object of plane.api.list(kind.group, kind.resource)) remember(graph, kind, object)
  }

  for (const kind of collectableKinds) follow(kind)
  const followDefinition = (definition: KubeObject) => {
    const kind = kindOfDefinition(definition)
    if (kind) follow(kind)
  }
  const stopDefinitions = plane.api.watch('apiextensions.k8s.io', 'customresourcedefinitions', ({ type, object }) => {
    if (type !== 'DELETED') followDefinition(object)
  })
  for (const definition of plane.api.list('apiextensions.k8s.io', 'customresourcedefinitions'))
    followDefinition(definition)
  for (const uid of graph.entries.keys()) if (hasLostOwner(graph, uid)) later(uid)
  return () => {
    stopDefinitions()
    for (const stop of stops.values()) stop()
    queue.stop()
  }
}

function remember(graph: OwnerGraph, kind: ResourceKind, object: KubeObject): void {
  const { uid, namespace, name } = object.metadata
  const owners = object.metadata.ownerReferences ?? []
  graph.entries.set(uid, { kind, ...(namespace ? { namespace } : {}), name, owners })
  for (const owner of owners) {
    const dependents = graph.dependents.get(owner.uid) ?? new Set()
    graph.dependents.set(owner.uid, dependents.add(uid))
  }
}

function forget(graph: OwnerGraph, uid: string): void {
  for (const owner of graph.entries.get(uid)?.owners ?? []) {
    const dependents = graph.dependents.get(owner.uid)
    dependents?.delete(uid)
    if (dependents?.size === 0) graph.dependents.delete(owner.uid)
  }
  graph.entries.delete(uid)
}

function hasLostOwner(graph: OwnerGraph, uid: string): boolean {
  return graph.entries.get(uid)?.owners.some((owner) => !graph.entries.has(owner.uid)) ?? false
}

async function collect(client: ComponentClient, graph: OwnerGraph, uid: string): Promise<void> {
  const entry = graph.entries.get(uid)
  if (!entry) return
  const object = client.api.read(entry.kind.group, entry.kind.resource, entry.namespace, entry.name)
  if (!object || object.metadata.uid !== uid) return
  if (object.metadata.deletionTimestamp) return finishDeletion(client, graph, { entry, object })
  if (!hasLostOwner(graph, uid)) return
  try {
    const live = await client.get(entry.kind, entry.namespace, entry.name)
    const owners = live.metadata.ownerReferences ?? []
    const solid = owners.filter((owner) => graph.entries.has(owner.uid))
    const target = { ...(entry.namespace ? { namespace: entry.namespace } : {}), name: entry.name }
    if (solid.length > 0) {
      const gone = owners.filter((owner) => !solid.includes(owner))
      const references = gone.map((owner) => ({ $patch: 'delete', uid: owner.uid }))
      await client.patch(entry.kind, target, { metadata: { ownerReferences: references, uid } })
      return
    }
    const preconditions = {
      uid,
      ...(live.metadata.resourceVersion ? { resourceVersion: live.metadata.resourceVersion } : {}),
    }
    await client.delete(entry.kind, target, { preconditions, propagationPolicy: 'Background' })
  } catch (error) {
    // 404: already gone. 409: it changed meanwhile; its own change event brings it back if it still has no owner.
    if (!isStale(error)) throw error
    if (hasLostOwner(graph, uid)) throw error
  }
}

/** Finalizers `foregroundDeletion` and `orphan`, set by the API server for those propagation policies. */
async function finishDeletion(client: ComponentClient, graph: OwnerGraph, item: { entry: Entry; object: KubeObject }) {
  const { object } = item
  const uid = object.metadata.uid
  const finalizers = object.metadata.finalizers ?? []
  const dependents = [...(graph.dependents.get(uid) ?? [])].flatMap((id) => graph.entries.get(id) ?? [])
  const blocking = dependents.filter((dependent) =>
    dependent.owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion),
  )
  if (finalizers.includes('orphan')) {
    for (const dependent of dependents) {
      await client.patch(dependent.kind, dependent, { metadata: { ownerReferences: [{ $patch: 'delete', uid }] } })
    }
    await dropFinalizer(client, item, 'orphan')
  } else if (finalizers.includes('foregroundDeletion')) {
    if (blocking.length === 0) return dropFinalizer(client, item, 'foregroundDeletion')
    for (const dependent of dependents) {
      const live = client.api.read(dependent.kind.group, dependent.kind.resource, dependent.namespace, dependent.name)
      if (!live || live.metadata.deletionTimestamp) continue
      const options = { preconditions: { uid: live.metadata.uid }, propagationPolicy: 'Foreground' as const }
      await client.delete(dependent.kind, dependent, options).catch((error) => {
        if (!isStale(error)) throw error
      })
    }
  }
}

async function dropFinalizer(
  client: ComponentClient,
  { entry, object }: { entry: Entry; object: KubeObject },
  name: string,
) {
  const target = { ...(entry.namespace ? { namespace: entry.namespace } : {}), name: entry.name }
  const metadata = { uid: object.metadata.uid, '$deleteFromPrimitiveList/finalizers': [name] }
  await client.patch(entry.kind, target, { metadata })
}
