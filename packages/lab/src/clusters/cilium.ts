import type { Manifest } from './cluster-spec.ts'
import { clusterRole, clusterRoleBinding, customResource, serviceAccount } from './manifests.ts'

const definitions = (
  [
    ['ciliumnetworkpolicies', 'CiliumNetworkPolicy', true, true],
    ['ciliumclusterwidenetworkpolicies', 'CiliumClusterwideNetworkPolicy', false, true],
    // An agent writes the whole endpoint, status included: there is no subresource for it.
    ['ciliumendpoints', 'CiliumEndpoint', true, false],
    ['ciliumidentities', 'CiliumIdentity', false, false],
    ['ciliumnodes', 'CiliumNode', false, false],
  ] as const
).map(([plural, kind, namespaced, status]) =>
  customResource('cilium.io', plural, kind, { version: 'v2', namespaced, status }),
)

/** The custom kinds Cilium installs, with the account of its agents. */
export const ciliumDefinitions: Manifest[] = [
  ...definitions,
  serviceAccount('kube-system', 'cilium'),
  clusterRole('cilium', [
    {
      apiGroups: ['cilium.io'],
      resources: ['ciliumendpoints', 'ciliumendpoints/status'],
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    },
    { apiGroups: [''], resources: ['pods', 'namespaces', 'nodes', 'services'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['get', 'list', 'watch'] },
  ]),
  clusterRoleBinding('cilium', 'cilium', [{ account: 'cilium', of: 'kube-system' }]),
]

/** The account of Cilium's operator, which says which policies are valid. */
export const ciliumOperator: Manifest[] = [
  serviceAccount('kube-system', 'cilium-operator'),
  clusterRole('cilium-operator', [
    {
      apiGroups: ['cilium.io'],
      resources: ['ciliumnetworkpolicies', 'ciliumnetworkpolicies/status'],
      verbs: ['get', 'list', 'watch', 'patch', 'update'],
    },
  ]),
  clusterRoleBinding('cilium-operator', 'cilium-operator', [{ account: 'cilium-operator', of: 'kube-system' }]),
]
