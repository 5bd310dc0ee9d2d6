import { toText } from '../kernel/byte-text.ts'
import type { Process, Program } from '../kernel/process.ts'
import { describe } from '../kernel/process.ts'
import { evaluateTest } from '../shell/condition.ts'
import { findProgram } from '../shell/find-program.ts'
import { signalNamed } from '../shell/builtins.ts'
import { groupName, userName } from './file-programs.ts'
import { runProgram } from './find.ts'
import { fail, parseFlags } from './program-input.ts'

async function env(process: Process): Promise<number> {
  const args = process.args.slice(1)
  const variables = new Map(process.env)
  while (args.length > 0) {
    if (args[0] === '-i') variables.clear()
    else if (args[0] === '-u') variables.delete((args.shift(), args[0] ?? ''))
    else if (/^[A-Za-z_]\w*=/.test(args[0]!))
      variables.set(args[0]!.split('=', 1)[0]!, args[0]!.slice(args[0]!.indexOf('=') + 1))
    else break
    args.shift()
  }
  if (args.length === 0)
    return (await process.out([...variables].map(([name, value]) => `${name}=${value}\n`).join('')), 0)
  const path = findProgram(process, args[0]!, variables.get('PATH'))
  if (path === undefined) return fail(process, `'${args[0]}': No such file or directory`, 127)
  return process.table.replace(process, path, args, variables)
}

async function printenv(process: Process): Promise<number> {
  const name = process.args[1]
  if (name === undefined) return env(process)
  const value = process.env.get(name)
  if (value !== undefined) await process.out(`${value}\n`)
  return value === undefined ? 1 : 0
}

async function id(process: Process): Promise<number> {
  const { uid, gid } = process.who
  const { flags } = parseFlags(process.args.slice(1))
  const user = userName(process, uid)
  const group = groupName(process, gid)
  if (flags.has('u')) await process.out(`${flags.has('n') ? user : uid}\n`)
  else if (flags.has('g')) await process.out(`${flags.has('n') ? group : gid}\n`)
  else {
    const named = (number: number, name: string) => (name === String(number) ? String(number) : `${number}(${name})`)
    await process.out(`uid=${named(uid, user)} gid=${named(gid, group)} groups=${named(gid, group)}\n`)
  }
  return 0
}

async function whoami(process: Process): Promise<number> {
  const name = userName(process, process.who.uid)
  if (name === String(process.who.uid)) return fail(process, `cannot find name for user ID ${name}`)
  await process.out(`${name}\n`)
  return 0
}

async function uname(process: Process): Promise<number> {
  const { flags } = parseFlags(process.args.slice(1))
  const release = process.fs.readFile('/proc/sys/kernel/osrelease', process.who).trim()
  const host = process.env.get('HOSTNAME') ?? 'localhost'
  const parts: [string, string][] = [
    ['s', 'Linux'],
    ['n', host],
    ['r', release],
    ['v', '#1 SMP PREEMPT_DYNAMIC'],
    ['m', 'x86_64'],
    ['o', 'GNU/Linux'],
  ]
  const chosen = parts.filter(([flag]) => flags.has('a') || flags.has(flag))
  await process.out(`${(chosen.length > 0 ? chosen : [parts[0]!]).map(([, text]) => text).join(' ')}\n`)
  return 0
}

async function ps(process: Process): Promise<number> {
  const long = process.args.slice(1).join('').replace('-', '')
  const full = /e?f/.test(long)
  const rows = [...process.table.processes.values()].sort((a, b) => a.vpid - b.vpid)
  const header = /u/.test(long)
    ? 'USER         PID %CPU %MEM COMMAND'
    : full
      ? 'UID          PID    PPID  C STIME TTY          TIME CMD'
      : '    PID TTY          TIME CMD'
  await process.out(`${header}\n`)
  for (const row of rows) {
    const pid = String(row.vpid).padStart(7)
    const command = row.args.join(' ')
    const tty = (row.hasTty ? 'pts/0' : '?').padEnd(8)
    if (/u/.test(long)) await process.out(`${row.who.user.padEnd(8)} ${pid}  0.0  0.1 ${command}\n`)
    else if (full)
      await process.out(
        `${row.who.user.padEnd(8)} ${pid} ${String(row.parent?.vpid ?? 0).padStart(7)}  0 ${new Date(row.startedAt).toISOString().slice(11, 16)} ${tty} 00:00:00 ${command}\n`,
      )
    else await process.out(`${pid} ${tty} 00:00:00 ${row.name}\n`)
  }
  return 0
}

