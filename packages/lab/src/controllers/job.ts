import type { KubeObject } from '../ports.ts'
import { isStale, type ComponentClient } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { eventRecorder, type EventRecorder } from './event-recorder.ts'
import type { LabelSelector } from './label-selector.ts'
import { claimPods, onPodOfOwner } from './owned-pods.ts'
import { apiTime, isPodActive, isPodFinished, isPodReady } from './pod-state.ts'
import { podFromTemplate } from './pod-template.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

const TRACKING = 'batch.kubernetes.io/job-tracking'

interface JobSync {
  client: ComponentClient
  events: EventRecorder
  job: KubeObject
  pods: KubeObject[]
}

/**
 * Runs Jobs to completion. Pods carry the tracking finalizer until they are counted; a pod released by a label change
 * loses owner and finalizer in one patch (measured) and is replaced.
 */
export function startJobs(plane: ControlPlane): Stop {
  const client = plane.controller('job-controller')
  const events = eventRecorder(client, 'job-controller')
  const queue = plane.queue('job-controller', async (key) => {
    const { namespace, name } = splitKey(key)
    const job = plane.api.read('batch', 'jobs', namespace, name)
    if (!job) return
    const pods = await claimPods({ client, owner: job, selector: selectorOf(job), finalizer: TRACKING })
    const sync: JobSync = { client, events, job: structuredClone(job), pods }
    if (job.metadata.deletionTimestamp || isFinished(job)) return releaseFinished(sync)
    const again = await reconcile(sync, plane.timing.jobBackoffMs)
    if (again !== undefined) queue.addAfter(key, again)
  })
  const stopJobs = plane.api.watch('batch', 'jobs', ({ object }) => queue.add(keyOf(object)))
  const stopPods = onPodOfOwner(client, kinds.job, queue.add)
  for (const job of plane.api.list('batch', 'jobs')) queue.add(keyOf(job))
  return () => {
    stopJobs()
    stopPods()
    queue.stop()
  }
}

// The API server generates selector and template labels; a Job that came without them gets the same from us.
function selectorOf(job: KubeObject): LabelSelector {
  return job.spec.selector ?? { matchLabels: { 'batch.kubernetes.io/controller-uid': job.metadata.uid } }
}

function jobLabels(job: KubeObject): Record<string, string> {
  const { name, uid } = job.metadata
  return {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  }
}

