import { randomUUID } from 'node:crypto'
import type { KubeObject } from '../ports.ts'
import type { Store } from '../store/store.ts'
import { CONTROLLER_RULES, DEFAULT_CLUSTER_ROLE_BINDINGS, DEFAULT_CLUSTER_ROLES } from './default-roles.ts'
import { objectKey } from './resource-definition.ts'

const RBAC = 'rbac.authorization.k8s.io'

/**
 * Creates what every fresh cluster has before anybody talks to it: the system namespaces with their default service
 * accounts, the default roles and bindings. Objects that exist are left alone.
 */
export function bootstrap(store: Store, now: () => Date): void {
  const creationTimestamp = `${now().toISOString().slice(0, 19)}Z`
  const ensure = (
    resource: string,
    apiVersion: string,
    kind: string,
    meta: { name: string; namespace?: string; labels?: object },
    rest: object,
  ) => {
    const key = objectKey(meta.namespace, meta.name)
    if (store.get(resource, key)) return
    const { name, namespace, labels } = meta
    const metadata = {
      name,
      ...(namespace ? { namespace } : {}),
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp,
      ...(labels ? { labels } : {}),
    }
    store.put(resource, key, { kind, apiVersion, metadata, ...rest } as KubeObject)
  }

  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    const labels = { 'kubernetes.io/metadata.name': name }
    ensure(
      '/namespaces',
      'v1',
      'Namespace',
      { name, labels },
      { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
    )
    ensure('/serviceaccounts', 'v1', 'ServiceAccount', { name: 'default', namespace: name }, {})
  }
  for (const [name, value] of [
    ['system-cluster-critical', 2_000_000_000],
    ['system-node-critical', 2_000_001_000],
  ] as const)
    ensure(
      'scheduling.k8s.io/priorityclasses',
      'scheduling.k8s.io/v1',
      'PriorityClass',
      { name },
      { value, description: 'Used for system critical pods.', preemptionPolicy: 'PreemptLowerPriority' },
    )
  const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
  const role = (name: string, rules: object[], more: { labels?: object; aggregate?: string[] } = {}) =>
    ensure(
      `${RBAC}/clusterroles`,
      `${RBAC}/v1`,
      'ClusterRole',
      { name, labels: { ...labels, ...more.labels } },
      {
        rules,
        ...(more.aggregate
          ? {
              aggregationRule: {
                clusterRoleSelectors: more.aggregate.map((label) => ({ matchLabels: { [label]: 'true' } })),
              },
            }
          : {}),
      },
    )
  const binding = (name: string, roleName: string, subjects: object[]) =>
    ensure(
      `${RBAC}/clusterrolebindings`,
      `${RBAC}/v1`,
      'ClusterRoleBinding',
      { name, labels },
      {
        subjects,
        roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: roleName },
      },
    )

  for (const { name, rules, ...more } of DEFAULT_CLUSTER_ROLES) role(name, rules, more)
  for (const [name, roleName, kind, subjects] of DEFAULT_CLUSTER_ROLE_BINDINGS)
    binding(
      name,
      roleName,
      subjects.map((subject) => ({ kind, apiGroup: RBAC, name: subject })),
    )
  for (const [name, rules] of CONTROLLER_RULES) {
    ensure('/serviceaccounts', 'v1', 'ServiceAccount', { name, namespace: 'kube-system' }, {})
    role(`system:controller:${name}`, rules)
    binding(`system:controller:${name}`, `system:controller:${name}`, [
      { kind: 'ServiceAccount', name, namespace: 'kube-system' },
    ])
  }
}
