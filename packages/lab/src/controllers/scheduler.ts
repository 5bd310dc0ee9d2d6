import type { KubeObject } from '../ports.ts'
import { apiPath, isStale, type ComponentClient } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { unfitReason } from './node-fit.ts'
import { apiTime, controllerOf, isPodFinished, podCondition } from './pod-state.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

/** Binds pending pods to fitting nodes: fewest pods of the same owner first, then fewest pods. */
export function startScheduler(plane: ControlPlane): Stop {
  const client = plane.component('system:kube-scheduler', 'kube-scheduler/scheduler')
  const queue = plane.queue('scheduler', async (key) => {
    const { namespace, name } = splitKey(key)
    const pod = plane.api.read('', 'pods', namespace, name)
    if (!pod || !needsNode(pod)) return
    const nodes = plane.api.list('', 'nodes')
    const fitting = nodes.filter((node) => isReady(node) && unfitReason(pod.spec, node) === undefined)
    if (fitting.length === 0) await reportUnschedulable(client, pod, nodes)
    else await bind(client, pod, leastLoaded(plane, pod, fitting))
  })
  const waiting = () => plane.api.list('', 'pods').filter(needsNode)
  const stopPods = plane.api.watch('', 'pods', ({ type, object }) => {
    if (type === 'ADDED' && needsNode(object)) queue.add(keyOf(object))
  })
  const stopNodes = plane.api.watch('', 'nodes', () => waiting().forEach((pod) => queue.add(keyOf(pod))))
  waiting().forEach((pod) => queue.add(keyOf(pod)))
  return () => {
    stopPods()
    stopNodes()
    queue.stop()
  }
}

function needsNode(pod: KubeObject): boolean {
  const scheduler = pod.spec.schedulerName ?? 'default-scheduler'
  return (
    !pod.spec.nodeName && scheduler === 'default-scheduler' && !pod.metadata.deletionTimestamp && !isPodFinished(pod)
  )
}

function isReady(node: KubeObject): boolean {
  return podCondition(node, 'Ready')?.status === 'True'
}

function leastLoaded(plane: ControlPlane, pod: KubeObject, nodes: KubeObject[]): KubeObject {
  const owner = controllerOf(pod)?.uid
  const load = new Map(nodes.map((node) => [node.metadata.name, 0]))
  for (const other of plane.api.list('', 'pods')) {
    const before = load.get(other.spec.nodeName)
    if (before === undefined || isPodFinished(other)) continue
    load.set(other.spec.nodeName, before + 1 + (owner && controllerOf(other)?.uid === owner ? 1000 : 0))
  }
  const score = (node: KubeObject) => load.get(node.metadata.name) ?? 0
  return nodes.toSorted((a, b) => score(a) - score(b))[0]! // callers pass at least one node
}

async function bind(client: ComponentClient, pod: KubeObject, node: KubeObject): Promise<void> {
  const { namespace, name, uid } = pod.metadata
  const body = {
    kind: 'Binding',
    apiVersion: 'v1',
    metadata: { name, namespace, uid },
    target: { kind: 'Node', name: node.metadata.name },
  }
  try {
    await client.call('POST', `${apiPath(kinds.pod, namespace, name)}/binding`, body)
  } catch (error) {
    if (isStale(error)) return
    throw error
  }
  const note = `Successfully assigned ${namespace}/${name} to ${node.metadata.name}`
  await recordEvent(client, pod, { reason: 'Scheduled', action: 'Binding', note, type: 'Normal' })
}

async function reportUnschedulable(client: ComponentClient, pod: KubeObject, nodes: KubeObject[]): Promise<void> {
  if (podCondition(pod, 'PodScheduled')?.status === 'False') return
  const counts = new Map<string, number>()
  for (const node of nodes) {
    const reason = unfitReason(pod.spec, node) ?? 'were not ready'
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  const reasons = [...counts].map(([reason, count]) => `${count} node(s) ${reason}`).join(', ')
  const message = `0/${nodes.length} nodes are available: ${reasons || 'no nodes'}.`
  const now = apiTime()
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastProbeTime: null,
    lastTransitionTime: now,
  }
  const target = { namespace: pod.metadata.namespace!, name: pod.metadata.name, subresource: 'status' } // pods are namespaced
  await client.patch(kinds.pod, target, { status: { conditions: [condition] } })
  await recordEvent(client, pod, { reason: 'FailedScheduling', action: 'Scheduling', note: message, type: 'Warning' })
}

let sequence = 0

/** The scheduler writes events through events.k8s.io, unlike the older components. */
async function recordEvent(
  client: ComponentClient,
  pod: KubeObject,
  event: { reason: string; action: string; note: string; type: string },
): Promise<void> {
  const { namespace, name, uid, resourceVersion } = pod.metadata
  const stamp = (BigInt(Date.now()) * 1_000_000n + BigInt(sequence++ % 1_000_000)).toString(16)
  const body = {
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    metadata: { name: `${name}.${stamp}`, namespace },
    eventTime: `${new Date().toISOString().slice(0, 23)}000Z`,
    reportingController: 'default-scheduler',
    reportingInstance: 'default-scheduler-control-plane-0',
    ...event,
    regarding: { kind: 'Pod', namespace, name, uid, apiVersion: 'v1', resourceVersion },
    deprecatedSource: {},
    deprecatedFirstTimestamp: null,
    deprecatedLastTimestamp: null,
  }
  // Best effort, as every event.
  await client.create(kinds.eventV1, namespace, body).catch(() => undefined)
}
