import { afterEach } from 'vitest'
import { applyManifests } from '../../src/apply-manifests.ts'
import { startClusterWorld, type ClusterWorld } from '../../src/cluster-world.ts'
import type { LabClusterSpec, Manifest } from '../../src/clusters/cluster-spec.ts'
import type { ControllerTiming } from '../../src/controllers/control-plane.ts'
import type { NetworkPlugin } from '../../src/network/plugin-behaviour.ts'
import type { StaticPodManifest } from '../../src/nodes/static-pods.ts'
import type { KubeObject } from '../../src/ports.ts'
import { createStore } from '../../src/store/store.ts'
import { eventually } from './eventually.ts'
import { FakeRuntime } from './fake-runtime.ts'

const node = (name: string, index: number) => ({
  name,
  ip: `10.200.0.${11 + index}`,
  podSubnet: `10.244.${index}`,
  providerID: `lab://${name}`,
  labels: {},
  osImage: 'Linux',
  kernelVersion: '6.1.0',
  kubeletVersion: 'v1.31.5',
  containerRuntimeVersion: 'containerd://1.7.25',
  cpu: 4,
  memoryGiB: 8,
})

export interface SmallCluster {
  plugin?: NetworkPlugin
  enforcementDelayMs?: number
  staticPods?: StaticPodManifest[]
  timing?: Partial<ControllerTiming>
}

export interface SmallWorld extends ClusterWorld {
  fake: FakeRuntime
  apply(...manifests: Manifest[]): Promise<void>
  pods(namespace: string, labels?: Record<string, string>): KubeObject[]
  pod(namespace: string, name: string): KubeObject | undefined
  /** Waits until that many pods with the labels are Ready, and returns them. */
  ready(namespace: string, labels: Record<string, string>, count: number): Promise<KubeObject[]>
  swapLabels(pod: KubeObject, labels: Record<string, string | null>): Promise<void>
}

const faults: string[] = []
let running: ClusterWorld | undefined

afterEach(() => {
  running?.stop()
  running = undefined
  const seen = faults.splice(0)
  if (seen.length > 0) throw new Error(`faults of the cluster itself:\n${seen.join('\n')}`)
})

/** Two nodes, the real API server, controllers, kubelets and network; only the container runtime is a fake. */
export async function smallWorld(options: SmallCluster = {}): Promise<SmallWorld> {
  const spec: LabClusterSpec = {
    name: 'test',
    platform: 'aks',
    version: 'v1.31.5',
    plugin: options.plugin ?? 'cilium',
    sensor: 'falco',
    serviceRange: '10.0',
    apiAddress: '10.200.0.1',
    loadBalancerPool: ['203.0.113.200'],
    volumeDriver: 'lab.csi.example',
    nodes: [node('node1', 0), node('node2', 1)],
    staticPods: (options.staticPods ?? []).map((manifest) => ({ nodes: ['node1'], manifest })),
    users: [],
    manifests: [],
    quietDay: [],
  }
  const fake = new FakeRuntime()
  const world = await startClusterWorld({
    spec,
    store: createStore(),
    createRuntime({ network }) {
      fake.network = network
      return fake
    },
    enforcementDelayMs: options.enforcementDelayMs ?? 0,
    connectTimeoutMs: 20,
    startDelayMs: 0,
    timing: { garbageDelayMs: [10, 30], ...options.timing },
    onFault: (component, error) => faults.push(`${component}: ${String(error)}`),
  })
  running = world
  const pods = (namespace: string, labels: Record<string, string> = {}) =>
    world.api
      .list('', 'pods', namespace)
      .filter((pod) => Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value))
  return {
    ...world,
    fake,
    apply: (...manifests) => applyManifests(world.admin, manifests),
    pods,
    pod: (namespace, name) => world.api.read('', 'pods', namespace, name),
    ready: (namespace, labels, count) =>
      eventually(
        () => {
          const found = pods(namespace, labels).filter(
            (pod) =>
              !pod.metadata.deletionTimestamp &&
              pod.status?.conditions?.some(
                (c: { type: string; status: string }) => c.type === 'Ready' && c.status === 'True',
              ),
          )
          return found.length === count && found
        },
        `${count} ready pods with ${JSON.stringify(labels)}`,
      ),
    async swapLabels(pod, labels) {
      const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`
      await world.admin.call('PATCH', path, { metadata: { labels } }, 'application/merge-patch+json')
    },
  }
}
