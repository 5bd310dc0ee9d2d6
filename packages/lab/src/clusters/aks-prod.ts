import type { LabClusterSpec, Manifest } from './cluster-spec.ts'
import { accessManifests } from './access.ts'
import { ciliumDefinitions, ciliumOperator } from './cilium.ts'
import {
  clusterRoleBinding,
  configMap,
  cronJob,
  daemonSet,
  deployment,
  disruptionBudget,
  job,
  namespace,
  networkPolicy,
  pinned,
  podSpec,
  roleBinding,
  secret,
  service,
  serviceAccount,
  statefulSet,
} from './manifests.ts'

const REGISTRY = 'contososhop.azurecr.io'
const CILIUM = 'mcr.microsoft.com/oss/cilium/cilium:v1.16.6-250129'

const node = (index: number, zone: string) => ({
  name: `aks-nodepool1-31718369-vmss00000${index}`,
  ip: `10.224.0.${index + 4}`,
  podSubnet: `10.244.${index}`,
  providerID: `azure:///subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/mc_shop_aks-prod_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-nodepool1-31718369-vmss/virtualMachines/${index}`,
  labels: {
    agentpool: 'nodepool1',
    'kubernetes.azure.com/agentpool': 'nodepool1',
    'kubernetes.azure.com/cluster': 'MC_shop_aks-prod_westeurope',
    'kubernetes.azure.com/mode': 'system',
    'kubernetes.azure.com/os-sku': 'Ubuntu',
    'kubernetes.azure.com/role': 'agent',
    'node.kubernetes.io/instance-type': 'Standard_D4ds_v5',
    'topology.kubernetes.io/region': 'westeurope',
    'topology.kubernetes.io/zone': zone,
  },
  osImage: 'Ubuntu 22.04.5 LTS',
  kernelVersion: '5.15.0-1079-azure',
  kubeletVersion: 'v1.31.5',
  containerRuntimeVersion: 'containerd://1.7.25-1',
  cpu: 4,
  memoryGiB: 16,
})

const system: Manifest[] = [
  ...ciliumDefinitions,
  ...ciliumOperator,
  configMap('kube-system', 'cilium-config', {
    'enable-policy': 'default',
    'enable-ipv4': 'true',
    'enable-ipv6': 'false',
    ipam: 'delegated-plugin',
    'kube-proxy-replacement': 'true',
    'policy-cidr-match-mode': '',
  }),
  serviceAccount('kube-system', 'coredns'),
  daemonSet('kube-system', 'cilium', {
    image: CILIUM,
    container: 'cilium-agent',
    labels: { 'k8s-app': 'cilium', 'app.kubernetes.io/name': 'cilium-agent', 'app.kubernetes.io/part-of': 'cilium' },
    serviceAccount: 'cilium',
    hostNetwork: true,
    privileged: true,
    everywhere: true,
    hostPaths: { '/sys/fs/bpf': '/sys/fs/bpf', '/var/run/cilium': '/var/run/cilium' },
  }),
  deployment('kube-system', 'cilium-operator', {
    image: 'mcr.microsoft.com/oss/cilium/operator-generic:v1.16.6-250129',
    labels: { 'io.cilium/app': 'operator', name: 'cilium-operator' },
    serviceAccount: 'cilium-operator',
    hostNetwork: true,
  }),
  deployment('kube-system', 'coredns', {
    replicas: 2,
    image: 'mcr.microsoft.com/oss/kubernetes/coredns:v1.11.3-7',
    labels: { 'k8s-app': 'kube-dns' },
    serviceAccount: 'coredns',
    port: 53,
    portName: 'dns-tcp',
  }),
  service('kube-system', 'kube-dns', { selector: { 'k8s-app': 'kube-dns' }, port: 53, clusterIP: '10.0.0.10' }),
  deployment('kube-system', 'metrics-server', {
    image: 'mcr.microsoft.com/oss/kubernetes/metrics-server:v0.7.2-6',
    labels: { 'k8s-app': 'metrics-server' },
    port: 4443,
  }),
]

