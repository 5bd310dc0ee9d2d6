import { absolute } from '../kernel/file-tree.ts'
import { untilAborted } from '../kernel/open-file.ts'
import { describe, signalNumbers } from '../kernel/process.ts'
import type { SignalName } from '../kernel/process.ts'
import { echoText, formatPrintf } from '../programs/print-text.ts'
import { ExitShell, LoopControl, ReturnFromFunction } from './control-flow.ts'
import { evaluateTest } from './condition.ts'
import { evaluateArithmetic } from './arithmetic.ts'
import { findProgram } from './find-program.ts'
import type { Interpreter } from './interpreter.ts'
import { openPath } from '../kernel/open-path.ts'

/** A command the shell runs itself: no process, no event. `words[0]` is its name. */
type Builtin = (shell: Interpreter, words: string[]) => Promise<number>

const keywords = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'while',
  'until',
  'for',
  'do',
  'done',
  'case',
  'esac',
  'in',
  '{',
  '}',
  '!',
  '[[',
])

export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', async () => 0],
  ['true', async () => 0],
  ['false', async () => 1],
  [
    'echo',
    async (shell, words) => (await shell.process.out(echoText(words.slice(1), shell.state.flavor === 'dash')), 0),
  ],
  ['printf', printf],
  ['cd', cd],
  ['pwd', async (shell) => (await shell.process.out(`${shell.process.cwd}\n`), 0)],
  ['test', testBuiltin],
  ['[', testBuiltin],
  ['export', exportBuiltin],
  ['readonly', exportBuiltin],
  ['declare', exportBuiltin],
  ['typeset', exportBuiltin],
  ['local', local],
  ['unset', unset],
  ['set', setBuiltin],
  ['shopt', async () => 0],
  ['shift', shift],
  ['exit', async (shell, words) => Promise.reject(new ExitShell(statusOf(words[1], shell)))],
  ['return', async (shell, words) => Promise.reject(new ReturnFromFunction(statusOf(words[1], shell)))],
  ['break', async (_, words) => Promise.reject(new LoopControl('break', Number(words[1] ?? 1) || 1))],
  ['continue', async (_, words) => Promise.reject(new LoopControl('continue', Number(words[1] ?? 1) || 1))],
  ['read', read],
  ['eval', (shell, words) => shell.runText(words.slice(1).join(' '))],
  ['.', source],
  ['source', source],
  ['let', letBuiltin],
  ['type', typeBuiltin],
  ['command', command],
  ['builtin', async (shell, words) => builtins.get(words[1] ?? '')?.(shell, words.slice(1)) ?? 1],
  ['umask', async (shell, words) => (words.length === 1 && (await shell.process.out('0022\n')), 0)],
  ['trap', trap],
  ['wait', wait],
  ['jobs', async () => 0],
  ['kill', kill],
  ['alias', async () => 0],
  ['unalias', async () => 0],
  ['hash', async () => 0],
  ['history', async () => 0],
  ['ulimit', async (shell, words) => (words.length < 3 && (await shell.process.out('unlimited\n')), 0)],
  ['disown', async () => 0],
])

function statusOf(word: string | undefined, shell: Interpreter): number {
  return word === undefined ? shell.state.lastStatus : Number.parseInt(word, 10) & 255
}

async function printf(shell: Interpreter, words: string[]): Promise<number> {
  if (words[1] === '-v' && words[2] !== undefined) shell.state.set(words[2], formatPrintf(words.slice(3)))
  else if (words[1] === undefined) return (await shell.complain('printf: usage: printf [-v var] format [arguments]'), 2)
  else await shell.process.out(formatPrintf(words.slice(1)))
  return 0
}

async function cd(shell: Interpreter, words: string[]): Promise<number> {
  const { process, state } = shell
  const target = words[1] === '-' ? (state.get('OLDPWD') ?? '/') : (words[1] ?? state.get('HOME') ?? '/')
  try {
    const path = process.fs.realPath(absolute(process.cwd, target), process.who)
    const node = process.fs.find(path, process.who)
    if (node === undefined || node.kind !== 'directory') {
      await shell.complain(`cd: ${target}: ${node === undefined ? 'No such file or directory' : 'Not a directory'}`)
      return 1
    }
    state.set('OLDPWD', process.cwd)
    process.cwd = path
    state.set('PWD', path)
    return 0
  } catch (error) {
    await shell.complain(`cd: ${target}: ${describe(error)}`)
    return 1
  }
}

