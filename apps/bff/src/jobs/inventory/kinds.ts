import { entityKey, type EntityKind } from '@cordon/entities'
import type { ClusterView } from '@cordon/response'

/** A collection that is watched in each cluster. */
export interface WatchedKind {
  id: WatchedId
  path: string
  apiVersion: string
  kind: string
  /** What it is in the graph; null = read for verdicts only. */
  entity: EntityKind | null
  /** Served only where a plugin brings it; its absence is no fault. */
  optional?: boolean
}

export type WatchedId =
  | 'pods'
  | 'services'
  | 'nodes'
  | 'namespaces'
  | 'serviceaccounts'
  | 'deployments'
  | 'replicasets'
  | 'statefulsets'
  | 'daemonsets'
  | 'jobs'
  | 'cronjobs'
  | 'networkpolicies'
  | 'poddisruptionbudgets'
  | 'ciliumnetworkpolicies'
  | 'ciliumclusterwidenetworkpolicies'
  | 'calico-networkpolicies'
  | 'calico-globalnetworkpolicies'
  | 'calico-tiers'
  | 'calico-v3-networkpolicies'
  | 'calico-v3-globalnetworkpolicies'
  | 'calico-v3-tiers'
  | 'clusternetworkpolicies'
  | 'adminnetworkpolicies'
  | 'baselineadminnetworkpolicies'

const workload = (id: WatchedId, group: string, kind: string): WatchedKind => ({
  id,
  path: `/apis/${group}/v1/${id}`,
  apiVersion: `${group}/v1`,
  kind,
  entity: 'workload',
})
const core = (id: WatchedId, kind: string, entity: EntityKind): WatchedKind => ({
  id,
  path: `/api/v1/${id}`,
  apiVersion: 'v1',
  kind,
  entity,
})
const policy = (id: WatchedId, apiVersion: string, plural: string, kind: string): WatchedKind => ({
  id,
  path: `/apis/${apiVersion}/${plural}`,
  apiVersion,
  kind,
  entity: null,
  optional: true,
})

export const watchedKinds: WatchedKind[] = [
  core('namespaces', 'Namespace', 'namespace'),
  core('nodes', 'Node', 'node'),
  core('pods', 'Pod', 'pod'),
  core('services', 'Service', 'service'),
  core('serviceaccounts', 'ServiceAccount', 'service-account'),
  workload('deployments', 'apps', 'Deployment'),
  workload('replicasets', 'apps', 'ReplicaSet'),
  workload('statefulsets', 'apps', 'StatefulSet'),
  workload('daemonsets', 'apps', 'DaemonSet'),
  workload('jobs', 'batch', 'Job'),
  workload('cronjobs', 'batch', 'CronJob'),
  {
    id: 'networkpolicies',
    path: '/apis/networking.k8s.io/v1/networkpolicies',
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    entity: null,
  },
  {
    id: 'poddisruptionbudgets',
    path: '/apis/policy/v1/poddisruptionbudgets',
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    entity: null,
  },
  policy('ciliumnetworkpolicies', 'cilium.io/v2', 'ciliumnetworkpolicies', 'CiliumNetworkPolicy'),
  policy(
    'ciliumclusterwidenetworkpolicies',
    'cilium.io/v2',
    'ciliumclusterwidenetworkpolicies',
    'CiliumClusterwideNetworkPolicy',
  ),
  policy('calico-networkpolicies', 'crd.projectcalico.org/v1', 'networkpolicies', 'NetworkPolicy'),
  policy('calico-v3-networkpolicies', 'projectcalico.org/v3', 'networkpolicies', 'NetworkPolicy'),
  policy('calico-globalnetworkpolicies', 'crd.projectcalico.org/v1', 'globalnetworkpolicies', 'GlobalNetworkPolicy'),
  policy('calico-v3-globalnetworkpolicies', 'projectcalico.org/v3', 'globalnetworkpolicies', 'GlobalNetworkPolicy'),
  policy('calico-tiers', 'crd.projectcalico.org/v1', 'tiers', 'Tier'),
  policy('calico-v3-tiers', 'projectcalico.org/v3', 'tiers', 'Tier'),
  policy(
    'clusternetworkpolicies',
    'policy.networking.k8s.io/v1alpha2',
    'clusternetworkpolicies',
    'ClusterNetworkPolicy',
  ),
  policy('adminnetworkpolicies', 'policy.networking.k8s.io/v1alpha1', 'adminnetworkpolicies', 'AdminNetworkPolicy'),
  policy(
    'baselineadminnetworkpolicies',
    'policy.networking.k8s.io/v1alpha1',
    'baselineadminnetworkpolicies',
    'BaselineAdminNetworkPolicy',
  ),
]

/** Kinds whose objects can narrow or widen what a pod may reach, plain NetworkPolicies aside. */
export const denyTierIds: WatchedId[] = [
  'ciliumnetworkpolicies',
  'ciliumclusterwidenetworkpolicies',
  'calico-networkpolicies',
  'calico-globalnetworkpolicies',
  'calico-tiers',
  'calico-v3-networkpolicies',
  'calico-v3-globalnetworkpolicies',
  'calico-v3-tiers',
  'clusternetworkpolicies',
  'adminnetworkpolicies',
  'baselineadminnetworkpolicies',
]

export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ClusterView['namespaces'][number]['metadata'] & { resourceVersion: string }
  spec?: any // any: free-form JSON of every kind; each reader knows its own part
  status?: any // any: as spec
}

/** Key of an object in the graph; undefined for kinds that aren't drawn. */
export function keyOf(cluster: string, watched: WatchedKind, o: KubeObject): string | undefined {
  const { name, namespace = '' } = o.metadata
  switch (watched.entity) {
    case null:
      return undefined
    case 'namespace':
    case 'node':
      return entityKey(watched.entity, cluster, name)
    case 'workload':
      return entityKey('workload', cluster, namespace, watched.kind, name)
    default:
      return entityKey(watched.entity, cluster, namespace, name)
  }
}

type Collected = any // any: an object of the collection's kind, as the cluster sent it

const secretName = /pass|secret|token|key|credential|auth/i
const droppedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * Cuts an object down to what is shown and decided on: no managedFields, no copy of itself in an annotation, no values
 * of environment variables that look like secrets.
 */
export function project(watched: WatchedKind, raw: Collected): KubeObject {
  const { managedFields: _managed, annotations, ...metadata } = raw.metadata ?? {}
  const kept = Object.fromEntries(
    Object.entries((annotations ?? {}) as Record<string, string>).filter(([k]) => k !== droppedAnnotation),
  )
  const object: KubeObject = {
    apiVersion: watched.apiVersion,
    kind: watched.kind,
    metadata: { ...metadata, ...(Object.keys(kept).length > 0 ? { annotations: kept } : {}) },
    spec: raw.spec,
    status: raw.status,
  }
  const template =
    watched.id === 'pods' ? raw.spec : (raw.spec?.template?.spec ?? raw.spec?.jobTemplate?.spec?.template?.spec)
  for (const list of [template?.containers, template?.initContainers, template?.ephemeralContainers])
    for (const container of list ?? [])
      for (const variable of container.env ?? [])
        if (variable.value && secretName.test(variable.name)) variable.value = '(hidden by Cordon)'
  if (watched.id === 'nodes')
    object.status = {
      conditions: raw.status?.conditions,
      addresses: raw.status?.addresses,
      nodeInfo: raw.status?.nodeInfo,
    }
  return object
}
