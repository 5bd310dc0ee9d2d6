import type { KubeObject } from '../ports.ts'
import { ApiRefusal, isStale, type ComponentClient } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { eventRecorder, type EventRecorder } from './event-recorder.ts'
import { templateHash } from './object-names.ts'
import { claimPods, onPodOfOwner, ownerReferenceTo } from './owned-pods.ts'
import { isPodFinished, isPodReady } from './pod-state.ts'
import { podFromTemplate } from './pod-template.ts'
import { sameStatus } from './replica-set.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

const ORDINAL = /^(.+)-(\d+)$/

interface SetSync {
  client: ComponentClient
  events: EventRecorder
  set: KubeObject
  pods: Map<number, KubeObject>
  revision: string
}

/**
 * Ordered, named pods of every StatefulSet. A pod released by a label change keeps its name, so its replica stays
 * missing until that pod is deleted; no event says so (measured).
 */
export function startStatefulSets(plane: ControlPlane): Stop {
  const client = plane.controller('statefulset-controller')
  const events = eventRecorder(client, 'statefulset-controller')
  const queue = plane.queue('statefulset-controller', async (key) => {
    const { namespace, name } = splitKey(key)
    const set = plane.api.read('apps', 'statefulsets', namespace, name)
    if (!set) return
    const mayAdopt = (pod: KubeObject) => ORDINAL.exec(pod.metadata.name)?.[1] === name
    const claimed = await claimPods({ client, owner: set, selector: set.spec.selector, mayAdopt })
    const pods = new Map(claimed.map((pod) => [Number(ORDINAL.exec(pod.metadata.name)?.[2] ?? -1), pod]))
    const revision = `${name}-${templateHash(set.spec.template)}`
    const sync: SetSync = { client, events, set, pods, revision }
    if (!set.metadata.deletionTimestamp) {
      await ensureRevision(sync)
      await reconcile(sync)
    }
    await reportStatus(sync)
  })
  const stopSets = plane.api.watch('apps', 'statefulsets', ({ object }) => queue.add(keyOf(object)))
  const stopPods = onPodOfOwner(client, kinds.statefulSet, queue.add)
  // A name that was taken becomes free: the set whose pod it would be looks again.
  const stopNames = plane.api.watch('', 'pods', ({ type, object }) => {
    const base = ORDINAL.exec(object.metadata.name)?.[1]
    if (type === 'DELETED' && base && plane.api.read('apps', 'statefulsets', object.metadata.namespace, base)) {
      queue.add(`${object.metadata.namespace}/${base}`)
    }
  })
  for (const set of plane.api.list('apps', 'statefulsets')) queue.add(keyOf(set))
  return () => {
    stopSets()
    stopPods()
    stopNames()
    queue.stop()
  }
}

async function ensureRevision({ client, set, revision }: SetSync): Promise<void> {
  if (client.api.read('apps', 'controllerrevisions', set.metadata.namespace, revision)) return
  const revisions = client.api.list('apps', 'controllerrevisions', set.metadata.namespace)
  const own = revisions.filter((item) => item.metadata.ownerReferences?.[0]?.uid === set.metadata.uid)
  try {
    await client.create(kinds.controllerRevision, set.metadata.namespace, {
      kind: 'ControllerRevision',
      apiVersion: 'apps/v1',
      metadata: {
        name: revision,
        namespace: set.metadata.namespace,
        labels: set.spec.template.metadata?.labels ?? {},
        ownerReferences: [ownerReferenceTo(set)],
      },
      data: { spec: { template: { ...set.spec.template, $patch: 'replace' } } },
      revision: Math.max(0, ...own.map((item) => item.revision as number)) + 1,
    })
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.status === 409)) throw error
  }
}

async function reconcile(sync: SetSync): Promise<void> {
  const { set, pods } = sync
  const wanted = set.spec.replicas ?? 1
  const parallel = set.spec.podManagementPolicy === 'Parallel'
  for (let ordinal = 0; ordinal < wanted; ordinal++) {
    const pod = pods.get(ordinal)
    if (pod && isPodFinished(pod) && !pod.metadata.deletionTimestamp) {
      await remove(sync, pod)
      return
    }
    if (!pod) {
      const created = await createReplica(sync, ordinal)
      if (!created || !parallel) return
      continue
    }
    if (!parallel && (!isPodReady(pod) || pod.metadata.deletionTimestamp)) return
  }
  const surplus = [...pods].filter(([ordinal]) => ordinal >= wanted).toSorted((a, b) => b[0] - a[0])
  for (const [, pod] of surplus) {
    if (!pod.metadata.deletionTimestamp) await remove(sync, pod)
    if (!parallel) return
  }
  if (set.spec.updateStrategy?.type === 'OnDelete') return
  await updateOne(sync, wanted)
}

