import type { Column } from './table-columns.ts'

type Json = any // any: pods are read for printing

/** The word kubectl prints in STATUS. */
export function podStatusText(pod: Json): string {
  let reason: string = pod.status?.reason || pod.status?.phase || 'Unknown'
  const init = initText(pod)
  if (init) reason = init
  else {
    let running = false
    for (const s of (pod.status?.containerStatuses ?? []).toReversed()) {
      if (s.state?.waiting?.reason) reason = s.state.waiting.reason
      else if (s.state?.terminated) {
        const { reason: why, signal, exitCode } = s.state.terminated
        reason = why || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)
      } else if (s.ready && s.state?.running) running = true
    }
    if (reason === 'Completed' && running) reason = isReady(pod) ? 'Running' : 'NotReady'
  }
  if (!pod.metadata.deletionTimestamp) return reason
  if (pod.status?.reason === 'NodeLost') return 'Unknown'
  return ['Succeeded', 'Failed'].includes(pod.status?.phase) ? reason : 'Terminating'
}

const isReady = (pod: Json): boolean =>
  (pod.status?.conditions ?? []).some((c: Json) => c.type === 'Ready' && c.status === 'True')

function initText(pod: Json): string | undefined {
  const total = pod.spec?.initContainers?.length ?? 0
  for (const [at, s] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const { terminated, waiting } = s.state ?? {}
    if (terminated?.exitCode === 0 || s.started) continue
    if (terminated) return terminated.reason ? `Init:${terminated.reason}` : `Init:ExitCode:${terminated.exitCode}`
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
    return `Init:${at}/${total}`
  }
  return undefined
}

function restarts(pod: Json, now: Date, ago: (since: string, now: Date) => string): string {
  let total = 0
  let last = ''
  for (const s of pod.status?.containerStatuses ?? []) {
    total += s.restartCount ?? 0
    const finished = s.lastState?.terminated?.finishedAt
    if (finished && finished > last) last = finished
  }
  return total > 0 && last ? `${total} (${ago(last, now)} ago)` : String(total)
}

export function podColumns<A>(age: A): (Column | A)[] {
  const ago = (since: string, now: Date) =>
    `${Math.max(0, Math.floor((now.getTime() - new Date(since).getTime()) / 1000))}s`
  const of = (name: string, description: string, cell: Column['cell'], priority = 0): Column => ({
    name,
    description,
    priority,
    cell,
  })
  return [
    of('Ready', 'The aggregate readiness state of this pod for accepting traffic.', (pod) => {
      const ready = (pod.status?.containerStatuses ?? []).filter((s: Json) => s.ready && s.state?.running).length
      return `${ready}/${pod.spec?.containers?.length ?? 0}`
    }),
    of('Status', 'The aggregate status of the containers in this pod.', podStatusText),
    of('Restarts', 'The number of times the containers in this pod have been restarted.', (pod, now) =>
      restarts(pod, now, ago),
    ),
    age,
    of('IP', 'Address of the pod.', (pod) => pod.status?.podIP || '<none>', 1),
    of('Node', 'Node the pod is bound to.', (pod) => pod.spec?.nodeName || '<none>', 1),
    of('Nominated Node', 'Node the scheduler makes room on.', (pod) => pod.status?.nominatedNodeName || '<none>', 1),
    of(
      'Readiness Gates',
      'Conditions that must be true besides the containers.',
      (pod) => {
        const gates = pod.spec?.readinessGates ?? []
        if (gates.length === 0) return '<none>'
        const met = gates.filter((g: Json) =>
          (pod.status?.conditions ?? []).some((c: Json) => c.type === g.conditionType && c.status === 'True'),
        ).length
        return `${met}/${gates.length}`
      },
      1,
    ),
  ]
}
