import type { ComponentClient } from '../controllers/component-client.ts'
import type { EventRecorder } from '../controllers/event-recorder.ts'
import type { KubeApi, PodNetwork, PodRuntime } from '../ports.ts'
import type { NodeSpec } from './node-spec.ts'
import type { PodAddresses } from './pod-addresses.ts'

/** Where a pod sits in the network, told to the plugin when its sandbox is made. */
export interface PodAttachment {
  podUid: string
  namespace: string
  name: string
  ip: string
  node: string
  hostNetwork: boolean
}

/** The network as the kubelet uses it: the plugin's ADD and DEL beside connections for probes. */
export interface NodeNetwork extends PodNetwork {
  attach(pod: PodAttachment): void
  detach(podUid: string): void
}

/** What the parts of one kubelet share. */
export interface NodeContext {
  spec: NodeSpec
  api: KubeApi
  /** Client under the node's own identity. */
  client: ComponentClient
  events: EventRecorder
  runtime: PodRuntime
  network: NodeNetwork
  addresses: PodAddresses
  /** Time between ContainerCreating and the sandbox, as image and volume work takes; 0 in tests. */
  startDelayMs: number
  /** First wait before a crashing container is started again. */
  restartBackoffMs: number
  pause(ms: number): Promise<void>
  onFault(error: unknown): undefined
}
