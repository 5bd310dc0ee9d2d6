import type { ConnectAttempt, ProcessEnd, ProcessStart, RuntimeSensor } from '../../ports.ts'
import { EventPoster } from './event-poster.ts'
import type { SensorOptions, ShippingSensor } from './sensor-for.ts'

const rememberedProcesses = 20_000

/** Tetragon's JSON export, shipped as lines: process_exec, process_exit, and process_kprobe of two tracing policies. */
export function tetragonSensor(options: SensorOptions): ShippingSensor {
  const poster = new EventPoster({ ...options, contentType: 'application/x-ndjson', batch: 200 })
  const export_ = new TetragonExport(options.cluster)
  const push = (line: Record<string, unknown> | undefined) => line !== undefined && poster.push(JSON.stringify(line))
  const sensor: RuntimeSensor = {
    processStarted: (event) => {
      push(export_.exec(event))
      push(export_.foreignBinary(event))
    },
    processEnded: (event) => void push(export_.exit(event)),
    connectAttempted: (event) => void push(export_.connect(event)),
  }
  return {
    ...sensor,
    flush: () => poster.flush(),
    close: () => poster.close(),
    stats: () => ({ sent: poster.sent, dropped: poster.dropped }),
  }
}

type Json = Record<string, unknown>

/** Builds the export lines; remembers running processes, as Tetragon's process cache does, to describe parents and exits. */
export class TetragonExport {
  readonly #cluster: string
  readonly #processes = new Map<string, { process: Json; parent: Json | undefined; node: string }>()

  constructor(cluster: string) {
    this.#cluster = cluster
  }

  exec(event: ProcessStart): Json {
    const process = processOf(event)
    const parent = this.#parentOf(event)
    if (this.#processes.size >= rememberedProcesses) this.#processes.delete(this.#processes.keys().next().value!) // not empty at that size
    this.#processes.set(event.execId, { process, parent, node: event.node })
    const ancestors = event.ancestors
      .slice(1, 8)
      .map(({ pid, exe, args }) => ({ pid, binary: exe, ...argumentsOf(args) }))
    const lineage = parent === undefined ? {} : { parent, ancestors }
    return this.#line('process_exec', { process, ...lineage }, event)
  }

  exit(event: ProcessEnd): Json | undefined {
    const known = this.#processes.get(event.execId)
    if (known === undefined) return undefined
    this.#processes.delete(event.execId)
    const { process, parent, node } = known
    const status = event.signal === undefined ? { status: event.exitCode } : { signal: event.signal }
    return this.#line(
      'process_exit',
      { process, ...(parent === undefined ? {} : { parent }), ...status, time: nano(event.time) },
      { node, time: event.time },
    )
  }

