import type { KubeObject } from '../ports.ts'
import { apiTime } from '../controllers/pod-state.ts'
import { exitCodeOf, isRunning, type ContainerRecord } from './container-record.ts'

export interface PodSituation {
  hostIP: string
  podIP?: string
  startTime: string
  sandboxReady: boolean
  containers: ContainerRecord[]
  ephemeral: ContainerRecord[]
}

/** The phase that follows from the containers, by the restart policy. */
export function podPhase(pod: KubeObject, containers: ContainerRecord[]): string {
  if (containers.every((record) => exitCodeOf(record) !== undefined)) {
    return containers.every((record) => exitCodeOf(record) === 0) ? 'Succeeded' : 'Failed'
  }
  const begun = containers.some(
    (record) => isRunning(record) || record.restartCount > 0 || exitCodeOf(record) !== undefined,
  )
  const policy = pod.spec.restartPolicy ?? 'Always'
  return begun || (policy !== 'Never' && pod.status?.phase === 'Running') ? 'Running' : 'Pending'
}

/** The status the kubelet patches onto the pod. */
export function podStatus(pod: KubeObject, situation: PodSituation) {
  const phase = podPhase(pod, situation.containers)
  const finished = phase === 'Succeeded' || phase === 'Failed'
  const unready = situation.containers.filter((record) => !record.ready).map((record) => record.name)
  const ready = unready.length === 0
  const notReady = {
    reason: phase === 'Succeeded' ? 'PodCompleted' : phase === 'Failed' ? 'PodFailed' : 'ContainersNotReady',
    ...(finished ? {} : { message: `containers with unready status: [${unready.join(' ')}]` }),
  }
  const conditions = [
    condition(pod, 'PodReadyToStartContainers', situation.sandboxReady && !finished),
    condition(pod, 'Initialized', true, phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}),
    condition(pod, 'Ready', ready && gatesOpen(pod), ready ? {} : notReady),
    condition(pod, 'ContainersReady', ready, ready ? {} : notReady),
    condition(pod, 'PodScheduled', true),
  ]
  return {
    phase,
    conditions,
    hostIP: situation.hostIP,
    hostIPs: [{ ip: situation.hostIP }],
    ...(situation.podIP ? { podIP: situation.podIP, podIPs: [{ ip: situation.podIP }] } : {}),
    startTime: situation.startTime,
    containerStatuses: situation.containers.map(containerStatus),
    ...(situation.ephemeral.length > 0 ? { ephemeralContainerStatuses: situation.ephemeral.map(containerStatus) } : {}),
    qosClass: qosClass(pod),
  }
}

function gatesOpen(pod: KubeObject): boolean {
  return (pod.spec.readinessGates ?? []).every((gate: { conditionType: string }) =>
    (pod.status?.conditions ?? []).some(
      (item: { type: string; status: string }) => item.type === gate.conditionType && item.status === 'True',
    ),
  )
}

function condition(pod: KubeObject, type: string, holds: boolean, why: { reason?: string; message?: string } = {}) {
  const status = holds ? 'True' : 'False'
  const earlier = (pod.status?.conditions ?? []).find((item: { type: string }) => item.type === type)
  const lastTransitionTime = earlier?.status === status ? earlier.lastTransitionTime : apiTime()
  return { type, status, lastProbeTime: null, lastTransitionTime, ...why }
}

function containerStatus(record: ContainerRecord) {
  return {
    name: record.name,
    state: record.state,
    lastState: record.lastState,
    ready: record.ready,
    restartCount: record.restartCount,
    image: record.image,
    imageID: record.imageID,
    ...(record.containerID ? { containerID: record.containerID } : {}),
    started: record.started,
  }
}

/** Guaranteed when every container's limits equal its requests, BestEffort without any, else Burstable. */
export function qosClass(pod: KubeObject): string {
  const all = pod.spec.containers.map(
    (container: { resources?: Resources }) => container.resources ?? {},
  ) as Resources[]
  if (all.every((item) => !item.requests && !item.limits)) return 'BestEffort'
  const guaranteed = all.every((item) =>
    ['cpu', 'memory'].every((name) => {
      const limit = item.limits?.[name]
      return limit !== undefined && (item.requests?.[name] ?? limit) === limit
    }),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

interface Resources {
  requests?: Record<string, string>
  limits?: Record<string, string>
}
