import { randomBytes } from 'node:crypto'
import type {
  ContainerRef,
  ExecResult,
  ExecStreams,
  KubeObject,
  LogOptions,
  PodNetwork,
  PodRuntime,
  RuntimeSensor,
  StartedContainer,
} from '../ports.ts'
import type { ContainerHost } from './container.ts'
import { Container, StartRefused } from './container.ts'
import type { Clock } from './kernel/clock.ts'
import { systemClock } from './kernel/clock.ts'
import type { DirectoryNode } from './kernel/file-tree.ts'
import type { Limits } from './kernel/limits.ts'
import { defaultLimits } from './kernel/limits.ts'
import { describe } from './kernel/process.ts'
import type { HostProcess } from './kernel/process-table.ts'
import type { ContainerSpec, ReadObject } from './pod-description.ts'
import { hostFiles, VolumeSet } from './volume-set.ts'

export interface PodRuntimeOptions {
  network: PodNetwork
  /** One sensor for all nodes, or one per node. */
  sensor: RuntimeSensor | ((node: string) => RuntimeSensor)
  /** Bound token of the pod's service account, for its files. */
  serviceAccountToken?: (podUid: string) => string | Promise<string>
  /** PEM of the cluster's certificate authority, for `ca.crt`. */
  clusterCa?: string
  /** Reads ConfigMaps, Secrets and the `kubernetes` Service; without it these are empty. */
  read?: ReadObject
  clock?: Clock
  limits?: Partial<Limits>
  kernelVersion?: string
  /** How often workloads talk to their peers, in milliseconds; 0 for never. */
  peerIntervalMs?: number
}

interface RunningPod {
  pod: KubeObject
  volumes: VolumeSet
  ancestors: HostProcess[]
  containers: Map<string, Container>
  previous: Map<string, Container>
}

interface NodeState {
  pid: number
  files: DirectoryNode
}

const tokenRenewalMs = 10 * 60_000

/**
 * The container runtime of all nodes of one lab cluster. Processes in it are simulated; nothing a command does reaches
 * this machine. `startPod` may be called again for a running pod: containers that ended are started anew, added
 * ephemeral containers are started, the others stay.
 */
export function createPodRuntime(options: PodRuntimeOptions): PodRuntime & { close(): void } {
  const runtime = new SimulatedRuntime(options)
  return runtime
}

class SimulatedRuntime implements PodRuntime {
  readonly #options: PodRuntimeOptions
  readonly #clock: Clock
  readonly #limits: Limits
  readonly #pods = new Map<string, RunningPod>()
  readonly #nodes = new Map<string, NodeState>()
  readonly #exitListeners: Parameters<PodRuntime['onExit']>[0][] = []
  readonly #renewal: NodeJS.Timeout

  constructor(options: PodRuntimeOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#limits = { ...defaultLimits, ...options.limits }
    this.#renewal = setInterval(() => void this.#renewTokens(), tokenRenewalMs)
    this.#renewal.unref()
  }