async function testBuiltin(shell: Interpreter, words: string[]): Promise<number> {
  const args = words.slice(1)
  if (words[0] === '[' && args.pop() !== ']') return (await shell.complain("[: missing `]'"), 2)
  try {
    return evaluateTest(args, shell.process) ? 0 : 1
  } catch (error) {
    await shell.complain(`${words[0]}: ${describe(error)}`)
    return 2
  }
}

async function exportBuiltin(shell: Interpreter, words: string[]): Promise<number> {
  const { state } = shell
  const names = words.slice(1).filter((word) => !/^[-+]/.test(word))
  if (names.length === 0) {
    const lines = [...state.exported].sort().map((name) => `declare -x ${name}="${state.get(name) ?? ''}"\n`)
    await shell.process.out(lines.join(''))
  }
  const isExport = words[0] === 'export' || words.includes('-x')
  for (const word of names) {
    const [, name, value] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined) return (await shell.complain(`${words[0]}: \`${word}': not a valid identifier`), 1)
    if (value !== undefined) state.set(name, value)
    if (isExport && !words.includes('-n')) state.exported.add(name)
    if (words.includes('-n')) state.exported.delete(name)
    if (words[0] === 'readonly') state.readonly.add(name)
  }
  return 0
}

async function local(shell: Interpreter, words: string[]): Promise<number> {
  const { state } = shell
  const scope = state.scopes.at(-1)
  if (scope === undefined) return (await shell.complain('local: can only be used in a function'), 1)
  for (const word of words.slice(1)) {
    const [, name, value] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined) continue
    if (!scope.has(name)) scope.set(name, state.variables.get(name))
    state.set(name, value ?? '')
  }
  return 0
}

async function unset(shell: Interpreter, words: string[]): Promise<number> {
  for (const name of words.slice(1)) {
    if (words[1] === '-f' || !shell.state.variables.has(name)) shell.state.functions.delete(name)
    shell.state.unset(name)
  }
  return 0
}

const longOptions: Record<string, string> = {
  errexit: 'e',
  nounset: 'u',
  xtrace: 'x',
  noglob: 'f',
  allexport: 'a',
  pipefail: 'pipefail',
}

async function setBuiltin(shell: Interpreter, words: string[]): Promise<number> {
  const { state } = shell
  const args = words.slice(1)
  if (args.length === 0) {
    const names = [...state.variables.keys()].sort()
    await shell.process.out(names.map((name) => `${name}=${quoteValue(state.variables.get(name)!)}\n`).join(''))
    return 0
  }
  while (args.length > 0 && /^[-+]./.test(args[0]!)) {
    const flag = args.shift()!
    if (flag === '--') {
      state.positional = args
      return 0
    }
    for (const letter of flag.slice(1)) {
      const option = letter === 'o' ? (longOptions[args.shift() ?? ''] ?? '') : letter
      if (flag[0] === '-') state.options.add(option)
      else state.options.delete(option)
    }
  }
  if (args.length > 0) state.positional = args
  return 0
}

function quoteValue(value: string): string {
  return /^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
}

async function shift(shell: Interpreter, words: string[]): Promise<number> {
  const count = Number(words[1] ?? 1)
  if (count > shell.state.positional.length) return 1
  shell.state.positional = shell.state.positional.slice(count)
  return 0
}

async function read(shell: Interpreter, words: string[]): Promise<number> {
  const { state, process } = shell
  const names: string[] = []
  let raw = false
  for (let index = 1; index < words.length; index++) {
    const word = words[index]!
    if (word === '-p' || word === '-t' || word === '-d' || word === '-n' || word === '-u') {
      if (word === '-p' && process.fds.get(0)?.isTty) await process.err(words[index + 1] ?? '')
      index++
    } else if (word.startsWith('-')) raw ||= word.includes('r')
    else names.push(word)
  }
  let line = await process.readLine(0)
  const complete = line?.endsWith('\n') ?? false
  line = (line ?? '').replace(/\n$/, '')
  if (!raw) line = line.replace(/\\(.)/g, '$1')
  const separators = state.get('IFS') ?? ' \t\n'
  const targets = names.length > 0 ? names : ['REPLY']
  let rest = line
  for (const [index, name] of targets.entries()) {
    const trimmed = trimSeparators(rest, separators)
    if (index === targets.length - 1) {
      state.set(name, names.length === 0 ? line : trimmed)
      break
    }
    let end = 0
    while (end < trimmed.length && !separators.includes(trimmed[end]!)) end++
    state.set(name, trimmed.slice(0, end))
    rest = trimmed.slice(end + 1)
  }
  return complete ? 0 : 1
}

function trimSeparators(text: string, separators: string): string {
  let start = 0
  let end = text.length
  const isBlank = (char: string) => separators.includes(char) && ' \t\n'.includes(char)
  while (start < end && isBlank(text[start]!)) start++
  while (end > start && isBlank(text[end - 1]!)) end--
  return text.slice(start, end)
}