  connect(event: ConnectAttempt): Json | undefined {
    if (event.protocol !== 'TCP') return undefined
    const socket = {
      family: event.destination.ip.includes(':') ? 'AF_INET6' : 'AF_INET',
      type: 'SOCK_STREAM',
      protocol: 'IPPROTO_TCP',
      saddr: event.process.pod?.ip ?? '',
      daddr: event.destination.ip,
      sport: 32_768 + (event.process.pid % 28_000),
      dport: event.destination.port,
      state: 'TCP_SYN_SENT',
    }
    return this.#kprobe(event.process, event.time, {
      fn: 'tcp_connect',
      args: [{ sock_arg: socket }],
      policy: 'connect',
    })
  }

  /**
   * Tetragon has no flag for files of the upper layer. Its users watch security_bprm_check for executables outside the
   * directories their images install to; this is the event of such a policy.
   */
  foreignBinary(event: ProcessStart): Json | undefined {
    if (event.pod === undefined || !event.upperLayer) return undefined
    const argument = { linux_binprm_arg: { path: event.exe, permission: '-rwxr-xr-x' } }
    return this.#kprobe(event, event.time, {
      fn: 'security_bprm_check',
      args: [argument],
      policy: 'exec-outside-image',
      message: 'Executable outside the directories of the image',
      tags: ['drift', 'T1105'],
    })
  }

  #kprobe(
    event: ProcessStart,
    time: string,
    hook: { fn: string; args: Json[]; policy: string; message?: string; tags?: string[] },
  ): Json {
    const parent = this.#parentOf(event)
    const body = {
      process: processOf(event),
      ...(parent === undefined ? {} : { parent }),
      function_name: hook.fn,
      args: hook.args,
      action: 'KPROBE_ACTION_POST',
      policy_name: hook.policy,
      ...(hook.message === undefined ? {} : { message: hook.message, tags: hook.tags }),
      return_action: 'KPROBE_ACTION_POST',
    }
    return this.#line('process_kprobe', body, { node: event.node, time })
  }

  #parentOf(event: ProcessStart): Json | undefined {
    const known = this.#processes.get(event.parentExecId)?.process
    const ancestor = event.ancestors[0]
    // A parent that only forked has its own id but was never executed under it, so it may not be in the cache.
    if (
      known !== undefined &&
      ancestor !== undefined &&
      known['pid'] === ancestor.pid &&
      joined(known) === joinedAncestor(ancestor)
    )
      return known
    if (ancestor === undefined) return undefined
    const inPod =
      event.pod !== undefined && !ancestor.exe.includes('containerd-shim') && !ancestor.exe.includes('systemd')
    return {
      exec_id: event.parentExecId,
      pid: ancestor.pid,
      uid: inPod ? event.uid : 0,
      cwd: inPod ? event.cwd : '/',
      binary: ancestor.exe,
      ...argumentsOf(ancestor.args),
      flags: 'execve clone',
      start_time: nano(event.pod?.container.startedAt ?? event.time),
      auid: 4_294_967_295,
      ...(inPod ? { pod: podOf(event.pod!), docker: event.pod!.container.id.slice(0, 31) } : {}),
    }
  }

  #line(kind: string, body: Json, at: { node: string; time: string }): Json {
    return { [kind]: body, node_name: at.node, time: nano(at.time), cluster_name: this.#cluster }
  }
}

function processOf(event: ProcessStart): Json {
  const process: Json = {
    exec_id: event.execId,
    pid: event.pid,
    uid: event.uid,
    cwd: event.cwd,
    binary: event.exe,
    ...argumentsOf(event.args),
    flags: event.cwd === '/' ? 'execve rootcwd clone' : 'execve clone',
    start_time: nano(event.time),
    auid: 4_294_967_295,
    parent_exec_id: event.parentExecId,
    refcnt: 1,
    tid: event.pid,
    in_init_tree: event.ancestors.some((ancestor) => ancestor.exe.includes('containerd-shim')),
  }
  if (event.pod === undefined) return process
  return { ...process, pod: podOf(event.pod), docker: event.pod.container.id.slice(0, 31) }
}

function podOf(pod: NonNullable<ProcessStart['pod']>): Json {
  return {
    namespace: pod.namespace,
    name: pod.name,
    uid: pod.uid,
    container: {
      id: `containerd://${pod.container.id}`,
      name: pod.container.name,
      image: { id: pod.container.imageID, name: pod.container.image },
      start_time: pod.container.startedAt.replace(/\.\d+Z$/, 'Z'),
      pid: 1,
    },
    pod_labels: pod.labels,
    workload: pod.workload,
    workload_kind: pod.workloadKind,
  }
}

/** Tetragon joins arguments with spaces and quotes those that contain one. Without arguments the field is left out. */
function argumentsOf(args: string[]): { arguments?: string } {
  const text = args
    .slice(1)
    .map((word) => (/[\s]/.test(word) || word === '' ? `"${word}"` : word))
    .join(' ')
  return text === '' ? {} : { arguments: text }
}

function joined(process: Json): string {
  return `${String(process['binary'])} ${String(process['arguments'] ?? '')}`
}

function joinedAncestor(ancestor: { exe: string; args: string[] }): string {
  return `${ancestor.exe} ${argumentsOf(ancestor.args).arguments ?? ''}`
}

function nano(time: string): string {
  return time.replace(/(\.\d{3})Z$/, '$1000000Z')
}
