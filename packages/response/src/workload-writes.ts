import type { ActionTarget, Preflight } from './action.ts'
import type { Owner } from './cluster-view.ts'
import type { PatchOperation } from './operation.ts'
import type { Right } from './rights.ts'

const plurals: Record<string, { group: string; plural: string }> = {
  Deployment: { group: 'apps', plural: 'deployments' },
  StatefulSet: { group: 'apps', plural: 'statefulsets' },
  ReplicaSet: { group: 'apps', plural: 'replicasets' },
  DaemonSet: { group: 'apps', plural: 'daemonsets' },
  Job: { group: 'batch', plural: 'jobs' },
  CronJob: { group: 'batch', plural: 'cronjobs' },
}

/** Path of a workload; undefined for kinds of other groups. */
export function workloadPath(kind: string, namespace: string, name: string): string | undefined {
  const found = plurals[kind]
  return found && `/apis/${found.group}/v1/namespaces/${namespace}/${found.plural}/${name}`
}

/** Group and plural of a workload kind, as access reviews name them. */
export function workloadResource(kind: string): { group: string; plural: string } | undefined {
  return plurals[kind]
}

/** Only the scale subresource: with a right to patch whole workloads one could change what they run. */
export function scaleRights(why: string): Right[] {
  return [
    {
      group: 'apps',
      resources: ['deployments/scale', 'statefulsets/scale', 'replicasets/scale'],
      verbs: ['get', 'patch'],
      why,
      feature: 'workloads',
    },
  ]
}

export function suspendRights(why: string): Right[] {
  return [{ group: 'batch', resources: ['cronjobs', 'jobs'], verbs: ['patch'], why, feature: 'workloads' }]
}

/** Sets replicas by the scale subresource, bound to uid and to the number that was seen. */
export function scaleTo(workload: Owner, target: ActionTarget, replicas: number): PatchOperation {
  const seen = workload.spec?.replicas ?? 1
  return {
    id: 'set-replicas',
    kind: 'patch',
    title: `Set replicas of ${workload.kind} ${target.name} from ${seen} to ${replicas}`,
    path: `${workloadPath(workload.kind, target.namespace, target.name)}/scale`,
    uid: workload.metadata.uid,
    body: [
      { op: 'test', path: '/metadata/uid', value: workload.metadata.uid },
      { op: 'add', path: '/spec/replicas', value: replicas },
    ],
    doneWhen: {},
    doneWhenSpec: { replicas },
  }
}

export function setSuspend(workload: Owner, target: ActionTarget, suspend: boolean): PatchOperation {
  return {
    id: 'set-suspend',
    kind: 'patch',
    title: `${suspend ? 'Suspend' : 'Resume'} ${workload.kind} ${target.name}`,
    path: workloadPath(workload.kind, target.namespace, target.name) ?? '',
    uid: workload.metadata.uid,
    body: [
      { op: 'test', path: '/metadata/uid', value: workload.metadata.uid },
      { op: 'add', path: '/spec/suspend', value: suspend },
    ],
    doneWhen: {},
    doneWhenSpec: { suspend },
  }
}

/** Who may undo what we set behind our back. */
export function gitOpsWarning(workload: Owner | undefined): Preflight['consequences'] {
  const marks = { ...workload?.metadata.labels, ...workload?.metadata.annotations }
  const gitOps = Object.keys(marks).find((k) => /argocd|fluxcd/.test(k))
  return gitOps
    ? [{ kind: 'warning', text: `It is managed by a GitOps tool (${gitOps}), which may set this back.` }]
    : []
}
