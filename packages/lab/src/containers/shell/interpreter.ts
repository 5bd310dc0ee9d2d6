import { absolute } from '../kernel/file-tree.ts'
import { FsError } from '../kernel/fs-error.ts'
import { charactersPerStep, LimitExceeded } from '../kernel/limits.ts'
import type { OpenFile } from '../kernel/open-file.ts'
import { collectOutput, createPipe, OutputSink, untilAborted } from '../kernel/open-file.ts'
import type { Process } from '../kernel/process.ts'
import { describe } from '../kernel/process.ts'
import { builtins } from './builtins.ts'
import { ExitShell, isOrdinaryError, LoopControl, ReturnFromFunction } from './control-flow.ts'
import { evaluateCondition } from './condition.ts'
import { Expander, ExpansionError } from './expand.ts'
import { findProgram } from './find-program.ts'
import { matchesGlob } from './glob.ts'
import { Parser } from './parser.ts'
import { applyRedirects, RedirectError } from './redirect.ts'
import { ShellState } from './shell-state.ts'
import type { Command, Redirect } from './syntax.ts'
import { SyntaxError } from './syntax.ts'

type Simple = Command & { kind: 'simple' }

/** Runs commands in the process of a shell. `last` marks a command after which the process has nothing left to do. */
export class Interpreter {
  readonly state: ShellState
  readonly expander: Expander

  constructor(state: ShellState) {
    this.state = state
    this.expander = new Expander(state, (source) => this.#substitute(source))
  }

  get process(): Process {
    return this.state.process
  }

  /** Runs a script given as text; syntax errors are reported where they occur, as a shell reads line by line. */
  async runText(source: string, last = false): Promise<number> {
    if (source.length > this.process.budget.limits.word) throw new LimitExceeded('lab limit reached: script too long')
    this.process.budget.spend('steps', source.length / charactersPerStep)
    const parser = new Parser(source)
    for (;;) {
      let command: Command | undefined
      try {
        command = parser.next()
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        await this.complain(error.message)
        throw new ExitShell(2)
      }
      if (command === undefined) return this.state.lastStatus
      await this.run(command, last && parser.text.slice(parser.at).trim() === '')
    }
  }

  async complain(message: string): Promise<void> {
    await this.process.err(`${this.state.prefix}: ${message}\n`)
  }

  /** Runs one command and leaves its status in the state. */
  async run(command: Command, last = false): Promise<number> {
    await this.process.tick()
    const { state } = this
    try {
      state.lastStatus = await this.#dispatch(command, last)
    } catch (error) {
      if (!isOrdinaryError(error)) throw error
      await this.complain(describe(error))
      state.lastStatus = 1
      if (error instanceof ExpansionError && !state.interactive) throw new ExitShell(state.flavor === 'bash' ? 127 : 2)
      if (!(error instanceof RedirectError) && !(error instanceof FsError) && !state.interactive) throw new ExitShell(1)
    }
    const checked = ['simple', 'pipeline', 'subshell', 'condition'].includes(command.kind)
    const negated = command.kind === 'pipeline' && command.negated
    if (state.lastStatus !== 0 && checked && !negated && state.guarded === 0 && state.options.has('e'))
      throw new ExitShell(state.lastStatus)
    return state.lastStatus
  }

  async #dispatch(command: Command, last: boolean): Promise<number> {
    switch (command.kind) {
      case 'simple':
        return this.#simple(command, last)
      case 'pipeline':
        return this.#pipeline(command)
      case 'and-or':
        return this.#andOr(command)
      case 'sequence':
        for (const { command: each, background } of command.commands) {
          if (background) this.#background(each)
          else await this.run(each)
        }
        return this.state.lastStatus
      case 'function':
        if (this.state.functions.size > 1000) throw new LimitExceeded('lab limit reached: too many functions')
        this.state.functions.set(command.name, command.body)
        return 0
      case 'subshell':
        return this.#wait(this.#fork((shell) => shell.#withRedirects(command.redirects, () => shell.run(command.body))))
      default:
        return this.#withRedirects(command.redirects, () => this.#compound(command))
    }
  }

