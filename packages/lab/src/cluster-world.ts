import { createApiServer, type ApiServer, type ApiServerOptions } from './api/api-server.ts'
import { applyManifests } from './apply-manifests.ts'
import type { LabClusterSpec, Manifest } from './clusters/cluster-spec.ts'
import { clusterRole, clusterRoleBinding } from './clusters/manifests.ts'
import { startAwsPolicyEndpoints } from './controllers/aws-policy-endpoints.ts'
import { startCiliumOperator } from './controllers/cilium-operator.ts'
import { ComponentClient } from './controllers/component-client.ts'
import { startControllers } from './controllers/controller-manager.ts'
import {
  commitOf,
  type ControlPlane,
  createControlPlane,
  defaultTiming,
  type ControllerTiming,
  type Stop,
} from './controllers/control-plane.ts'
import { isPodFinished, isPodReady } from './controllers/pod-state.ts'
import { kinds } from './controllers/resource-kinds.ts'
import { startCiliumEndpoints } from './network/cilium-endpoints.ts'
import { createPodNetwork, type LabNetwork } from './network/pod-network.ts'
import { createKubelet, type Kubelet } from './nodes/kubelet.ts'
import type { ContainerRuntime, PodRuntime } from './ports.ts'
import type { Store } from './store/store.ts'

export interface ClusterWorldOptions {
  spec: LabClusterSpec
  store: Store
  api?: Omit<ApiServerOptions, 'store' | 'version' | 'serviceCidr'>
  /** Builds the container runtime over the network; one per cluster. */
  createRuntime(parts: RuntimeParts): PodRuntime
  enforcementDelayMs: number
  connectTimeoutMs: number
  /** How long a pod stays in ContainerCreating; 0 = not at all. */
  startDelayMs: number
  restartBackoffMs?: number
  timing?: Partial<ControllerTiming>
  /** Hears of failures of controllers and kubelets that nobody expected. */
  onFault(component: string, error: unknown): void
}

export interface RuntimeParts {
  network: LabNetwork
  api: ApiServer
  /** A token for the pod's files, asked for by its kubelet. */
  serviceAccountToken(podUid: string): Promise<string>
}

/** One running cluster without its network listener: API server, controllers, nodes, pod network, runtime. */
export interface ClusterWorld {
  api: ApiServer
  network: LabNetwork
  runtime: PodRuntime
  kubelets: Map<string, Kubelet>
  /** Client with all rights (`system:masters`). */
  admin: ComponentClient
  /** Resolves when every pod runs or has ended. @returns false when some still don't after the time */
  settled(withinMs: number): Promise<boolean>
  /** From now on pods stay in ContainerCreating for about that long. */
  setStartDelay(ms: number): void
  stop(): void
}

export async function startClusterWorld(options: ClusterWorldOptions): Promise<ClusterWorld> {
  const { spec, store } = options
  const timing = { ...defaultTiming, ...options.timing }
  const api = createApiServer({
    ...options.api,
    store,
    version: spec.version,
    serviceCidr: `${spec.serviceRange}.0.0/16`,
  })
  const admin = new ComponentClient(api, {
    identity: { username: 'lab-admin', groups: ['system:masters', 'system:authenticated'] },
    userAgent: `kubectl/${spec.version.split(/[-+]/)[0]} (linux/amd64) kubernetes/${commitOf(spec.version)}`,
    sourceIP: spec.apiAddress,
  })
  await publishApi(admin, spec)
  await applyManifests(admin, cloudControllerAccess)
  const network = createPodNetwork({
    api,
    plugin: spec.plugin,
    platform: spec.platform,
    apiAddress: spec.apiAddress,
    nodes: spec.nodes.map(({ name, ip }) => ({ name, ip })),
    enforcementDelayMs: options.enforcementDelayMs,
    connectTimeoutMs: options.connectTimeoutMs,
  })
  const kubelets = new Map<string, Kubelet>()
  const serviceAccountToken = async (podUid: string) => {
    for (const kubelet of kubelets.values()) {
      const token = kubelet.serviceAccountToken(podUid)
      if (token) return token
    }
    return ''
  }
  const runtime = options.createRuntime({ network, api, serviceAccountToken })
  for (const [name, kubelet] of createKubelets(options, { api, network, runtime, heartbeatMs: timing.heartbeatMs })) {
    kubelets.set(name, kubelet)
  }
  api.setRuntime(throughKubelets(runtime, kubelets))
  runtime.onExit(({ podUid, container, exitCode, finishedAt }) => {
    for (const kubelet of kubelets.values()) kubelet.exited(podUid, container, { exitCode, finishedAt })
  })
  const plane = createControlPlane({
    api,
    version: spec.version,
    address: spec.apiAddress,
    timing,
    onFault: options.onFault,
  })
  const stopControllers = startControllers(plane, {
    caPem: options.api?.caPem ?? '',
    loadBalancerPool: spec.loadBalancerPool,
    volumeDriver: spec.volumeDriver,
  })
  const stopPlugin = startPluginObjects(plane, spec, network)
  for (const kubelet of kubelets.values()) await kubelet.start()
  return {
    api,
    network,
    runtime,
    kubelets,
    admin,
    settled: (withinMs) => settled(api, withinMs),
    setStartDelay(ms) {
      for (const kubelet of kubelets.values()) kubelet.setStartDelay(ms)
    },
    stop() {
      stopControllers()
      stopPlugin()
      for (const kubelet of kubelets.values()) kubelet.stop()
      network.stop()
      api.close()
    },
  }
}

