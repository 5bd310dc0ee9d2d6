import type { KubeObject } from '../ports.ts'
import { isStale, type ComponentClient } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { eventRecorder, type EventRecorder } from './event-recorder.ts'
import { unfitReason } from './node-fit.ts'
import { templateHash } from './object-names.ts'
import { claimPods, onPodOfOwner } from './owned-pods.ts'
import { isPodActive, isPodFinished, isPodReady, scaledValue } from './pod-state.ts'
import { podFromTemplate } from './pod-template.ts'
import { sameStatus } from './replica-set.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

const EVERYWHERE = [
  'not-ready',
  'unreachable',
  'disk-pressure',
  'memory-pressure',
  'pid-pressure',
  'unschedulable',
].map((taint) => ({
  key: `node.kubernetes.io/${taint}`,
  operator: 'Exists',
  effect: taint === 'not-ready' || taint === 'unreachable' ? 'NoExecute' : 'NoSchedule',
}))

interface DaemonSync {
  client: ComponentClient
  events: EventRecorder
  set: KubeObject
  pods: KubeObject[]
  hash: string
}

/** One pod per fitting node. Of several on a node the oldest running one stays (measured after re-adoption). */
export function startDaemonSets(plane: ControlPlane): Stop {
  const client = plane.controller('daemon-set-controller')
  const events = eventRecorder(client, 'daemonset-controller')
  const queue = plane.queue('daemonset-controller', async (key) => {
    const { namespace, name } = splitKey(key)
    const set = plane.api.read('apps', 'daemonsets', namespace, name)
    if (!set) return
    const pods = await claimPods({ client, owner: set, selector: set.spec.selector })
    const sync: DaemonSync = { client, events, set, pods, hash: templateHash(set.spec.template) }
    if (!set.metadata.deletionTimestamp) await reconcile(sync)
    await reportStatus(sync)
  })
  const all = () => plane.api.list('apps', 'daemonsets').forEach((set) => queue.add(keyOf(set)))
  const stopSets = plane.api.watch('apps', 'daemonsets', ({ object }) => queue.add(keyOf(object)))
  const stopPods = onPodOfOwner(client, kinds.daemonSet, queue.add)
  const shapes = new Map<string, string>()
  const stopNodes = plane.api.watch('', 'nodes', ({ type, object: node }) => {
    // Heartbeats change only the status; daemons depend on labels and taints.
    const shape = type === 'DELETED' ? '' : JSON.stringify([node.metadata.labels, node.spec])
    if (shapes.get(node.metadata.name) !== shape) all()
    shapes.set(node.metadata.name, shape)
  })
  all()
  return () => {
    stopSets()
    stopPods()
    stopNodes()
    queue.stop()
  }
}

function podSpecFor(set: KubeObject, node: string) {
  const spec = structuredClone(set.spec.template.spec)
  const onNode = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }
  return {
    affinity: {
      ...spec.affinity,
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [onNode] } },
    },
    tolerations: [...(spec.tolerations ?? []), ...EVERYWHERE],
  }
}

function fittingNodes({ client, set }: DaemonSync): KubeObject[] {
  const spec = {
    ...set.spec.template.spec,
    tolerations: [...(set.spec.template.spec.tolerations ?? []), ...EVERYWHERE],
  }
  return client.api.list('', 'nodes').filter((node) => unfitReason(spec, node) === undefined)
}

/** The node a daemon pod runs on or is meant for. */
function nodeOf(pod: KubeObject): string | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  return pod.spec.nodeName ?? terms[0]?.matchFields?.[0]?.values?.[0]
}

async function reconcile(sync: DaemonSync): Promise<void> {
  const { client, events, set, pods } = sync
  const nodes = fittingNodes(sync)
  const names = new Set(nodes.map((node) => node.metadata.name))
  for (const pod of pods) {
    const misplaced = !names.has(nodeOf(pod) ?? '')
    if (!pod.metadata.deletionTimestamp && (misplaced || isPodFinished(pod))) await remove(sync, pod)
  }
  for (const node of nodes) {
    const here = pods.filter((pod) => nodeOf(pod) === node.metadata.name)
    const active = here.filter(isPodActive).toSorted(oldestRunningFirst)
    for (const pod of active.slice(1)) await remove(sync, pod)
    if (here.length > 0) continue
    const body = podFromTemplate({
      owner: set,
      template: set.spec.template,
      labels: {
        'controller-revision-hash': sync.hash,
        'pod-template-generation': String(set.metadata.generation ?? 1),
      },
      spec: podSpecFor(set, node.metadata.name),
    })
    const pod = await client.create(kinds.pod, set.metadata.namespace, body)
    events.record(set, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` })
  }
  await updateSome(sync)
}

function oldestRunningFirst(a: KubeObject, b: KubeObject): number {
  const bound = Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName))
  return bound || Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp)
}

/** Rolling update: old pods go while no more than maxUnavailable are missing. */
async function updateSome(sync: DaemonSync): Promise<void> {
  const strategy = sync.set.spec.updateStrategy
  if (strategy?.type === 'OnDelete') return
  const active = sync.pods.filter(isPodActive)
  const allowed = Math.max(1, scaledValue(strategy?.rollingUpdate?.maxUnavailable ?? 1, active.length, true))
  let missing = active.filter((pod) => !isPodReady(pod)).length + sync.pods.length - active.length
  for (const pod of active) {
    if (pod.metadata.labels?.['controller-revision-hash'] === sync.hash || missing >= allowed) continue
    missing++
    await remove(sync, pod)
  }
}

async function remove({ client, events, set }: DaemonSync, pod: KubeObject): Promise<void> {
  try {
    await client.delete(kinds.pod, { namespace: pod.metadata.namespace!, name: pod.metadata.name }) // pods are namespaced
  } catch (error) {
    if (!isStale(error)) throw error
  }
  events.record(set, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` })
}

async function reportStatus(sync: DaemonSync): Promise<void> {
  const { client, set, hash } = sync
  const current = client.api.read('apps', 'daemonsets', set.metadata.namespace, set.metadata.name)
  if (!current || current.metadata.uid !== set.metadata.uid) return
  const wanted = fittingNodes(sync).length
  const active = sync.pods.filter(isPodActive)
  const ready = active.filter(isPodReady).length
  const status = {
    currentNumberScheduled: new Set(active.map(nodeOf)).size,
    numberMisscheduled: 0,
    desiredNumberScheduled: wanted,
    numberReady: ready,
    observedGeneration: set.metadata.generation ?? 1,
    updatedNumberScheduled: active.filter((pod) => pod.metadata.labels?.['controller-revision-hash'] === hash).length,
    ...(ready > 0 ? { numberAvailable: ready } : {}),
    ...(wanted > ready ? { numberUnavailable: wanted - ready } : {}),
  }
  if (!sameStatus(current.status, status)) {
    await client.updateStatus(kinds.daemonSet, { ...structuredClone(current), status })
  }
}