const shop: Manifest[] = [
  namespace('shop', { 'pod-security.kubernetes.io/enforce': 'baseline', team: 'shop' }),
  secret('shop', 'session-key', { key: 'not-a-real-session-key' }),
  configMap('shop', 'storefront-settings', { LOG_LEVEL: 'info', FEATURE_GIFT_CARDS: 'on' }),
  serviceAccount('shop', 'orders'),
  deployment('shop', 'storefront', {
    replicas: 3,
    image: pinned(`${REGISTRY}/shop/storefront:2.14.0`),
    port: 80,
    ready: '/',
    labels: { app: 'storefront', tier: 'web' },
    secretEnv: [{ name: 'SESSION_KEY', secret: 'session-key', key: 'key' }],
    env: { CATALOG_URL: 'http://catalog:8080', CART_URL: 'http://cart:8080' },
  }),
  service('shop', 'storefront', { selector: { app: 'storefront' }, port: 80, type: 'LoadBalancer' }),
  disruptionBudget('shop', 'storefront', { minAvailable: 2, selector: { matchLabels: { app: 'storefront' } } }),
  deployment('shop', 'catalog', {
    replicas: 2,
    image: pinned(`${REGISTRY}/shop/catalog:1.9.3`),
    port: 8080,
    labels: { app: 'catalog', tier: 'api' },
  }),
  service('shop', 'catalog', { selector: { app: 'catalog' }, port: 8080 }),
  deployment('shop', 'cart', {
    replicas: 2,
    image: pinned(`${REGISTRY}/shop/cart:3.2.1`),
    port: 8080,
    labels: { app: 'cart', tier: 'api' },
    env: { REDIS_ADDR: 'cart-redis:6379' },
  }),
  service('shop', 'cart', { selector: { app: 'cart' }, port: 8080 }),
  statefulSet('shop', 'cart-redis', {
    image: pinned('docker.io/library/redis:7.2.5'),
    port: 6379,
    portName: 'redis',
    labels: { app: 'cart-redis' },
    storage: '2Gi',
  }),
  service('shop', 'cart-redis', { selector: { app: 'cart-redis' }, port: 6379, headless: true }),
  deployment('shop', 'orders', {
    replicas: 2,
    image: pinned(`${REGISTRY}/shop/orders:4.0.7`),
    port: 8080,
    labels: { app: 'orders', tier: 'api' },
    serviceAccount: 'orders',
    env: { PAYMENTS_URL: 'http://payments-api.payments:8443' },
  }),
  service('shop', 'orders', { selector: { app: 'orders' }, port: 8080 }),
]

const payments: Manifest[] = [
  namespace('payments', { 'pod-security.kubernetes.io/warn': 'restricted', team: 'payments', 'data-class': 'pci' }),
  secret('payments', 'ledger-db', { username: 'ledger', password: 'not-a-real-password' }),
  configMap('payments', 'payments-settings', { CURRENCY: 'EUR', RETRIES: '3' }),
  serviceAccount('payments', 'payments-api'),
  deployment('payments', 'payments-api', {
    replicas: 2,
    image: pinned(`${REGISTRY}/payments/api:5.3.0`),
    port: 8443,
    labels: { app: 'payments-api', tier: 'api' },
    serviceAccount: 'payments-api',
    runAsUser: 10001,
    secretEnv: [{ name: 'DB_PASSWORD', secret: 'ledger-db', key: 'password' }],
    env: { DB_ADDR: 'ledger-db-0.ledger-db:5432', CARD_GATEWAY_URL: 'https://api.cardgateway.example' },
  }),
  service('payments', 'payments-api', { selector: { app: 'payments-api' }, port: 8443 }),
  disruptionBudget('payments', 'payments-api', {
    maxUnavailable: 1,
    selector: { matchLabels: { app: 'payments-api' } },
  }),
  statefulSet('payments', 'ledger-db', {
    replicas: 2,
    image: pinned('docker.io/library/postgres:16.4'),
    port: 5432,
    portName: 'postgres',
    labels: { app: 'ledger-db' },
    storage: '20Gi',
    secretEnv: [{ name: 'POSTGRES_PASSWORD', secret: 'ledger-db', key: 'password' }],
  }),
  service('payments', 'ledger-db', { selector: { app: 'ledger-db' }, port: 5432, headless: true }),
  deployment('payments', 'fraud-scorer', {
    image: pinned(`${REGISTRY}/payments/worker:0.8.12`),
    labels: { app: 'fraud-scorer' },
  }),
  cronJob('payments', 'settlement', '*/15 * * * *', {
    image: pinned(`${REGISTRY}/payments/settlement:2.1.0`),
    command: ['sh', '-c', 'echo settling batch; sleep 2; echo done'],
  }),
  job('payments', 'ledger-migration-41', {
    image: pinned(`${REGISTRY}/payments/ledger-migrate:41`),
    command: ['sh', '-c', 'echo applying 41; echo done'],
  }),
  // Two workloads under allow policies: isolating them takes more than one more deny-all policy.
  networkPolicy('payments', 'payments-api', {
    podSelector: { matchLabels: { app: 'payments-api' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
            podSelector: { matchLabels: { app: 'orders' } },
          },
        ],
        ports: [{ port: 8443, protocol: 'TCP' }],
      },
    ],
    egress: [
      { to: [{ podSelector: { matchLabels: { app: 'ledger-db' } } }], ports: [{ port: 5432, protocol: 'TCP' }] },
      { to: [{ ipBlock: { cidr: '192.0.2.20/32' } }], ports: [{ port: 443, protocol: 'TCP' }] },
    ],
  }),
  networkPolicy('payments', 'ledger-db', {
    podSelector: { matchLabels: { app: 'ledger-db' } },
    policyTypes: ['Ingress'],
    ingress: [
      { from: [{ podSelector: { matchLabels: { app: 'payments-api' } } }], ports: [{ port: 5432, protocol: 'TCP' }] },
    ],
  }),
]

