import type { KubeObject } from '../ports.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { selects } from './label-selector.ts'
import { apiTime, controllerOf, isPodFinished, isPodReady, scaledValue } from './pod-state.ts'
import { sameStatus } from './replica-set.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

/**
 * Status of PodDisruptionBudgets. A pod change wakes only the budgets that select its new labels, so a pod that left a
 * selector is noticed with the next resync, about 30 s late (measured); until then an eviction may still pass.
 */
export function startDisruptionBudgets(plane: ControlPlane): Stop {
  const client = plane.controller('disruption-controller')
  const queue = plane.queue('disruption-controller', async (key) => {
    const { namespace, name } = splitKey(key)
    const budget = plane.api.read('policy', 'poddisruptionbudgets', namespace, name)
    if (!budget || budget.metadata.deletionTimestamp) return
    const pods = plane.api
      .list('', 'pods', namespace)
      .filter((pod) => !isPodFinished(pod) && selects(budget.spec.selector, pod.metadata.labels))
    const healthy = pods.filter((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp).length
    const { expected, desired } = expectation(plane, budget, pods)
    const allowed = Math.max(0, healthy - desired)
    const status = {
      observedGeneration: budget.metadata.generation ?? 1,
      disruptionsAllowed: allowed,
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: expected,
      conditions: [condition(budget, allowed > 0 && expected > 0)],
    }
    const { disruptedPods: _, ...before } = budget.status ?? {}
    if (!budget.status || !sameStatus(before, status)) {
      await client.updateStatus(kinds.disruptionBudget, { ...structuredClone(budget), status })
    }
  })
  const all = () => plane.api.list('policy', 'poddisruptionbudgets').forEach((budget) => queue.add(keyOf(budget)))
  const stopBudgets = plane.api.watch('policy', 'poddisruptionbudgets', ({ object }) => queue.add(keyOf(object)))
  const stopPods = plane.api.watch('', 'pods', ({ object: pod }) => {
    for (const budget of plane.api.list('policy', 'poddisruptionbudgets', pod.metadata.namespace)) {
      if (selects(budget.spec.selector, pod.metadata.labels)) queue.add(keyOf(budget))
    }
  })
  all()
  const resync = setInterval(all, plane.timing.disruptionResyncMs)
  return () => {
    clearInterval(resync)
    stopBudgets()
    stopPods()
    queue.stop()
  }
}

/** `maxUnavailable` and percentages count against the scale of the pods' workloads, `minAvailable` numbers do not. */
function expectation(plane: ControlPlane, budget: KubeObject, pods: KubeObject[]) {
  const { minAvailable, maxUnavailable } = budget.spec
  if (minAvailable !== undefined && typeof minAvailable === 'number')
    return { expected: pods.length, desired: minAvailable }
  const expected = workloadScale(plane, pods)
  if (maxUnavailable !== undefined) {
    return { expected, desired: Math.max(0, expected - scaledValue(maxUnavailable, expected, true)) }
  }
  return { expected, desired: scaledValue(minAvailable ?? 1, expected, true) }
}

function workloadScale(plane: ControlPlane, pods: KubeObject[]): number {
  const scales = new Map<string, number>()
  for (const pod of pods) {
    const owner = controllerOf(pod)
    if (!owner) continue
    const resource = { ReplicaSet: 'replicasets', StatefulSet: 'statefulsets' }[owner.kind]
    const workload = resource && plane.api.read('apps', resource, pod.metadata.namespace, owner.name)
    if (workload) scales.set(owner.uid, workload.spec.replicas ?? 1)
  }
  return [...scales.values()].reduce((sum, count) => sum + count, 0)
}

function condition(budget: KubeObject, enough: boolean) {
  const status = enough ? 'True' : 'False'
  const earlier = (budget.status?.conditions ?? []).find((item: { type: string }) => item.type === 'DisruptionAllowed')
  if (earlier?.status === status && earlier.observedGeneration === (budget.metadata.generation ?? 1)) return earlier
  return {
    type: 'DisruptionAllowed',
    status,
    observedGeneration: budget.metadata.generation ?? 1,
    lastTransitionTime: earlier?.status === status ? earlier.lastTransitionTime : apiTime(),
    reason: enough ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  }
}
