import { isStale } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { isFinished } from './job.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

/** Deletes finished Jobs once `ttlSecondsAfterFinished` is over. */
export function startTtlAfterFinished(plane: ControlPlane): Stop {
  const client = plane.controller('ttl-after-finished-controller')
  const queue = plane.queue('ttl-after-finished', async (key) => {
    const { namespace, name } = splitKey(key)
    const job = plane.api.read('batch', 'jobs', namespace, name)
    const ttl = job?.spec.ttlSecondsAfterFinished
    if (!job || ttl === undefined || ttl === null || !isFinished(job) || job.metadata.deletionTimestamp) return
    const ended = Date.parse(job.status.completionTime ?? job.status.conditions.at(-1).lastTransitionTime)
    const left = ended + ttl * 1000 - Date.now()
    if (left > 0) return queue.addAfter(key, left)
    try {
      const live = await client.get(kinds.job, namespace, name)
      const preconditions = { uid: live.metadata.uid }
      await client.delete(kinds.job, { namespace, name }, { preconditions, propagationPolicy: 'Foreground' })
    } catch (error) {
      if (!isStale(error)) throw error
    }
  })
  const stop = plane.api.watch('batch', 'jobs', ({ object }) => queue.add(keyOf(object)))
  for (const job of plane.api.list('batch', 'jobs')) queue.add(keyOf(job))
  return () => {
    stop()
    queue.stop()
  }
}