const platform: Manifest[] = [
  namespace('platform', { team: 'platform' }),
  serviceAccount('platform', 'build-runner'),
  serviceAccount('platform', 'ingress-nginx'),
  deployment('platform', 'ingress-nginx-controller', {
    replicas: 2,
    image: pinned('registry.k8s.io/ingress-nginx/controller:v1.11.2'),
    port: 80,
    labels: { app: 'ingress-nginx' },
    serviceAccount: 'ingress-nginx',
  }),
  service('platform', 'ingress-nginx', { selector: { app: 'ingress-nginx' }, port: 80, type: 'NodePort' }),
  deployment('platform', 'build-runner', {
    image: pinned(`${REGISTRY}/platform/build-runner:1.22`),
    labels: { app: 'build-runner' },
    serviceAccount: 'build-runner',
  }),
  roleBinding('shop', 'build-runner-edit', 'edit', [{ account: 'build-runner', of: 'platform' }]),
  clusterRoleBinding('build-runner-view', 'view', [{ account: 'build-runner', of: 'platform' }]),
]

const monitoring: Manifest[] = [
  namespace('monitoring', { team: 'platform' }),
  serviceAccount('monitoring', 'prometheus'),
  statefulSet('monitoring', 'prometheus', {
    image: pinned('quay.io/prometheus/prometheus:v2.54.1'),
    port: 9090,
    labels: { app: 'prometheus' },
    serviceAccount: 'prometheus',
  }),
  service('monitoring', 'prometheus', { selector: { app: 'prometheus' }, port: 9090 }),
  clusterRoleBinding('prometheus-view', 'view', [{ account: 'prometheus', of: 'monitoring' }]),
  deployment('monitoring', 'grafana', {
    image: pinned('docker.io/grafana/grafana:11.2.0'),
    port: 3000,
    labels: { app: 'grafana' },
  }),
  daemonSet('monitoring', 'node-exporter', {
    image: pinned('quay.io/prometheus/node-exporter:v1.8.2'),
    port: 9100,
    labels: { app: 'node-exporter' },
    hostNetwork: true,
    hostPID: true,
    everywhere: true,
    hostPaths: { '/proc': '/host/proc', '/sys': '/host/sys' },
  }),
  daemonSet('monitoring', 'log-agent', {
    image: pinned('docker.io/fluent/fluent-bit:3.1.7'),
    labels: { app: 'log-agent' },
    everywhere: true,
    hostPaths: { '/var/log': '/var/log' },
  }),
]