async function source(shell: Interpreter, words: string[]): Promise<number> {
  if (words[1] === undefined) return (await shell.complain('.: filename argument required'), 2)
  const file = await openPath(shell.process, words[1], 'read')
  const { limits } = shell.process.budget
  return shell.runText(await file.readAll(shell.process.signal, limits.word))
}

async function letBuiltin(shell: Interpreter, words: string[]): Promise<number> {
  let value = 0n
  const { state } = shell
  const variables = {
    get: (name: string) => state.get(name) ?? '',
    set: (name: string, text: string) => state.set(name, text),
  }
  for (const word of words.slice(1)) value = evaluateArithmetic(word, variables)
  return value === 0n ? 1 : 0
}

async function typeBuiltin(shell: Interpreter, words: string[]): Promise<number> {
  let status = 0
  for (const name of words.slice(1).filter((word) => !word.startsWith('-'))) {
    const path = findProgram(shell.process, name, shell.state.get('PATH'))
    const text = keywords.has(name)
      ? 'is a shell keyword'
      : shell.state.functions.has(name)
        ? 'is a function'
        : builtins.has(name)
          ? 'is a shell builtin'
          : path === undefined
            ? undefined
            : `is ${path}`
    if (text === undefined) status = 1
    if (text === undefined) await shell.complain(`type: ${name}: not found`)
    else await shell.process.out(`${name} ${text}\n`)
  }
  return status
}

async function command(shell: Interpreter, words: string[]): Promise<number> {
  if (words[1] === '-v' || words[1] === '-V') {
    const name = words[2] ?? ''
    const isOwn = builtins.has(name) || shell.state.functions.has(name) || keywords.has(name)
    const found = isOwn ? name : findProgram(shell.process, name, shell.state.get('PATH'))
    if (found === undefined) return shell.state.flavor === 'bash' ? 1 : 127
    await shell.process.out(`${found}\n`)
    return 0
  }
  const rest = words.slice(1)
  if (rest.length === 0) return 0
  const builtin = builtins.get(rest[0]!)
  return builtin === undefined ? shell.external(rest, [], false) : builtin(shell, rest)
}

async function trap(shell: Interpreter, words: string[]): Promise<number> {
  const args = words.slice(1).filter((word) => word !== '--')
  for (const name of args.slice(1)) {
    const key = name === '0' ? 'EXIT' : name.replace(/^SIG/, '')
    if (args[0] === '-' || args[0] === '') shell.state.traps.delete(key)
    else shell.state.traps.set(key, args[0]!)
  }
  return 0
}

async function wait(shell: Interpreter, words: string[]): Promise<number> {
  const { table, signal } = shell.process
  const wanted = words.slice(1).map((word) => Number(word.replace(/^%/, '')))
  const children = [...table.processes.values()].filter(
    (process) => process.parent === shell.process && (wanted.length === 0 || wanted.includes(process.vpid)),
  )
  let status = 0
  for (const child of children) status = (await untilAborted(child.done, signal)).code
  return wanted.length > 0 ? status : 0
}

async function kill(shell: Interpreter, words: string[]): Promise<number> {
  const args = words.slice(1)
  let signal: SignalName | undefined = 'SIGTERM'
  if (args[0] === '-l') return (await shell.process.out('HUP INT QUIT KILL USR1 PIPE TERM\n'), 0)
  if (args[0] === '-s') {
    args.shift()
    signal = signalNamed(args.shift() ?? '')
  } else if (args[0]?.startsWith('-')) signal = signalNamed(args.shift()!.slice(1))
  let status = 0
  for (const word of args) {
    const target = shell.process.table.processes.get(Number(word.replace(/^%/, '')))
    const allowed = shell.process.who.uid === 0 || target?.who.uid === shell.process.who.uid
    if (target === undefined || !allowed) {
      await shell.complain(`kill: (${word}) - ${target === undefined ? 'No such process' : 'Operation not permitted'}`)
      status = 1
    } else if (signal !== undefined) target.kill(signal)
  }
  return status
}

/** A signal by name or number; undefined for 0, which only asks whether the process exists, and for ones the lab lacks. */
export function signalNamed(text: string): SignalName | undefined {
  const name = text.toUpperCase().replace(/^(SIG)?/, 'SIG')
  if (name in signalNumbers) return name as SignalName
  const byNumber = Object.entries(signalNumbers).find(([, number]) => String(number) === text)
  return byNumber?.[0] as SignalName | undefined // keys of the table
}
