import type { KubeObject } from '../ports.ts'
import { isStale, type ComponentClient } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { eventRecorder, type EventRecorder } from './event-recorder.ts'
import { apiTime, isPodReady, podCondition } from './pod-state.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

const UNREACHABLE = 'node.kubernetes.io/unreachable'

/**
 * Marks a node unreachable once its lease is older than a heartbeat and the grace time: Ready becomes Unknown, a taint
 * keeps new pods away, its pods stop counting as ready. The kubelet's next report takes the taint off again.
 */
export function startNodeLifecycle(plane: ControlPlane): Stop {
  const client = plane.controller('node-controller')
  const events = eventRecorder(client, 'node-controller')
  const { heartbeatMs, nodeGraceMs } = plane.timing
  const queue = plane.queue('node-lifecycle-controller', async (key) => {
    const node = plane.api.read('', 'nodes', undefined, splitKey(key).name)
    if (!node) return
    const lease = plane.api.read('coordination.k8s.io', 'leases', 'kube-node-lease', node.metadata.name)
    const renewed = Date.parse(lease?.spec?.renewTime ?? node.metadata.creationTimestamp)
    const silent = Date.now() - renewed > heartbeatMs + nodeGraceMs
    const ready = podCondition(node, 'Ready')?.status === 'True'
    if (silent && ready) await markUnreachable(client, events, node)
    else if (ready && isTainted(node)) await removeTaint(client, node)
  })
  const all = () => plane.api.list('', 'nodes').forEach((node) => queue.add(keyOf(node)))
  const stopNodes = plane.api.watch('', 'nodes', ({ object }) => queue.add(keyOf(object)))
  const timer = setInterval(all, Math.min(10_000, nodeGraceMs))
  return () => {
    clearInterval(timer)
    stopNodes()
    queue.stop()
  }
}

function isTainted(node: KubeObject): boolean {
  return (node.spec?.taints ?? []).some((taint: { key: string }) => taint.key === UNREACHABLE)
}

async function markUnreachable(client: ComponentClient, events: EventRecorder, node: KubeObject): Promise<void> {
  const { name } = node.metadata
  const now = apiTime()
  const conditions = (node.status?.conditions ?? []).map((item: { type: string }) => ({
    ...item,
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: now,
  }))
  await client.patch(kinds.node, { name, subresource: 'status' }, { status: { conditions } })
  // Taints are an atomic list: a patch replaces it as a whole.
  const taints = [...(node.spec.taints ?? []), { key: UNREACHABLE, effect: 'NoSchedule', timeAdded: now }]
  await client.patch(kinds.node, { name }, { spec: { taints } })
  events.record(node, { type: 'Normal', reason: 'NodeNotReady', message: `Node ${name} status is now: NodeNotReady` })
  for (const pod of client.api.list('', 'pods')) {
    if (pod.spec.nodeName !== name || !isPodReady(pod)) continue
    const target = { namespace: pod.metadata.namespace!, name: pod.metadata.name, subresource: 'status' } // pods are namespaced
    const condition = { type: 'Ready', status: 'False', lastTransitionTime: now }
    await client.patch(kinds.pod, target, { status: { conditions: [condition] } }).catch((error) => {
      if (!isStale(error)) throw error
    })
    events.record(pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' })
  }
}

async function removeTaint(client: ComponentClient, node: KubeObject): Promise<void> {
  const taints = (node.spec.taints ?? []).filter((taint: { key: string }) => taint.key !== UNREACHABLE)
  await client.patch(kinds.node, { name: node.metadata.name }, { spec: { taints } })
}
