import type { Process } from '../kernel/process.ts'
import { LimitExceeded } from '../kernel/limits.ts'
import type { Command } from './syntax.ts'

/** Variables, functions and options of one shell; subshells work on a copy. */
export class ShellState {
  readonly process: Process
  readonly variables: Map<string, string>
  readonly exported: Set<string>
  readonly readonly: Set<string>
  readonly functions: Map<string, Command>
  readonly options: Set<string>
  readonly traps: Map<string, string>
  positional: string[]
  name: string
  lastStatus = 0
  lastBackground: number | undefined
  /** Above zero while a failing command must not end the shell under `set -e`. */
  guarded = 0
  callDepth = 0
  /** Values of `local` variables to put back, one map per function call. */
  readonly scopes: Map<string, string | undefined>[] = []
  /** False in a shell whose every command is already forked. */
  interactive = false
  readonly flavor: 'bash' | 'dash' | 'busybox'

  constructor(process: Process, from?: ShellState) {
    this.process = process
    this.variables = new Map(from?.variables ?? process.env)
    this.exported = new Set(from?.exported ?? process.env.keys())
    this.readonly = new Set(from?.readonly)
    this.functions = new Map(from?.functions)
    this.options = new Set(from?.options)
    this.traps = new Map()
    this.positional = from?.positional ?? []
    this.name = from?.name ?? process.args[0] ?? 'sh'
    this.lastStatus = from?.lastStatus ?? 0
    this.callDepth = from?.callDepth ?? 0
    this.flavor = from?.flavor ?? flavorOf(process)
  }

  get(name: string): string | undefined {
    if (/^\d+$/.test(name)) return name === '0' ? this.name : this.positional[Number(name) - 1]
    switch (name) {
      case '@':
      case '*':
        return this.positional.length === 0 ? undefined : this.positional.join(' ')
      case '#':
        return String(this.positional.length)
      case '?':
        return String(this.lastStatus)
      case '$':
        return String(shellPid(this.process))
      case '!':
        return this.lastBackground === undefined ? undefined : String(this.lastBackground)
      case '-':
        return [...this.options].filter((option) => option.length === 1).join('')
      case 'RANDOM':
        return this.flavor === 'bash' ? String(Math.floor(Math.random() * 32_768)) : this.variables.get(name)
      case 'SECONDS':
        return String(Math.floor((Date.now() - this.process.startedAt) / 1000))
      case 'PPID':
        return String(this.process.parent?.vpid ?? 0)
      case 'UID':
      case 'EUID':
        return this.flavor === 'bash' ? String(this.process.who.uid) : this.variables.get(name)
      default:
        return this.variables.get(name)
    }
  }

  set(name: string, value: string): void {
    if (value.length > this.process.budget.limits.word) throw new LimitExceeded('lab limit reached: value too long')
    if (this.readonly.has(name)) throw new Error(`${name}: readonly variable`)
    if (!this.variables.has(name) && this.variables.size > 10_000)
      throw new LimitExceeded('lab limit reached: too many variables')
    this.process.budget.spend('bytes', value.length)
    this.variables.set(name, value)
    if (this.options.has('a')) this.exported.add(name)
  }

  unset(name: string): void {
    this.variables.delete(name)
    this.exported.delete(name)
  }

  environment(extra?: Iterable<[string, string]>): Map<string, string> {
    const env = new Map<string, string>()
    for (const name of this.exported) {
      const value = this.variables.get(name)
      if (value !== undefined) env.set(name, value)
    }
    for (const [name, value] of extra ?? []) env.set(name, value)
    return env
  }

  /** `sh: line 1: ` or `sh: `, as this shell starts its messages. */
  get prefix(): string {
    const own = this.name.slice(this.name.lastIndexOf('/') + 1).replace(/^-/, '')
    if (this.interactive || this.flavor === 'busybox') return own
    return this.flavor === 'bash' ? `${own}: line 1` : `${own}: 1`
  }
}

/** `$$` stays that of the shell that was executed, also in its forks. */
function shellPid(process: Process): number {
  let pid = process
  while (pid.parent !== undefined && pid.parent.execId !== pid.execId && pid.parent.args === pid.args) pid = pid.parent
  return pid.vpid
}

function flavorOf(process: Process): ShellState['flavor'] {
  const real = process.fs.realPath(process.exe, { uid: 0, gid: 0, user: 'root', home: '/' })
  if (real.endsWith('bash')) return 'bash'
  return real.endsWith('busybox') ? 'busybox' : 'dash'
}
