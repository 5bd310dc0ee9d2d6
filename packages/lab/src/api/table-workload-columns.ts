import type { KubeObject } from '../ports.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { podColumns } from './table-pod-columns.ts'
import type { Cell, Column } from './table-columns.ts'

type Json = any // any: objects of every kind are read for printing

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Age as kubectl prints it: two units while short, one when long. */
export function duration(seconds: number): string {
  if (seconds < 0) return '0s'
  if (seconds < 2 * MINUTE) return `${Math.floor(seconds)}s`
  const minutes = Math.floor(seconds / MINUTE)
  if (minutes < 10) return seconds % MINUTE >= 1 ? `${minutes}m${Math.floor(seconds % MINUTE)}s` : `${minutes}m`
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(seconds / HOUR)
  if (hours < 8) return minutes % 60 ? `${hours}h${minutes % 60}m` : `${hours}h`
  if (hours < 48) return `${hours}h`
  const days = Math.floor(seconds / DAY)
  if (days < 8) return hours % 24 ? `${days}d${hours % 24}h` : `${days}d`
  if (days < 730) return `${days}d`
  const years = Math.floor(days / 365)
  return years < 8 && days % 365 ? `${years}y${days % 365}d` : `${years}y`
}

export const age = (since: string | undefined, now: Date): string =>
  since ? duration((now.getTime() - new Date(since).getTime()) / 1000) : '<unknown>'

export const column = (name: string, cell: (object: Json, now: Date) => Cell, more: Partial<Column> = {}): Column => ({
  name,
  ...more,
  cell,
})
const wide = (name: string, cell: (object: Json, now: Date) => Cell): Column => column(name, cell, { priority: 1 })
const number = (name: string, cell: (object: Json) => Cell): Column => column(name, cell, { type: 'integer' })

export const labelText = (labels: Record<string, string> | undefined, empty = '<none>'): string =>
  labels && Object.keys(labels).length > 0
    ? Object.entries(labels)
        .map(([k, v]) => `${k}=${v}`)
        .sort()
        .join(',')
    : empty

export function selectorText(selector: Json): string {
  if (!selector) return '<none>'
  if (!selector.matchLabels && !selector.matchExpressions) return '<none>'
  const parts = Object.entries(selector.matchLabels ?? {}).map(([k, v]) => `${k}=${String(v)}`)
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (operator === 'Exists') parts.push(key)
    else if (operator === 'DoesNotExist') parts.push(`!${key}`)
    else parts.push(`${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`)
  }
  return parts.sort().join(',') || '<none>'
}

const containersOf = (object: Json): Json[] =>
  (object.spec?.jobTemplate?.spec?.template ?? object.spec?.template)?.spec?.containers ?? []
const IMAGES = [
  wide('Containers', (o) =>
    containersOf(o)
      .map((c) => c.name)
      .join(','),
  ),
  wide('Images', (o) =>
    containersOf(o)
      .map((c) => c.image)
      .join(','),
  ),
]
const SELECTOR = wide('Selector', (o) => selectorText(o.spec.selector))

