import { isStale } from '../controllers/component-client.ts'
import { apiTime, isPodFinished } from '../controllers/pod-state.ts'
import { kinds } from '../controllers/resource-kinds.ts'
import type { KubeObject, StartedContainer } from '../ports.ts'
import { applyExit, applyStart, creatingRecord, exitCodeOf, isRunning, recordAfterReboot } from './container-record.ts'
import type { ContainerRecord } from './container-record.ts'
import type { NodeContext } from './node-context.ts'
import { podStatus, type PodSituation } from './pod-status.ts'
import { startProbes, type ProbeKind } from './probes.ts'

const LONGEST_BACKOFF_MS = 300_000
const BACKOFF_RESET_MS = 600_000

/** The kubelet's care for one pod, from its binding until the object is gone. Steps run one after another. */
export class PodWorker {
  /** The object in the API: for a static pod its mirror, which may be replaced while the containers run on. */
  pod: KubeObject
  readonly runtimeUid: string
  private readonly node: NodeContext
  private readonly situation: PodSituation
  private readonly stopProbes = new Map<string, () => void>()
  private readonly restartTimers = new Set<NodeJS.Timeout>()
  private steps: Promise<void> = Promise.resolve()
  private started = false
  private stopping = false
  private reportedStatus = ''

  constructor(node: NodeContext, pod: KubeObject, runtimeUid = pod.metadata.uid) {
    this.node = node
    this.pod = pod
    this.runtimeUid = runtimeUid
    const rebooted = pod.status?.phase === 'Running'
    const now = apiTime()
    this.situation = {
      hostIP: node.spec.ip,
      startTime: pod.status?.startTime ?? now,
      sandboxReady: false,
      ephemeral: [],
      containers: pod.spec.containers.map((container: { name: string; image: string }) =>
        rebooted ? recordAfterReboot(container, pod, now) : creatingRecord(container),
      ),
    }
  }

  /** Queues a step; a failing one is reported and does not stop the next. */
  private step(work: () => Promise<void>): Promise<void> {
    this.steps = this.steps.then(work).catch((error: unknown) => {
      if (!isStale(error)) this.node.onFault(error)
    })
    return this.steps
  }

  start(): Promise<void> {
    return this.step(() => this.run())
  }

  /** A newer state of the object. */
  update(pod: KubeObject): void {
    const before = this.pod.spec.ephemeralContainers?.length ?? 0
    this.pod = pod
    if ((pod.spec.ephemeralContainers?.length ?? 0) > before) void this.step(() => this.startEphemeral())
    if (pod.metadata.deletionTimestamp && !this.stopping) {
      this.stopping = true
      // Fixed now: a later DELETE with a shorter grace period changes the object, not the container (measured).
      const grace = pod.metadata.deletionGracePeriodSeconds ?? 30
      void this.stopContainers(grace)
    }
  }

  /** The object went away without us (force deletion): the containers are cleaned up without anybody waiting. */
  async abandon(graceSeconds: number): Promise<void> {
    this.stopping = true
    this.quiet()
    await this.node.runtime.stopPod(this.runtimeUid, graceSeconds).catch(this.node.onFault)
    this.node.network.detach(this.runtimeUid)
    this.node.addresses.release(this.runtimeUid)
  }

