import type { KubeObject } from '../ports.ts'
import { isStale, type ComponentClient } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { eventRecorder, type EventRecorder } from './event-recorder.ts'
import { claimPods, onPodOfOwner } from './owned-pods.ts'
import { controllerOf, isPodActive, isPodAvailable, isPodReady } from './pod-state.ts'
import { podFromTemplate } from './pod-template.ts'
import { deletionOrder } from './replica-ranking.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

/** Keeps the number of pods of every ReplicaSet; releases and adopts pods by their labels. */
export function startReplicaSets(plane: ControlPlane): Stop {
  const client = plane.controller('replicaset-controller')
  const events = eventRecorder(client, 'replicaset-controller')
  const queue = plane.queue('replicaset-controller', async (key) => {
    const { namespace, name } = splitKey(key)
    const set = plane.api.read('apps', 'replicasets', namespace, name)
    if (!set) return
    const pods = (await claimPods({ client, owner: set, selector: set.spec.selector })).filter(isPodActive)
    if (!set.metadata.deletionTimestamp) await scale(client, events, set, pods)
    await reportStatus(client, set, pods)
    const minReady = set.spec.minReadySeconds ?? 0
    if (minReady > 0 && pods.some((pod) => isPodReady(pod) && !isPodAvailable(pod, minReady))) {
      queue.addAfter(key, minReady * 1000)
    }
  })
  const stopSets = plane.api.watch('apps', 'replicasets', ({ object }) => queue.add(keyOf(object)))
  const stopPods = onPodOfOwner(client, kinds.replicaSet, queue.add)
  for (const set of plane.api.list('apps', 'replicasets')) queue.add(keyOf(set))
  return () => {
    stopSets()
    stopPods()
    queue.stop()
  }
}

async function scale(client: ComponentClient, events: EventRecorder, set: KubeObject, pods: KubeObject[]) {
  const wanted = set.spec.replicas ?? 1
  const missing = wanted - pods.length
  for (let i = 0; i < missing; i++) {
    const body = podFromTemplate({ owner: set, template: set.spec.template })
    try {
      const pod = await client.create(kinds.pod, set.metadata.namespace, body)
      events.record(set, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` })
    } catch (error) {
      events.record(set, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${String(error)}` })
      throw error
    }
  }
  if (missing >= 0) return
  const related = relatedPods(client, set)
  for (const pod of deletionOrder(pods, related).slice(0, -missing)) {
    await client
      .delete(kinds.pod, { namespace: set.metadata.namespace!, name: pod.metadata.name }) // namespaced kind
      .catch((error) => {
        if (!isStale(error)) throw error
      })
    events.record(set, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` })
  }
}

/** Pods of all ReplicaSets with the same owner; node spread is judged over them. */
function relatedPods(client: ComponentClient, set: KubeObject): KubeObject[] {
  const owner = controllerOf(set)?.uid
  const siblings = new Set(
    client.api
      .list('apps', 'replicasets', set.metadata.namespace)
      .filter((other) => other.metadata.uid === set.metadata.uid || (owner && controllerOf(other)?.uid === owner))
      .map((other) => other.metadata.uid),
  )
  return client.api
    .list('', 'pods', set.metadata.namespace)
    .filter((pod) => isPodActive(pod) && siblings.has(controllerOf(pod)?.uid ?? ''))
}

async function reportStatus(client: ComponentClient, set: KubeObject, claimed: KubeObject[]): Promise<void> {
  const current = client.api.read('apps', 'replicasets', set.metadata.namespace, set.metadata.name)
  if (!current || current.metadata.uid !== set.metadata.uid) return
  // Pods deleted or created by this very pass are counted by the next one, which their watch events bring.
  const minReady = set.spec.minReadySeconds ?? 0
  const templateLabels = Object.entries(set.spec.template.metadata?.labels ?? {})
  const labelled = claimed.filter((pod) => templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value))
  const ready = claimed.filter(isPodReady)
  const available = ready.filter((pod) => isPodAvailable(pod, minReady))
  const status = {
    replicas: claimed.length,
    ...(labelled.length > 0 ? { fullyLabeledReplicas: labelled.length } : {}),
    ...(ready.length > 0 ? { readyReplicas: ready.length } : {}),
    ...(available.length > 0 ? { availableReplicas: available.length } : {}),
    observedGeneration: set.metadata.generation ?? 1,
  }
  if (sameStatus(current.status, status)) return
  await client.updateStatus(kinds.replicaSet, { ...structuredClone(current), status })
}

/** Compares only the counters a status consists of; absent counts as 0. */
export function sameStatus(before: Record<string, unknown> | undefined, after: Record<string, unknown>): boolean {
  const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after)])
  for (const key of keys) if (JSON.stringify(before?.[key] ?? 0) !== JSON.stringify(after[key] ?? 0)) return false
  return before !== undefined || Object.keys(after).length === 0
}