async function ss(process: Process): Promise<number> {
  const { network, podUid } = process.table.parts
  const isSs = process.name === 'ss'
  const listening = process.args.slice(1).some((word) => /^-[a-z]*l/.test(word))
  await process.out(
    isSs
      ? 'Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port\n'
      : 'Active Internet connections\nProto Recv-Q Send-Q Local Address           Foreign Address         State\n',
  )
  if (listening) return 0
  for (const connection of network.connections(podUid)) {
    if (!connection.alive) continue
    const outgoing = connection.from.podUid === podUid
    const here = outgoing
      ? `${connection.from.ip}:${ephemeralPort(connection.id)}`
      : `${connection.to.ip}:${connection.to.port}`
    const there = outgoing
      ? `${connection.to.ip}:${connection.to.port}`
      : `${connection.from.ip}:${ephemeralPort(connection.id)}`
    const protocol = connection.protocol.toLowerCase()
    await process.out(
      isSs
        ? `${protocol.padEnd(5)} ESTAB  0      0      ${here.padEnd(18)} ${there}\n`
        : `${protocol}        0      0 ${here.padEnd(23)} ${there.padEnd(23)} ESTABLISHED\n`,
    )
  }
  return 0
}

/** A stable port for a connection; the lab's network has no client ports of its own. */
function ephemeralPort(connectionId: string): number {
  let hash = 7
  for (const char of connectionId) hash = (hash * 31 + char.charCodeAt(0)) % 28_231
  return 32_768 + hash
}

async function sleep(process: Process): Promise<number> {
  const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }
  let seconds = 0
  for (const word of process.args.slice(1)) {
    const match = /^(\d*\.?\d+)([smhd]?)$/.exec(word)
    if (match === null && word !== 'infinity' && word !== 'inf') return fail(process, `invalid time interval '${word}'`)
    seconds += match === null ? 1e9 : Number(match[1]) * (units[match[2]!] ?? 1)
  }
  if (process.args.length < 2) return fail(process, 'missing operand')
  await process.sleep(seconds * 1000)
  return 0
}

async function date(process: Process): Promise<number> {
  const now = process.table.clock.now()
  const format = process.args.find((word) => word.startsWith('+'))?.slice(1)
  const iso = now.toISOString()
  const values: Record<string, string> = {
    s: String(Math.floor(now.getTime() / 1000)),
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
    N: `${iso.slice(20, 23)}000000`,
    Z: 'UTC',
    y: iso.slice(2, 4),
  }
  const day = now.toUTCString()
  const text =
    format === undefined
      ? `${day.slice(0, 3)} ${day.slice(8, 11)} ${day.slice(5, 7)} ${iso.slice(11, 19)} UTC ${iso.slice(0, 4)}`
      : format.replace(/%(.)/g, (whole, letter: string) => values[letter] ?? whole)
  await process.out(`${text}\n`)
  return 0
}

async function kill(process: Process): Promise<number> {
  const args = process.args.slice(1)
  const named = args[0]?.startsWith('-') ? args.shift()!.slice(1) : 'TERM'
  const signal = signalNamed(named === 's' ? (args.shift() ?? '') : named)
  let status = 0
  for (const target of process.table.processes.values()) {
    const byName = process.name === 'kill' ? args.includes(String(target.vpid)) : args.includes(target.name)
    if (!byName || target === process) continue
    if (process.who.uid !== 0 && target.who.uid !== process.who.uid)
      status = await fail(process, `(${target.vpid}) - Operation not permitted`)
    else if (signal !== undefined) target.kill(signal)
  }
  return status
}

/** nohup, nice, timeout, stdbuf, setsid, sudo …: run what follows in place, after their own options. */
async function wrapper(process: Process): Promise<number> {
  const args = process.args.slice(1)
  while (args[0]?.startsWith('-')) args.splice(0, /^-[nsku]$/.test(args[0]) ? 2 : 1)
  if (process.name === 'sudo' && process.who.uid !== 0) return fail(process, 'a password is required')
  const seconds = process.name === 'timeout' ? Number.parseFloat(args.shift() ?? '') : undefined
  if (args.length === 0) return fail(process, 'missing operand', 125)
  if (seconds === undefined) {
    const path = findProgram(process, args[0]!, process.env.get('PATH'))
    if (path === undefined) return fail(process, `failed to run command '${args[0]}': No such file or directory`, 127)
    return process.table.replace(process, path, args, process.env)
  }
  const run = runProgram(process, args)
  const limit = process.sleep(seconds * 1000).then(() => 124)
  const code = await Promise.race([run, limit])
  if (code === 124)
    for (const child of process.table.processes.values()) if (child.parent === process) child.kill('SIGTERM')
  limit.catch(() => {})
  run.catch(() => {})
  return code
}

