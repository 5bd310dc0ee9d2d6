import type { PolicyRule } from './rbac.ts'

const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update']
const ALL = ['*']

const rule = (verbs: string[], group: string, ...resources: string[]): PolicyRule => ({
  verbs,
  apiGroups: [group],
  resources,
})

const CORE_VIEW = [
  'configmaps',
  'endpoints',
  'persistentvolumeclaims',
  'persistentvolumeclaims/status',
  'pods',
  'replicationcontrollers',
  'replicationcontrollers/scale',
  'serviceaccounts',
  'services',
  'services/status',
]
const CORE_STATUS = [
  'bindings',
  'events',
  'limitranges',
  'namespaces/status',
  'pods/log',
  'pods/status',
  'replicationcontrollers/status',
  'resourcequotas',
  'resourcequotas/status',
]
const APPS_EDIT = [
  'daemonsets',
  'deployments',
  'deployments/rollback',
  'deployments/scale',
  'replicasets',
  'replicasets/scale',
  'statefulsets',
  'statefulsets/scale',
]
const APPS_VIEW = [
  'controllerrevisions',
  'daemonsets',
  'daemonsets/status',
  'deployments',
  'deployments/scale',
  'deployments/status',
  'replicasets',
  'replicasets/scale',
  'replicasets/status',
  'statefulsets',
  'statefulsets/scale',
  'statefulsets/status',
]