  async startPod(pod: KubeObject): Promise<StartedContainer[]> {
    const running = this.#pods.get(pod.metadata.uid) ?? (await this.#createPod(pod))
    running.pod = pod
    const host = this.#hostOf(pod)
    const started: StartedContainer[] = []
    for (const spec of (pod.spec?.initContainers ?? []) as ContainerSpec[]) {
      const before = running.containers.get(spec.name)
      if (before !== undefined && (before.isRunning || before.ended?.code === 0)) {
        started.push(before.description)
        continue
      }
      const result = this.#startContainer(running, spec, host)
      started.push(result)
      const container = running.containers.get(spec.name)
      if (result.waitingReason !== undefined || spec.restartPolicy === 'Always') continue
      while (container?.isRunning) await this.#clock.sleep(50, new AbortController().signal)
      if (container?.ended?.code !== 0) return started
    }
    for (const spec of [...(pod.spec?.containers ?? []), ...(pod.spec?.ephemeralContainers ?? [])] as ContainerSpec[]) {
      const current = running.containers.get(spec.name)
      started.push(current?.isRunning ? current.description : this.#startContainer(running, spec, host))
    }
    return started
  }

  async stopPod(podUid: string, graceSeconds: number): Promise<void> {
    const running = this.#pods.get(podUid)
    if (running === undefined) return
    this.#pods.delete(podUid)
    await Promise.all([...running.containers.values()].map((container) => container.stop(graceSeconds)))
  }

  onExit(listener: Parameters<PodRuntime['onExit']>[0]): void {
    this.#exitListeners.push(listener)
  }

  async exec(target: ContainerRef, command: string[], io: ExecStreams): Promise<ExecResult> {
    const container = this.#find(target)
    if (container === undefined)
      return { exitCode: 126, startError: `container ${target.container} not found in pod ${target.pod}` }
    return container.exec(command, io)
  }

  logs(target: ContainerRef, options: LogOptions): ReturnType<PodRuntime['logs']> {
    const running = this.#pods.get(target.podUid)
    const container = options.previous
      ? running?.previous.get(target.container)
      : running?.containers.get(target.container)
    if (container === undefined) return undefined
    return { text: container.log.text(options), follow: (onText) => container.log.follow(options, onText) }
  }

  /** Stops timers and all processes. */
  close(): void {
    clearInterval(this.#renewal)
    for (const podUid of this.#pods.keys()) void this.stopPod(podUid, 0)
  }

  #find(target: ContainerRef): Container | undefined {
    return this.#pods.get(target.podUid)?.containers.get(target.container)
  }

  async #createPod(pod: KubeObject): Promise<RunningPod> {
    const node = this.#nodeOf(pod)
    const volumes = new VolumeSet(pod, {
      read: this.#options.read ?? (() => undefined),
      token: (await this.#options.serviceAccountToken?.(pod.metadata.uid)) ?? '',
      clusterCa: this.#options.clusterCa ?? '',
      hostRoot: node.files,
    })
    const name = String(pod.spec?.nodeName ?? '')
    const shim = ++node.pid
    const sandbox = randomBytes(32).toString('hex')
    const ancestors: HostProcess[] = [
      {
        pid: shim,
        exe: '/usr/bin/containerd-shim-runc-v2',
        args: [
          '/usr/bin/containerd-shim-runc-v2',
          '-namespace',
          'k8s.io',
          '-id',
          sandbox,
          '-address',
          '/run/containerd/containerd.sock',
        ],
        execId: this.#execId(name, shim),
      },
      {
        pid: 1,
        exe: '/usr/lib/systemd/systemd',
        args: ['/usr/lib/systemd/systemd', '--switched-root', '--system'],
        execId: Buffer.from(`${name}:0:1`).toString('base64'),
      },
    ]
    const running: RunningPod = { pod, volumes, ancestors, containers: new Map(), previous: new Map() }
    this.#pods.set(pod.metadata.uid, running)
    return running
  }

  #startContainer(running: RunningPod, spec: ContainerSpec, host: ContainerHost): StartedContainer {
    const before = running.containers.get(spec.name)
    if (before !== undefined) running.previous.set(spec.name, before)
    const podUid = running.pod.metadata.uid
    try {
      const container = new Container(running.pod, spec, host, running)
      running.containers.set(spec.name, container)
      container.start((status) => {
        if (this.#pods.get(podUid) !== running || running.containers.get(spec.name) !== container) return
        const finishedAt = this.#clock.now().toISOString()
        for (const listener of this.#exitListeners)
          listener({ podUid, container: spec.name, exitCode: status.code, finishedAt })
      })
      return container.description
    } catch (error) {
      const waitingReason = error instanceof StartRefused ? error.reason : 'CreateContainerError'
      const image = running.containers.get(spec.name)?.description
      running.containers.get(spec.name)?.log.write(`${describe(error)}\n`)
      return {
        name: spec.name,
        containerID: '',
        image: spec.image,
        imageID: image?.imageID ?? '',
        startedAt: this.#clock.now().toISOString(),
        waitingReason,
      }
    }
  }

  #hostOf(pod: KubeObject): ContainerHost {
    const name = String(pod.spec?.nodeName ?? '')
    const node = this.#nodeOf(pod)
    const { network, sensor, read, kernelVersion, peerIntervalMs } = this.#options
    return {
      node: name,
      kernel: kernelVersion ?? '6.8.0-1014-generic',
      network,
      sensor: typeof sensor === 'function' ? sensor(name) : sensor,
      clock: this.#clock,
      limits: this.#limits,
      peerIntervalMs: peerIntervalMs ?? 15_000,
      read: read ?? (() => undefined),
      nextPid: () => (node.pid = node.pid >= 4_194_000 ? 10_000 : node.pid + 1), // pid_max of 64-bit systems
      execId: (pid) => this.#execId(name, pid),
    }
  }

  #nodeOf(pod: KubeObject): NodeState {
    const name = String(pod.spec?.nodeName ?? '')
    let node = this.#nodes.get(name)
    if (node === undefined) {
      node = { pid: 3000 + Math.floor(Math.random() * 2000), files: hostFiles(name) }
      this.#nodes.set(name, node)
    }
    return node
  }

  /** Tetragon's form: node, nanoseconds since boot, pid. */
  #execId(node: string, pid: number): string {
    const nanoseconds = process.hrtime.bigint() + 1_047_840_000_000_000n
    return Buffer.from(`${node}:${nanoseconds}:${pid}`).toString('base64')
  }

  async #renewTokens(): Promise<void> {
    for (const [podUid, { volumes }] of this.#pods) {
      try {
        const token = await this.#options.serviceAccountToken?.(podUid)
        if (token !== undefined) volumes.renewToken(token)
      } catch {
        // the pod may be gone by now; the next round tries the others again
      }
    }
  }
}