async function which(process: Process): Promise<number> {
  let status = 0
  for (const name of process.args.slice(1)) {
    const path = findProgram(process, name, process.env.get('PATH'))
    if (path === undefined) status = 1
    else await process.out(`${path}\n`)
  }
  return status
}

async function test(process: Process): Promise<number> {
  const args = process.args.slice(1)
  if (process.name === '[' && args.pop() !== ']') return fail(process, "missing ']'", 2)
  try {
    return evaluateTest(args, process) ? 0 : 1
  } catch (error) {
    return fail(process, describe(error), 2)
  }
}

async function crontab(process: Process): Promise<number> {
  const path = `/var/spool/cron/${process.who.user}`
  const { flags, operands } = parseFlags(process.args.slice(1), 'u')
  const existing = process.fs.find(path, process.who)
  if (flags.has('l')) {
    if (existing?.kind !== 'file') return fail(process, `no crontab for ${process.who.user}`)
    await process.out(existing.content)
    return 0
  }
  const text =
    operands[0] === undefined || operands[0] === '-'
      ? await process.readAll()
      : process.fs.readFile(process.path(operands[0]), process.who)
  const root = { uid: 0, gid: 0, user: 'root', home: '/root' } // crontab is set-user-id
  if (process.fs.find('/var/spool', root) === undefined) process.fs.makeDirectory('/var/spool', root)
  if (process.fs.find('/var/spool/cron', root) === undefined) process.fs.makeDirectory('/var/spool/cron', root)
  process.fs.writeFile(path, text, root, { mode: 0o600 })
  return 0
}

export const systemPrograms: [string, Program][] = [
  ['env', env],
  ['printenv', printenv],
  ['id', id],
  ['whoami', whoami],
  [
    'hostname',
    async (process) => (
      await process.out(
        `${process.args[1] === '-i' || process.args[1] === '-I' ? (process.env.get('POD_IP') ?? hostIp(process)) : (process.env.get('HOSTNAME') ?? 'localhost')}\n`,
      ),
      0
    ),
  ],
  ['uname', uname],
  ['ps', ps],
  ['top', ps],
  ['ss', ss],
  ['netstat', ss],
  ['sleep', sleep],
  ['date', date],
  ['kill', kill],
  ['pkill', kill],
  ['killall', kill],
  ['which', which],
  ['test', test],
  ['[', test],
  ['nohup', wrapper],
  ['nice', wrapper],
  ['timeout', wrapper],
  ['setsid', wrapper],
  ['stdbuf', wrapper],
  ['sudo', wrapper],
  ['tini', wrapper],
  ['crontab', crontab],
  ['true', async () => 0],
  ['false', async () => 1],
  ['sync', async () => 0],
  ['clear', async () => 0],
  ['pwd', async (process) => (await process.out(`${process.cwd}\n`), 0)],
  ['nproc', async (process) => (await process.out('4\n'), 0)],
  ['mount', async (process) => (await process.out(process.fs.readFile('/proc/mounts', process.who)), 0)],
  [
    'df',
    async (process) => (
      await process.out(
        'Filesystem     1K-blocks     Used Available Use% Mounted on\noverlay        129886128 31425812  98443932  25% /\n',
      ),
      0
    ),
  ],
  [
    'free',
    async (process) => (
      await process.out('               total        used        free\nMem:         8130340     2210044     3120592\n'),
      0
    ),
  ],
  [
    'uptime',
    async (process) => (
      await process.out(
        ` ${toText(process.table.clock.now().toISOString().slice(11, 19))} up 12 days,  3:04,  0 users,  load average: 0.31, 0.24, 0.20\n`,
      ),
      0
    ),
  ],
  [
    'lscpu',
    async (process) => (
      await process.out(
        'Architecture:        x86_64\nCPU(s):              4\nModel name:          Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz\n',
      ),
      0
    ),
  ],
]

function hostIp(process: Process): string {
  const hosts = process.fs.readFile('/etc/hosts', process.who)
  return hosts.trim().split('\n').at(-1)?.split(/\s/)[0] ?? '127.0.0.1'
}