/** What the network plugin keeps in the API beside the policies themselves. */
function startPluginObjects(plane: ControlPlane, spec: LabClusterSpec, network: LabNetwork): Stop {
  const stops =
    spec.plugin === 'cilium'
      ? [startCiliumEndpoints(plane, network, spec.nodes), startCiliumOperator(plane, spec.nodes[0]?.ip ?? '')]
      : spec.plugin === 'aws-node'
        ? [startAwsPolicyEndpoints(plane, spec.apiAddress)]
        : []
  return () => {
    for (const stop of stops) stop()
  }
}

/** Rights of the platform's controller, which no Kubernetes brings by default. */
const cloudControllerAccess: Manifest[] = [
  clusterRole('system:cloud-controller-manager', [
    { apiGroups: [''], resources: ['services', 'services/status'], verbs: ['get', 'list', 'watch', 'patch', 'update'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ]),
  clusterRoleBinding('system:cloud-controller-manager', 'system:cloud-controller-manager', [
    { user: 'system:cloud-controller-manager' },
  ]),
]

/** The Service `kubernetes`, through which pods find the API server. */
async function publishApi(admin: ComponentClient, spec: LabClusterSpec): Promise<void> {
  if (admin.api.read('', 'services', 'default', 'kubernetes')) return
  const apiServer = new ComponentClient(admin.api, {
    identity: { username: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] },
    userAgent: `kube-apiserver/${spec.version.split(/[-+]/)[0]} (linux/amd64) kubernetes/${commitOf(spec.version)}`,
    sourceIP: spec.apiAddress,
  })
  const metadata = {
    name: 'kubernetes',
    namespace: 'default',
    labels: { component: 'apiserver', provider: 'kubernetes' },
  }
  const ports = [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 443 }]
  const clusterIP = `${spec.serviceRange}.0.1`
  await apiServer.create(kinds.service, 'default', {
    kind: 'Service',
    apiVersion: 'v1',
    metadata,
    spec: { clusterIP, ports },
  })
  await apiServer.create(kinds.endpointSlice, 'default', {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [spec.apiAddress], conditions: { ready: true } }],
    ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
  })
}

function createKubelets(
  options: ClusterWorldOptions,
  parts: { api: ApiServer; network: LabNetwork; runtime: PodRuntime; heartbeatMs: number },
): Map<string, Kubelet> {
  const { spec } = options
  const of = (node: LabClusterSpec['nodes'][number]) =>
    createKubelet({
      ...parts,
      spec: node,
      staticPods: spec.staticPods.filter((item) => item.nodes.includes(node.name)).map((item) => item.manifest),
      startDelayMs: options.startDelayMs,
      restartBackoffMs: options.restartBackoffMs ?? 10_000,
      onFault: (error) => options.onFault(`kubelet ${node.name}`, error),
    })
  return new Map(spec.nodes.map((node) => [node.name, of(node)]))
}

/** exec and log name the mirror of a static pod; its containers run under the static pod's own uid. */
function throughKubelets(runtime: PodRuntime, kubelets: Map<string, Kubelet>): ContainerRuntime {
  const translate = (podUid: string) => {
    for (const kubelet of kubelets.values()) {
      const uid = kubelet.runtimeUid(podUid)
      if (uid !== podUid) return uid
    }
    return podUid
  }
  return {
    exec: (target, command, io) => runtime.exec({ ...target, podUid: translate(target.podUid) }, command, io),
    logs: (target, options) => runtime.logs({ ...target, podUid: translate(target.podUid) }, options),
  }
}

async function settled(api: ApiServer, withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs
  for (;;) {
    const pods = api.list('', 'pods')
    const replicas = [...api.list('apps', 'deployments'), ...api.list('apps', 'statefulsets')]
    const complete = replicas.every((item) => (item.status?.replicas ?? 0) === (item.spec.replicas ?? 1))
    const running = pods.every((pod) => isPodFinished(pod) || isPodReady(pod) || pod.metadata.deletionTimestamp)
    if (pods.length > 0 && complete && running) return true
    if (Date.now() > until) return false
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
