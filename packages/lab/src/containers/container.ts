import { createHash, randomBytes } from 'node:crypto'
import type {
  ConnectAttempt,
  ExecResult,
  ExecStreams,
  KubeObject,
  PodNetwork,
  RuntimeSensor,
  StartedContainer,
} from '../ports.ts'
import { findImage, parseImage } from './images/catalogue.ts'
import type { ImageReference } from './images/catalogue.ts'
import type { ImageSpec } from './images/image-spec.ts'
import { imageTree } from './images/image-spec.ts'
import { toBytes } from './kernel/byte-text.ts'
import type { Clock } from './kernel/clock.ts'
import type { Credentials } from './kernel/file-tree.ts'
import { FileTree } from './kernel/file-tree.ts'
import { FsError } from './kernel/fs-error.ts'
import type { Limits } from './kernel/limits.ts'
import { Budget } from './kernel/limits.ts'
import { OutputSink } from './kernel/open-file.ts'
import type { ExitStatus, Process } from './kernel/process.ts'
import type { HostProcess } from './kernel/process-table.ts'
import { ProcessTable } from './kernel/process-table.ts'
import { execFiles } from './exec-streams.ts'
import { LogRing } from './log-ring.ts'
import type { ContainerSpec, ReadObject } from './pod-description.ts'
import { environmentOf, identityOf } from './pod-description.ts'
import type { VolumeSet } from './volume-set.ts'
import { procFiles } from './proc-files.ts'
import { programs } from './programs/program-table.ts'
import { findProgram } from './shell/find-program.ts'

/** What a container gets from its node and runtime. */
export interface ContainerHost {
  node: string
  kernel: string
  network: PodNetwork
  sensor: RuntimeSensor
  clock: Clock
  limits: Limits
  peerIntervalMs: number
  read: ReadObject
  nextPid(): number
  execId(pid: number): string
}

/** A container that cannot be started; the reason is what its status shows. */
export class StartRefused extends Error {
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** One run of one container: file system, processes, log. */
export class Container {
  readonly spec: ContainerSpec
  readonly log: LogRing
  readonly id = randomBytes(32).toString('hex')
  readonly image: ImageReference
  readonly #imageSpec: ImageSpec
  readonly #pod: KubeObject
  readonly #host: ContainerHost
  readonly #table: ProcessTable
  readonly #env: Map<string, string>
  readonly #who: Credentials
  readonly startedAt: string
  #main: Process | undefined
  ended: ExitStatus | undefined

  constructor(
    pod: KubeObject,
    spec: ContainerSpec,
    host: ContainerHost,
    parts: { volumes: VolumeSet; ancestors: HostProcess[] },
  ) {
    this.spec = spec
    this.#pod = pod
    this.#host = host
    this.log = new LogRing(() => host.clock.now())
    this.image = parseImage(spec.image, (text) => createHash('sha256').update(text).digest('hex'))
    const image = findImage(this.image.repository)
    if (image === undefined) throw new StartRefused('InvalidImageName', `couldn't parse image name "${spec.image}"`)
    this.#imageSpec = image
    this.startedAt = host.clock.now().toISOString()
    this.#env = environmentOf(pod, spec, image.env, host.read)
    this.#who = credentialsOf(pod, spec, image)
    this.#env.set('HOME', this.#who.home)
    const files = this.#files(parts.volumes)
    this.#table = new ProcessTable({
      files,
      clock: host.clock,
      limits: host.limits,
      network: host.network,
      podUid: pod.metadata.uid,
      host: parts.ancestors,
      nextPid: host.nextPid,
      execId: host.execId,
      programs,
      containerPorts: (spec.ports ?? [])
        .filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP')
        .map(({ containerPort }) => containerPort),
      peerIntervalMs: host.peerIntervalMs,
      identity: { node: host.node, pod: this.#identity() },
      reports: this.#reports(),
    })
  }

  get isRunning(): boolean {
    return this.#main !== undefined && this.ended === undefined
  }

  get description(): StartedContainer {
    const { repository, digest } = this.image
    return {
      name: this.spec.name,
      containerID: `containerd://${this.id}`,
      image: this.spec.image,
      imageID: `${repository}@${digest}`,
      startedAt: this.startedAt,
    }
  }

