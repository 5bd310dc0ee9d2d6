import { accessManifests } from './access.ts'
import { ciliumDefinitions } from './cilium.ts'
import type { LabClusterSpec } from './cluster-spec.ts'
import {
  configMap,
  daemonSet,
  deployment,
  namespace,
  networkPolicy,
  pinned,
  secret,
  service,
  statefulSet,
} from './manifests.ts'

const REGISTRY = 'europe-docker.pkg.dev/lab-shop-legacy/apps'

const node = (index: number) => ({
  name: `gke-gke-old-default-pool-5f2c8a1d-${['8xk2', 'q7mz'][index]}`,
  ip: `10.132.0.${index + 2}`,
  externalIP: `203.0.113.${index + 150}`,
  podSubnet: `10.40.${index}`,
  providerID: `gce://lab-shop-legacy/europe-west1-b/gke-gke-old-default-pool-5f2c8a1d-${['8xk2', 'q7mz'][index]}`,
  labels: {
    'cloud.google.com/gke-nodepool': 'default-pool',
    'cloud.google.com/gke-os-distribution': 'cos',
    'cloud.google.com/machine-family': 'e2',
    'node.kubernetes.io/instance-type': 'e2-standard-4',
    'topology.kubernetes.io/region': 'europe-west1',
    'topology.kubernetes.io/zone': 'europe-west1-b',
  },
  osImage: 'Container-Optimized OS from Google',
  kernelVersion: '5.15.133+',
  kubeletVersion: 'v1.26.15-gke.1090000',
  containerRuntimeVersion: 'containerd://1.6.24',
  cpu: 4,
  memoryGiB: 16,
})

/** GKE with Dataplane V2, on a Kubernetes that is too old for isolation. */
export const gkeOld: LabClusterSpec = {
  name: 'gke-old',
  platform: 'gke',
  version: 'v1.26.15-gke.1090000',
  plugin: 'cilium',
  sensor: 'tetragon',
  serviceRange: '10.44',
  apiAddress: '10.132.255.10',
  loadBalancerPool: ['203.0.113.160', '203.0.113.161'],
  volumeDriver: 'pd.csi.storage.gke.io',
  nodes: [node(0), node(1)],
  staticPods: [],
  users: [
    {
      name: 'sofia.rossi',
      groups: ['platform-admins'],
      userAgent: 'kubectl/v1.26.15 (linux/amd64) kubernetes/1649f59',
      sourceIP: '198.51.100.81',
    },
    {
      name: 'jonas.weber',
      groups: ['crm-developers'],
      userAgent: 'kubectl/v1.27.4 (windows/amd64) kubernetes/fa3d799',
      sourceIP: '198.51.100.82',
    },
  ],
  manifests: [
    ...ciliumDefinitions,
    configMap('kube-system', 'cilium-config', { 'enable-policy': 'default', 'kube-proxy-replacement': 'strict' }),
    daemonSet('kube-system', 'anetd', {
      image: 'gke.gcr.io/cilium/cilium:v1.12.14-gke1.26-gke.42',
      container: 'cilium-agent',
      labels: { 'k8s-app': 'cilium', component: 'anetd' },
      serviceAccount: 'cilium',
      hostNetwork: true,
      privileged: true,
      everywhere: true,
    }),
    deployment('kube-system', 'kube-dns', {
      image: 'gke.gcr.io/k8s-dns-kube-dns:1.22.28-gke.2',
      labels: { 'k8s-app': 'kube-dns' },
      port: 53,
      portName: 'dns-tcp',
    }),
    service('kube-system', 'kube-dns', { selector: { 'k8s-app': 'kube-dns' }, port: 53, clusterIP: '10.44.0.10' }),
    namespace('crm', { team: 'crm' }),
    secret('crm', 'crm-db', { password: 'not-a-real-password' }),
    deployment('crm', 'crm-web', {
      replicas: 2,
      image: pinned(`${REGISTRY}/crm/frontend:3.9.2`),
      port: 80,
      labels: { app: 'crm-web' },
      env: { DB_ADDR: 'crm-db:3306' },
    }),
    service('crm', 'crm-web', { selector: { app: 'crm-web' }, port: 80, type: 'LoadBalancer' }),
    statefulSet('crm', 'crm-db', {
      image: pinned('docker.io/library/mysql:8.0.39'),
      port: 3306,
      labels: { app: 'crm-db' },
      storage: '30Gi',
    }),
    service('crm', 'crm-db', { selector: { app: 'crm-db' }, port: 3306 }),
    deployment('crm', 'mail-gateway', {
      image: pinned(`${REGISTRY}/crm/mailer:1.1.0`),
      labels: { app: 'mail-gateway' },
    }),
    networkPolicy('crm', 'crm-db', {
      podSelector: { matchLabels: { app: 'crm-db' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'crm-web' } } }] }],
    }),
    ...accessManifests({ developers: { 'crm-developers': ['crm'] }, release: [] }),
  ],
  quietDay: [
    { user: 'jonas.weber', weight: 3, act: { do: 'list', path: '/api/v1/namespaces/crm/pods?limit=500' } },
    { user: 'sofia.rossi', weight: 1, act: { do: 'list', path: '/api/v1/nodes?limit=500' } },
  ],
}
