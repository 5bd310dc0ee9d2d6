import { toBytes } from './byte-text.ts'
import type { Credentials, FileTree } from './file-tree.ts'
import { absolute } from './file-tree.ts'
import type { Budget } from './limits.ts'
import { LimitExceeded } from './limits.ts'
import type { OpenFile } from './open-file.ts'
import { BrokenPipe } from './open-file.ts'
import type { ExecRequest, ProcessTable } from './process-table.ts'

/** Ends a process from outside. The number is the signal's. */
export class Killed extends Error {
  readonly signal: SignalName
  constructor(signal: SignalName) {
    super(signal)
    this.signal = signal
  }
}

export const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGUSR1: 10, SIGPIPE: 13, SIGTERM: 15 }
export type SignalName = keyof typeof signalNumbers

export interface ExitStatus {
  code: number
  signal?: SignalName
}

/** The work a program does. Resolves with its exit code. */
export type Program = (process: Process) => Promise<number>

export interface ProcessStartState {
  pid: number
  vpid: number
  parent: Process | undefined
  exe: string
  args: string[]
  env: Map<string, string>
  cwd: string
  who: Credentials
  fds: Map<number, OpenFile>
  budget: Budget
  depth: number
  execId: string
  upperLayer: boolean
}

/** One process of a container: what the kernel knows of it, and the calls a program makes. */
export class Process {
  readonly pid: number
  readonly vpid: number
  parent: Process | undefined
  exe: string
  args: string[]
  env: Map<string, string>
  cwd: string
  who: Credentials
  readonly fds: Map<number, OpenFile>
  readonly budget: Budget
  readonly depth: number
  execId: string
  upperLayer: boolean
  readonly table: ProcessTable
  readonly startedAt = Date.now()
  /** True once an execve of this process was reported; a fork alone is not. */
  reported = false
  readonly #abort = new AbortController()
  #ticks = 0
  /** Set by `run`. */
  done: Promise<ExitStatus> = Promise.resolve({ code: 0 })

  constructor(table: ProcessTable, state: ProcessStartState) {
    this.table = table
    this.pid = state.pid
    this.vpid = state.vpid
    this.parent = state.parent
    this.exe = state.exe
    this.args = state.args
    this.env = state.env
    this.cwd = state.cwd
    this.who = state.who
    this.fds = state.fds
    this.budget = state.budget
    this.depth = state.depth
    this.execId = state.execId
    this.upperLayer = state.upperLayer
  }

  get fs(): FileTree {
    return this.table.files
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** True when the process has a controlling terminal, as `proc.tty` shows. */
  get hasTty(): boolean {
    for (const file of this.fds.values()) if (file.isTty) return true
    return this.parent?.hasTty ?? false
  }

  kill(signal: SignalName): void {
    this.#abort.abort(new Killed(signal))
  }

  /** Runs the work and turns its end into an exit status; closes the descriptors and reports the end. */
  run(work: Program): Promise<ExitStatus> {
    this.done = this.#finish(work).then((status) => {
      for (const file of this.fds.values()) file.release()
      this.fds.clear()
      this.table.ended(this, status)
      return status
    })
    return this.done
  }

  async #finish(work: Program): Promise<ExitStatus> {
    try {
      this.signal.throwIfAborted()
      const code = await work(this)
      return { code: code & 255 }
    } catch (error) {
      if (error instanceof Killed) return { code: 128 + signalNumbers[error.signal], signal: error.signal }
      if (error instanceof BrokenPipe) return { code: 141, signal: 'SIGPIPE' }
      await this.fds
        .get(2)
        ?.write(`${this.name}: ${toBytes(describe(error))}\n`, this.signal)
        .catch(() => {})
      return error instanceof LimitExceeded ? { code: 137, signal: 'SIGKILL' } : { code: 1 }
    }
  }

  get name(): string {
    return (this.args[0] ?? '').slice((this.args[0] ?? '').lastIndexOf('/') + 1)
  }

  path(name: string): string {
    return absolute(this.cwd, name)
  }

  async out(text: string): Promise<void> {
    await this.write(1, text)
  }

  async err(text: string): Promise<void> {
    await this.write(2, text)
  }

  async write(fd: number, text: string): Promise<void> {
    if (text === '') return
    this.signal.throwIfAborted()
    this.budget.spend('bytes', text.length)
    await this.fds.get(fd)?.write(text, this.signal)
  }

  read(fd = 0): Promise<string | undefined> {
    return this.fds.get(fd)?.read(this.signal) ?? Promise.resolve(undefined)
  }

  readLine(fd = 0): Promise<string | undefined> {
    return this.fds.get(fd)?.readLine(this.signal, this.budget.limits.word) ?? Promise.resolve(undefined)
  }

  readAll(fd = 0): Promise<string> {
    return this.fds.get(fd)?.readAll(this.signal, this.budget.limits.bytes) ?? Promise.resolve('')
  }

  /** To be called in every loop a command can prolong: counts a step, lets others run, ends an aborted process. */
  async tick(): Promise<void> {
    this.budget.spend('steps')
    if (++this.#ticks % 64 === 0) await new Promise((resolve) => setImmediate(resolve))
    this.signal.throwIfAborted()
  }

  sleep(ms: number): Promise<void> {
    return this.table.clock.sleep(ms, this.signal)
  }

  /** fork + execve. Throws FsError when the file cannot be executed; then nothing was reported. */
  spawn(request: ExecRequest): Process {
    return this.table.spawn(this, request)
  }

  /** fork without execve: a copy that runs `work`; sensors of execve do not see it. */
  fork(work: Program, fds?: Map<number, OpenFile>): Process {
    return this.table.fork(this, work, fds)
  }

  /** Descriptors for a child: all of ours, counted once more. */
  shareFds(): Map<number, OpenFile> {
    return new Map([...this.fds].map(([fd, file]) => [fd, file.retain()]))
  }
}

export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
