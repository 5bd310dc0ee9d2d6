import type { Process, Program } from '../kernel/process.ts'
import { createHash } from 'node:crypto'
import { absolute } from '../kernel/file-tree.ts'
import { openPath } from '../kernel/open-path.ts'
import { allText, fail, forOperand, parseFlags } from './program-input.ts'

/** Programs that need rights a container does not have: they fail as they would. */
async function modprobe(process: Process): Promise<number> {
  const module = process.args.slice(1).find((word) => !word.startsWith('-')) ?? ''
  return fail(
    process,
    process.who.uid === 0
      ? `FATAL: Module ${module} not found in directory /lib/modules/${process.fs.readFile('/proc/sys/kernel/osrelease', process.who).trim()}`
      : `ERROR: could not insert '${module}': Operation not permitted`,
  )
}

async function packageManager(process: Process): Promise<number> {
  const operation = process.args.slice(1).find((word) => !word.startsWith('-'))
  if (operation === undefined || operation === 'list' || operation === 'info') return 0
  if (process.who.uid !== 0) return fail(process, 'Unable to lock database: Permission denied', 100)
  return fail(process, 'unable to fetch package lists: temporary error (try again later)', 100)
}

async function tar(process: Process): Promise<number> {
  const words = process.args.slice(1)
  if (words[0] !== undefined && !words[0].startsWith('-')) words[0] = `-${words[0]}`
  const { flags, values, operands } = parseFlags(words, 'fC')
  const directory = absolute(process.cwd, values.get('C') ?? '.')
  const archive = values.get('f') ?? '-'
  if (flags.has('c')) {
    const lines: string[] = []
    const add = (name: string, depth: number) => {
      process.budget.spend('steps')
      const node = process.fs.find(absolute(directory, name), process.who)
      if (node?.kind === 'file')
        lines.push(
          JSON.stringify({
            name,
            mode: node.mode,
            content: process.fs.readFile(absolute(directory, name), process.who),
          }),
        )
      if (node?.kind === 'directory' && depth < 32)
        for (const [entry] of process.fs.list(absolute(directory, name), process.who))
          add(`${name}/${entry}`, depth + 1)
    }
    let status = 0
    for (const name of operands) status |= await forOperand(process, name, () => add(name, 0))
    const data = `lab-tar\n${lines.join('\n')}\n`
    process.budget.spend('bytes', data.length)
    if (archive === '-') await process.out(data)
    else process.fs.writeFile(process.path(archive), data, process.who)
    return status
  }
  const data = archive === '-' ? await process.readAll() : process.fs.readFile(process.path(archive), process.who)
  if (!data.startsWith('lab-tar\n')) return fail(process, 'This does not look like a tar archive', 2)
  for (const line of data.split('\n').slice(1)) {
    await process.tick()
    if (line === '') continue
    const entry = JSON.parse(line) as { name: string; mode: number; content: string } // written above; a forged one fails below
    if (typeof entry.name !== 'string' || typeof entry.content !== 'string' || entry.name.includes('..'))
      return fail(process, 'Skipping to next header', 2)
    if (flags.has('t')) await process.out(`${entry.name}\n`)
    else {
      const path = absolute(directory, entry.name)
      const parents = path.split('/').slice(1, -1)
      for (let count = 1; count <= parents.length; count++) {
        const parent = `/${parents.slice(0, count).join('/')}`
        if (process.fs.find(parent, process.who) === undefined) process.fs.makeDirectory(parent, process.who)
      }
      process.fs.writeFile(path, entry.content, process.who, { mode: entry.mode & 0o777 })
    }
  }
  return 0
}

async function checksum(process: Process): Promise<number> {
  const algorithm = process.name.replace('sum', '')
  const { operands } = parseFlags(process.args.slice(1))
  for (const name of operands.length === 0 ? ['-'] : operands) {
    const text = await allText(process, name === '-' ? [] : [name])
    await process.out(`${createHash(algorithm).update(text, 'latin1').digest('hex')}  ${name}\n`)
  }
  return 0
}