function servicePorts(spec: Json): string {
  const ports = (spec.ports ?? []).map((p: Json) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol}`)
  return ports.join(',') || '<none>'
}

function externalAddress(service: Json): string {
  const { spec, status } = service
  if (spec.type === 'ExternalName') return spec.externalName
  const given = spec.externalIPs ?? []
  if (spec.type !== 'LoadBalancer') return given.join(',') || '<none>'
  const ingress = (status?.loadBalancer?.ingress ?? []).map((i: Json) => i.ip ?? i.hostname)
  return [...ingress, ...given].join(',') || '<pending>'
}

function nodeStatus(node: Json): string {
  const ready = node.status?.conditions?.find((c: Json) => c.type === 'Ready')
  const parts = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown']
  if (node.spec?.unschedulable) parts.push('SchedulingDisabled')
  return parts.join(',')
}

function nodeRoles(node: Json): string {
  const roles = Object.keys(node.metadata.labels ?? {})
    .map((label) => /^node-role\.kubernetes\.io\/(.+)$/.exec(label)?.[1])
    .filter((role) => role !== undefined)
  return roles.sort().join(',') || '<none>'
}

const nodeAddress = (node: Json, type: string): string =>
  node.status?.addresses?.find((a: Json) => a.type === type)?.address ?? '<none>'

function jobStatus(job: Json): string {
  const has = (type: string) => job.status?.conditions?.some((c: Json) => c.type === type && c.status === 'True')
  if (has('Complete')) return 'Complete'
  if (has('Failed')) return 'Failed'
  if (job.metadata.deletionTimestamp) return 'Terminating'
  if (has('Suspended') || job.spec.suspend) return 'Suspended'
  return has('FailureTarget') ? 'FailureTarget' : 'Running'
}

function jobDuration(job: Json, now: Date): string {
  const { startTime, completionTime } = job.status ?? {}
  if (!startTime) return ''
  return duration(((completionTime ? new Date(completionTime) : now).getTime() - new Date(startTime).getTime()) / 1000)
}

const endpointsText = (subsets: Json[] | undefined): string => {
  const all = (subsets ?? []).flatMap((s) =>
    (s.addresses ?? []).flatMap((a: Json) =>
      s.ports?.length ? s.ports.map((p: Json) => `${a.ip}:${p.port}`) : [a.ip],
    ),
  )
  if (all.length === 0) return '<none>'
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',')
}

const sliceEndpoints = (slice: Json): string => {
  const all = (slice.endpoints ?? []).flatMap((e: Json) => e.addresses ?? [])
  if (all.length === 0) return '<unset>'
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',')
}

const subjects = (kind: string, name: string): Column =>
  wide(name, (o) =>
    (o.subjects ?? [])
      .filter((s: Json) => s.kind === kind)
      .map((s: Json) => (kind === 'ServiceAccount' ? `${s.namespace}/${s.name}` : s.name))
      .join(', '),
  )

const AGE = 'age' as const
const eventTime = (event: Json): string =>
  event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp
const dataCount = (o: Json): number => Object.keys(o.data ?? {}).length + Object.keys(o.binaryData ?? {}).length
const ROLE_REF = column('Role', (o) => `${o.roleRef?.kind}/${o.roleRef?.name}`)
const BINDING = [
  ROLE_REF,
  AGE,
  subjects('User', 'Users'),
  subjects('Group', 'Groups'),
  subjects('ServiceAccount', 'ServiceAccounts'),
]

const COLUMNS: Record<string, (Column | typeof AGE)[]> = {
  '/pods': podColumns(AGE),
  '/nodes': [
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    AGE,
    column('Version', (o) => o.status?.nodeInfo?.kubeletVersion ?? ''),
    wide('Internal-IP', (o) => nodeAddress(o, 'InternalIP')),
    wide('External-IP', (o) => nodeAddress(o, 'ExternalIP')),
    wide('OS-Image', (o) => o.status?.nodeInfo?.osImage ?? '<unknown>'),
    wide('Kernel-Version', (o) => o.status?.nodeInfo?.kernelVersion ?? '<unknown>'),
    wide('Container-Runtime', (o) => o.status?.nodeInfo?.containerRuntimeVersion ?? '<unknown>'),
  ],
  '/namespaces': [column('Status', (o) => o.status?.phase ?? ''), AGE],
  '/services': [
    column('Type', (o) => o.spec.type),
    column('Cluster-IP', (o) => o.spec.clusterIP || '<none>'),
    column('External-IP', externalAddress),
    column('Port(s)', (o) => servicePorts(o.spec)),
    AGE,
    wide('Selector', (o) => labelText(o.spec.selector)),
  ],
  '/endpoints': [column('Endpoints', (o) => endpointsText(o.subsets)), AGE],
  '/configmaps': [number('Data', dataCount), AGE],
  '/secrets': [column('Type', (o) => o.type), number('Data', dataCount), AGE],
  '/serviceaccounts': [number('Secrets', (o) => o.secrets?.length ?? 0), AGE],
  '/events': [
    column('Last Seen', (o, now) => age(eventTime(o), now)),
    column('Type', (o) => o.type ?? ''),
    column('Reason', (o) => o.reason ?? ''),
    column(
      'Object',
      (o) =>
        `${String((o.involvedObject ?? o.regarding)?.kind ?? '').toLowerCase()}/${(o.involvedObject ?? o.regarding)?.name ?? ''}`,
    ),
    wide('Subobject', (o) => (o.involvedObject ?? o.regarding)?.fieldPath ?? ''),
    wide('Source', (o) =>
      [o.source?.component ?? o.reportingComponent ?? '', o.source?.host].filter(Boolean).join(', '),
    ),
    column('Message', (o) => String(o.message ?? o.note ?? '').trim()),
    wide('First Seen', (o, now) => age(o.firstTimestamp ?? o.eventTime ?? undefined, now)),
    wide('Count', (o) => String(o.series?.count ?? (o.count || 1))),
    wide('Name', (o) => o.metadata.name),
  ],
  '/replicationcontrollers': [
    number('Desired', (o) => o.spec.replicas ?? 0),
    number('Current', (o) => o.status?.replicas ?? 0),
    number('Ready', (o) => o.status?.readyReplicas ?? 0),
    AGE,
    ...IMAGES,
    wide('Selector', (o) => labelText(o.spec.selector)),
  ],
  'apps/deployments': [
    column('Ready', (o) => `${o.status?.readyReplicas ?? 0}/${o.spec.replicas ?? 0}`),
    number('Up-to-date', (o) => o.status?.updatedReplicas ?? 0),
    number('Available', (o) => o.status?.availableReplicas ?? 0),
    AGE,
    ...IMAGES,
    SELECTOR,
  ],
  'apps/replicasets': [
    number('Desired', (o) => o.spec.replicas ?? 0),
    number('Current', (o) => o.status?.replicas ?? 0),
    number('Ready', (o) => o.status?.readyReplicas ?? 0),
    AGE,
    ...IMAGES,
    SELECTOR,
  ],
  'apps/statefulsets': [
    column('Ready', (o) => `${o.status?.readyReplicas ?? 0}/${o.spec.replicas ?? 0}`),
    AGE,
    ...IMAGES,
  ],
  'apps/daemonsets': [
    number('Desired', (o) => o.status?.desiredNumberScheduled ?? 0),
    number('Current', (o) => o.status?.currentNumberScheduled ?? 0),
    number('Ready', (o) => o.status?.numberReady ?? 0),
    number('Up-to-date', (o) => o.status?.updatedNumberScheduled ?? 0),
    number('Available', (o) => o.status?.numberAvailable ?? 0),
    column('Node Selector', (o) => labelText(o.spec.template?.spec?.nodeSelector)),
    AGE,
    ...IMAGES,
    SELECTOR,
  ],
  'apps/controllerrevisions': [column('Controller', controllerText), number('Revision', (o) => o.revision), AGE],
  'batch/jobs': [
    column('Status', jobStatus),
    column('Completions', (o) => `${o.status?.succeeded ?? 0}/${o.spec.completions ?? o.spec.parallelism ?? 1}`),
    column('Duration', jobDuration),
    AGE,
    ...IMAGES,
    SELECTOR,
  ],
  'batch/cronjobs': [
    column('Schedule', (o) => o.spec.schedule),
    column('Timezone', (o) => o.spec.timeZone ?? '<none>'),
    column('Suspend', (o) => (o.spec.suspend ? 'True' : 'False')),
    number('Active', (o) => o.status?.active?.length ?? 0),
    column('Last Schedule', (o, now) => (o.status?.lastScheduleTime ? age(o.status.lastScheduleTime, now) : '<none>')),
    AGE,
    ...IMAGES,
    wide('Selector', () => '<none>'),
  ],
  'networking.k8s.io/networkpolicies': [column('Pod-Selector', (o) => selectorText(o.spec.podSelector)), AGE],
  'networking.k8s.io/ingresses': [
    column('Class', (o) => o.spec?.ingressClassName ?? '<none>'),
    column('Hosts', (o) => (o.spec?.rules ?? []).map((r: Json) => r.host || '*').join(',') || '*'),
    column('Address', (o) => (o.status?.loadBalancer?.ingress ?? []).map((i: Json) => i.ip ?? i.hostname).join(',')),
    column('Ports', (o) => (o.spec?.tls?.length ? '80, 443' : '80')),
    AGE,
  ],
  'policy/poddisruptionbudgets': [
    column('Min Available', (o) => String(o.spec.minAvailable ?? 'N/A')),
    column('Max Unavailable', (o) => String(o.spec.maxUnavailable ?? 'N/A')),
    number('Allowed Disruptions', (o) => o.status?.disruptionsAllowed ?? 0),
    AGE,
  ],
  'discovery.k8s.io/endpointslices': [
    column('AddressType', (o) => o.addressType),
    column('Ports', (o) => (o.ports ?? []).map((p: Json) => p.port).join(',') || '<unset>'),
    column('Endpoints', sliceEndpoints),
    AGE,
  ],
  'rbac.authorization.k8s.io/rolebindings': BINDING,
  'rbac.authorization.k8s.io/clusterrolebindings': BINDING,
  'coordination.k8s.io/leases': [column('Holder', (o) => o.spec?.holderIdentity ?? ''), AGE],
  'certificates.k8s.io/certificatesigningrequests': [
    AGE,
    column('SignerName', (o) => o.spec?.signerName ?? ''),
    column('Requestor', (o) => o.spec?.username ?? ''),
    column('RequestedDuration', (o, now) =>
      o.spec?.expirationSeconds ? duration(o.spec.expirationSeconds) : now && '<none>',
    ),
    column('Condition', csrCondition),
  ],
  '/persistentvolumeclaims': [
    column('Status', (o) => o.status?.phase ?? ''),
    column('Volume', (o) => o.spec?.volumeName ?? ''),
    column('Capacity', (o) => o.status?.capacity?.storage ?? ''),
    column('Access Modes', (o) => accessModes(o.status?.accessModes)),
    column('StorageClass', (o) => o.spec?.storageClassName ?? ''),
    AGE,
  ],
  '/persistentvolumes': [
    column('Capacity', (o) => o.spec?.capacity?.storage ?? ''),
    column('Access Modes', (o) => accessModes(o.spec?.accessModes)),
    column('Reclaim Policy', (o) => o.spec?.persistentVolumeReclaimPolicy ?? ''),
    column('Status', (o) => o.status?.phase ?? ''),
    column('Claim', (o) => (o.spec?.claimRef ? `${o.spec.claimRef.namespace}/${o.spec.claimRef.name}` : '')),
    column('StorageClass', (o) => o.spec?.storageClassName ?? ''),
    AGE,
  ],
}

const accessModes = (modes: string[] | undefined): string =>
  (modes ?? [])
    .map((m) => ({ ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' })[m] ?? m)
    .join(',')

function controllerText(object: KubeObject): string {
  const owner = object.metadata.ownerReferences?.find((o) => o.controller)
  if (!owner) return '<none>'
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : ''
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`
}

function csrCondition(object: Json): string {
  const types = (object.status?.conditions ?? []).map((c: Json) => c.type)
  if (types.length === 0) return 'Pending'
  return [...types, ...(object.status?.certificate ? ['Issued'] : [])].join(',')
}

/** The columns of a built-in resource after its name; undefined when it has none of its own. */
export const workloadColumns = (definition: ResourceDefinition): (Column | typeof AGE)[] | undefined =>
  COLUMNS[definition.storage]
