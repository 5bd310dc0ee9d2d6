import type { NetworkService } from '../../ports.ts'
import { toBytes, toText } from '../kernel/byte-text.ts'
import { FsError } from '../kernel/fs-error.ts'
import { connectFailures, openSocket } from '../kernel/open-path.ts'
import type { Process, Program } from '../kernel/process.ts'
import { describe, Killed } from '../kernel/process.ts'
import { curl, wget } from './curl.ts'
import { runProgram } from './find.ts'
import { httpRequest } from './http-client.ts'
import { fail, parseFlags } from './program-input.ts'

/** Serves requests until the process ends. */
export async function serveUntilKilled(process: Process, port: number, service: NetworkService): Promise<number> {
  const { network, podUid } = process.table.parts
  const close = network.listen(podUid, port, 'TCP', service)
  try {
    for (;;) await process.sleep(3_600_000)
  } finally {
    close()
  }
}

async function python(process: Process): Promise<number> {
  const args = process.args.slice(1)
  if (args[0] === '-V' || args[0] === '--version') return (await process.out('Python 3.9.19\n'), 0)
  const at = args.indexOf('-m')
  if (at >= 0 && args[at + 1] === 'http.server') {
    const port = Number(args.slice(at + 2).find((word) => /^\d+$/.test(word)) ?? 8000)
    await process.out(`Serving HTTP on 0.0.0.0 port ${port} (http://0.0.0.0:${port}/) ...\n`)
    return serveUntilKilled(process, port, async (request) => serveFile(process, request.path, request.sourceIP))
  }
  const code = args.indexOf('-c') >= 0 ? args[args.indexOf('-c') + 1] : undefined
  if (code !== undefined) return pythonCode(process, code)
  const script = args.find((word) => !word.startsWith('-'))
  if (script === undefined) return fail(process, 'the lab has no interactive interpreter')
  const node = process.fs.find(process.path(script), process.who)
  if (node === undefined) return fail(process, `can't open file '${script}': [Errno 2] No such file or directory`, 2)
  return fail(process, `${script}: the lab runs no Python programs`)
}