const analytics: Manifest[] = [
  namespace('analytics', { team: 'data' }),
  deployment('analytics', 'notebook', {
    image: pinned(`${REGISTRY}/analytics/python:3.12-notebook`),
    command: ['python3', '-m', 'http.server', '8888'],
    port: 8888,
    labels: { app: 'notebook' },
  }),
  service('analytics', 'notebook', { selector: { app: 'notebook' }, port: 8888 }),
  deployment('analytics', 'report-worker', {
    image: pinned(`${REGISTRY}/analytics/reports:1.4.4`),
    labels: { app: 'report-worker' },
  }),
  // Selects every pod whatever its labels: no label change takes a pod out of it.
  networkPolicy('analytics', 'allow-namespace', {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ podSelector: {} }] }],
    egress: [{}],
  }),
]

/** AKS with Cilium: the busy production cluster. */
export const aksProd: LabClusterSpec = {
  name: 'aks-prod',
  platform: 'aks',
  version: 'v1.31.5',
  plugin: 'cilium',
  sensor: 'tetragon',
  serviceRange: '10.0',
  apiAddress: '10.224.255.10',
  loadBalancerPool: ['203.0.113.120', '203.0.113.121', '203.0.113.122'],
  volumeDriver: 'disk.csi.azure.com',
  nodes: [node(0, 'westeurope-1'), node(1, 'westeurope-2'), node(2, 'westeurope-3')],
  staticPods: [
    {
      nodes: ['aks-nodepool1-31718369-vmss000000'],
      manifest: {
        metadata: { name: 'kube-proxy', namespace: 'kube-system', labels: { component: 'kube-proxy', tier: 'node' } },
        spec: {
          ...podSpec('kube-proxy', {
            image: 'mcr.microsoft.com/oss/kubernetes/kube-proxy:v1.31.5',
            hostNetwork: true,
            privileged: true,
          }),
          priorityClassName: 'system-node-critical',
        },
      },
    },
  ],
  users: [
    {
      name: 'anna.berg',
      groups: ['platform-admins'],
      userAgent: 'kubectl/v1.31.4 (darwin/arm64) kubernetes/a78aa47',
      sourceIP: '198.51.100.17',
    },
    {
      name: 'tomas.lind',
      groups: ['shop-developers'],
      userAgent: 'kubectl/v1.31.2 (linux/amd64) kubernetes/5864a46',
      sourceIP: '198.51.100.18',
    },
    {
      name: 'priya.nair',
      groups: ['payments-developers'],
      userAgent: 'kubectl/v1.30.6 (linux/amd64) kubernetes/00f20d4',
      sourceIP: '198.51.100.19',
    },
    { name: 'release-bot', groups: ['release'], userAgent: 'Helm/3.16.3', sourceIP: '198.51.100.40' },
  ],
  manifests: [
    ...system,
    ...shop,
    ...payments,
    ...platform,
    ...monitoring,
    ...analytics,
    ...accessManifests({
      developers: { 'shop-developers': ['shop'], 'payments-developers': ['payments'] },
      release: ['shop', 'payments'],
    }),
  ],
  quietDay: [
    { user: 'tomas.lind', weight: 5, act: { do: 'list', path: '/api/v1/namespaces/shop/pods?limit=500' } },
    { user: 'priya.nair', weight: 4, act: { do: 'list', path: '/api/v1/namespaces/payments/pods?limit=500' } },
    { user: 'priya.nair', weight: 2, act: { do: 'list', path: '/api/v1/namespaces/payments/events?limit=500' } },
    { user: 'anna.berg', weight: 3, act: { do: 'list', path: '/api/v1/nodes?limit=500' } },
    { user: 'anna.berg', weight: 2, act: { do: 'list', path: '/apis/apps/v1/deployments?limit=500' } },
    { user: 'tomas.lind', weight: 1, act: { do: 'scale', namespace: 'shop', deployment: 'catalog', between: [2, 3] } },
    { user: 'release-bot', weight: 1, act: { do: 'restart', namespace: 'shop', deployment: 'orders' } },
    { user: 'release-bot', weight: 1, act: { do: 'configure', namespace: 'shop', configMap: 'storefront-settings' } },
  ],
}
