import { randomUUID } from 'node:crypto'
import type { KubeObject } from '../ports.ts'
import type { Store } from '../store/store.ts'
import {
  CONTROLLER_RULES,
  DEFAULT_CLUSTER_ROLE_BINDINGS,
  DEFAULT_CLUSTER_ROLES,
  type DefaultClusterRole,
} from './default-roles.ts'
import { objectKey } from './resource-definition.ts'

const RBAC = 'rbac.authorization.k8s.io'
const RBAC_LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }

interface InitialObject {
  kind: string
  apiVersion: string
  metadata: { name: string; namespace?: string; labels?: object }
  [key: string]: unknown
}

/**
 * Creates what every fresh cluster has before anybody talks to it: the system namespaces with their default service
 * accounts, the default roles and bindings. Objects that exist are left alone.
 */
export function bootstrap(store: Store, now: () => Date): void {
  const creationTimestamp = `${now().toISOString().slice(0, 19)}Z`
  for (const [resource, { metadata, ...object }] of initialObjects()) {
    const { name, namespace, labels } = metadata
    const key = objectKey(namespace, name)
    if (store.get(resource, key)) continue
    const place = namespace ? { namespace } : {}
    const full = {
      name,
      ...place,
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp,
      ...(labels ? { labels } : {}),
    }
    const { kind, apiVersion, ...rest } = object
    store.put(resource, key, { kind, apiVersion, metadata: full, ...rest } as KubeObject)
  }
}

function* initialObjects(): Generator<[resource: string, object: InitialObject]> {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    const metadata = { name, labels: { 'kubernetes.io/metadata.name': name } }
    yield [
      '/namespaces',
      {
        kind: 'Namespace',
        apiVersion: 'v1',
        metadata,
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      },
    ]
    yield serviceAccount('default', name)
  }
  yield priorityClass('system-cluster-critical', 2_000_000_000)
  yield priorityClass('system-node-critical', 2_000_001_000)
  for (const role of DEFAULT_CLUSTER_ROLES) yield clusterRole(role)
  for (const [name, role, kind, subjects] of DEFAULT_CLUSTER_ROLE_BINDINGS)
    yield clusterRoleBinding(
      name,
      role,
      subjects.map((subject) => ({ kind, apiGroup: RBAC, name: subject })),
    )
  for (const [account, rules] of CONTROLLER_RULES) {
    const name = `system:controller:${account}`
    yield serviceAccount(account, 'kube-system')
    yield clusterRole({ name, rules })
    yield clusterRoleBinding(name, name, [{ kind: 'ServiceAccount', name: account, namespace: 'kube-system' }])
  }
}

const serviceAccount = (name: string, namespace: string): [string, InitialObject] => [
  '/serviceaccounts',
  { kind: 'ServiceAccount', apiVersion: 'v1', metadata: { name, namespace } },
]

const priorityClass = (name: string, value: number): [string, InitialObject] => [
  'scheduling.k8s.io/priorityclasses',
  {
    kind: 'PriorityClass',
    apiVersion: 'scheduling.k8s.io/v1',
    metadata: { name },
    value,
    description: 'Used for system critical pods.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
]

function clusterRole({ name, rules, labels, aggregate }: DefaultClusterRole): [string, InitialObject] {
  const clusterRoleSelectors = aggregate?.map((label) => ({ matchLabels: { [label]: 'true' } }))
  const metadata = { name, labels: { ...RBAC_LABELS, ...labels } }
  return [
    `${RBAC}/clusterroles`,
    {
      kind: 'ClusterRole',
      apiVersion: `${RBAC}/v1`,
      metadata,
      rules,
      ...(clusterRoleSelectors ? { aggregationRule: { clusterRoleSelectors } } : {}),
    },
  ]
}

const clusterRoleBinding = (name: string, role: string, subjects: object[]): [string, InitialObject] => [
  `${RBAC}/clusterrolebindings`,
  {
    kind: 'ClusterRoleBinding',
    apiVersion: `${RBAC}/v1`,
    metadata: { name, labels: RBAC_LABELS },
    subjects,
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
  },
]