/** The few one-liners attackers use: printing, starting a shell, and a reverse shell's connection. */
async function pythonCode(process: Process, code: string): Promise<number> {
  const target = /connect\(\(\s*["']([^"']+)["']\s*,\s*(\d+)/.exec(code)
  if (target !== null) {
    try {
      const socket = await openSocket(process, target[1]!, Number(target[2]), 'TCP')
      const fds = new Map([0, 1, 2].map((fd) => [fd, socket.retain()]))
      const shell = /["'](\/bin\/(?:ba)?sh)["']/.exec(code)?.[1]
      if (shell === undefined) return 0
      return (await process.spawn({ path: shell, args: [shell, '-i'], fds }).done).code
    } catch (error) {
      if (error instanceof Killed) throw error
      return fail(process, `Traceback (most recent call last):\nOSError: ${describe(error)}`)
    }
  }
  const command = /(?:os\.system|spawn|call|run|popen)\(\s*\[?\s*["']([^"']+)["']/.exec(code)?.[1]
  if (command !== undefined)
    return runProgram(process, code.includes('os.system') || code.includes('popen') ? ['sh', '-c', command] : [command])
  for (const [, text] of code.matchAll(/print\(\s*["']([^"']*)["']\s*\)/g)) await process.out(`${text}\n`)
  return 0
}

async function serveFile(
  process: Process,
  path: string,
  client: string,
): Promise<{ status: number; headers: Record<string, string>; body: string }> {
  const name = decodeURIComponentSafe(path.split('?')[0]!)
  let status = 200
  let body = ''
  try {
    const node = process.fs.find(process.path(`.${name}`), process.who)
    if (node?.kind === 'directory') {
      body = `<ul>${process.fs
        .list(process.path(`.${name}`), process.who)
        .map(([entry]) => `<li><a href="${entry}">${entry}</a></li>`)
        .join('')}</ul>\n`
    } else body = process.fs.readFile(process.path(`.${name}`), process.who)
  } catch (error) {
    if (!(error instanceof FsError)) throw error
    status = error.code === 'EACCES' ? 403 : 404
    body = `Error response: ${status}\n`
  }
  await process.err(`${client} - - "GET ${toBytes(path)} HTTP/1.1" ${status} -\n`).catch(() => {})
  return {
    status,
    headers: { Server: 'SimpleHTTP/0.6 Python/3.9.19', 'Content-Length': String(body.length) },
    body: toText(body),
  }
}

export function decodeURIComponentSafe(text: string): string {
  try {
    return toBytes(decodeURIComponent(text.replaceAll('+', ' ')))
  } catch {
    return toBytes(text)
  }
}

async function nc(process: Process): Promise<number> {
  const { flags, values, operands } = parseFlags(process.args.slice(1), 'wpeXxs')
  const timeoutMs = values.has('w') ? Number(values.get('w')) * 1000 : undefined
  const port = Number(flags.has('l') ? (values.get('p') ?? operands.at(-1)) : operands[1])
  if (!(port >= 1 && port <= 65_535)) return fail(process, 'missing port number')
  if (flags.has('l')) {
    return serveUntilKilled(process, port, async (request) => {
      await process.out(`${request.method} ${toBytes(request.path)} HTTP/1.1\n${toBytes(request.body)}\n`)
      return { status: 200, headers: {}, body: '' }
    })
  }
  const host = operands[0] ?? ''
  const protocol = flags.has('u') ? 'UDP' : 'TCP'
  const verbose = flags.has('v')
  if (flags.has('z')) {
    const result = await process.table.connect(process, host, port, protocol, timeoutMs)
    if (result.ok) result.close()
    if (verbose)
      await process.err(
        result.ok
          ? `Connection to ${host} ${port} port [${protocol.toLowerCase()}/*] succeeded!\n`
          : `nc: connect to ${host} port ${port} failed: ${connectFailures[result.reason]}\n`,
      )
    return result.ok ? 0 : 1
  }
  try {
    const socket = await openSocket(process, host, port, protocol, timeoutMs)
    const shell = values.get('e')
    if (shell === undefined) {
      for (let data = await process.read(); data !== undefined; data = await process.read())
        await socket.write(data, process.signal)
      if (!flags.has('N')) await socket.read(process.signal)
      socket.release()
      return 0
    }
    return (
      await process.spawn({ path: shell, args: [shell], fds: new Map([0, 1, 2].map((fd) => [fd, socket.retain()])) })
        .done
    ).code
  } catch (error) {
    if (error instanceof Killed) throw error
    return fail(process, `${host} ${port}: ${describe(error)}`)
  }
}

const defaultPorts = [
  21, 22, 23, 25, 53, 80, 110, 143, 443, 445, 3306, 3389, 5432, 5900, 6379, 6443, 8080, 8443, 9090, 9200, 10250, 27017,
]

/** nmap: real connection tries over the pod network, so that a NetworkPolicy shows in its report. */
async function nmap(process: Process): Promise<number> {
  const { flags, values, operands } = parseFlags(
    process.args
      .slice(1)
      .filter((word) => word !== '-Pn' && word !== '-sT' && word !== '-sV' && word !== '-sn' && !/^-T\d/.test(word)),
    'poi',
  )
  const target = operands[0]
  if (target === undefined) return fail(process, 'no target given', 1)
  const hosts = targetHosts(process, target)
  const started = performance.now()
  await process.out(
    `Starting Nmap 7.93 ( https://nmap.org ) at ${process.table.clock.now().toISOString().slice(0, 16).replace('T', ' ')} UTC\n`,
  )
  if (hosts === undefined) {
    await process.out(
      `Failed to resolve "${target.split('/')[0]}".\nWARNING: No targets were specified, so 0 hosts scanned.\nNmap done: 0 IP addresses (0 hosts up) scanned in 0.02 seconds\n`,
    )
    return 0
  }
  const ports = portList(values.get('p'))
  const probes = hosts.flatMap((host) => ports.map((port) => ({ host, port, state: 'filtered' })))
  if (probes.length > 4096) return fail(process, 'too many probes for the lab', 1)
  let next = 0
  const worker = async () => {
    for (let probe = probes[next++]; probe !== undefined; probe = probes[next++]) {
      await process.tick()
      const result = await process.table.connect(process, probe.host, probe.port, 'TCP', 500)
      if (result.ok) result.close()
      probe.state = result.ok ? 'open' : result.reason === 'refused' ? 'closed' : 'filtered'
    }
  }
  await Promise.all(Array.from({ length: 32 }, worker))
  for (const host of hosts) {
    const shown = probes.filter((probe) => probe.host === host && (!flags.has('open') || probe.state === 'open'))
    if (shown.length === 0) continue
    const lines = shown.map(
      ({ port, state }) => `${`${port}/tcp`.padEnd(8)} ${state.padEnd(8)} ${serviceNames[port] ?? 'unknown'}\n`,
    )
    await process.out(
      `Nmap scan report for ${host}\nHost is up (0.00042s latency).\nPORT     STATE    SERVICE\n${lines.join('')}\n`,
    )
  }
  await process.out(
    `Nmap done: ${hosts.length} IP addresses (${hosts.length} hosts up) scanned in ${((performance.now() - started) / 1000).toFixed(2)} seconds\n`,
  )
  return 0
}

const serviceNames: Record<number, string> = {
  22: 'ssh',
  53: 'domain',
  80: 'http',
  443: 'https',
  3306: 'mysql',
  5432: 'postgresql',
  6379: 'redis',
  6443: 'sun-sr-https',
  8080: 'http-proxy',
  8443: 'https-alt',
  10250: 'unknown',
}

/** Addresses of `host`, `a.b.c.d` or either with a prefix length of 22 or longer. */
function targetHosts(process: Process, target: string): string[] | undefined {
  const [name = '', prefix] = target.split('/')
  const { network, podUid } = process.table.parts
  const address = /^\d+(\.\d+){3}$/.test(name) ? name : network.resolve({ podUid }, name)
  if (address === undefined) return undefined
  if (prefix === undefined) return [address]
  const bits = Math.max(22, Math.min(32, Number(prefix) || 32))
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - bits)
  const first = Math.floor(value / size) * size
  return Array.from({ length: size }, (_, index) =>
    [24, 16, 8, 0].map((shift) => Math.floor((first + index) / 2 ** shift) % 256).join('.'),
  )
}

function portList(text: string | undefined): number[] {
  if (text === undefined) return defaultPorts
  const ports = text.split(',').flatMap((part) => {
    const [from, to] = part === '-' ? [1, 65_535] : part.split('-').map(Number)
    const last = Math.min(to ?? from ?? 0, (from ?? 0) + 1023)
    return Array.from({ length: Math.max(0, last - (from ?? 0) + 1) }, (_, index) => (from ?? 0) + index)
  })
  return ports.filter((port) => port >= 1 && port <= 65_535)
}

async function lookup(process: Process): Promise<number> {
  const name = process.args.slice(1).find((word) => !/^[-+@]/.test(word)) ?? ''
  const { network, podUid } = process.table.parts
  const ip = network.resolve({ podUid }, name)
  if (process.name === 'dig') return (await process.out(ip === undefined ? '' : `${ip}\n`), 0)
  if (process.name === 'getent') {
    const host = process.args[2] ?? ''
    const found = network.resolve({ podUid }, host)
    if (found !== undefined) await process.out(`${found.padEnd(15)} ${host}\n`)
    return found === undefined ? 2 : 0
  }
  if (ip === undefined) return (await process.out(`** server can't find ${name}: NXDOMAIN\n`), 1)
  await process.out(`Name:\t${name}\nAddress: ${ip}\n`)
  return 0
}

async function xmrig(process: Process): Promise<number> {
  const at = process.args.findIndex((word) => word === '-o' || word === '--url')
  const pool = (at >= 0 ? process.args[at + 1] : undefined)?.replace(/^\w+(\+\w+)?:\/\//, '')
  if (pool === undefined) return 0 // without a pool the simulated miner ends at once, as the copy of true it stands for
  const [host = '', port = '3333'] = pool.split(':')
  await process.out(` * ABOUT        XMRig/6.21.0\n * POOL #1      ${pool} algo auto\n`)
  for (;;) {
    try {
      const socket = await openSocket(process, host, Number(port), 'TCP')
      await process.out(`[net] use pool ${pool}\n`)
      await socket.read(process.signal)
      socket.release()
    } catch (error) {
      if (error instanceof Killed) throw error
      await process.out(`[net] ${pool} connect error: "${describe(error)}"\n`)
    }
    await process.sleep(5000)
  }
}

async function ping(process: Process): Promise<number> {
  const host = parseFlags(process.args.slice(1), 'cWi').operands[0] ?? ''
  const ip = /^\d+(\.\d+){3}$/.test(host)
    ? host
    : process.table.parts.network.resolve({ podUid: process.table.parts.podUid }, host)
  if (ip === undefined) return fail(process, `bad address '${host}'`)
  await process.out(`PING ${host} (${ip}): 56 data bytes\n`)
  return fail(process, 'permission denied (are you root?)')
}

/** ssh, scp, ftp, telnet …: try to connect, nobody answers in their protocol. */
async function remoteLogin(process: Process): Promise<number> {
  const { values, operands } = parseFlags(process.args.slice(1), 'piRLDo')
  const host = (operands[0] ?? '').replace(/^.*@/, '').replace(/:.*/, '')
  const port = process.name === 'telnet' ? Number(operands[1] ?? 23) : Number(values.get('p') ?? 22)
  const result = await process.table.connect(process, host, port, 'TCP', 10_000)
  if (!result.ok) return fail(process, `connect to host ${host} port ${port}: ${connectFailures[result.reason]}`, 255)
  result.close()
  return fail(process, `Connection closed by ${host} port ${port}`, 255)
}

/** kubectl with get, auth can-i and version: through the API server with the pod's own token. */
async function kubectl(process: Process): Promise<number> {
  const base = '/var/run/secrets/kubernetes.io/serviceaccount'
  const { values, operands } = parseFlags(process.args.slice(1), 'no')
  let token: string
  let own: string
  try {
    token = process.fs.readFile(`${base}/token`, process.who)
    own = process.fs.readFile(`${base}/namespace`, process.who)
  } catch {
    return fail(
      process,
      'The connection to the server localhost:8080 was refused - did you specify the right host or port?',
    )
  }
  const namespace = values.get('n') ?? values.get('namespace') ?? own
  const call = (method: string, path: string, body = '') =>
    httpRequest(process, {
      url: `https://kubernetes.default.svc${path}`,
      method,
      body,
      timeoutMs: 30_000,
      headers: {
        Authorization: `Bearer ${token}`,
        'User-Agent': 'kubectl/v1.33.1 (linux/amd64) kubernetes/8adc0f0',
        Accept: 'application/json',
        'Content-Type': 'application/json',
      },
    })
  if (operands[0] === 'auth' && operands[1] === 'can-i') {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: operands[2] ?? 'get', resource: operands[3] ?? 'pods', namespace } },
    }
    const result = await call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', JSON.stringify(review))
    if (!result.ok || result.response.status >= 400)
      return fail(process, `Unable to connect to the server: ${result.ok ? result.response.status : result.reason}`)
    const allowed = /"allowed":\s*true/.test(result.response.body)
    await process.out(allowed ? 'yes\n' : 'no\n')
    return allowed ? 0 : 1
  }
  if (operands[0] !== 'get' || operands[1] === undefined)
    return fail(process, `unknown command "${operands[0] ?? ''}" for "kubectl"`)
  const kind =
    {
      pod: 'pods',
      po: 'pods',
      secret: 'secrets',
      svc: 'services',
      service: 'services',
      ns: 'namespaces',
      namespace: 'namespaces',
      node: 'nodes',
      no: 'nodes',
      cm: 'configmaps',
    }[operands[1]] ?? operands[1]
  const clusterWide = kind === 'nodes' || kind === 'namespaces' || process.args.includes('-A')
  const path = `/api/v1${clusterWide ? '' : `/namespaces/${namespace}`}/${kind}${operands[2] === undefined ? '' : `/${operands[2]}`}`
  const result = await call('GET', path)
  if (!result.ok) return fail(process, `Unable to connect to the server: ${result.reason}`)
  if (result.response.status >= 400)
    return fail(
      process,
      `Error from server: ${/"message":\s*"([^"]*)"/.exec(result.response.body)?.[1] ?? result.response.status}`,
    )
  if (values.has('o')) return (await process.out(`${result.response.body}\n`), 0)
  await process.out('NAME\n')
  for (const [, name] of result.response.body.matchAll(/"metadata":\s*\{[^{}]*?"name":\s*"([^"]+)"/g))
    await process.out(`${name}\n`)
  return 0
}

export const networkPrograms: [string, Program][] = [
  ['curl', curl],
  ['wget', wget],
  ['python3', python],
  ['python', python],
  ['nc', nc],
  ['ncat', nc],
  ['nmap', nmap],
  ['nslookup', lookup],
  ['dig', lookup],
  ['getent', lookup],
  ['xmrig', xmrig],
  ['unknown-binary', xmrig], // a downloaded binary: with a pool as its option it mines, else it ends
  ['ping', ping],
  ['ssh', remoteLogin],
  ['scp', remoteLogin],
  ['telnet', remoteLogin],
  ['kubectl', kubectl],
]
