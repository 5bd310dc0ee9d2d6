import { accessManifests } from './access.ts'
import { awsNetwork } from './aws.ts'
import type { LabClusterSpec } from './cluster-spec.ts'
import { deployment, namespace, networkPolicy, service } from './manifests.ts'

const node = (address: string, index: number, zone: string) => ({
  name: `ip-${address.replaceAll('.', '-')}.eu-north-1.compute.internal`,
  ip: address,
  podSubnet: `10.60.${index + 10}`,
  providerID: `aws:///${zone}/i-0000000000000001${index + 1}`,
  labels: { 'eks.amazonaws.com/nodegroup': 'general', 'topology.kubernetes.io/zone': zone },
  osImage: 'Amazon Linux 2023',
  kernelVersion: '6.1.115-126.197.amzn2023.x86_64',
  kubeletVersion: 'v1.33.4-eks-3abbec1',
  containerRuntimeVersion: 'containerd://1.7.27',
  cpu: 4,
  memoryGiB: 16,
})

/** EKS with a VPC CNI that enforces policies and is new enough to isolate. */
export const eksCurrent: LabClusterSpec = {
  name: 'eks-current',
  platform: 'eks',
  version: 'v1.33.4-eks-3abbec1',
  plugin: 'aws-node',
  sensor: 'falco',
  serviceRange: '172.21',
  apiAddress: '10.60.255.10',
  loadBalancerPool: ['203.0.113.170'],
  volumeDriver: 'ebs.csi.aws.com',
  nodes: [node('10.60.1.21', 0, 'eu-north-1a'), node('10.60.2.87', 1, 'eu-north-1b')],
  staticPods: [],
  users: [
    {
      name: 'lena.holm',
      groups: ['platform-admins'],
      userAgent: 'kubectl/v1.33.1 (linux/amd64) kubernetes/8adc0f0',
      sourceIP: '198.51.100.98',
    },
  ],
  manifests: [
    ...awsNetwork('v1.20.1', 'v1.2.4'),
    namespace('fulfilment', { team: 'logistics' }),
    deployment('fulfilment', 'picking', {
      replicas: 2,
      image: 'docker.io/library/nginx:1.27.2',
      port: 80,
      labels: { app: 'picking' },
    }),
    service('fulfilment', 'picking', { selector: { app: 'picking' }, port: 80 }),
    deployment('fulfilment', 'packing', {
      replicas: 2,
      image: 'docker.io/library/nginx:1.27.2',
      port: 80,
      labels: { app: 'packing' },
    }),
    service('fulfilment', 'packing', { selector: { app: 'packing' }, port: 80 }),
    networkPolicy('fulfilment', 'packing', {
      podSelector: { matchLabels: { app: 'packing' } },
      policyTypes: ['Ingress'],
      ingress: [
        { from: [{ podSelector: { matchLabels: { app: 'picking' } } }], ports: [{ port: 80, protocol: 'TCP' }] },
      ],
    }),
    ...accessManifests({ developers: {}, release: [] }),
  ],
  quietDay: [{ user: 'lena.holm', weight: 1, act: { do: 'list', path: '/api/v1/pods?limit=500' } }],
}
