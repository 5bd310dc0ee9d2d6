import { accessManifests } from './access.ts'
import { calicoKinds, calicoNodes, clusterPolicyKinds } from './calico.ts'
import type { LabClusterSpec, Manifest } from './cluster-spec.ts'
import { deployment, namespace, networkPolicy, service } from './manifests.ts'

const node = (index: number) => ({
  name: `worker-${index + 1}`,
  ip: `10.50.0.${index + 21}`,
  podSubnet: `10.52.${index}`,
  providerID: `kubeadm://worker-${index + 1}`,
  labels: {},
  osImage: 'Ubuntu 24.04.1 LTS',
  kernelVersion: '6.8.0-51-generic',
  kubeletVersion: 'v1.34.2',
  containerRuntimeVersion: 'containerd://2.0.2',
  cpu: 8,
  memoryGiB: 32,
})

const spec = (name: string, network: Manifest[]): LabClusterSpec => ({
  name,
  platform: 'k3s',
  version: 'v1.34.2',
  plugin: 'calico',
  sensor: 'falco',
  serviceRange: '10.56',
  apiAddress: '10.50.255.10',
  loadBalancerPool: ['192.0.2.150'],
  volumeDriver: 'rancher.io/local-path',
  nodes: [node(0), node(1)],
  staticPods: [],
  users: [
    {
      name: 'dc.ops',
      groups: ['platform-admins'],
      userAgent: 'kubectl/v1.34.2 (linux/amd64) kubernetes/5a0a5f2',
      sourceIP: '198.51.100.97',
    },
  ],
  manifests: [
    ...network,
    namespace('billing', { team: 'billing' }),
    deployment('billing', 'invoices', {
      replicas: 2,
      image: 'docker.io/library/nginx:1.27.2',
      port: 80,
      labels: { app: 'invoices' },
    }),
    service('billing', 'invoices', { selector: { app: 'invoices' }, port: 80 }),
    deployment('billing', 'ledger', {
      replicas: 2,
      image: 'docker.io/library/nginx:1.27.2',
      port: 80,
      labels: { app: 'ledger' },
    }),
    service('billing', 'ledger', { selector: { app: 'ledger' }, port: 80 }),
    // Allows everything inside the namespace: a plain deny beside it denies nothing.
    networkPolicy('billing', 'allow-namespace', {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [{}],
    }),
    ...accessManifests({ developers: {}, release: [] }),
  ],
  quietDay: [{ user: 'dc.ops', weight: 1, act: { do: 'list', path: '/api/v1/pods?limit=500' } }],
})

/** Two machines of a data centre with Calico, whose API server serves Calico's policies and the cluster-wide ones. */
export const dcCalico = spec('dc-calico', [
  ...calicoKinds('projectcalico.org'),
  ...clusterPolicyKinds('v1alpha2'),
  ...calicoNodes('v3.32.0'),
])

/** The same before an upgrade: an older Calico without its API server, and the policy API's first version. */
export const dcCalicoOld = spec('dc-calico-old', [
  ...calicoKinds('crd.projectcalico.org'),
  ...clusterPolicyKinds('v1alpha1'),
  ...calicoNodes('v3.30.3'),
])