export function isFinished(job: KubeObject): boolean {
  return (job.status?.conditions ?? []).some(
    (condition: { type: string; status: string }) =>
      (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True',
  )
}

/** @returns milliseconds after which to look again, if time alone matters. */
async function reconcile(sync: JobSync, backoffMs: number): Promise<number | undefined> {
  const { client, job, pods } = sync
  const before = job.status ?? {}
  const uncounted = pods.filter((pod) => isPodFinished(pod) && pod.metadata.finalizers?.includes(TRACKING))
  const succeeded = (before.succeeded ?? 0) + uncounted.filter((pod) => pod.status.phase === 'Succeeded').length
  const failed = (before.failed ?? 0) + uncounted.filter((pod) => pod.status.phase === 'Failed').length
  const active = pods.filter(isPodActive)
  const completions = job.spec.completions ?? 1
  const outcome = outcomeOf(job, succeeded, failed)
  let wait: number | undefined
  if (outcome || job.spec.suspend) for (const pod of active) await removePod(sync, pod)
  else {
    const missing = Math.min(job.spec.parallelism ?? 1, completions - succeeded) - active.length
    wait = failed > 0 && missing > 0 ? backoffLeft(pods, failed, backoffMs) : 0
    if (wait === 0) for (let i = 0; i < missing; i++) active.push(await createPod(sync))
  }
  const stays = outcome || job.spec.suspend ? [] : active
  const status = {
    ...(before.conditions || outcome ? { conditions: [...(before.conditions ?? []), ...(outcome ?? [])] } : {}),
    startTime: before.startTime ?? apiTime(),
    ...(outcome?.some((condition) => condition.type === 'Complete') ? { completionTime: apiTime() } : {}),
    ...(stays.length > 0 ? { active: stays.length } : {}),
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(failed > 0 ? { failed } : {}),
    terminating: 0,
    uncountedTerminatedPods: {},
    ready: stays.filter(isPodReady).length,
  }
  if (JSON.stringify(before) !== JSON.stringify(status)) {
    await client.updateStatus(kinds.job, { ...job, status })
    if (outcome) announce(sync, outcome)
  }
  await releaseFinished(sync)
  return wait || undefined
}

function outcomeOf(job: KubeObject, succeeded: number, failed: number) {
  const now = apiTime()
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastProbeTime: now,
    lastTransitionTime: now,
    reason,
    message,
  })
  if (succeeded >= (job.spec.completions ?? 1)) {
    const text = 'Reached expected number of succeeded pods'
    return ['SuccessCriteriaMet', 'Complete'].map((type) => condition(type, 'CompletionsReached', text))
  }
  if (failed > (job.spec.backoffLimit ?? 6)) {
    const text = 'Job has reached the specified backoff limit'
    return ['FailureTarget', 'Failed'].map((type) => condition(type, 'BackoffLimitExceeded', text))
  }
  const deadline = job.spec.activeDeadlineSeconds
  if (deadline && job.status?.startTime && Date.now() - Date.parse(job.status.startTime) > deadline * 1000) {
    const text = 'Job was active longer than specified deadline'
    return ['FailureTarget', 'Failed'].map((type) => condition(type, 'DeadlineExceeded', text))
  }
  return undefined
}

function backoffLeft(pods: KubeObject[], failed: number, backoffMs: number): number {
  const ends = pods
    .filter((pod) => pod.status?.phase === 'Failed')
    .map((pod) => Date.parse(pod.status.containerStatuses?.[0]?.state?.terminated?.finishedAt ?? ''))
    .filter((time) => !Number.isNaN(time))
  if (ends.length === 0) return 0
  return Math.max(0, Math.max(...ends) + Math.min(backoffMs * 2 ** (failed - 1), 600_000) - Date.now())
}

async function createPod({ client, events, job }: JobSync): Promise<KubeObject> {
  const body = podFromTemplate({
    owner: job,
    template: job.spec.template,
    labels: jobLabels(job),
    finalizers: [TRACKING],
  })
  const pod = await client.create(kinds.pod, job.metadata.namespace, body)
  events.record(job, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` })
  return pod
}

async function removePod({ client, events, job }: JobSync, pod: KubeObject): Promise<void> {
  try {
    await client.delete(kinds.pod, { namespace: pod.metadata.namespace!, name: pod.metadata.name }) // pods are namespaced
  } catch (error) {
    if (!isStale(error)) throw error
  }
  events.record(job, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` })
}

/** Takes the tracking finalizer off pods that were counted, and off pods on their way out. */
async function releaseFinished({ client, job, pods }: JobSync): Promise<void> {
  for (const pod of pods) {
    const done = isPodFinished(pod) || (isFinished(job) && !isPodActive(pod)) || job.metadata.deletionTimestamp
    if (!done || !pod.metadata.finalizers?.includes(TRACKING)) continue
    const target = { namespace: pod.metadata.namespace!, name: pod.metadata.name } // pods are namespaced
    try {
      await client.patch(kinds.pod, target, { metadata: { '$deleteFromPrimitiveList/finalizers': [TRACKING] } })
    } catch (error) {
      if (!isStale(error)) throw error
    }
  }
}

function announce({ events, job }: JobSync, outcome: { type: string; reason: string; message: string }[]) {
  const last = outcome.at(-1)
  if (last?.type === 'Complete') {
    events.record(job, { type: 'Normal', reason: 'Completed', message: 'Job completed' })
  } else if (last) {
    events.record(job, { type: 'Warning', reason: last.reason, message: last.message })
  }
}
