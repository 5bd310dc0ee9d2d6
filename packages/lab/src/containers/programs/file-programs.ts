import { absolute, baseName, split } from '../kernel/file-tree.ts'
import type { TreeNode } from '../kernel/file-tree.ts'
import { FsError } from '../kernel/fs-error.ts'
import type { Process, Program } from '../kernel/process.ts'
import { fail, forOperand, parseFlags } from './program-input.ts'

async function ls(process: Process): Promise<number> {
  const { flags, operands } = parseFlags(process.args.slice(1))
  let status = 0
  const names = operands.length === 0 ? ['.'] : operands
  for (const [index, name] of names.entries()) {
    status |= await forOperand(
      process,
      name,
      async () => {
        const path = absolute(process.cwd, name)
        const node = process.fs.find(path, process.who, !flags.has('d'))
        if (node === undefined) throw new FsError('ENOENT', name)
        if (node.kind !== 'directory' || flags.has('d')) return process.out(await entryLine(process, name, node, flags))
        if (names.length > 1) await process.out(`${index > 0 ? '\n' : ''}${name}:\n`)
        await listDirectory(process, path, flags)
      },
      'cannot access',
    )
  }
  return status === 0 ? 0 : 2
}

async function listDirectory(process: Process, path: string, flags: Set<string>, depth = 0): Promise<void> {
  const entries = process.fs.list(path, process.who)
  if (flags.has('l')) await process.out(`total ${entries.length * 4}\n`)
  const shown = entries.filter(([name]) => flags.has('a') || flags.has('A') || !name.startsWith('.'))
  if (flags.has('a'))
    for (const dot of ['.', '..'])
      await process.out(await entryLine(process, dot, process.fs.find(path, process.who)!, flags))
  for (const [name, node] of shown) await process.out(await entryLine(process, name, node, flags))
  if (!flags.has('R') || depth > 16) return
  for (const [name, node] of shown) {
    if (node.kind !== 'directory') continue
    await process.out(`\n${path === '/' ? '' : path}/${name}:\n`)
    await listDirectory(process, `${path}/${name}`, flags, depth + 1)
  }
}

async function entryLine(process: Process, name: string, node: TreeNode, flags: Set<string>): Promise<string> {
  await process.tick()
  if (!flags.has('l')) return `${name}\n`
  const kind = { file: '-', directory: 'd', link: 'l' }[node.kind]
  const size = node.kind === 'file' ? node.content.length : 4096
  const when = new Date(node.modified).toUTCString().slice(5, 22)
  const owner = `${userName(process, node.uid).padEnd(8)} ${groupName(process, node.gid).padEnd(8)}`
  return `${kind}${modeText(node.mode)} 1 ${owner} ${String(size).padStart(8)} ${when.slice(3, 6)} ${when.slice(0, 2)} ${when.slice(12, 17)} ${name}${node.kind === 'link' ? ` -> ${node.target}` : ''}\n`
}

export function modeText(mode: number): string {
  let text = ''
  for (let shift = 6; shift >= 0; shift -= 3) {
    const bits = mode >> shift
    text += `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`
  }
  return mode & 0o1000 ? `${text.slice(0, 8)}t` : text
}

export function userName(process: Process, uid: number): string {
  return nameIn(process, '/etc/passwd', uid)
}

export function groupName(process: Process, gid: number): string {
  return nameIn(process, '/etc/group', gid)
}

function nameIn(process: Process, file: string, id: number): string {
  try {
    const text = process.fs.readFile(file, process.who)
    return (
      text
        .split('\n')
        .find((line) => line.split(':')[2] === String(id))
        ?.split(':')[0] ?? String(id)
    )
  } catch {
    return String(id) // images without these files show numbers
  }
}

async function cp(process: Process): Promise<number> {
  const { flags, operands } = parseFlags(process.args.slice(1))
  const target = operands.pop()
  if (target === undefined || operands.length === 0) return fail(process, 'missing file operand')
  let status = 0
  for (const name of operands) {
    status |= await forOperand(process, name, () =>
      copy(
        process,
        absolute(process.cwd, name),
        destination(process, name, target),
        flags.has('r') || flags.has('R') || flags.has('a'),
      ),
    )
  }
  return status
}

function destination(process: Process, name: string, target: string): string {
  const path = absolute(process.cwd, target)
  const isDirectory = process.fs.find(path, process.who)?.kind === 'directory'
  return isDirectory ? `${path}/${baseName(name)}` : path
}