/** Rolling update: the highest ordinal of an old revision goes, one at a time, while all others are ready. */
async function updateOne(sync: SetSync, wanted: number): Promise<void> {
  const partition = sync.set.spec.updateStrategy?.rollingUpdate?.partition ?? 0
  for (let ordinal = wanted - 1; ordinal >= partition; ordinal--) {
    const pod = sync.pods.get(ordinal)
    if (!pod || pod.metadata.deletionTimestamp || !isPodReady(pod)) return
    if (pod.metadata.labels?.['controller-revision-hash'] !== sync.revision) return remove(sync, pod)
  }
}

async function createReplica(sync: SetSync, ordinal: number): Promise<boolean> {
  const { client, events, set } = sync
  const namespace = set.metadata.namespace
  const name = `${set.metadata.name}-${ordinal}`
  if (client.api.read('', 'pods', namespace, name)) return false
  const volumes = await claimVolumes(sync, name)
  const template = structuredClone(set.spec.template)
  const body = podFromTemplate({
    owner: set,
    template,
    name,
    labels: {
      'apps.kubernetes.io/pod-index': String(ordinal),
      'controller-revision-hash': sync.revision,
      'statefulset.kubernetes.io/pod-name': name,
    },
    spec: {
      hostname: name,
      subdomain: set.spec.serviceName,
      ...(volumes.length > 0 ? { volumes: [...(template.spec.volumes ?? []), ...volumes] } : {}),
    },
  })
  try {
    await client.create(kinds.pod, namespace, body)
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 409) return false
    throw error
  }
  const message = `create Pod ${name} in StatefulSet ${set.metadata.name} successful`
  events.record(set, { type: 'Normal', reason: 'SuccessfulCreate', message })
  return true
}

async function claimVolumes({ client, set }: SetSync, pod: string) {
  const volumes: { name: string; persistentVolumeClaim: { claimName: string } }[] = []
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const claimName = `${template.metadata.name}-${pod}`
    volumes.push({ name: template.metadata.name, persistentVolumeClaim: { claimName } })
    if (client.api.read('', 'persistentvolumeclaims', set.metadata.namespace, claimName)) continue
    await client.create(kinds.persistentVolumeClaim, set.metadata.namespace, {
      kind: 'PersistentVolumeClaim',
      apiVersion: 'v1',
      metadata: { name: claimName, namespace: set.metadata.namespace, labels: set.spec.selector.matchLabels },
      spec: template.spec,
    })
  }
  return volumes
}

async function remove({ client, events, set }: SetSync, pod: KubeObject): Promise<void> {
  try {
    await client.delete(kinds.pod, { namespace: pod.metadata.namespace!, name: pod.metadata.name }) // pods are namespaced
  } catch (error) {
    if (!isStale(error)) throw error
  }
  const message = `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`
  events.record(set, { type: 'Normal', reason: 'SuccessfulDelete', message })
}

async function reportStatus({ client, set, pods, revision }: SetSync): Promise<void> {
  const current = client.api.read('apps', 'statefulsets', set.metadata.namespace, set.metadata.name)
  if (!current || current.metadata.uid !== set.metadata.uid) return
  const all = [...pods.values()]
  const ready = all.filter(isPodReady).length
  const updated = all.filter((pod) => pod.metadata.labels?.['controller-revision-hash'] === revision).length
  const settled = updated === all.length
  const status = {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: all.length,
    readyReplicas: ready,
    currentReplicas: settled ? all.length : all.length - updated,
    updatedReplicas: updated,
    availableReplicas: ready,
    currentRevision: settled ? revision : (current.status?.currentRevision ?? revision),
    updateRevision: revision,
    collisionCount: 0,
  }
  if (!sameStatus(current.status, status)) {
    await client.updateStatus(kinds.statefulSet, { ...structuredClone(current), status })
  }
}
