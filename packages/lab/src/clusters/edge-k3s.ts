import { accessManifests } from './access.ts'
import type { LabClusterSpec } from './cluster-spec.ts'
import { barePod, configMap, daemonSet, deployment, namespace, networkPolicy, service } from './manifests.ts'

const node = (name: string, index: number) => ({
  name,
  ip: `192.168.88.${index + 11}`,
  podSubnet: `10.42.${index}`,
  providerID: `k3s://${name}`,
  labels: {
    'node.kubernetes.io/instance-type': 'k3s',
    ...(index === 0
      ? { 'node-role.kubernetes.io/control-plane': 'true', 'node-role.kubernetes.io/master': 'true' }
      : {}),
  },
  osImage: 'Debian GNU/Linux 12 (bookworm)',
  kernelVersion: '6.1.0-26-amd64',
  kubeletVersion: 'v1.30.6+k3s1',
  containerRuntimeVersion: 'containerd://1.7.22-k3s1',
  cpu: 4,
  memoryGiB: 8,
})

/** Two boxes in a branch office: flannel only, so policies are stored and never enforced. */
export const edgeK3s: LabClusterSpec = {
  name: 'edge-k3s',
  platform: 'k3s',
  version: 'v1.30.6+k3s1',
  plugin: 'none',
  sensor: 'falco',
  serviceRange: '10.43',
  apiAddress: '192.168.88.10',
  loadBalancerPool: ['192.0.2.140'],
  volumeDriver: 'rancher.io/local-path',
  nodes: [node('edge-1', 0), node('edge-2', 1)],
  staticPods: [],
  users: [
    {
      name: 'field.ops',
      groups: ['platform-admins'],
      userAgent: 'kubectl/v1.30.6+k3s1 (linux/amd64) kubernetes/1829eaa',
      sourceIP: '198.51.100.95',
    },
  ],
  manifests: [
    namespace('kube-flannel'),
    configMap('kube-flannel', 'kube-flannel-cfg', {
      'net-conf.json': '{"Network":"10.42.0.0/16","Backend":{"Type":"vxlan"}}',
    }),
    daemonSet('kube-flannel', 'kube-flannel-ds', {
      image: 'docker.io/flannel/flannel:v0.25.7',
      container: 'kube-flannel',
      labels: { app: 'flannel', 'k8s-app': 'flannel' },
      hostNetwork: true,
      privileged: true,
      everywhere: true,
    }),
    deployment('kube-system', 'coredns', {
      image: 'docker.io/rancher/mirrored-coredns-coredns:1.11.3',
      labels: { 'k8s-app': 'kube-dns' },
      port: 53,
      portName: 'dns-tcp',
    }),
    service('kube-system', 'kube-dns', { selector: { 'k8s-app': 'kube-dns' }, port: 53, clusterIP: '10.43.0.10' }),
    namespace('store', { team: 'field' }),
    deployment('store', 'pos-gateway', {
      replicas: 2,
      image: 'docker.io/library/nginx:1.27.2',
      port: 80,
      labels: { app: 'pos-gateway' },
    }),
    service('store', 'pos-gateway', { selector: { app: 'pos-gateway' }, port: 80, type: 'NodePort' }),
    deployment('store', 'telemetry-relay', {
      image: 'docker.io/library/python:3.12-slim',
      port: 8080,
      command: ['python3', '-m', 'http.server', '8080'],
      labels: { app: 'telemetry-relay' },
    }),
    barePod('store', 'firmware-check', {
      image: 'docker.io/library/busybox:1.37',
      restartPolicy: 'Never',
      command: ['sh', '-c', 'echo firmware ok'],
    }),
    barePod('store', 'drained-sensor', {
      image: 'docker.io/library/busybox:1.37',
      command: ['sh', '-c', 'sleep 86400'],
      graceSeconds: 1,
      finalizers: ['field.example/await-sync'],
    }),
    // Accepted by the API and without any effect here.
    networkPolicy('store', 'deny-all', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    ...accessManifests({ developers: {}, release: [] }),
  ],
  terminating: [{ namespace: 'store', name: 'drained-sensor' }],
  quietDay: [{ user: 'field.ops', weight: 1, act: { do: 'list', path: '/api/v1/pods?limit=500' } }],
}