function copy(process: Process, from: string, to: string, recursive: boolean, depth = 0): void {
  process.budget.spend('steps')
  const node = process.fs.find(from, process.who)
  if (node === undefined) throw new FsError('ENOENT', from)
  if (node.kind === 'directory') {
    if (!recursive || depth > 32) throw new FsError('EISDIR', from)
    if (process.fs.find(to, process.who) === undefined) process.fs.makeDirectory(to, process.who, node.mode)
    for (const [name] of process.fs.list(from, process.who))
      copy(process, `${from}/${name}`, `${to}/${name}`, true, depth + 1)
    return
  }
  const content = process.fs.readFile(from, process.who)
  process.budget.spend('bytes', content.length)
  process.fs.writeFile(to, content, process.who, { mode: node.mode })
}

async function mv(process: Process): Promise<number> {
  const { operands } = parseFlags(process.args.slice(1))
  const target = operands.pop()
  if (target === undefined || operands.length === 0) return fail(process, 'missing file operand')
  let status = 0
  for (const name of operands) {
    status |= await forOperand(process, name, () =>
      process.fs.rename(absolute(process.cwd, name), destination(process, name, target), process.who),
    )
  }
  return status
}

async function rm(process: Process): Promise<number> {
  const { flags, operands } = parseFlags(process.args.slice(1))
  const recursive = flags.has('r') || flags.has('R')
  const force = flags.has('f')
  let status = 0
  for (const name of operands) {
    if (split(name).length === 0) {
      status |= await fail(process, "it is dangerous to operate recursively on '/'")
      continue
    }
    if (force && process.fs.find(process.path(name), process.who, false) === undefined) continue
    status |= await forOperand(
      process,
      name,
      () => process.fs.remove(process.path(name), process.who, recursive ? 'tree' : 'file'),
      'cannot remove',
    )
  }
  return status
}

async function rmdir(process: Process): Promise<number> {
  let status = 0
  for (const name of parseFlags(process.args.slice(1)).operands) {
    status |= await forOperand(
      process,
      name,
      () => process.fs.remove(process.path(name), process.who, 'directory'),
      'failed to remove',
    )
  }
  return status
}

async function mkdir(process: Process): Promise<number> {
  const { flags, operands } = parseFlags(process.args.slice(1), 'm')
  let status = 0
  for (const name of operands) {
    status |= await forOperand(
      process,
      name,
      () => {
        if (!flags.has('p')) return process.fs.makeDirectory(process.path(name), process.who)
        const parts = split(process.path(name))
        for (let count = 1; count <= parts.length; count++) {
          const path = `/${parts.slice(0, count).join('/')}`
          if (process.fs.find(path, process.who) === undefined) process.fs.makeDirectory(path, process.who)
        }
      },
      'cannot create directory',
    )
  }
  return status
}

async function touch(process: Process): Promise<number> {
  const { operands } = parseFlags(process.args.slice(1), 'drt')
  let status = 0
  for (const name of operands)
    status |= await forOperand(process, name, () => process.fs.touch(process.path(name), process.who), 'cannot touch')
  return status
}

async function chmod(process: Process): Promise<number> {
  const args = process.args.slice(1).filter((word) => word !== '-R' && word !== '-v')
  const mode = args.shift()
  const change = mode === undefined ? undefined : modeChange(mode)
  if (change === undefined) return fail(process, `invalid mode: '${mode ?? ''}'`)
  let status = 0
  for (const name of args)
    status |= await forOperand(
      process,
      name,
      () => process.fs.changeMode(process.path(name), process.who, change),
      'cannot access',
    )
  return status
}

function modeChange(text: string): ((old: number) => number) | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return () => Number.parseInt(text, 8)
  const clauses = text.split(',').map((clause) => /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause))
  if (clauses.some((clause) => clause === null)) return undefined
  return (old) => {
    let mode = old
    for (const clause of clauses) {
      const [, who = '', operator, letters = ''] = clause! // none is null
      const bits = (letters.includes('r') ? 4 : 0) | (letters.includes('w') ? 2 : 0) | (/[xX]/.test(letters) ? 1 : 0)
      for (const [letter, shift] of [
        ['u', 6],
        ['g', 3],
        ['o', 0],
      ] as const) {
        if (who !== '' && !who.includes(letter) && !who.includes('a')) continue
        if (operator === '+') mode |= bits << shift
        else if (operator === '-') mode &= ~(bits << shift)
        else mode = (mode & ~(7 << shift)) | (bits << shift)
      }
    }
    return mode
  }
}

