import type { KubeObject } from '../ports.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { eventRecorder } from './event-recorder.ts'
import { apiTime, podCondition } from './pod-state.ts'
import { kinds } from './resource-kinds.ts'

const GRACE_MS = 40_000

/** Marks a node unreachable once its lease is older than a heartbeat and 40 s; the kubelet itself reports it back. */
export function startNodeLifecycle(plane: ControlPlane): Stop {
  const client = plane.controller('node-controller')
  const events = eventRecorder(client, 'node-controller')
  const check = async (node: KubeObject) => {
    const lease = plane.api.read('coordination.k8s.io', 'leases', 'kube-node-lease', node.metadata.name)
    const renewed = Date.parse(lease?.spec?.renewTime ?? node.metadata.creationTimestamp)
    const silent = Date.now() - renewed > plane.timing.heartbeatMs + GRACE_MS
    if (!silent || podCondition(node, 'Ready')?.status !== 'True') return
    const now = apiTime()
    const condition = {
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastHeartbeatTime: podCondition(node, 'Ready')?.lastTransitionTime,
      lastTransitionTime: now,
    }
    await client.patch(
      kinds.node,
      { name: node.metadata.name, subresource: 'status' },
      { status: { conditions: [condition] } },
    )
    const taints = [{ key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule', timeAdded: now }]
    await client.patch(
      kinds.node,
      { name: node.metadata.name },
      { spec: { taints: [...(node.spec.taints ?? []), ...taints] } },
    )
    const message = `Node ${node.metadata.name} status is now: NodeNotReady`
    events.record(node, { type: 'Normal', reason: 'NodeNotReady', message })
  }
  const timer = setInterval(() => {
    for (const node of plane.api.list('', 'nodes')) check(node).catch(() => undefined) // the next round tries again
  }, 10_000)
  return () => clearInterval(timer)
}
