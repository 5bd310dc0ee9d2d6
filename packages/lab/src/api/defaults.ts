import type { KubeObject } from '../ports.ts'
import { defaultPodSpec, qosClass } from './pod-defaults.ts'

type Json = any // any: specs of every kind, free-form JSON

type Defaulter = (object: Json) => void

function template(object: Json): void {
  const of = object.spec?.template
  if (!of) return
  of.metadata ??= {}
  of.spec ??= {}
  defaultPodSpec(of.spec)
}

const set = (target: Json, values: Record<string, Json>): void => {
  for (const [key, value] of Object.entries(values))
    if (target[key] === undefined || target[key] === null) target[key] = value
}

const labelsFromTemplate: Defaulter = (object) => {
  if (!object.metadata.labels && object.spec?.template?.metadata?.labels)
    object.metadata.labels = { ...object.spec.template.metadata.labels }
}

function jobSpec(spec: Json): void {
  // Without both numbers a Job runs one pod once.
  if (spec.completions === undefined && spec.parallelism === undefined) set(spec, { completions: 1, parallelism: 1 })
  set(spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2147483647,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
    manualSelector: spec.manualSelector,
  })
  if (spec.manualSelector === undefined) delete spec.manualSelector
  if (spec.template) {
    spec.template.metadata ??= {}
    defaultPodSpec(spec.template.spec)
  }
}

const DEFAULTERS: Record<string, Defaulter> = {
  Pod(object) {
    object.spec ??= {}
    defaultPodSpec(object.spec)
  },
  ReplicationController(object) {
    template(object)
    set(object.spec, { replicas: 1, selector: object.spec.template?.metadata?.labels })
    labelsFromTemplate(object)
  },
  Deployment(object) {
    template(object)
    const { spec } = object
    set(spec, { replicas: 1, strategy: {}, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
    set(spec.strategy, { type: 'RollingUpdate' })
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {}
      set(spec.strategy.rollingUpdate, { maxUnavailable: '25%', maxSurge: '25%' })
    }
  },
  ReplicaSet(object) {
    template(object)
    set(object.spec, { replicas: 1 })
    labelsFromTemplate(object)
  },
  StatefulSet(object) {
    template(object)
    set(object.spec, {
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: {},
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    })
    set(object.spec.updateStrategy, { type: 'RollingUpdate' })
    if (object.spec.updateStrategy.type === 'RollingUpdate') {
      object.spec.updateStrategy.rollingUpdate ??= {}
      set(object.spec.updateStrategy.rollingUpdate, { partition: 0 })
    }
  },
  DaemonSet(object) {
    template(object)
    set(object.spec, { updateStrategy: {}, revisionHistoryLimit: 10 })
    set(object.spec.updateStrategy, { type: 'RollingUpdate' })
    if (object.spec.updateStrategy.type === 'RollingUpdate') {
      object.spec.updateStrategy.rollingUpdate ??= {}
      set(object.spec.updateStrategy.rollingUpdate, { maxUnavailable: 1, maxSurge: 0 })
    }
  },
  Job: (object) => jobSpec(object.spec),
  CronJob(object) {
    set(object.spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    })
    if (object.spec.jobTemplate) {
      object.spec.jobTemplate.metadata ??= {}
      const inner = object.spec.jobTemplate.spec
      if (inner?.template) {
        inner.template.metadata ??= {}
        defaultPodSpec(inner.template.spec)
      }
    }
  },
  Service(object) {
    object.spec ??= {}
    set(object.spec, { sessionAffinity: 'None', type: 'ClusterIP' })
    const { spec } = object
    for (const port of spec.ports ?? []) {
      set(port, { protocol: 'TCP', targetPort: port.port })
    }
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') set(spec, { externalTrafficPolicy: 'Cluster' })
    if (spec.type === 'LoadBalancer') set(spec, { allocateLoadBalancerNodePorts: true })
    if (spec.type !== 'ExternalName')
      set(spec, { internalTrafficPolicy: 'Cluster', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })
  },
  NetworkPolicy(object) {
    object.spec ??= {}
    const { spec } = object
    set(spec, { podSelector: {} })
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of rule.ports ?? []) set(port, { protocol: 'TCP' })
    if (!spec.policyTypes?.length) spec.policyTypes = ['Ingress', ...(spec.egress?.length ? ['Egress'] : [])]
  },
  Namespace(object) {
    object.spec ??= {}
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name }
  },
  Secret(object) {
    set(object, { type: 'Opaque' })
    for (const [key, value] of Object.entries(object.stringData ?? {})) {
      object.data ??= {}
      object.data[key] = Buffer.from(String(value)).toString('base64')
    }
    delete object.stringData
  },
  RoleBinding: (object) => subjectGroups(object),
  ClusterRoleBinding: (object) => subjectGroups(object),
  Role: (object) => void (object.rules ??= null),
  ClusterRole: (object) => void (object.rules ??= null),
  Event(object) {
    set(object, { type: 'Normal' })
    if (object.apiVersion === 'v1')
      set(object, {
        source: {},
        firstTimestamp: null,
        lastTimestamp: null,
        eventTime: null,
        reportingComponent: '',
        reportingInstance: '',
      })
  },
  PersistentVolumeClaim(object) {
    object.spec ??= {}
    set(object.spec, { volumeMode: 'Filesystem' })
  },
  PersistentVolume(object) {
    object.spec ??= {}
    set(object.spec, { volumeMode: 'Filesystem', persistentVolumeReclaimPolicy: 'Retain' })
  },
  StorageClass: (object) => set(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  CertificateSigningRequest(object) {
    object.spec ??= {}
    set(object.spec, { usages: ['digital signature', 'key encipherment'] })
  },
}