async function chown(process: Process): Promise<number> {
  const { operands } = parseFlags(process.args.slice(1))
  const [user = '', group] = (operands.shift() ?? '').split(':')
  const id = (file: string, name: string) => {
    if (/^\d+$/.test(name)) return Number(name)
    const line = process.fs
      .readFile(file, process.who)
      .split('\n')
      .find((text) => text.startsWith(`${name}:`))
    return line === undefined ? undefined : Number(line.split(':')[2])
  }
  let status = 0
  for (const name of operands) {
    status |= await forOperand(
      process,
      name,
      () => {
        const gid = group === undefined || group === '' ? undefined : id('/etc/group', group)
        process.fs.changeOwner(
          process.path(name),
          process.who,
          process.name === 'chgrp' ? undefined : id('/etc/passwd', user),
          process.name === 'chgrp' ? id('/etc/group', user) : gid,
        )
      },
      'changing ownership of',
    )
  }
  return status
}

async function ln(process: Process): Promise<number> {
  const { flags, operands } = parseFlags(process.args.slice(1))
  const [target, name = '.'] = operands
  if (target === undefined) return fail(process, 'missing file operand')
  return forOperand(
    process,
    name,
    () => {
      const path = destination(process, target, name)
      if (flags.has('f') && process.fs.find(path, process.who, false) !== undefined)
        process.fs.remove(path, process.who, 'file')
      if (flags.has('s')) return process.fs.link(target, path, process.who)
      return process.fs.writeFile(path, process.fs.readFile(absolute(process.cwd, target), process.who), process.who)
    },
    'failed to create link',
  )
}

async function readlink(process: Process): Promise<number> {
  const { flags, operands } = parseFlags(process.args.slice(1))
  const path = process.path(operands[0] ?? '')
  if (flags.has('f') || process.name === 'realpath')
    return (await process.out(`${process.fs.realPath(path, process.who)}\n`), 0)
  const node = process.fs.find(path, process.who, false)
  if (node?.kind !== 'link') return 1
  await process.out(`${node.target}\n`)
  return 0
}

async function stat(process: Process): Promise<number> {
  const { operands } = parseFlags(process.args.slice(1), 'c')
  let status = 0
  for (const name of operands) {
    status |= await forOperand(
      process,
      name,
      async () => {
        const node = process.fs.find(process.path(name), process.who)
        if (node === undefined) throw new FsError('ENOENT', name)
        const kind = node.kind === 'file' ? 'regular file' : node.kind
        await process.out(
          `  File: ${name}\n  Size: ${node.kind === 'file' ? node.content.length : 4096}\t${kind}\nAccess: (${(node.mode & 0o7777).toString(8).padStart(4, '0')}/${node.kind === 'directory' ? 'd' : '-'}${modeText(node.mode)})  Uid: (${node.uid}/${userName(process, node.uid)})   Gid: (${node.gid}/${groupName(process, node.gid)})\nModify: ${new Date(node.modified).toISOString()}\n`,
        )
      },
      'cannot statx',
    )
  }
  return status
}

async function du(process: Process): Promise<number> {
  const { operands } = parseFlags(process.args.slice(1))
  for (const name of operands.length === 0 ? ['.'] : operands) await process.out(`4\t${name}\n`)
  return 0
}

export const filePrograms: [string, Program][] = [
  ['ls', ls],
  ['cp', cp],
  ['mv', mv],
  ['rm', rm],
  ['rmdir', rmdir],
  ['mkdir', mkdir],
  ['touch', touch],
  ['chmod', chmod],
  ['chown', chown],
  ['chgrp', chown],
  ['ln', ln],
  ['readlink', readlink],
  ['realpath', readlink],
  ['stat', stat],
  ['du', du],
  [
    'basename',
    async (process) => (
      await process.out(
        `${baseName(process.args[1] ?? '').replace(new RegExp(`${(process.args[2] ?? '').replace(/[^\w.]/g, '').replaceAll('.', '\\.')}$`), '')}\n`,
      ),
      0
    ),
  ],
  [
    'dirname',
    async (process) => (await process.out(`${/^(.*)\/[^/]+\/?$/.exec(process.args[1] ?? '')?.[1] ?? '.'}\n`), 0),
  ],
  [
    'mktemp',
    async (process) => {
      const path = `/tmp/tmp.${Math.random().toString(36).slice(2, 12)}`
      if (process.args.includes('-d')) process.fs.makeDirectory(path, process.who, 0o700)
      else process.fs.writeFile(path, '', process.who, { mode: 0o600 })
      await process.out(`${path}\n`)
      return 0
    },
  ],
]
