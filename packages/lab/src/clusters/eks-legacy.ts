import { accessManifests } from './access.ts'
import { awsNetwork } from './aws.ts'
import type { LabClusterSpec, Manifest } from './cluster-spec.ts'
import {
  clusterRole,
  clusterRoleBinding,
  cronJob,
  daemonSet,
  deployment,
  disruptionBudget,
  namespace,
  networkPolicy,
  pinned,
  secret,
  service,
  serviceAccount,
  statefulSet,
} from './manifests.ts'

const REGISTRY = '111122223333.dkr.ecr.eu-central-1.amazonaws.com'
const ADDONS = '602401143452.dkr.ecr.eu-central-1.amazonaws.com'

const node = (index: number, address: string, zone: string) => ({
  name: `ip-${address.replaceAll('.', '-')}.eu-central-1.compute.internal`,
  ip: address,
  podSubnet: `10.30.${index + 10}`,
  providerID: `aws:///${zone}/i-0000000000000000${index + 1}`,
  labels: {
    'alpha.eksctl.io/cluster-name': 'eks-legacy',
    'eks.amazonaws.com/capacityType': 'ON_DEMAND',
    'eks.amazonaws.com/nodegroup': 'general',
    'node.kubernetes.io/instance-type': 'm6i.large',
    'topology.kubernetes.io/region': 'eu-central-1',
    'topology.kubernetes.io/zone': zone,
  },
  osImage: 'Amazon Linux 2',
  kernelVersion: '5.10.228-219.884.amzn2.x86_64',
  kubeletVersion: 'v1.29.10-eks-94953ac',
  containerRuntimeVersion: 'containerd://1.7.23',
  cpu: 2,
  memoryGiB: 8,
})

const manifests: Manifest[] = [
  // Enforcing, but below the version that is required for isolation.
  ...awsNetwork('v1.14.0', 'v1.0.1'),
  serviceAccount('kube-system', 'coredns'),
  daemonSet('kube-system', 'kube-proxy', {
    image: `${ADDONS}/eks/kube-proxy:v1.29.10-minimal-eksbuild.3`,
    labels: { 'k8s-app': 'kube-proxy' },
    hostNetwork: true,
    privileged: true,
    everywhere: true,
  }),
  deployment('kube-system', 'coredns', {
    replicas: 2,
    image: `${ADDONS}/eks/coredns:v1.11.3-eksbuild.2`,
    labels: { 'k8s-app': 'kube-dns' },
    serviceAccount: 'coredns',
    port: 53,
    portName: 'dns-tcp',
  }),
  service('kube-system', 'kube-dns', { selector: { 'k8s-app': 'kube-dns' }, port: 53, clusterIP: '172.20.0.10' }),
  namespace('warehouse', { team: 'logistics' }),
  secret('warehouse', 'inventory-db', { password: 'not-a-real-password' }),
  deployment('warehouse', 'inventory', {
    replicas: 2,
    image: pinned(`${REGISTRY}/warehouse/inventory:7.1.0`),
    port: 8080,
    labels: { app: 'inventory' },
    env: { DB_ADDR: 'inventory-db:5432' },
    secretEnv: [{ name: 'DB_PASSWORD', secret: 'inventory-db', key: 'password' }],
  }),
  service('warehouse', 'inventory', { selector: { app: 'inventory' }, port: 8080 }),
  disruptionBudget('warehouse', 'inventory', { minAvailable: 1, selector: { matchLabels: { app: 'inventory' } } }),
  statefulSet('warehouse', 'inventory-db', {
    image: pinned('docker.io/library/postgres:14.13'),
    port: 5432,
    labels: { app: 'inventory-db' },
    storage: '50Gi',
  }),
  service('warehouse', 'inventory-db', { selector: { app: 'inventory-db' }, port: 5432 }),
  deployment('warehouse', 'label-printer', {
    image: pinned(`${REGISTRY}/warehouse/gateway:2.0.1`),
    port: 8080,
    labels: { app: 'label-printer' },
  }),
  cronJob('warehouse', 'stock-export', '0 * * * *', {
    image: pinned(`${REGISTRY}/warehouse/stock-export:1.3`),
    command: ['sh', '-c', 'echo exporting; sleep 1; echo done'],
  }),
  networkPolicy('warehouse', 'inventory-db', {
    podSelector: { matchLabels: { app: 'inventory-db' } },
    policyTypes: ['Ingress'],
    ingress: [
      { from: [{ podSelector: { matchLabels: { app: 'inventory' } } }], ports: [{ port: 5432, protocol: 'TCP' }] },
    ],
  }),
  namespace('legacy-portal', { team: 'logistics' }),
  serviceAccount('legacy-portal', 'portal'),
  // Grown over the years: a web application whose account may read every secret.
  clusterRole('legacy-portal-reader', [
    { apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['get', 'list'] },
  ]),
  clusterRoleBinding('legacy-portal-reader', 'legacy-portal-reader', [{ account: 'portal', of: 'legacy-portal' }]),
  deployment('legacy-portal', 'portal', {
    image: pinned(`${REGISTRY}/portal/web:2019.11`),
    port: 80,
    labels: { app: 'portal' },
    serviceAccount: 'portal',
    runAsUser: 0,
  }),
  service('legacy-portal', 'portal', { selector: { app: 'portal' }, port: 80, type: 'LoadBalancer' }),
  ...accessManifests({
    developers: { 'logistics-developers': ['warehouse', 'legacy-portal'] },
    release: ['warehouse'],
  }),
]

/** EKS with the VPC CNI at 1.14.0, below the supported 1.15.1. */
export const eksLegacy: LabClusterSpec = {
  name: 'eks-legacy',
  platform: 'eks',
  version: 'v1.29.10-eks-7f9249a',
  plugin: 'aws-node',
  sensor: 'falco',
  serviceRange: '172.20',
  apiAddress: '10.30.255.10',
  loadBalancerPool: ['203.0.113.130', '203.0.113.131'],
  volumeDriver: 'ebs.csi.aws.com',
  nodes: [node(0, '10.30.1.21', 'eu-central-1a'), node(1, '10.30.2.87', 'eu-central-1b')],
  staticPods: [],
  users: [
    {
      name: 'marek.novak',
      groups: ['platform-admins'],
      userAgent: 'kubectl/v1.29.9 (linux/amd64) kubernetes/114a1f5',
      sourceIP: '198.51.100.61',
    },
    {
      name: 'ines.costa',
      groups: ['logistics-developers'],
      userAgent: 'kubectl/v1.28.3 (darwin/amd64) kubernetes/a8a1abc',
      sourceIP: '198.51.100.62',
    },
  ],
  manifests,
  quietDay: [
    { user: 'ines.costa', weight: 4, act: { do: 'list', path: '/api/v1/namespaces/warehouse/pods?limit=500' } },
    {
      user: 'ines.costa',
      weight: 1,
      act: { do: 'scale', namespace: 'warehouse', deployment: 'label-printer', between: [1, 2] },
    },
    { user: 'marek.novak', weight: 2, act: { do: 'list', path: '/api/v1/pods?limit=500' } },
  ],
}
