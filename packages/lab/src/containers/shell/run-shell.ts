import { openPath } from '../kernel/open-path.ts'
import type { Process } from '../kernel/process.ts'
import { describe, Killed } from '../kernel/process.ts'
import { FsError } from '../kernel/fs-error.ts'
import { charactersPerStep, LimitExceeded } from '../kernel/limits.ts'
import { ExitShell } from './control-flow.ts'
import { Interpreter } from './interpreter.ts'
import { Parser } from './parser.ts'
import { ShellState } from './shell-state.ts'
import type { Command } from './syntax.ts'
import { IncompleteInput, SyntaxError } from './syntax.ts'

const maxPending = 256 * 1024

/** The program sh, bash, dash or busybox sh: `-c script`, a script file, or commands from standard input. */
export async function runShell(process: Process): Promise<number> {
  const state = new ShellState(process)
  const shell = new Interpreter(state)
  if (!state.exported.has('PWD')) state.exported.add('PWD')
  state.variables.set('PWD', process.cwd)
  const args = process.args.slice(1)
  let command: string | undefined
  let wantsInteractive = false
  while (args.length > 0 && /^[-+]./.test(args[0]!)) {
    const flag = args.shift()!
    if (flag === '--') break
    if (flag.startsWith('--')) continue
    for (const letter of flag.slice(1)) {
      if (letter === 'c') command ??= ''
      else if (letter === 'i') wantsInteractive = true
      else if (letter === 'o') args.shift()
      else if (!'ls'.includes(letter)) state.options.add(letter)
    }
  }
  if (command !== undefined) {
    command = args.shift()
    if (command === undefined) return (await shell.complain('-c: option requires an argument'), 2)
    state.name = args.shift() ?? process.args[0]!
    state.positional = args
    return shell.untilExit(() => shell.runText(command!, true))
  }
  const script = args.shift()
  if (script !== undefined) {
    state.name = script
    state.positional = args
    return runFile(shell, script)
  }
  state.interactive = wantsInteractive || (process.fds.get(0)?.isTty ?? false)
  return shell.untilExit(() => runInput(shell))
}

async function runFile(shell: Interpreter, script: string): Promise<number> {
  const { process } = shell
  let source: string
  try {
    source = await (await openPath(process, script, 'read')).readAll(process.signal, process.budget.limits.word)
  } catch (error) {
    if (error instanceof Killed || error instanceof LimitExceeded) throw error
    await process.err(`${process.name}: ${script}: ${describe(error)}\n`)
    return error instanceof FsError && error.code === 'ENOENT' ? 127 : 126
  }
  if (source.slice(0, 128).includes('\0')) {
    await process.err(`${script}: ${script}: cannot execute binary file\n`)
    return 126
  }
  return shell.untilExit(() => shell.runText(source))
}

/** Reads commands as they arrive: each runs as soon as it is complete, what follows stays for later commands. */
async function runInput(shell: Interpreter): Promise<number> {
  const { process, state } = shell
  let pending = ''
  let prompt = ''
  const ask = async (continued: boolean) => {
    if (!state.interactive) return
    prompt = continued ? '> ' : promptOf(shell)
    await process.err(prompt)
  }
  await ask(false)
  for (;;) {
    const data = await process.read(0)
    pending += data ?? ''
    if (pending.length > maxPending) throw new LimitExceeded('lab limit reached: command too long')
    if (data !== undefined && !data.includes('\n')) continue
    process.budget.spend('steps', pending.length / charactersPerStep)
    const parser = new Parser(pending)
    let done = 0
    try {
      for (
        let command = nextCommand(parser, data === undefined);
        command !== undefined;
        command = nextCommand(parser, data === undefined)
      ) {
        done = parser.at
        await shell.run(command)
      }
      pending = ''
    } catch (error) {
      pending = error instanceof IncompleteInput && data !== undefined ? pending.slice(done) : ''
      if (pending === '') await recover(shell, error)
    }
    if (data === undefined) {
      if (state.interactive && process.fds.get(0)?.isTty) await process.err('exit\n')
      return state.lastStatus
    }
    await ask(pending !== '')
  }
}

/** The next command; without the end of input, only one that ends with a newline is complete. */
function nextCommand(parser: Parser, atEnd: boolean): Command | undefined {
  const start = parser.at
  const command = parser.next()
  if (command !== undefined && !atEnd && parser.at >= parser.text.length && !parser.text.endsWith('\n')) {
    parser.at = start
    throw new IncompleteInput('line without end')
  }
  return command
}

async function recover(shell: Interpreter, error: unknown): Promise<void> {
  const { state } = shell
  if (error instanceof SyntaxError) {
    await shell.complain(error.message)
    state.lastStatus = 2
    if (!state.interactive) throw new ExitShell(2)
    return
  }
  throw error
}

function promptOf(shell: Interpreter): string {
  const own = shell.state.get('PS1')
  if (own !== undefined) return own.replace(/\\\$/g, shell.process.who.uid === 0 ? '#' : '$')
  const sign = shell.process.who.uid === 0 ? '#' : '$'
  if (shell.state.flavor !== 'bash') return `${shell.state.flavor === 'busybox' ? `${shell.process.cwd} ` : ''}${sign} `
  return `${shell.state.name.replace(/^.*\//, '')}-5.2${sign} `
}
