import type { ConnectResult, PodNetwork, ProcessStart } from '../../ports.ts'
import { toText } from './byte-text.ts'
import type { Clock } from './clock.ts'
import type { Credentials, FileTree, TreeNode } from './file-tree.ts'
import { absolute, allows, baseName, parentPath } from './file-tree.ts'
import { FsError } from './fs-error.ts'
import { Budget, LimitExceeded } from './limits.ts'
import type { Limits } from './limits.ts'
import type { OpenFile } from './open-file.ts'
import { untilAborted } from './open-file.ts'
import type { ExitStatus, Program, SignalName } from './process.ts'
import { Process } from './process.ts'

export interface ExecRequest {
  /** File to execute, as given to execve; looked up in no PATH. */
  path: string
  args: string[]
  env?: Map<string, string>
  cwd?: string
  who?: Credentials
  fds?: Map<number, OpenFile>
  /** A new session has its own budget. */
  budget?: Budget
}

/** A process outside the container that its first processes descend from. */
export interface HostProcess {
  pid: number
  exe: string
  args: string[]
  execId: string
}

/** What a process table reports, already in the shape of the runtime sensor. */
export interface ProcessReports {
  started(event: ProcessStart): void
  ended(process: Process, status: ExitStatus): void
  connected(
    process: Process,
    to: { ip: string; port: number; host: string },
    protocol: 'TCP' | 'UDP',
    result: ConnectResult,
  ): void
}

export interface ProcessTableParts {
  files: FileTree
  clock: Clock
  limits: Limits
  network: PodNetwork
  podUid: string
  host: HostProcess[]
  /** Next process id of the node, and the sensor's id for it. */
  nextPid(): number
  execId(pid: number): string
  programs: ReadonlyMap<string, Program>
  /** TCP ports the container declares. */
  containerPorts: number[]
  /** How often a workload talks to its peers; 0 for never. */
  peerIntervalMs: number
  /** What a process start says of its node and pod. */
  identity: Pick<ProcessStart, 'node' | 'pod'>
  reports: ProcessReports
}

const magic = '\x7fELF'
const programMark = 'lab-program:'

/** Bytes of an executable that runs the named program. They keep that through cp, base64 and downloads. */
export function executable(program: string): string {
  return `${magic}\x02\x01\x01\x00${programMark}${program}\n`
}

/** The processes of one container, and execve in it. */
export class ProcessTable {
  readonly files: FileTree
  readonly clock: Clock
  readonly limits: Limits
  readonly parts: ProcessTableParts
  readonly processes = new Map<number, Process>()
  #nextVpid = 1

  constructor(parts: ProcessTableParts) {
    this.parts = parts
    this.files = parts.files
    this.clock = parts.clock
    this.limits = parts.limits
  }

  get init(): Process | undefined {
    return this.processes.get(1)
  }

