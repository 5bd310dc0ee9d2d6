import { ComponentClient, isStale } from '../controllers/component-client.ts'
import { commitOf } from '../controllers/control-plane.ts'
import { eventRecorder } from '../controllers/event-recorder.ts'
import { renewLease } from '../controllers/leader-election.ts'
import { apiTime, isPodFinished } from '../controllers/pod-state.ts'
import { kinds } from '../controllers/resource-kinds.ts'
import type { KubeApi, KubeObject, PodRuntime } from '../ports.ts'
import type { NodeContext, NodeNetwork } from './node-context.ts'
import { nodeObject, nodeStatus, type NodeSpec } from './node-spec.ts'
import { podAddresses } from './pod-addresses.ts'
import { PodWorker } from './pod-worker.ts'
import { ensureMirror, MIRROR, staticPodHash, type StaticPodManifest } from './static-pods.ts'

export interface KubeletOptions {
  spec: NodeSpec
  api: KubeApi
  runtime: PodRuntime
  network: NodeNetwork
  staticPods: StaticPodManifest[]
  heartbeatMs: number
  startDelayMs: number
  restartBackoffMs: number
  onFault(error: unknown): void
}

export interface Kubelet {
  /** Registers the node and takes over the pods bound to it. */
  start(): Promise<void>
  stop(): void
  /** As if the machine lost power or its network to the API server: nothing is reported or acted on. */
  setDown(down: boolean): void
  setStartDelay(ms: number): void
  /** The uid under which the runtime knows the pod: that of the static pod behind a mirror. */
  runtimeUid(podUid: string): string
  /** A fresh token for a pod of this node; undefined when the pod is not here. */
  serviceAccountToken(podUid: string): Promise<string> | undefined
  exited(podUid: string, container: string, exit: { exitCode: number; finishedAt: string }): void
}

