import type { KubeObject } from '../ports.ts'
import { isPodReady, podCondition } from './pod-state.ts'

const COST = 'controller.kubernetes.io/pod-deletion-cost'

/**
 * The order in which a ReplicaSet gives up surplus pods, first to go first: unassigned, not running, not ready, lower
 * deletion cost, node with more related replicas, ready for a shorter time, more restarts, newer. Times are compared by
 * the logarithm of their age and then by uid, as LogarithmicScaleDown does (k8s.io/kubernetes pkg/controller,
 * ActivePodsWithRanks; confirmed by measured re-adoption trials).
 *
 * @param related pods of the same Deployment, over which replicas per node are counted
 */
export function deletionOrder(pods: KubeObject[], related: KubeObject[], now = Date.now()): KubeObject[] {
  const perNode = new Map<string, number>()
  for (const pod of related) perNode.set(pod.spec.nodeName, (perNode.get(pod.spec.nodeName) ?? 0) + 1)
  const rank = (pod: KubeObject) => perNode.get(pod.spec.nodeName) ?? 0
  return pods.toSorted(
    (a, b) =>
      Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
      phaseRank(a) - phaseRank(b) ||
      Number(isPodReady(a)) - Number(isPodReady(b)) ||
      deletionCost(a) - deletionCost(b) ||
      rank(b) - rank(a) ||
      compareReadyTime(a, b, now) ||
      restarts(b) - restarts(a) ||
      byAge(a, b, Date.parse(a.metadata.creationTimestamp), Date.parse(b.metadata.creationTimestamp), now),
  )
}

function phaseRank(pod: KubeObject): number {
  return { Pending: 0, Unknown: 1, Running: 2 }[pod.status?.phase as string] ?? 0
}

function deletionCost(pod: KubeObject): number {
  return Number.parseInt(pod.metadata.annotations?.[COST] ?? '0', 10) || 0
}

function restarts(pod: KubeObject): number {
  const counts = (pod.status?.containerStatuses ?? []).map((status: { restartCount: number }) => status.restartCount)
  return Math.max(0, ...counts)
}

function compareReadyTime(a: KubeObject, b: KubeObject, now: number): number {
  if (!isPodReady(a) || !isPodReady(b)) return 0
  const since = (pod: KubeObject) => Date.parse(podCondition(pod, 'Ready')?.lastTransitionTime ?? '')
  if (since(a) === since(b)) return 0
  return byAge(a, b, since(a), since(b), now)
}

function byAge(a: KubeObject, b: KubeObject, timeA: number, timeB: number, now: number): number {
  if (timeA === timeB) return 0
  const bucket = (time: number) => (now > time ? Math.floor(Math.log2((now - time) * 1e6)) : -1)
  return bucket(timeA) - bucket(timeB) || (a.metadata.uid < b.metadata.uid ? -1 : 1)
}