  async #compound(
    command: Exclude<Command, { kind: 'simple' | 'pipeline' | 'and-or' | 'sequence' | 'function' | 'subshell' }>,
  ): Promise<number> {
    switch (command.kind) {
      case 'group':
        return this.run(command.body)
      case 'if':
        for (const { condition, body } of command.branches)
          if ((await this.#guarded(condition)) === 0) return this.run(body)
        return command.otherwise === undefined ? 0 : this.run(command.otherwise)
      case 'loop':
        return this.#loop(async () => ((await this.#guarded(command.condition)) === 0) !== command.until, command.body)
      case 'for': {
        const items =
          command.items === undefined ? [...this.state.positional] : await this.expander.fields(command.items)
        let index = 0
        return this.#loop(async () => {
          if (index >= items.length) return false
          this.state.set(command.variable, items[index++]!) // index was checked
          return true
        }, command.body)
      }
      case 'case': {
        const subject = await this.expander.text(command.subject)
        for (const { patterns, body } of command.branches) {
          for (const pattern of patterns) {
            if (!matchesGlob(await this.expander.pattern(pattern), subject)) continue
            return body === undefined ? 0 : this.run(body)
          }
        }
        return 0
      }
      case 'arithmetic':
        return (await this.expander.arithmetic(command.expression)) === 0n ? 1 : 0
      case 'condition':
        return evaluateCondition(this, command.words)
    }
  }

  async #guarded(command: Command): Promise<number> {
    this.state.guarded++
    try {
      return await this.run(command)
    } finally {
      this.state.guarded--
    }
  }

  async #loop(goesOn: () => Promise<boolean>, body: Command): Promise<number> {
    let status = 0
    while (await goesOn()) {
      await this.process.tick()
      try {
        status = await this.run(body)
      } catch (error) {
        if (!(error instanceof LoopControl)) throw error
        if (--error.levels > 0) throw error
        status = 0
        if (error.what === 'break') break
      }
    }
    return status
  }

  async #andOr(command: Command & { kind: 'and-or' }): Promise<number> {
    // The tree leans left and may be long, so it is walked without recursion.
    const chain: { operator: '&&' | '||'; command: Command }[] = []
    let first: Command = command
    while (first.kind === 'and-or') {
      chain.push({ operator: first.operator, command: first.right })
      first = first.left
    }
    chain.reverse()
    let status = await this.#guarded(first)
    for (const [index, { operator, command: next }] of chain.entries()) {
      if ((status === 0) !== (operator === '&&')) continue
      status = index === chain.length - 1 ? await this.run(next) : await this.#guarded(next)
    }
    return status
  }

  async #pipeline(command: Command & { kind: 'pipeline' }): Promise<number> {
    if (command.commands.length === 1) {
      const status = await this.#guarded(command.commands[0]!)
      return command.negated ? (status === 0 ? 1 : 0) : status
    }
    const children: Process[] = []
    let input: OpenFile | undefined
    for (const [index, part] of command.commands.entries()) {
      const fds = this.process.shareFds()
      const put = (fd: number, file: OpenFile) => {
        fds.get(fd)?.release()
        fds.set(fd, file)
      }
      if (input !== undefined) put(0, input)
      if (index < command.commands.length - 1) {
        const pipe = createPipe()
        put(1, pipe.writer)
        input = pipe.reader
      }
      try {
        children.push(this.#fork((shell) => shell.run(part, true), fds))
      } catch (error) {
        if (index < command.commands.length - 1) input?.release() // or what was started would wait for a reader for ever
        throw error
      }
      await new Promise((resolve) => setImmediate(resolve)) // lets the part start before the next, as forks do
    }
    const statuses: number[] = []
    for (const child of children) statuses.push(await this.#wait(child))
    const failed = statuses.findLast((status) => status !== 0) ?? 0
    const status = this.state.options.has('pipefail') ? failed : statuses.at(-1)!
    return command.negated ? (status === 0 ? 1 : 0) : status
  }

  #background(command: Command): void {
    const fds = this.process.shareFds()
    fds.get(0)?.release()
    fds.set(0, new OutputSink(() => {}))
    const child = this.#fork((shell) => shell.run(command, true), fds)
    this.state.lastBackground = child.vpid
    this.state.lastStatus = 0
  }

  #fork(work: (shell: Interpreter) => Promise<number>, fds?: Map<number, OpenFile>): Process {
    return this.process.fork(async (process) => {
      const shell = new Interpreter(new ShellState(process, this.state))
      return shell.untilExit(() => work(shell))
    }, fds)
  }

  /** Runs work to its end or to `exit`, then the EXIT trap. */
  async untilExit(work: () => Promise<number>): Promise<number> {
    let status: number
    try {
      status = await work()
    } catch (error) {
      if (error instanceof ExitShell || error instanceof ReturnFromFunction) status = error.status
      else if (error instanceof LoopControl) status = 0
      else throw error
    }
    const trap = this.state.traps.get('EXIT')
    if (trap === undefined) return status
    this.state.traps.delete('EXIT')
    this.state.lastStatus = status
    return this.untilExit(() => this.runText(trap).then(() => status))
  }

  async #wait(child: Process): Promise<number> {
    return (await untilAborted(child.done, this.process.signal)).code
  }

  async #substitute(source: string): Promise<string> {
    const collected = collectOutput(this.process.budget.limits.word)
    const fds = this.process.shareFds()
    fds.get(1)?.release()
    fds.set(1, collected.file)
    this.state.lastStatus = await this.#wait(this.#fork((shell) => shell.runText(source, true), fds))
    const output = collected.text().replaceAll('\0', '')
    let end = output.length
    while (output[end - 1] === '\n') end--
    return output.slice(0, end)
  }

  /** Runs work with redirections in force, and puts the descriptors back. */
  async #withRedirects<T>(redirects: Redirect[], work: () => Promise<T>): Promise<T> {
    if (redirects.length === 0) return work()
    const { fds } = this.process
    const saved = this.process.shareFds()
    try {
      await applyRedirects(this.process, redirects, this.expander)
      return await work()
    } finally {
      for (const file of fds.values()) file.release()
      fds.clear()
      for (const [fd, file] of saved) fds.set(fd, file)
    }
  }

  async #simple(command: Simple, last: boolean): Promise<number> {
    const { state, process } = this
    const words = await this.expander.fields(command.words)
    const assignments: [string, string][] = []
    for (const { name, append, value } of command.assignments) {
      assignments.push([name, (append ? (state.get(name) ?? '') : '') + (await this.expander.text(value))])
      if (words.length === 0) state.set(...assignments.at(-1)!)
    }
    if (state.options.has('x') && words.length + assignments.length > 0) {
      await process.err(`+ ${[...assignments.map(([name, value]) => `${name}=${value}`), ...words].join(' ')}\n`)
    }
    const name = words[0]
    if (name === undefined) {
      const substituted = command.assignments.some(({ value }) => value.some((part) => part.kind === 'command'))
      return this.#withRedirects(command.redirects, async () => (substituted ? state.lastStatus : 0))
    }
    if (name === 'exec') return this.#exec(words.slice(1), command.redirects, assignments)
    const fn = state.functions.get(name)
    if (fn !== undefined)
      return this.#withRedirects(command.redirects, () => this.#call(fn, words.slice(1), assignments))
    const builtin = builtins.get(name)
    if (builtin !== undefined) {
      return this.#withRedirects(command.redirects, () => this.#withVariables(assignments, () => builtin(this, words)))
    }
    return this.#withRedirects(command.redirects, () => this.external(words, assignments, last))
  }

  async #withVariables(assignments: [string, string][], work: () => Promise<number>): Promise<number> {
    const saved = assignments.map(([name]): [string, string | undefined] => [name, this.state.variables.get(name)])
    for (const [name, value] of assignments) this.state.set(name, value)
    try {
      return await work()
    } finally {
      for (const [name, value] of saved) {
        if (value === undefined) this.state.unset(name)
        else this.state.variables.set(name, value)
      }
    }
  }

  async #exec(words: string[], redirects: Redirect[], assignments: [string, string][]): Promise<number> {
    await applyRedirects(this.process, redirects, this.expander)
    if (words.length === 0) return 0
    throw new ExitShell(await this.external(words, assignments, true))
  }

  async #call(body: Command, args: string[], assignments: [string, string][]): Promise<number> {
    const { state } = this
    if (++state.callDepth > this.process.budget.limits.depth)
      throw new LimitExceeded('lab limit reached: functions nested too deep')
    const saved = state.positional
    state.positional = args
    const scope = new Map<string, string | undefined>()
    state.scopes.push(scope)
    try {
      return await this.#withVariables(assignments, () => this.run(body))
    } catch (error) {
      if (error instanceof ReturnFromFunction) return error.status
      throw error
    } finally {
      state.callDepth--
      state.positional = saved
      state.scopes.pop()
      for (const [name, value] of scope) {
        if (value === undefined) state.unset(name)
        else state.variables.set(name, value)
      }
    }
  }

  /** Runs a program: in a child, or in place of this process when nothing follows. */
  async external(words: string[], assignments: [string, string][], inPlace: boolean): Promise<number> {
    const { state, process } = this
    const name = words[0]!
    const path = findProgram(process, name, state.environment(assignments).get('PATH'))
    if (path === undefined) return this.#missing(name)
    const env = state.environment(assignments)
    env.set('_', path)
    try {
      if (inPlace) return await process.table.replace(process, path, words, env)
      return await this.#wait(process.spawn({ path, args: words, env }))
    } catch (error) {
      if (!(error instanceof FsError)) throw error
      if (error.code === 'ENOEXEC') return this.#script(path, words)
      const reason =
        error.code === 'EACCES' && process.fs.find(absolute(process.cwd, path), process.who)?.kind === 'directory'
          ? 'Is a directory'
          : error.message
      await this.complain(error.code === 'EAGAIN' ? `fork: ${reason}` : `${name}: ${reason}`)
      return error.code === 'ENOENT' ? 127 : error.code === 'EAGAIN' ? 254 : 126
    }
  }

  async #missing(name: string): Promise<number> {
    const text = this.state.flavor === 'bash' ? 'command not found' : 'not found'
    await this.complain(
      name.includes('/')
        ? `${name}: ${this.state.flavor === 'bash' ? 'No such file or directory' : 'not found'}`
        : `${name}: ${text}`,
    )
    return 127
  }

  /** A text file without `#!`: the shell reads it itself, in a fork and without execve. */
  async #script(path: string, words: string[]): Promise<number> {
    const source = this.process.fs.readFile(absolute(this.process.cwd, path), this.process.who)
    if (source.slice(0, 128).includes('\0')) {
      await this.complain(`${words[0]}: cannot execute binary file: Exec format error`)
      return 126
    }
    const child = this.#fork((shell) => {
      shell.state.positional = words.slice(1)
      shell.state.name = path
      return shell.runText(source)
    })
    return this.#wait(child)
  }
}