/** One node's agent. */
export function createKubelet(options: KubeletOptions): Kubelet {
  const { api, spec } = options
  const node = nodeContext(options)
  const workers = new Map<string, PodWorker>()
  const statics = new Map(options.staticPods.map((manifest) => [staticPodHash(spec.name, manifest), manifest]))
  const stops: (() => void)[] = []
  let down = false
  let stopped = false

  const mirrorOf = (pod: KubeObject) =>
    statics.has(pod.metadata.annotations?.[MIRROR] ?? '') ? pod.metadata.annotations![MIRROR]! : undefined // both present when known

  const takeOver = (pod: KubeObject) => {
    const hash = mirrorOf(pod)
    const running = hash ? [...workers.values()].find((worker) => worker.runtimeUid === hash) : undefined
    if (running) {
      workers.delete(running.pod.metadata.uid)
      running.pod = pod
      workers.set(pod.metadata.uid, running)
      void running.report().catch(ordinary)
      return
    }
    if (isPodFinished(pod)) {
      if (pod.metadata.deletionTimestamp) void confirmGone(pod).catch(ordinary)
      return
    }
    const worker = new PodWorker(node, pod, hash)
    workers.set(pod.metadata.uid, worker)
    if (pod.metadata.deletionTimestamp) worker.update(pod)
    else void worker.start()
  }

  /** Removes an object behind which nothing runs; a foreign finalizer may go on holding it. */
  const confirmGone = async (pod: KubeObject) => {
    const { namespace, name, uid } = pod.metadata
    // Held already: asking again with every change of the object would never end.
    if (pod.metadata.deletionGracePeriodSeconds === 0) return
    await node.client.delete(
      kinds.pod,
      { namespace: namespace!, name },
      { gracePeriodSeconds: 0, preconditions: { uid } },
    ) // pods are namespaced
  }

  const ordinary = (error: unknown) => {
    if (!isStale(error)) options.onFault(error)
    return undefined
  }

  const changed = (pod: KubeObject) => {
    if (pod.spec.nodeName !== spec.name || down) return
    const worker = workers.get(pod.metadata.uid)
    if (mirrorOf(pod) && pod.metadata.deletionTimestamp) {
      // Only the mirror goes; the static pod runs on and gets a new mirror (measured).
      void confirmGone(pod).catch(ordinary)
    } else if (worker) worker.update(pod)
    else takeOver(pod)
  }

  const gone = (pod: KubeObject) => {
    if (pod.spec.nodeName !== spec.name || down) return
    const hash = mirrorOf(pod)
    const manifest = hash && statics.get(hash)
    if (manifest) {
      // Deferred: the deletion is still being delivered to other watchers.
      setImmediate(() => void ensureMirror(node, manifest).catch(ordinary))
      return
    }
    const worker = workers.get(pod.metadata.uid)
    workers.delete(pod.metadata.uid)
    // Force deletion gives containers the shortest time; after an ordinary end this finds nothing left to stop.
    void worker?.abandon(2)
  }

  const heartbeat = async () => {
    if (down || stopped) return
    await renewLease(node.client, 'kube-node-lease', spec.name, { holder: spec.name })
  }

  return {
    async start() {
      await register(node)
      await heartbeat().catch(ordinary)
      const stopPods = api.watch('', 'pods', ({ type, object }) =>
        type === 'DELETED' ? gone(object) : changed(object),
      )
      const beats = setInterval(() => void heartbeat().catch(ordinary), options.heartbeatMs)
      const statuses = setInterval(
        () => void (down ? undefined : reportNode(node).catch(ordinary)),
        options.heartbeatMs * 3,
      )
      stops.push(
        stopPods,
        () => clearInterval(beats),
        () => clearInterval(statuses),
      )
      for (const pod of api.list('', 'pods')) changed(pod)
      for (const manifest of statics.values()) await ensureMirror(node, manifest)
    },
    stop() {
      stopped = true
      for (const stop of stops) stop()
      for (const worker of workers.values()) worker.quiet()
    },
    setDown(value) {
      if (down === value) return
      down = value
      if (down) for (const worker of workers.values()) worker.quiet()
      else void comeBack().catch(ordinary)
    },
    setStartDelay(ms) {
      node.startDelayMs = ms
    },
    runtimeUid: (podUid) => workers.get(podUid)?.runtimeUid ?? podUid,
    serviceAccountToken: (podUid) =>
      [...workers.values()].find((worker) => worker.runtimeUid === podUid)?.serviceAccountToken(),
    exited(podUid, container, { exitCode, finishedAt }) {
      if (down || stopped) return
      for (const worker of workers.values()) {
        if (worker.runtimeUid === podUid) worker.exited(container, exitCode, finishedAt)
      }
    },
  }

  async function comeBack() {
    await heartbeat()
    await reportNode(node)
    const present = api.list('', 'pods')
    for (const worker of workers.values()) {
      if (!present.some((pod) => pod.metadata.uid === worker.pod.metadata.uid)) gone(worker.pod)
    }
    for (const pod of present) changed(pod)
    for (const worker of workers.values()) worker.resume()
  }
}

function nodeContext(options: KubeletOptions): NodeContext {
  const { api, spec } = options
  const version = spec.kubeletVersion.split(/[-+]/)[0]
  const client = new ComponentClient(api, {
    identity: { username: `system:node:${spec.name}`, groups: ['system:nodes', 'system:authenticated'] },
    userAgent: `kubelet/${version} (linux/amd64) kubernetes/${commitOf(spec.kubeletVersion)}`,
    sourceIP: spec.ip,
  })
  return {
    spec,
    api,
    client,
    events: eventRecorder(client, 'kubelet', spec.name),
    runtime: options.runtime,
    network: options.network,
    addresses: podAddresses(spec.podSubnet),
    startDelayMs: options.startDelayMs,
    restartBackoffMs: options.restartBackoffMs,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms * (0.5 + Math.random()))),
    onFault(error) {
      options.onFault(error)
      return undefined
    },
  }
}

async function register(node: NodeContext): Promise<void> {
  if (!node.api.read('', 'nodes', undefined, node.spec.name)) {
    await node.client.create(kinds.node, undefined, nodeObject(node.spec))
  }
  await reportNode(node)
}

async function reportNode(node: NodeContext): Promise<void> {
  const before = node.api.read('', 'nodes', undefined, node.spec.name)
  const status = nodeStatus(node.spec, before, apiTime())
  await node.client.patch(kinds.node, { name: node.spec.name, subresource: 'status' }, { status })
}