const AGGREGATE_TO_VIEW: PolicyRule[] = [
  rule(READ, '', ...CORE_VIEW),
  rule(READ, '', ...CORE_STATUS),
  rule(READ, '', 'namespaces'),
  rule(READ, 'discovery.k8s.io', 'endpointslices'),
  rule(READ, 'apps', ...APPS_VIEW),
  rule(READ, 'autoscaling', 'horizontalpodautoscalers', 'horizontalpodautoscalers/status'),
  rule(READ, 'batch', 'cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'),
  rule(READ, 'policy', 'poddisruptionbudgets', 'poddisruptionbudgets/status'),
  rule(READ, 'networking.k8s.io', 'ingresses', 'ingresses/status', 'networkpolicies'),
]
const AGGREGATE_TO_EDIT: PolicyRule[] = [
  rule(READ, '', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'),
  rule(['impersonate'], '', 'serviceaccounts'),
  rule(WRITE, '', 'pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'),
  rule(['create'], '', 'pods/eviction'),
  rule(
    WRITE,
    '',
    'configmaps',
    'events',
    'persistentvolumeclaims',
    'replicationcontrollers',
    'replicationcontrollers/scale',
    'secrets',
    'serviceaccounts',
    'services',
    'services/proxy',
  ),
  rule(['create'], '', 'serviceaccounts/token'),
  rule(WRITE, 'apps', ...APPS_EDIT),
  rule(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
  rule(WRITE, 'batch', 'cronjobs', 'jobs'),
  rule(WRITE, 'policy', 'poddisruptionbudgets'),
  rule(WRITE, 'networking.k8s.io', 'ingresses', 'networkpolicies'),
  rule([...WRITE, ...READ], 'coordination.k8s.io', 'leases'),
]
const AGGREGATE_TO_ADMIN: PolicyRule[] = [
  rule(['create'], 'authorization.k8s.io', 'localsubjectaccessreviews'),
  rule([...WRITE, ...READ], 'rbac.authorization.k8s.io', 'rolebindings', 'roles'),
]
const DISCOVERY_PATHS = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
]
const EVENTS: PolicyRule[] = [
  rule(['create', 'patch', 'update'], '', 'events'),
  rule(['create', 'patch', 'update'], 'events.k8s.io', 'events'),
]

/** ClusterRoles every cluster has. `aggregate`: other roles with this label belong to it. */
export interface DefaultClusterRole {
  name: string
  rules: PolicyRule[]
  labels?: Record<string, string>
  aggregate?: string[]
}

const aggregateLabel = (to: string) => `rbac.authorization.k8s.io/aggregate-to-${to}`

export const DEFAULT_CLUSTER_ROLES: DefaultClusterRole[] = [
  {
    name: 'cluster-admin',
    rules: [
      { verbs: ALL, apiGroups: ALL, resources: ALL },
      { verbs: ALL, nonResourceURLs: ALL },
    ],
  },
  { name: 'admin', rules: [], aggregate: [aggregateLabel('admin')] },
  { name: 'edit', rules: [], labels: { [aggregateLabel('admin')]: 'true' }, aggregate: [aggregateLabel('edit')] },
  { name: 'view', rules: [], labels: { [aggregateLabel('edit')]: 'true' }, aggregate: [aggregateLabel('view')] },
  { name: 'system:aggregate-to-admin', rules: AGGREGATE_TO_ADMIN, labels: { [aggregateLabel('admin')]: 'true' } },
  { name: 'system:aggregate-to-edit', rules: AGGREGATE_TO_EDIT, labels: { [aggregateLabel('edit')]: 'true' } },
  { name: 'system:aggregate-to-view', rules: AGGREGATE_TO_VIEW, labels: { [aggregateLabel('view')]: 'true' } },
  {
    name: 'system:basic-user',
    rules: [
      rule(['create'], 'authorization.k8s.io', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'),
      rule(['create'], 'authentication.k8s.io', 'selfsubjectreviews'),
    ],
  },
  { name: 'system:discovery', rules: [{ verbs: ['get'], nonResourceURLs: DISCOVERY_PATHS }] },
  {
    name: 'system:public-info-viewer',
    rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] }],
  },
  {
    name: 'system:monitoring',
    rules: [
      {
        verbs: ['get'],
        nonResourceURLs: [
          '/healthz',
          '/healthz/*',
          '/livez',
          '/livez/*',
          '/metrics',
          '/metrics/slis',
          '/readyz',
          '/readyz/*',
        ],
      },
    ],
  },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [{ verbs: ['get'], nonResourceURLs: ['/.well-known/openid-configuration', '/openid/v1/jwks'] }],
  },
  {
    name: 'system:auth-delegator',
    rules: [
      rule(['create'], 'authentication.k8s.io', 'tokenreviews'),
      rule(['create'], 'authorization.k8s.io', 'subjectaccessreviews'),
    ],
  },
  {
    name: 'system:kube-scheduler',
    rules: [
      ...EVENTS,
      rule(['create'], '', 'bindings', 'pods/binding'),
      rule(['delete', ...READ], '', 'pods'),
      rule(['patch', 'update'], '', 'pods/status'),
      rule(
        READ,
        '',
        'nodes',
        'namespaces',
        'replicationcontrollers',
        'services',
        'persistentvolumeclaims',
        'persistentvolumes',
      ),
      rule(READ, 'apps', 'replicasets', 'statefulsets'),
      rule(READ, 'policy', 'poddisruptionbudgets'),
      rule(READ, 'storage.k8s.io', '*'),
      rule(['create', 'get', 'list', 'update', 'watch'], 'coordination.k8s.io', 'leases'),
      rule(['create'], 'authorization.k8s.io', 'subjectaccessreviews'),
      rule(['create'], 'authentication.k8s.io', 'tokenreviews'),
    ],
  },
  {
    name: 'system:kube-controller-manager',
    rules: [
      ...EVENTS,
      rule(['create', 'get', 'list', 'update', 'watch'], 'coordination.k8s.io', 'leases'),
      rule(['create', 'delete', 'get', 'update'], '', 'secrets', 'serviceaccounts'),
      rule(['get', 'create', 'update'], '', 'configmaps', 'namespaces', 'endpoints'),
      rule(['create'], '', 'serviceaccounts/token'),
      rule(['create'], 'authentication.k8s.io', 'tokenreviews'),
      rule(['create'], 'authorization.k8s.io', 'subjectaccessreviews'),
      rule(['list', 'watch'], '*', '*'),
    ],
  },
  {
    name: 'system:node-proxier',
    rules: [
      rule(['list', 'watch'], '', 'endpoints', 'services'),
      rule(READ, '', 'nodes'),
      ...EVENTS,
      rule(['list', 'watch'], 'discovery.k8s.io', 'endpointslices'),
    ],
  },
]

