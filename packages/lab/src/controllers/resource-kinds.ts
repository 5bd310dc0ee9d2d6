import type { ResourceKind } from './component-client.ts'

const define = (group: string, version: string, resource: string, kind: string, namespaced = true): ResourceKind => ({
  group,
  version,
  resource,
  kind,
  namespaced,
})

/** The built-in kinds the lab's components work on. Custom kinds are found through their CustomResourceDefinitions. */
export const kinds = {
  pod: define('', 'v1', 'pods', 'Pod'),
  service: define('', 'v1', 'services', 'Service'),
  endpoints: define('', 'v1', 'endpoints', 'Endpoints'),
  configMap: define('', 'v1', 'configmaps', 'ConfigMap'),
  secret: define('', 'v1', 'secrets', 'Secret'),
  serviceAccount: define('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  event: define('', 'v1', 'events', 'Event'),
  persistentVolumeClaim: define('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  namespace: define('', 'v1', 'namespaces', 'Namespace', false),
  node: define('', 'v1', 'nodes', 'Node', false),
  persistentVolume: define('', 'v1', 'persistentvolumes', 'PersistentVolume', false),
  deployment: define('apps', 'v1', 'deployments', 'Deployment'),
  replicaSet: define('apps', 'v1', 'replicasets', 'ReplicaSet'),
  statefulSet: define('apps', 'v1', 'statefulsets', 'StatefulSet'),
  daemonSet: define('apps', 'v1', 'daemonsets', 'DaemonSet'),
  controllerRevision: define('apps', 'v1', 'controllerrevisions', 'ControllerRevision'),
  job: define('batch', 'v1', 'jobs', 'Job'),
  cronJob: define('batch', 'v1', 'cronjobs', 'CronJob'),
  endpointSlice: define('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  eventV1: define('events.k8s.io', 'v1', 'events', 'Event'),
  disruptionBudget: define('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  networkPolicy: define('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy'),
  ingress: define('networking.k8s.io', 'v1', 'ingresses', 'Ingress'),
  role: define('rbac.authorization.k8s.io', 'v1', 'roles', 'Role'),
  roleBinding: define('rbac.authorization.k8s.io', 'v1', 'rolebindings', 'RoleBinding'),
  clusterRole: define('rbac.authorization.k8s.io', 'v1', 'clusterroles', 'ClusterRole', false),
  clusterRoleBinding: define('rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', 'ClusterRoleBinding', false),
  lease: define('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  customResourceDefinition: define(
    'apiextensions.k8s.io',
    'v1',
    'customresourcedefinitions',
    'CustomResourceDefinition',
    false,
  ),
} as const

/** Kinds that may own something or be owned; events and leases are neither. */
export const collectableKinds: readonly ResourceKind[] = Object.values(kinds).filter(
  (kind) => kind.resource !== 'events',
)

/** What a served CustomResourceDefinition adds to the API. */
export function kindOfDefinition(definition: { spec?: unknown }): ResourceKind | undefined {
  const spec: any = definition.spec // any: CRD spec as stored
  const version = spec?.versions?.find((v: { storage?: boolean }) => v.storage) ?? spec?.versions?.[0]
  if (!spec?.names?.plural || !version) return undefined
  return define(spec.group, version.name, spec.names.plural, spec.names.kind, spec.scope === 'Namespaced')
}
