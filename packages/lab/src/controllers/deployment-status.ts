import type { KubeObject } from '../ports.ts'
import { apiTime, scaledValue } from './pod-state.ts'

interface Condition {
  type: string
  status: string
  reason: string
  message: string
  lastUpdateTime: string
  lastTransitionTime: string
}

/** Counters and the conditions Available and Progressing of a Deployment, from its ReplicaSets. */
export function deploymentStatus(deployment: KubeObject, sets: KubeObject[], newest: KubeObject | undefined) {
  const sum = (field: string) => sets.reduce((total, set) => total + (set.status?.[field] ?? 0), 0)
  const wanted = deployment.spec.replicas ?? 1
  const available = sum('availableReplicas')
  const replicas = sum('replicas')
  const updated = newest?.status?.replicas ?? 0
  const rolling = deployment.spec.strategy?.type !== 'Recreate'
  const maxUnavailable = rolling
    ? scaledValue(deployment.spec.strategy?.rollingUpdate?.maxUnavailable ?? '25%', wanted, false)
    : wanted
  const complete = updated === wanted && replicas === wanted && available === wanted
  const before: Condition[] = deployment.status?.conditions ?? []
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...positive({
      replicas,
      updatedReplicas: updated,
      readyReplicas: sum('readyReplicas'),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, Math.max(wanted, replicas) - available),
    }),
    conditions: [
      availableCondition(before, available >= wanted - maxUnavailable),
      ...(newest ? [progressCondition(before, newest.metadata.name, complete)] : []),
    ],
  }
}

function positive(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}

function availableCondition(before: Condition[], enough: boolean): Condition {
  return enough
    ? condition(before, 'Available', 'True', {
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      })
    : condition(before, 'Available', 'False', {
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      })
}

function progressCondition(before: Condition[], set: string, complete: boolean): Condition {
  return complete
    ? condition(before, 'Progressing', 'True', {
        reason: 'NewReplicaSetAvailable',
        message: `ReplicaSet "${set}" has successfully progressed.`,
      })
    : condition(before, 'Progressing', 'True', {
        reason: 'ReplicaSetUpdated',
        message: `ReplicaSet "${set}" is progressing.`,
      })
}

/** Keeps the times of an unchanged condition, so that a status without news is not written again. */
function condition(before: Condition[], type: string, status: string, text: { reason: string; message: string }) {
  const earlier = before.find((item) => item.type === type)
  if (earlier && earlier.status === status && earlier.reason === text.reason && earlier.message === text.message) {
    return earlier
  }
  const now = apiTime()
  const lastTransitionTime = earlier?.status === status ? earlier.lastTransitionTime : now
  return { type, status, ...text, lastUpdateTime: now, lastTransitionTime }
}
