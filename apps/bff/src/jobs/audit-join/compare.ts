import type { AuditedWrite, ClusterWrite, RecordedWrite } from './cluster-writes.ts'
import { isSameWrite } from './cluster-writes.ts'

/** What explains writes beside an action's steps: probes, and the removal of what an action left. */
export interface KnownAction {
  id: string
  namespace: string
  target: string
  /** Epoch ms. */
  from: number
  to: number
}

/** A simulation plays its attack with our kubeconfig where it has no other. */
export interface KnownRun {
  namespace: string
  from: number
  to: number
}

export interface Comparison {
  /** Done by our record, not in the log. */
  unseen: RecordedWrite[]
  /** In the log, not in our record. */
  unrecorded: AuditedWrite[]
}

const actionId = /act-[a-z0-9]+-[0-9a-f]{12}/

/** Ids of actions that objects are named after. */
export function actionIdIn(write: ClusterWrite): string | undefined {
  return actionId.exec(write.name)?.[0]
}

/**
 * What the record and the log don't agree on. `span` (epoch ms) limits what is judged, not what may explain it: a
 * write near its edge may have its other half beyond.
 */
export function compare(
  recorded: readonly RecordedWrite[],
  audited: readonly AuditedWrite[],
  known: { actions: readonly KnownAction[]; runs: readonly KnownRun[] },
  span: { from: number; to: number },
): Comparison {
  const within = (time: number) => time >= span.from && time < span.to
  return {
    unseen: recorded.filter((r) => r.done && within(r.to) && !audited.some((a) => isSameWrite(r, a))),
    unrecorded: audited.filter(
      (a) => within(a.time) && isDone(a) && !recorded.some((r) => isSameWrite(r, a)) && !isExplained(a, known),
    ),
  }
}

function isDone({ code }: AuditedWrite): boolean {
  return code === 0 || (code >= 200 && code < 300)
}

function isExplained(
  write: AuditedWrite,
  { actions, runs }: { actions: readonly KnownAction[]; runs: readonly KnownRun[] },
): boolean {
  const during = ({ from, to }: { from: number; to: number }) => write.time >= from && write.time <= to
  if (runs.some((run) => run.namespace !== '' && run.namespace === write.namespace && during(run))) return true
  const id = actionIdIn(write)
  return actions.some((action) => {
    if (!during(action)) return false
    if (action.id === id) return isOwnObject(write)
    // Taking our label off again, after an action that stopped half-way.
    const target = write.resource === 'pods' && write.namespace === action.namespace && write.name === action.target
    return target && write.verb === 'patch' && write.subresource === ''
  })
}

/** Probe pods come and go; policies named after an action are only ever taken away outside its steps. */
function isOwnObject(write: AuditedWrite): boolean {
  if (write.resource === 'pods') return write.name.startsWith('cordon-canary-') && write.subresource === ''
  return write.resource.endsWith('policies') && write.verb === 'delete'
}

/** Does it isolate, free or end something? These raise an alert; the rest is a finding only. */
export function isContainment({ resource, subresource, verb }: ClusterWrite): boolean {
  if (resource.endsWith('policies')) return true
  if (resource === 'pods') return subresource === 'eviction' || (subresource === '' && verb !== 'create')
  return ['deployments', 'statefulsets', 'replicasets', 'daemonsets', 'cronjobs', 'jobs'].includes(resource)
}