const controller = (name: string, ...rules: PolicyRule[]): [string, PolicyRule[]] => [name, [...rules, ...EVENTS]]
const PODS_MANAGE = rule(['create', 'delete', 'patch', ...READ], '', 'pods')

/** Rights of the controllers, by service account name in kube-system. */
export const CONTROLLER_RULES = new Map<string, PolicyRule[]>([
  controller(
    'deployment-controller',
    rule([...READ, 'update'], 'apps', 'deployments'),
    rule(['update'], 'apps', 'deployments/status', 'deployments/finalizers'),
    rule(['create', 'delete', ...READ, 'patch', 'update'], 'apps', 'replicasets'),
    rule([...READ, 'update'], '', 'pods'),
  ),
  controller(
    'replicaset-controller',
    rule([...READ, 'update'], 'apps', 'replicasets'),
    rule(['update'], 'apps', 'replicasets/status', 'replicasets/finalizers'),
    PODS_MANAGE,
  ),
  controller(
    'replication-controller',
    rule([...READ, 'update'], '', 'replicationcontrollers'),
    rule(['update'], '', 'replicationcontrollers/status', 'replicationcontrollers/finalizers'),
    PODS_MANAGE,
  ),
  controller(
    'statefulset-controller',
    rule(READ, 'apps', 'statefulsets'),
    rule(['update'], 'apps', 'statefulsets/status', 'statefulsets/finalizers'),
    PODS_MANAGE,
    rule(['update'], '', 'pods'),
    rule(['create', 'delete', ...READ, 'patch', 'update'], 'apps', 'controllerrevisions'),
    rule(['create', ...READ, 'update', 'delete'], '', 'persistentvolumeclaims'),
  ),
  controller(
    'daemon-set-controller',
    rule(READ, 'apps', 'daemonsets'),
    rule(['update'], 'apps', 'daemonsets/status', 'daemonsets/finalizers'),
    rule(READ, '', 'nodes'),
    PODS_MANAGE,
    rule(['create'], '', 'pods/binding'),
    rule(['create', 'delete', ...READ, 'patch', 'update'], 'apps', 'controllerrevisions'),
  ),
  controller(
    'job-controller',
    rule([...READ, 'patch', 'update'], 'batch', 'jobs'),
    rule(['update', 'patch'], 'batch', 'jobs/status', 'jobs/finalizers'),
    PODS_MANAGE,
  ),
  controller(
    'cronjob-controller',
    rule([...READ, 'update'], 'batch', 'cronjobs'),
    rule(['create', 'delete', ...READ, 'patch', 'update'], 'batch', 'jobs'),
    rule(['update'], 'batch', 'cronjobs/status', 'cronjobs/finalizers'),
    rule(['delete', 'list'], '', 'pods'),
  ),
  controller(
    'endpoint-controller',
    rule(READ, '', 'pods', 'services'),
    rule(['create', 'delete', ...READ, 'update'], '', 'endpoints'),
    rule(['create'], '', 'endpoints/restricted'),
  ),
  controller(
    'endpointslice-controller',
    rule(READ, '', 'nodes', 'pods', 'services'),
    rule(['update'], '', 'services/finalizers'),
    rule(['create', 'delete', ...READ, 'update'], 'discovery.k8s.io', 'endpointslices'),
    rule(['create'], 'discovery.k8s.io', 'endpointslices/restricted'),
  ),
  controller(
    'disruption-controller',
    rule(READ, 'apps', 'deployments', 'replicasets', 'statefulsets'),
    rule(READ, '', 'replicationcontrollers'),
    rule(READ, 'policy', 'poddisruptionbudgets'),
    rule(['update'], 'policy', 'poddisruptionbudgets/status'),
    rule(READ, '', 'pods'),
    rule(['patch', 'update'], '', 'pods/status'),
    rule(['get'], '*', '*/scale'),
  ),
  controller('generic-garbage-collector', rule(['delete', ...READ, 'patch', 'update'], '*', '*')),
  controller(
    'namespace-controller',
    rule(['delete', ...READ], '', 'namespaces'),
    rule(['update'], '', 'namespaces/finalize', 'namespaces/status'),
    rule(['delete', 'deletecollection', 'get', 'list'], '*', '*'),
  ),
  controller(
    'node-controller',
    rule(['delete', ...READ, 'patch', 'update'], '', 'nodes'),
    rule(['patch', 'update'], '', 'nodes/status'),
    rule(['patch', 'update'], '', 'pods/status'),
    rule(['delete', ...READ], '', 'pods'),
    rule(['get', 'list', 'watch'], 'coordination.k8s.io', 'leases'),
  ),
  controller(
    'pod-garbage-collector',
    rule(['delete', 'list', 'watch'], '', 'pods'),
    rule(READ, '', 'nodes'),
    rule(['patch'], '', 'pods/status'),
  ),
  controller(
    'service-account-controller',
    rule(['create'], '', 'serviceaccounts'),
    rule(READ, '', 'namespaces', 'serviceaccounts'),
  ),
  controller(
    'root-ca-cert-publisher',
    rule(['create', 'update', ...READ], '', 'configmaps'),
    rule(READ, '', 'namespaces'),
  ),
  controller('ttl-after-finished-controller', rule(['delete', ...READ], 'batch', 'jobs')),
  controller(
    'certificate-controller',
    rule(['delete', ...READ], 'certificates.k8s.io', 'certificatesigningrequests'),
    rule(['update'], 'certificates.k8s.io', 'certificatesigningrequests/approval', 'certificatesigningrequests/status'),
    rule(['approve', 'sign'], 'certificates.k8s.io', 'signers'),
  ),
  controller(
    'resourcequota-controller',
    rule(['list', 'watch'], '*', '*'),
    rule(['update'], '', 'resourcequotas/status'),
  ),
  controller(
    'horizontal-pod-autoscaler',
    rule(READ, 'autoscaling', 'horizontalpodautoscalers'),
    rule(['update'], 'autoscaling', 'horizontalpodautoscalers/status'),
    rule(['get', 'update'], '*', '*/scale'),
    rule(['list'], '', 'pods'),
  ),
  controller(
    'persistent-volume-binder',
    rule([...READ, 'create', 'delete', 'update'], '', 'persistentvolumes'),
    rule(['update'], '', 'persistentvolumes/status', 'persistentvolumeclaims/status'),
    rule([...READ, 'update'], '', 'persistentvolumeclaims'),
    rule(READ, 'storage.k8s.io', 'storageclasses'),
  ),
])

/** Default ClusterRoleBindings: role, subject kind, subject name(s). */
export const DEFAULT_CLUSTER_ROLE_BINDINGS: [
  name: string,
  role: string,
  kind: 'User' | 'Group' | 'ServiceAccount',
  subjects: string[],
][] = [
  ['cluster-admin', 'cluster-admin', 'Group', ['system:masters']],
  ['system:basic-user', 'system:basic-user', 'Group', ['system:authenticated']],
  ['system:discovery', 'system:discovery', 'Group', ['system:authenticated']],
  [
    'system:public-info-viewer',
    'system:public-info-viewer',
    'Group',
    ['system:authenticated', 'system:unauthenticated'],
  ],
  ['system:monitoring', 'system:monitoring', 'Group', ['system:monitoring']],
  [
    'system:service-account-issuer-discovery',
    'system:service-account-issuer-discovery',
    'Group',
    ['system:serviceaccounts'],
  ],
  ['system:kube-scheduler', 'system:kube-scheduler', 'User', ['system:kube-scheduler']],
  ['system:kube-controller-manager', 'system:kube-controller-manager', 'User', ['system:kube-controller-manager']],
  ['system:node-proxier', 'system:node-proxier', 'User', ['system:kube-proxy']],
]