  /** Starts the main process. Throws StartRefused when its executable is missing. `onEnd` is told when it ends. */
  start(onEnd: (status: ExitStatus) => void): void {
    const image = this.#imageSpec
    const command = this.spec.command ?? image.entrypoint
    const given = this.spec.args ?? (this.spec.command === undefined ? image.command : [])
    const args = [...command, ...given].map((word) =>
      toBytes(word.replace(/\$\((\w+)\)/g, (whole, name: string) => this.#env.get(name) ?? whole)),
    )
    if (args.length === 0) throw new StartRefused('CreateContainerError', 'no command specified')
    const output = new OutputSink((data) => this.log.write(data), 'pipe:[1]')
    const fds = new Map([
      [0, new OutputSink(() => {})],
      [1, output],
      [2, output.retain()],
    ])
    try {
      this.#main = this.#table.spawn(undefined, {
        ...this.#program(args),
        fds,
        cwd: this.#cwd(),
        who: this.#who,
        env: new Map(this.#env),
        budget: new Budget(this.#host.limits),
      })
    } catch (error) {
      throw new StartRefused(
        'RunContainerError',
        `exec: "${args[0]}": ${error instanceof Error ? error.message : 'failed'}`,
      )
    }
    void this.#main.done.then((status) => this.#end(status, onEnd))
  }

  #end(status: ExitStatus, onEnd: (status: ExitStatus) => void): void {
    this.ended = status
    onEnd(status)
  }

  async exec(command: string[], io: ExecStreams): Promise<ExecResult> {
    if (!this.isRunning) return { exitCode: 126, startError: `container ${this.spec.name} is not running` }
    const { limits } = this.#host
    const budget = new Budget(limits)
    const interrupt = () => {
      for (const process of this.#table.processes.values())
        if (process.budget === budget && process.parent?.budget === budget) process.kill('SIGINT')
    }
    const fds = execFiles(io, interrupt)
    const env = new Map(this.#env)
    if (io.tty) env.set('TERM', 'xterm')
    let process: Process
    try {
      const args = command.map(toBytes)
      process = this.#table.spawn(undefined, {
        ...this.#program(args),
        fds,
        cwd: this.#cwd(),
        who: this.#who,
        env,
        budget,
      })
    } catch (error) {
      const reason =
        error instanceof FsError && error.code === 'ENOENT'
          ? command[0]?.includes('/')
            ? 'no such file or directory'
            : 'executable file not found in $PATH'
          : error instanceof Error
            ? error.message.toLowerCase()
            : 'failed'
      return {
        exitCode: error instanceof FsError && error.code === 'ENOENT' ? 127 : 126,
        startError: `exec: "${command[0] ?? ''}": ${reason}`,
      }
    }
    const hangUp = () => this.#table.killSession(budget, 'SIGHUP')
    const timer = setTimeout(() => this.#table.killSession(budget), limits.sessionMs)
    timer.unref()
    io.signal.addEventListener('abort', hangUp, { once: true })
    if (io.signal.aborted) hangUp()
    const status = await process.done
    io.signal.removeEventListener('abort', hangUp)
    clearTimeout(timer)
    return { exitCode: status.code }
  }

  /** SIGTERM, and SIGKILL when the grace is over. Resolves when no process is left. */
  async stop(graceSeconds: number): Promise<void> {
    const all = [...this.#table.processes.values()]
    for (const process of all) process.kill(graceSeconds > 0 ? 'SIGTERM' : 'SIGKILL')
    await Promise.all(all.map((process) => process.done))
  }

  #program(args: string[]): { path: string; args: string[] } {
    const probe = { fs: this.#table.files, cwd: this.#cwd(), who: this.#who } as Process // only these three are read for a search in PATH
    const path = findProgram(probe, args[0] ?? '', this.#env.get('PATH'))
    if (path === undefined) throw new FsError('ENOENT', args[0] ?? '')
    return { path, args }
  }

  #cwd(): string {
    return this.spec.workingDir ?? this.#imageSpec.workingDir
  }

  #files(volumes: VolumeSet): FileTree {
    const proc = procFiles(() => this.#table, { kernel: this.#host.kernel, containerId: this.id })
    const files = new FileTree(imageTree(this.#imageSpec), proc, {
      readOnly: this.spec.securityContext?.readOnlyRootFilesystem ?? false,
      disk: this.#host.limits.disk,
    })
    const name = this.#env.get('HOSTNAME') ?? this.#pod.metadata.name
    files.place('/etc/hostname', `${name}\n`)
    files.place('/etc/hosts', `127.0.0.1\tlocalhost\n${this.#pod.status?.podIP ?? '127.0.0.1'}\t${name}\n`)
    const namespace = this.#pod.metadata.namespace ?? 'default'
    files.place(
      '/etc/resolv.conf',
      `search ${namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n`,
    )
    volumes.mountAll(files, this.spec)
    return files
  }

  #identity() {
    const { name, image, securityContext } = this.spec
    const { repository, digest } = this.image
    return identityOf(this.#pod, {
      name,
      id: this.id,
      image,
      imageID: `${repository}@${digest}`,
      startedAt: this.startedAt,
      privileged: securityContext?.privileged ?? false,
    })
  }

  #reports() {
    const { sensor, clock } = this.#host
    const now = () => clock.now().toISOString()
    return {
      started: sensor.processStarted.bind(sensor),
      ended: (process: Process, status: ExitStatus) =>
        sensor.processEnded({
          time: now(),
          execId: process.execId,
          exitCode: status.code,
          ...(status.signal === undefined ? {} : { signal: status.signal }),
        }),
      connected: (
        process: Process,
        destination: ConnectAttempt['destination'],
        protocol: 'TCP' | 'UDP',
        result: { ok: true } | { ok: false; reason: string },
      ) => {
        const outcome = result.ok
          ? 'connected'
          : result.reason === 'unknown-host'
            ? 'no-route'
            : (result.reason as ConnectAttempt['result']) // the rest are the same words
        sensor.connectAttempted({
          time: now(),
          process: this.#table.startOf(process),
          destination,
          protocol,
          result: outcome,
        })
      },
    }
  }
}

function credentialsOf(pod: KubeObject, spec: ContainerSpec, image: ImageSpec): Credentials {
  const wanted = spec.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser
  const account =
    wanted === undefined
      ? image.accounts.find(({ name }) => name === image.user)
      : image.accounts.find(({ uid }) => uid === wanted)
  const uid = wanted ?? account?.uid ?? 0
  const gid = spec.securityContext?.runAsGroup ?? pod.spec?.securityContext?.runAsGroup ?? account?.gid ?? 0
  return { uid, gid, user: account?.name ?? String(uid), home: account?.home ?? '/' }
}
