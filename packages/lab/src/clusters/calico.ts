import type { Manifest } from './cluster-spec.ts'
import { customResource, daemonSet, namespace, serviceAccount } from './manifests.ts'

const tier = (apiVersion: string, name: string, order: number): Manifest => ({
  apiVersion,
  kind: 'Tier',
  metadata: { name },
  spec: { order, defaultAction: name === 'default' ? 'Deny' : 'Pass' },
})

/** The policy kinds of a Calico in one API group, with the tiers it comes with (orders: Calico's API). */
export function calicoKinds(group: 'projectcalico.org' | 'crd.projectcalico.org'): Manifest[] {
  const version = group === 'projectcalico.org' ? 'v3' : 'v1'
  const kinds = [
    ['networkpolicies', 'NetworkPolicy', true],
    ['globalnetworkpolicies', 'GlobalNetworkPolicy', false],
    ['tiers', 'Tier', false],
  ] as const
  return [
    ...kinds.map(([plural, kind, namespaced]) => customResource(group, plural, kind, { version, namespaced })),
    tier(`${group}/${version}`, 'kube-admin', 1_000),
    tier(`${group}/${version}`, 'default', 1_000_000),
    tier(`${group}/${version}`, 'kube-baseline', 10_000_000),
  ]
}

/** The cluster-wide policies of the Kubernetes policy API, as this version of it has them. */
export function clusterPolicyKinds(version: 'v1alpha1' | 'v1alpha2'): Manifest[] {
  const kinds =
    version === 'v1alpha2'
      ? ([['clusternetworkpolicies', 'ClusterNetworkPolicy']] as const)
      : ([
          ['adminnetworkpolicies', 'AdminNetworkPolicy'],
          ['baselineadminnetworkpolicies', 'BaselineAdminNetworkPolicy'],
        ] as const)
  return kinds.map(([plural, kind]) =>
    customResource('policy.networking.k8s.io', plural, kind, { version, namespaced: false, status: true }),
  )
}

/** Calico as its operator installs it. */
export function calicoNodes(version: string): Manifest[] {
  return [
    namespace('calico-system'),
    serviceAccount('calico-system', 'calico-node'),
    daemonSet('calico-system', 'calico-node', {
      image: `quay.io/calico/node:${version}`,
      container: 'calico-node',
      labels: { 'k8s-app': 'calico-node', 'app.kubernetes.io/name': 'calico-node' },
      serviceAccount: 'calico-node',
      hostNetwork: true,
      privileged: true,
      everywhere: true,
    }),
  ]
}
