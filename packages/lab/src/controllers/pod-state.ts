import type { KubeObject, OwnerReference } from '../ports.ts'

interface Condition {
  type: string
  status: string
  lastTransitionTime?: string
}

export function isPodActive(pod: KubeObject): boolean {
  return !isPodFinished(pod) && !pod.metadata.deletionTimestamp
}

export function isPodFinished(pod: KubeObject): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

export function podCondition(pod: KubeObject, type: string): Condition | undefined {
  return (pod.status?.conditions as Condition[] | undefined)?.find((condition) => condition.type === type)
}

export function isPodReady(pod: KubeObject): boolean {
  return podCondition(pod, 'Ready')?.status === 'True'
}

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller)
}

/** Unlike `isPodReady`, counts only after `minReadySeconds`. */
export function isPodAvailable(pod: KubeObject, minReadySeconds: number, now = Date.now()): boolean {
  if (!isPodReady(pod)) return false
  const since = Date.parse(podCondition(pod, 'Ready')?.lastTransitionTime ?? '')
  return minReadySeconds === 0 || now - since >= minReadySeconds * 1000
}

/** API timestamps carry whole seconds. */
export function apiTime(ms = Date.now()): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** Resolves `maxSurge: 25%` and the like against a count. */
export function scaledValue(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const share = (Number.parseInt(value, 10) * total) / 100
  return roundUp ? Math.ceil(share) : Math.floor(share)
}
