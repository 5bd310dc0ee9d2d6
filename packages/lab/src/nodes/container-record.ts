import type { KubeObject, StartedContainer } from '../ports.ts'

/** What the kubelet knows about one container of a pod. */
export interface ContainerRecord {
  name: string
  image: string
  imageID: string
  containerID: string
  restartCount: number
  /** `started` and `ready` as reported; `ready` follows the readiness probe. */
  ready: boolean
  started: boolean
  state: ContainerState
  lastState: ContainerState
  /** When the container may start again, and after how many crashes in a row. */
  crashes: number
}

export type ContainerState =
  | { waiting: { reason: string; message?: string } }
  | { running: { startedAt: string } }
  | { terminated: Terminated }
  | Record<string, never>

export interface Terminated {
  exitCode: number
  reason: string
  startedAt: string
  finishedAt: string
  containerID: string
}

export function creatingRecord(container: { name: string; image: string }): ContainerRecord {
  return {
    name: container.name,
    image: container.image,
    imageID: '',
    containerID: '',
    restartCount: 0,
    ready: false,
    started: false,
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: {},
    crashes: 0,
  }
}

/** Takes over what an earlier run of the lab reported; its processes are gone, so the container counts as restarted. */
export function recordAfterReboot(
  container: { name: string; image: string },
  pod: KubeObject,
  now: string,
): ContainerRecord {
  const fresh = creatingRecord(container)
  const before = (pod.status?.containerStatuses ?? []).find(
    (status: { name: string }) => status.name === container.name,
  )
  if (!before?.containerID) return fresh
  const startedAt = before.state?.running?.startedAt ?? now
  return {
    ...fresh,
    restartCount: (before.restartCount ?? 0) + 1,
    lastState: {
      terminated: { exitCode: 255, reason: 'Unknown', startedAt, finishedAt: now, containerID: before.containerID },
    },
  }
}

export function applyStart(record: ContainerRecord, started: StartedContainer, hasReadinessProbe: boolean): void {
  record.image = started.image
  record.imageID = started.imageID
  if (started.waitingReason) {
    record.state = { waiting: { reason: started.waitingReason } }
    record.ready = false
    record.started = false
    return
  }
  record.containerID = started.containerID
  record.state = { running: { startedAt: started.startedAt } }
  record.started = true
  record.ready = !hasReadinessProbe
}

export function applyExit(record: ContainerRecord, exitCode: number, finishedAt: string): void {
  const startedAt = 'running' in record.state ? record.state.running!.startedAt : finishedAt // set in running states
  const reason = exitCode === 0 ? 'Completed' : 'Error'
  record.state = { terminated: { exitCode, reason, startedAt, finishedAt, containerID: record.containerID } }
  record.ready = false
  record.started = false
}

export function exitCodeOf(record: ContainerRecord): number | undefined {
  return 'terminated' in record.state ? record.state.terminated!.exitCode : undefined // set in terminated states
}

export function isRunning(record: ContainerRecord): boolean {
  return 'running' in record.state
}
