import type { KubeObject } from '../ports.ts'
import { ApiRefusal, type ComponentClient } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { nextRun } from './cron-schedule.ts'
import { eventRecorder, type EventRecorder } from './event-recorder.ts'
import { isFinished } from './job.ts'
import { ownerReferenceTo } from './owned-pods.ts'
import { apiTime, controllerOf } from './pod-state.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

interface CronSync {
  client: ComponentClient
  events: EventRecorder
  cron: KubeObject
  jobs: KubeObject[]
}

/** Creates Jobs on schedule, honours `suspend` and `concurrencyPolicy`, and keeps the history short. */
export function startCronJobs(plane: ControlPlane): Stop {
  const client = plane.controller('cronjob-controller')
  const events = eventRecorder(client, 'cronjob-controller')
  const queue = plane.queue('cronjob-controller', async (key) => {
    const { namespace, name } = splitKey(key)
    const cron = plane.api.read('batch', 'cronjobs', namespace, name)
    if (!cron || cron.metadata.deletionTimestamp) return
    const jobs = plane.api
      .list('batch', 'jobs', namespace)
      .filter((job) => controllerOf(job)?.uid === cron.metadata.uid)
    const sync = { client, events, cron, jobs }
    await runIfDue(sync)
    await dropHistory(sync)
    await reportStatus(sync)
    const next = nextRun(cron.spec.schedule, Date.now())
    if (next && !cron.spec.suspend) queue.addAfter(key, next - Date.now() + 50)
  })
  const stopCrons = plane.api.watch('batch', 'cronjobs', ({ object }) => queue.add(keyOf(object)))
  const stopJobs = plane.api.watch('batch', 'jobs', ({ object }) => {
    const owner = controllerOf(object)
    if (owner?.kind === 'CronJob') queue.add(`${object.metadata.namespace}/${owner.name}`)
  })
  for (const cron of plane.api.list('batch', 'cronjobs')) queue.add(keyOf(cron))
  return () => {
    stopCrons()
    stopJobs()
    queue.stop()
  }
}

async function runIfDue(sync: CronSync): Promise<void> {
  const { client, events, cron, jobs } = sync
  if (cron.spec.suspend) return
  const last = Date.parse(cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp)
  // Runs missed while the lab was down are skipped but for the latest, as the real controller does.
  const now = Date.now()
  let due: number | undefined
  for (let time = nextRun(cron.spec.schedule, Math.max(last, now - 3_600_000)); time && time <= now;) {
    due = time
    time = nextRun(cron.spec.schedule, time)
  }
  if (!due) return
  const active = jobs.filter((job) => !isFinished(job))
  if (active.length > 0 && cron.spec.concurrencyPolicy === 'Forbid') return
  if (cron.spec.concurrencyPolicy === 'Replace') for (const job of active) await deleteJob(sync, job)
  const name = `${cron.metadata.name}-${Math.floor(due / 60_000)}`
  const template = structuredClone(cron.spec.jobTemplate)
  try {
    const job = await client.create(kinds.job, cron.metadata.namespace, {
      kind: 'Job',
      apiVersion: 'batch/v1',
      metadata: {
        ...template.metadata,
        name,
        namespace: cron.metadata.namespace,
        annotations: {
          ...template.metadata?.annotations,
          'batch.kubernetes.io/cronjob-scheduled-timestamp': apiTime(due),
        },
        ownerReferences: [ownerReferenceTo(cron)],
      },
      spec: template.spec,
      status: {},
    })
    sync.jobs = [...jobs, job]
    events.record(cron, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created job ${name}` })
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.status === 409)) throw error
  }
  await writeStatus(sync, { lastScheduleTime: apiTime(due) })
}

async function dropHistory(sync: CronSync): Promise<void> {
  const ended = sync.jobs.filter(isFinished)
  const good = ended.filter((job) => (job.status.succeeded ?? 0) > 0)
  const bad = ended.filter((job) => !good.includes(job))
  const limits: [KubeObject[], number][] = [
    [good, sync.cron.spec.successfulJobsHistoryLimit ?? 3],
    [bad, sync.cron.spec.failedJobsHistoryLimit ?? 1],
  ]
  for (const [group, limit] of limits) {
    group.sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))
    for (const job of group.slice(0, Math.max(0, group.length - limit))) await deleteJob(sync, job)
  }
}

async function deleteJob({ client, events, cron }: CronSync, job: KubeObject): Promise<void> {
  const target = { namespace: job.metadata.namespace!, name: job.metadata.name } // jobs are namespaced
  await client.delete(kinds.job, target, { propagationPolicy: 'Background' })
  events.record(cron, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted job ${job.metadata.name}` })
}

async function reportStatus(sync: CronSync): Promise<void> {
  const active = sync.jobs
    .filter((job) => !isFinished(job))
    .map((job) => ({
      kind: 'Job',
      namespace: job.metadata.namespace,
      name: job.metadata.name,
      uid: job.metadata.uid,
      apiVersion: 'batch/v1',
      resourceVersion: job.metadata.resourceVersion,
    }))
  const successes = sync.jobs.map((job) => job.status?.completionTime).filter(Boolean)
  const lastSuccessfulTime = successes.toSorted().at(-1)
  await writeStatus(sync, { active, ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}) })
}

async function writeStatus({ client, cron }: CronSync, change: Record<string, unknown>): Promise<void> {
  const current = client.api.read('batch', 'cronjobs', cron.metadata.namespace, cron.metadata.name)
  if (!current) return
  const status: Record<string, unknown> = { ...current.status, ...change }
  if (Array.isArray(status.active) && status.active.length === 0) delete status.active
  const uids = (value: unknown) =>
    ((value as { active?: { uid: string }[] })?.active ?? []).map((job) => job.uid).join()
  const text = (value: Record<string, unknown> | undefined) => JSON.stringify({ ...value, active: uids(value) })
  if (text(current.status) === text(status)) return
  await client.updateStatus(kinds.cronJob, { ...structuredClone(current), status })
}