  spawn(parent: Process | undefined, request: ExecRequest): Process {
    const who = request.who ?? parent?.who
    const cwd = request.cwd ?? parent?.cwd ?? '/'
    if (who === undefined) throw new Error('a first process needs credentials')
    const found = this.#executable(request.path, cwd, who, request.args)
    const budget = request.budget ?? parent?.budget ?? new Budget(this.limits)
    const fds = request.fds ?? parent?.shareFds() ?? new Map<number, OpenFile>()
    const process = this.#create(parent, {
      exe: found.exe,
      args: found.args,
      cwd,
      who,
      fds,
      budget,
      upperLayer: found.upper,
    })
    process.env = request.env ?? new Map(parent?.env)
    this.#reportStart(process)
    void process.run(found.program)
    return process
  }

  /** execve in place: same pid, new image. Resolves with the exit code of what runs then. */
  async replace(process: Process, path: string, args: string[], env: Map<string, string>): Promise<number> {
    const found = this.#executable(path, process.cwd, process.who, args)
    process.budget.spend('starts')
    process.exe = found.exe
    process.args = found.args
    process.env = env
    process.upperLayer = found.upper
    process.execId = this.parts.execId(process.pid)
    this.#reportStart(process)
    return found.program(process)
  }

  fork(parent: Process, work: Program, fds = parent.shareFds()): Process {
    const { exe, args, cwd, who, budget, upperLayer } = parent
    const process = this.#create(parent, { exe, args, cwd, who, fds, budget, upperLayer })
    process.env = new Map(parent.env)
    void process.run(work)
    return process
  }

  /** Called by a process at its end: orphans go to the first process, whose own end takes all others along. */
  ended(process: Process, status: ExitStatus): void {
    this.processes.delete(process.vpid)
    const init = this.init
    for (const other of this.processes.values()) {
      if (process.vpid === 1) other.kill('SIGKILL')
      else if (other.parent === process) other.parent = init
    }
    if (process.reported) this.parts.reports.ended(process, status)
  }

  /** Ends all processes of one session: an exec that hung up, a request that took too long. */
  killSession(budget: Budget, signal: SignalName = 'SIGKILL'): void {
    for (const process of this.processes.values()) if (process.budget === budget) process.kill(signal)
  }

  /** Opens a connection and reports the attempt, unless the name was unknown and nothing could be tried. */
  async connect(
    process: Process,
    host: string,
    port: number,
    protocol: 'TCP' | 'UDP',
    timeoutMs?: number,
  ): Promise<ConnectResult> {
    const { network, podUid, reports } = this.parts
    const attempt = network.connect({ podUid }, { host, port, protocol })
    const limited = timeoutMs === undefined ? attempt : this.#withTimeout(attempt, timeoutMs, process.signal)
    const result = await untilAborted(limited, process.signal)
    const ip = result.ok
      ? result.connection.to.ip
      : (network.resolve({ podUid }, host) ?? (isAddress(host) ? host : undefined))
    if (ip !== undefined) reports.connected(process, { ip, port, host }, protocol, result)
    return result
  }

  startOf(process: Process): ProcessStart {
    const ancestors: ProcessStart['ancestors'] = []
    for (let up = process.parent; up !== undefined && ancestors.length < 32; up = up.parent) {
      ancestors.push({ pid: up.pid, exe: up.exe, args: up.args.map(toText) })
    }
    for (const { pid, exe, args } of this.parts.host) ancestors.push({ pid, exe, args })
    const shim = this.parts.host[0]
    return {
      time: this.clock.now().toISOString(),
      ...this.parts.identity,
      pid: process.pid,
      ppid: process.parent?.pid ?? shim?.pid ?? 1,
      exe: process.exe,
      args: process.args.map(toText),
      cwd: toText(process.cwd),
      uid: process.who.uid,
      user: process.who.user,
      ancestors,
      tty: process.hasTty,
      upperLayer: process.upperLayer,
      execId: process.execId,
      parentExecId: process.parent?.execId ?? shim?.execId ?? '',
    }
  }

  #create(
    parent: Process | undefined,
    state: Pick<Process, 'exe' | 'args' | 'cwd' | 'who' | 'fds' | 'budget' | 'upperLayer'>,
  ): Process {
    const depth = parent === undefined ? 0 : parent.depth + 1
    try {
      state.budget.spend('starts')
      if (depth > this.limits.depth) throw new LimitExceeded('lab limit reached: processes nested too deep')
      if (this.processes.size >= this.limits.processes) throw new FsError('EAGAIN', 'fork')
    } catch (error) {
      for (const file of state.fds.values()) file.release()
      throw error
    }
    const pid = this.parts.nextPid()
    const vpid = this.#nextVpid++
    const process = new Process(this, {
      ...state,
      pid,
      vpid,
      parent,
      env: new Map(),
      depth,
      execId: this.parts.execId(pid),
    })
    this.processes.set(vpid, process)
    return process
  }

  #reportStart(process: Process): void {
    process.reported = true
    this.parts.reports.started(this.startOf(process))
  }

  #executable(
    path: string,
    cwd: string,
    who: Credentials,
    args: string[],
    nested = 0,
  ): { exe: string; args: string[]; upper: boolean; program: Program } {
    const node = this.files.find(absolute(cwd, path), who)
    if (node === undefined) throw new FsError('ENOENT', path)
    if (node.kind !== 'file' || !allows(node, who, 1)) throw new FsError('EACCES', path)
    const exe = this.#exePath(absolute(cwd, path), who)
    const program = this.#programOf(node)
    if (program !== undefined) return { exe, args, upper: this.files.isUpper(node), program }
    const interpreter = /^#!\s*(\S+)(?:[ \t]+([^\n]*\S))?[ \t]*\n?/.exec(node.content.slice(0, 256))
    if (interpreter === null || nested > 3) throw new FsError('ENOEXEC', path)
    const head = [interpreter[1]!, ...(interpreter[2] === undefined ? [] : [interpreter[2]])] // group 1 is not optional
    // The kernel runs the interpreter with the script as its argument; sensors name the interpreter's file.
    const found = this.#executable(head[0]!, '/', who, [...head, path, ...args.slice(1)], nested + 1)
    return { ...found, upper: found.upper || this.files.isUpper(node) }
  }

  /** The path sensors show: directories without links, the last part as it was called. */
  #exePath(path: string, who: Credentials): string {
    const directory = this.files.realPath(parentPath(path), who)
    return `${directory === '/' ? '' : directory}/${baseName(path)}`
  }

  #programOf(node: TreeNode): Program | undefined {
    if (node.kind !== 'file' || !node.content.startsWith(magic)) return undefined
    const at = node.content.indexOf(programMark)
    const name = at < 0 ? '' : node.content.slice(at + programMark.length).split('\n', 1)[0]!
    return this.parts.programs.get(name) ?? this.parts.programs.get('unknown-binary')
  }

  async #withTimeout(attempt: Promise<ConnectResult>, ms: number, signal: AbortSignal): Promise<ConnectResult> {
    const stop = new AbortController()
    const timeout = this.clock
      .sleep(ms, AbortSignal.any([stop.signal, signal]))
      .then((): ConnectResult => ({ ok: false, reason: 'timeout' }))
    timeout.catch(() => {})
    try {
      const result = await Promise.race([attempt, timeout])
      if (!result.ok) attempt.then((late) => late.ok && late.close()).catch(() => {})
      return result
    } finally {
      stop.abort()
    }
  }
}

export function isAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':')
}