function subjectGroups(object: Json): void {
  const group = 'rbac.authorization.k8s.io'
  if (object.roleRef) set(object.roleRef, { apiGroup: group })
  for (const subject of object.subjects ?? [])
    if ((subject.kind === 'User' || subject.kind === 'Group') && !subject.apiGroup) subject.apiGroup = group
}

const DEFAULTED_GROUPS = new Set([
  '',
  'apps',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'certificates.k8s.io',
  'events.k8s.io',
])

/** Fills in the defaults of a decoded object. The object is changed. */
export function applyDefaults(object: KubeObject, group: string): void {
  const defaulter = DEFAULTED_GROUPS.has(group) ? DEFAULTERS[object.kind] : undefined
  if (!defaulter) return
  if (
    object.spec === undefined &&
    ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'ReplicationController'].includes(
      object.kind,
    )
  )
    object.spec = {}
  defaulter(object)
}

/** The status a new object starts with; clients cannot set it. */
export function initialStatus(object: KubeObject, group: string): Json {
  switch (`${group}/${object.kind}`) {
    case '/Pod':
      return { phase: 'Pending', qosClass: qosClass(object.spec ?? {}) }
    case '/Namespace':
      return { phase: 'Active' }
    case '/Service':
      return { loadBalancer: {} }
    case '/PersistentVolumeClaim':
    case '/PersistentVolume':
      return { phase: 'Pending' }
    case 'policy/PodDisruptionBudget':
      return { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }
    case 'apps/DaemonSet':
      return { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }
    case 'apps/ReplicaSet':
    case '/ReplicationController':
      return { replicas: 0 }
    case 'apps/StatefulSet':
      return { replicas: 0, availableReplicas: 0 }
    case 'networking.k8s.io/Ingress':
      return { loadBalancer: {} }
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      return establishedStatus(object)
    case 'apps/Deployment':
    case 'batch/Job':
    case 'batch/CronJob':
    case 'certificates.k8s.io/CertificateSigningRequest':
      return {}
    default:
      return undefined
  }
}

/** Definitions are served as soon as they are stored, so they are established from the start. */
function establishedStatus(object: KubeObject): Json {
  const { names, versions = [] } = object.spec ?? {}
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: object.metadata.creationTimestamp,
    reason,
    message,
  })
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: {
      ...names,
      singular: names?.singular ?? String(names?.kind ?? '').toLowerCase(),
      listKind: names?.listKind ?? `${names?.kind}List`,
    },
    storedVersions: versions.filter((v: Json) => v.storage).map((v: Json) => v.name),
  }
}
