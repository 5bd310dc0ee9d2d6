import type { TreeNode } from '../kernel/file-tree.ts'
import { absolute, allows } from '../kernel/file-tree.ts'
import { FsError } from '../kernel/fs-error.ts'
import type { Process } from '../kernel/process.ts'
import { describe } from '../kernel/process.ts'
import { matchesGlob } from '../shell/glob.ts'
import { findProgram } from '../shell/find-program.ts'
import { fail, inputs, parseFlags } from './program-input.ts'

type Test = (path: string, name: string, node: TreeNode) => boolean | Promise<boolean>

/** find with -path -name -iname -type -perm -size -user -maxdepth -mindepth -newer, -o, !, and -print -delete -exec. */
export async function find(process: Process): Promise<number> {
  const args = process.args.slice(1)
  const roots: string[] = []
  while (args.length > 0 && !/^[-!(]/.test(args[0]!)) roots.push(args.shift()!)
  const walk: Walk = { maxDepth: 64, minDepth: 0, status: 0, acts: false }
  let alternatives: Test[][]
  try {
    alternatives = parseTests(process, args, walk)
  } catch (error) {
    return fail(process, describe(error))
  }
  for (const root of roots.length === 0 ? ['.'] : roots) {
    const node = process.fs.find(absolute(process.cwd, root), process.who)
    if (node === undefined) {
      walk.status = await fail(process, `'${root}': No such file or directory`)
      continue
    }
    await visit(process, root, node, alternatives, walk, 0)
  }
  return walk.status
}

interface Walk {
  maxDepth: number
  minDepth: number
  status: number
  acts: boolean
}

async function visit(
  process: Process,
  path: string,
  node: TreeNode,
  alternatives: Test[][],
  walk: Walk,
  depth: number,
): Promise<void> {
  await process.tick()
  if (depth >= walk.minDepth) {
    const name = path.slice(path.replace(/\/+$/, '').lastIndexOf('/') + 1) || '/'
    for (const tests of alternatives) {
      let all = true
      for (const test of tests) if (!(all = await test(path, name, node))) break
      if (!all) continue
      if (!walk.acts) await process.out(`${path}\n`)
      break
    }
  }
  if (node.kind !== 'directory' || depth >= walk.maxDepth) return
  const base = path.replace(/\/$/, '')
  let entries: [string, TreeNode][]
  try {
    entries = process.fs.list(absolute(process.cwd, path), process.who)
  } catch (error) {
    if (!(error instanceof FsError)) throw error
    walk.status = await fail(process, `'${path}': ${error.message}`)
    return
  }
  for (const [name, child] of entries) await visit(process, `${base}/${name}`, child, alternatives, walk, depth + 1)
}

function parseTests(process: Process, args: string[], walk: Walk): Test[][] {
  const alternatives: Test[][] = [[]]
  let negate = false
  const add = (test: Test) => {
    const inverted = negate
    alternatives.at(-1)!.push(async (path, name, node) => (await test(path, name, node)) !== inverted)
    negate = false
  }
  while (args.length > 0) {
    const word = args.shift()!
    const value = () => {
      const next = args.shift()
      if (next === undefined) throw new Error(`missing argument to \`${word}'`)
      return next
    }
    if (word === '!' || word === '-not') negate = !negate
    else if (word === '-o' || word === '-or') alternatives.push([])
    else if (['-a', '-and', '(', ')'].includes(word)) continue
    else if (word === '-maxdepth') walk.maxDepth = Math.min(64, Number(value()))
    else if (word === '-mindepth') walk.minDepth = Number(value())
    else if (word === '-xdev' || word === '-mount') continue
    else if (word === '-exec' || word === '-execdir') {
      walk.acts = true
      add(execTest(process, args))
    } else if (word === '-print' || word === '-print0' || word === '-ls') {
      walk.acts = true
      add(async (path) => (await process.out(`${path}${word === '-print0' ? '\0' : '\n'}`), true))
    } else if (word === '-delete') {
      walk.acts = true
      add((path) => (process.fs.remove(absolute(process.cwd, path), process.who, 'tree'), true))
    } else add(simpleTest(process, word, value))
  }
  return alternatives
}

function simpleTest(process: Process, word: string, value: () => string): Test {
  if (word === '-readable') return (_path, _name, node) => allows(node, process.who, 4)
  if (word === '-writable') return (_path, _name, node) => allows(node, process.who, 2)
  if (word === '-executable') return (_path, _name, node) => allows(node, process.who, 1)
  const argument = value()
  switch (word) {
    case '-name':
      return (_path, name) => matchesGlob(argument, name)
    case '-iname':
      return (_path, name) => matchesGlob(argument.toLowerCase(), name.toLowerCase())
    case '-path':
    case '-wholename':
      return (path) => matchesGlob(argument, path)
    case '-ipath':
      return (path) => matchesGlob(argument.toLowerCase(), path.toLowerCase())
    case '-type':
      return (_path, _name, node) => node.kind === { f: 'file', d: 'directory', l: 'link' }[argument]
    case '-perm': {
      const bits = Number.parseInt(
        argument
          .replace(/^[-/+]/, '')
          .replace('u=s', '4000')
          .replace('u+s', '4000'),
        8,
      )
      return (_path, _name, node) =>
        argument.startsWith('-')
          ? (node.mode & bits) === bits
          : argument.startsWith('/')
            ? (node.mode & bits) !== 0
            : node.mode === bits
    }
    case '-user':
    case '-uid':
      return (_path, _name, node) => String(node.uid) === argument || (argument === 'root' && node.uid === 0)
    case '-size':
    case '-mtime':
    case '-mmin':
    case '-newer':
    case '-group':
      return () => true
    default:
      throw new Error(`unknown predicate \`${word}'`)
  }
}

function execTest(process: Process, args: string[]): Test {
  const command: string[] = []
  while (args.length > 0 && args[0] !== ';' && args[0] !== '+') command.push(args.shift()!)
  if (args.shift() === undefined || command.length === 0) throw new Error("missing argument to `-exec'")
  return async (path) =>
    (await runProgram(
      process,
      command.map((word) => word.replaceAll('{}', path)),
    )) === 0
}

/** Starts a program by its name in PATH and waits. A missing one is reported and gives 127. */
export async function runProgram(process: Process, words: string[], env = process.env): Promise<number> {
  const path = findProgram(process, words[0] ?? '', env.get('PATH'))
  if (path === undefined)
    return fail(process, `${words[0] === process.name ? '' : `'${words[0] ?? ''}': `}No such file or directory`, 127)
  try {
    return (await process.spawn({ path, args: words, env: new Map(env) }).done).code
  } catch (error) {
    if (!(error instanceof FsError)) throw error
    return fail(process, `'${words[0]}': ${error.message}`, 126)
  }
}

/** xargs: words of standard input as arguments, all at once, by -n, or one line each with -I. */
export async function xargs(process: Process): Promise<number> {
  const args = process.args.slice(1)
  let end = 0
  while (args[end]?.startsWith('-')) end += /^-(?:n|I|P|L|d)$/.test(args[end]!) ? 2 : 1
  const { flags, values } = parseFlags(args.slice(0, end), 'nIPLd')
  const command = args.slice(end)
  if (command.length === 0) command.push('echo')
  let text = ''
  for await (const input of inputs(process, [])) for await (const chunk of input.chunks) text += chunk
  const mark = values.get('I')
  const separator = flags.has('0') ? '\0' : mark === undefined ? /\s+/ : '\n'
  const items = text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '')
  if (items.length === 0 && flags.has('r')) return 0
  let status = 0
  const size = mark !== undefined ? 1 : Number(values.get('n') ?? values.get('L') ?? items.length) || 1
  for (let at = 0; at < Math.max(items.length, 1); at += size) {
    await process.tick()
    const batch = items.slice(at, at + size)
    const words =
      mark === undefined ? [...command, ...batch] : command.map((word) => word.replaceAll(mark, batch[0] ?? ''))
    const code = await runProgram(process, words)
    if (code === 127) return 127
    if (code !== 0) status = 123
  }
  return status
}