async function openssl(process: Process): Promise<number> {
  const [operation = '', ...rest] = process.args.slice(1)
  if (operation === 'version') return (await process.out('OpenSSL 3.1.4 24 Oct 2023\n'), 0)
  if (operation === 'base64' || (operation === 'enc' && rest.includes('-base64'))) {
    const text = await process.readAll()
    const out = rest.includes('-d')
      ? Buffer.from(text, 'base64').toString('latin1')
      : `${
          Buffer.from(text, 'latin1')
            .toString('base64')
            .match(/.{1,64}/g)
            ?.join('\n') ?? ''
        }\n`
    return (await process.out(out), 0)
  }
  if (operation === 'rand') {
    const count = Math.min(4096, Number(rest.at(-1)) || 16)
    const bytes = Buffer.from(Array.from({ length: count }, () => Math.floor(Math.random() * 256)))
    return (
      await process.out(rest.includes('-hex') ? `${bytes.toString('hex')}\n` : `${bytes.toString('base64')}\n`), 0
    )
  }
  if (operation === 'passwd')
    return (
      await process.out(
        `$1$lab$${createHash('md5')
          .update(rest.at(-1) ?? '')
          .digest('base64')
          .slice(0, 22)}\n`,
      ),
      0
    )
  if (operation === 's_client') {
    const [host = '', port = '443'] = (rest[rest.indexOf('-connect') + 1] ?? '').split(':')
    const result = await process.table.connect(process, host, Number(port), 'TCP', 10_000)
    if (!result.ok) return fail(process, 'connect:errno=111')
    result.close()
    return (await process.out('CONNECTED(00000003)\n'), 0)
  }
  return fail(process, `Invalid command '${operation}'; type "help" for a list.`)
}

/** Programs that print nothing of interest here but whose start is what matters. */
async function quiet(): Promise<number> {
  return 0
}

async function notPermitted(process: Process): Promise<number> {
  return fail(process, 'Operation not permitted')
}

async function userTool(process: Process): Promise<number> {
  const name = process.args.slice(1).findLast((word) => !word.startsWith('-'))
  if (process.who.uid !== 0) return fail(process, 'Permission denied.')
  if (name === undefined) return fail(process, 'no user given', 2)
  if (process.name === 'useradd' || process.name === 'adduser') {
    process.fs.writeFile('/etc/passwd', `${name}:x:1500:1500::/home/${name}:/bin/sh\n`, process.who, { append: true })
  }
  return 0
}

async function dd(process: Process): Promise<number> {
  const options = new Map(process.args.slice(1).map((word) => word.split(/=(.*)/s) as [string, string])) // key=value operands
  const size = parseSize(options.get('bs') ?? '512') * (Number(options.get('count') ?? Infinity) || 0)
  let left = size
  const input = options.get('if')
  const from = input === undefined ? process.fds.get(0) : await openPath(process, input, 'read')
  const to = options.has('of') ? await openPath(process, options.get('of')!, 'write') : process.fds.get(1)
  while (left > 0) {
    const data = await from?.read(process.signal)
    if (data === undefined) break
    const piece = data.slice(0, left)
    left -= piece.length
    process.budget.spend('bytes', piece.length)
    await to?.write(piece, process.signal)
    await process.tick()
  }
  return 0
}

function parseSize(text: string): number {
  const unit = { k: 1024, K: 1024, M: 1_048_576, G: 1_073_741_824 }[text.at(-1)!] ?? 1
  return (Number.parseInt(text, 10) || 0) * unit
}

export const adminPrograms: [string, Program][] = [
  ['modprobe', modprobe],
  ['insmod', modprobe],
  ['apk', packageManager],
  ['apt', packageManager],
  ['apt-get', packageManager],
  ['yum', packageManager],
  ['tdnf', packageManager],
  ['pip', packageManager],
  ['pip3', packageManager],
  ['npm', packageManager],
  ['tar', tar],
  ['md5sum', checksum],
  ['sha1sum', checksum],
  ['sha256sum', checksum],
  ['openssl', openssl],
  ['useradd', userTool],
  ['adduser', userTool],
  ['usermod', userTool],
  ['passwd', userTool],
  ['chpasswd', userTool],
  ['dd', dd],
  ['unshare', notPermitted],
  ['nsenter', notPermitted],
  ['chroot', notPermitted],
  ['mkfifo', quiet],
  ['sysctl', notPermitted],
  ['iptables', notPermitted],
  ['swapoff', notPermitted],
  ['chattr', notPermitted],
  ['systemctl', notPermitted],
  ['service', notPermitted],
  ['ldconfig', quiet],
]