  exited(container: string, exitCode: number, finishedAt: string): void {
    const record = this.situation.containers.find((item) => item.name === container)
    const ephemeral = this.situation.ephemeral.find((item) => item.name === container)
    if (ephemeral && !this.stopping) {
      applyExit(ephemeral, exitCode, finishedAt)
      void this.step(() => this.report())
    }
    if (!record || this.stopping) return
    void this.step(async () => {
      applyExit(record, exitCode, finishedAt)
      this.stopProbes.get(container)?.()
      const policy = this.pod.spec.restartPolicy ?? 'Always'
      if (policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)) this.planRestart(record)
      await this.report()
      if (isPodFinished(this.pod)) this.node.network.detach(this.runtimeUid)
    })
  }

  /** The node stops working without telling anybody. */
  quiet(): void {
    for (const stop of this.stopProbes.values()) stop()
    for (const timer of this.restartTimers) clearTimeout(timer)
    this.stopProbes.clear()
    this.restartTimers.clear()
  }

  /** After the node was out of contact: reports again and probes again. */
  resume(): void {
    if (this.stopping) return
    for (const container of this.pod.spec.containers) {
      const record = this.situation.containers.find((item) => item.name === container.name)
      if (record && isRunning(record)) this.probe(container)
      else if (record && this.started) this.planRestart(record)
    }
    this.reportedStatus = ''
    void this.step(() => this.report())
  }

  private async run(): Promise<void> {
    if (this.stopping || this.started) return
    this.started = true
    const { node, pod, situation } = this
    if (node.startDelayMs > 0) {
      await this.report()
      await node.pause(node.startDelayMs)
    }
    const hostNetwork = pod.spec.hostNetwork === true
    situation.podIP = hostNetwork ? node.spec.ip : node.addresses.assign(this.runtimeUid, pod.status?.podIP)
    situation.sandboxReady = true
    node.network.attach({
      podUid: this.runtimeUid,
      namespace: pod.metadata.namespace ?? 'default',
      name: pod.metadata.name,
      ip: situation.podIP,
      node: node.spec.name,
      hostNetwork,
    })
    await this.report()
    for (const container of await this.startContainers()) this.noteStart(container)
    await this.report()
  }

  private startContainers(): Promise<StartedContainer[]> {
    const { podIP, hostIP } = this.situation
    const metadata = { ...this.pod.metadata, uid: this.runtimeUid }
    return this.node.runtime.startPod({ ...this.pod, metadata, status: { ...this.pod.status, podIP, hostIP } })
  }

  private noteStart(started: StartedContainer): void {
    const record = this.situation.containers.find((item) => item.name === started.name)
    const container = this.pod.spec.containers.find((item: { name: string }) => item.name === started.name)
    if (!record || !container) return
    applyStart(record, started, Boolean(container.readinessProbe))
    const fieldPath = `spec.containers{${started.name}}`
    if (started.waitingReason) {
      const message = `Error: ${started.waitingReason}`
      this.node.events.record(this.pod, { type: 'Warning', reason: 'Failed', message, fieldPath })
      this.planRestart(record)
      return
    }
    const pulled = `Container image "${container.image}" already present on machine`
    for (const [reason, message] of [
      ['Pulled', pulled],
      ['Created', `Created container ${started.name}`],
      ['Started', `Started container ${started.name}`],
    ] as const) {
      this.node.events.record(this.pod, { type: 'Normal', reason, message, fieldPath })
    }
    this.probe(container)
  }

  private probe(container: { name: string }): void {
    this.stopProbes.get(container.name)?.()
    const target = {
      pod: this.pod,
      runtimeUid: this.runtimeUid,
      podIP: this.situation.podIP ?? this.node.spec.ip,
      node: this.node.spec.name,
      container,
    }
    const stop = startProbes(target, {
      network: this.node.network,
      runtime: this.node.runtime,
      onResult: (name, kind, healthy) => this.probed(name, kind, healthy),
      onFailure: (name, kind, problem) => {
        const message = `${kind[0]!.toUpperCase()}${kind.slice(1)} probe failed: ${problem}` // kinds are not empty
        const fieldPath = `spec.containers{${name}}`
        this.node.events.record(this.pod, { type: 'Warning', reason: 'Unhealthy', message, fieldPath })
      },
    })
    this.stopProbes.set(container.name, stop)
  }

  private probed(name: string, kind: ProbeKind, healthy: boolean): void {
    const record = this.situation.containers.find((item) => item.name === name)
    if (!record || this.stopping || !isRunning(record)) return
    if (kind === 'readiness' && record.ready !== healthy) {
      record.ready = healthy
      void this.step(() => this.report())
    } else if (kind !== 'readiness' && !healthy) {
      const message = `Container ${name} failed ${kind} probe, will be restarted`
      this.node.events.record(this.pod, {
        type: 'Normal',
        reason: 'Killing',
        message,
        fieldPath: `spec.containers{${name}}`,
      })
      this.exited(name, 137, new Date().toISOString())
    }
  }

  /** The first restart comes at once, later ones after 10, 20, 40 … 300 s, as CrashLoopBackOff does. */
  private planRestart(record: ContainerRecord): void {
    const terminated = 'terminated' in record.state ? record.state.terminated : undefined
    const ran = terminated ? Date.parse(terminated.finishedAt) - Date.parse(terminated.startedAt) : 0
    if (ran > BACKOFF_RESET_MS) record.crashes = 0
    const image = 'waiting' in record.state
    const delay =
      record.crashes === 0 && !image
        ? 0
        : Math.min(this.node.restartBackoffMs * 2 ** record.crashes, LONGEST_BACKOFF_MS)
    record.crashes++
    if (!image) record.lastState = record.state
    const reason = image ? 'ImagePullBackOff' : delay > 0 ? 'CrashLoopBackOff' : 'ContainerCreating'
    record.state = { waiting: { reason } }
    if (delay > 0) {
      const message = `Back-off restarting failed container ${record.name} in pod ${this.pod.metadata.name}`
      this.node.events.record(this.pod, {
        type: 'Warning',
        reason: 'BackOff',
        message,
        fieldPath: `spec.containers{${record.name}}`,
      })
    }
    const timer = setTimeout(() => {
      this.restartTimers.delete(timer)
      void this.step(() => this.restart(record))
    }, delay)
    this.restartTimers.add(timer)
  }

  /** Containers added to the running pod, as `kubectl debug` does. They are reported apart and never restarted. */
  private async startEphemeral(): Promise<void> {
    if (this.stopping || !this.started) return
    const wanted = new Set((this.pod.spec.ephemeralContainers ?? []).map((item: { name: string }) => item.name))
    for (const started of await this.startContainers()) {
      if (!wanted.has(started.name) || this.situation.ephemeral.some((item) => item.name === started.name)) continue
      const record = creatingRecord({ name: started.name, image: started.image })
      applyStart(record, started, false)
      this.situation.ephemeral.push(record)
    }
    await this.report()
  }

  private async restart(record: ContainerRecord): Promise<void> {
    if (this.stopping) return
    const started = (await this.startContainers()).find((item) => item.name === record.name)
    if (!started) return
    if (!started.waitingReason) record.restartCount++
    this.noteStart(started)
    await this.report()
  }

  private async stopContainers(grace: number): Promise<void> {
    this.quiet()
    const { node } = this
    for (const record of this.situation.containers.filter(isRunning)) {
      const message = `Stopping container ${record.name}`
      const fieldPath = `spec.containers{${record.name}}`
      node.events.record(this.pod, { type: 'Normal', reason: 'Killing', message, fieldPath })
    }
    const began = Date.now()
    // Not queued behind other steps: a start that hangs must not keep the pod from ending.
    await node.runtime.stopPod(this.runtimeUid, grace).catch(node.onFault)
    const killed = Date.now() - began >= grace * 1000
    await this.step(async () => {
      for (const record of this.situation.containers) {
        if (exitCodeOf(record) === undefined) applyExit(record, killed ? 137 : 0, apiTime())
      }
      this.situation.sandboxReady = false
      await this.report()
      node.network.detach(this.runtimeUid)
      node.addresses.release(this.runtimeUid)
      await this.confirmDeletion()
    })
  }

  /** Removes the object as kubelets do once nothing runs any more. A foreign finalizer may still hold it. */
  private async confirmDeletion(): Promise<void> {
    const { namespace, name, uid } = this.pod.metadata
    await this.node.client.delete(
      kinds.pod,
      { namespace: namespace!, name },
      { gracePeriodSeconds: 0, preconditions: { uid } },
    ) // pods are namespaced
  }

  /** Patches the status if it differs from what was reported last. */
  async report(): Promise<void> {
    const current = this.node.api.read('', 'pods', this.pod.metadata.namespace, this.pod.metadata.name)
    if (!current || current.metadata.uid !== this.pod.metadata.uid) return
    this.pod = current
    const status = podStatus(current, this.situation)
    const text = `${current.metadata.uid}${JSON.stringify(status)}`
    if (text === this.reportedStatus) return
    this.reportedStatus = text
    const { namespace, name, uid } = current.metadata
    const target = { namespace: namespace!, name, subresource: 'status' } // pods are namespaced
    this.pod = await this.node.client.patch(kinds.pod, target, { metadata: { uid }, status })
  }

  /** A token of the pod's service account, bound to the pod; '' when the API server gives none. */
  async serviceAccountToken(): Promise<string> {
    const { namespace, name, uid } = this.pod.metadata
    const account = this.pod.spec.serviceAccountName
    // Static pods have no service account.
    if (!account) return ''
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name, uid }
    const spec = { expirationSeconds: 3607, boundObjectRef }
    const body = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec }
    const answer = await this.node.client.call('POST', path, body).catch(this.node.onFault)
    return answer?.status?.token ?? ''
  }
}
