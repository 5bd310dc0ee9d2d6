import type { KubeObject } from '../ports.ts'
import { apiPath, isStale, type ComponentClient, type ResourceKind } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { kindOfDefinition, kinds } from './resource-kinds.ts'

/** Empties a namespace that is being deleted kind by kind (events in both API groups, as measured), then lets it go. */
export function startNamespaceLifecycle(plane: ControlPlane): Stop {
  const client = plane.controller('namespace-controller')
  const queue = plane.queue('namespace-controller', async (name) => {
    const namespace = plane.api.read('', 'namespaces', undefined, name)
    if (!namespace?.metadata.deletionTimestamp) return
    const contents = namespacedKinds(plane)
    for (const kind of contents) await emptyKind(client, kind, name)
    const left = contents.filter((kind) => plane.api.list(kind.group, kind.resource, name).length > 0)
    // Pods end in their own time; the real controller comes back too.
    if (left.length > 0) return queue.addAfter(name, 500)
    await finalize(client, name)
  })
  const look = (namespace: KubeObject) => {
    if (namespace.metadata.deletionTimestamp) queue.add(namespace.metadata.name)
  }
  const stop = plane.api.watch('', 'namespaces', ({ object }) => look(object))
  plane.api.list('', 'namespaces').forEach(look)
  return () => {
    stop()
    queue.stop()
  }
}

function namespacedKinds(plane: ControlPlane): ResourceKind[] {
  const custom = plane.api
    .list('apiextensions.k8s.io', 'customresourcedefinitions')
    .flatMap((definition) => kindOfDefinition(definition) ?? [])
  return [...Object.values(kinds), ...custom].filter((kind) => kind.namespaced)
}

async function emptyKind(client: ComponentClient, kind: ResourceKind, namespace: string): Promise<void> {
  try {
    await client.call('DELETE', apiPath(kind, namespace))
    await client.call('GET', apiPath(kind, namespace))
  } catch (error) {
    if (!isStale(error)) throw error
  }
}

async function finalize(client: ComponentClient, name: string): Promise<void> {
  try {
    const namespace = await client.get(kinds.namespace, undefined, name)
    const body = { ...namespace, spec: { ...namespace.spec, finalizers: [] } }
    await client.call('PUT', `${apiPath(kinds.namespace, undefined, name)}/finalize`, body)
  } catch (error) {
    if (!isStale(error)) throw error
  }
}
