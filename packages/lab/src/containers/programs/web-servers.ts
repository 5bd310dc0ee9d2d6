import type { NetworkRequest, NetworkResponse } from '../../ports.ts'
import { toBytes, toText } from '../kernel/byte-text.ts'
import { FsError } from '../kernel/fs-error.ts'
import { Budget } from '../kernel/limits.ts'
import { collectOutput, OutputSink } from '../kernel/open-file.ts'
import type { Process, Program } from '../kernel/process.ts'
import { Killed } from '../kernel/process.ts'
import { keepPeersBusy } from './peer-traffic.ts'
import { decodeURIComponentSafe, serveUntilKilled } from './network-programs.ts'
import { httpRequest } from './http-client.ts'

const workerTitle = 'php-fpm: pool web'

/** php-fpm: becomes a master in the background with one worker of the pool's user, or stays with -F. */
async function phpFpm(process: Process): Promise<number> {
  const user = /^\s*user\s*=\s*(\S+)/m.exec(readOr(process, '/etc/php-fpm.d/web.conf', ''))?.[1] ?? 'nginx'
  const who = accountNamed(process, user)
  const master = async (self: Process): Promise<number> => {
    self.args = ['php-fpm: master process (/etc/php-fpm.conf)']
    const worker = self.fork(async (child) => {
      child.args = [workerTitle]
      child.who = who
      child.cwd = '/var/www/html'
      for (;;) await child.sleep(3_600_000)
    })
    await process.err(`NOTICE: fpm is running, pid ${self.vpid}\nNOTICE: ready to handle connections\n`).catch(() => {})
    return (await worker.done).code
  }
  if (process.args.includes('-F') || process.args.includes('--nodaemonize')) return master(process)
  process.fork(master)
  return 0
}

function accountNamed(process: Process, name: string): Process['who'] {
  const line = readOr(process, '/etc/passwd', '')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`))
  const [, , uid, gid, , home] = line?.split(':') ?? []
  return line === undefined ? process.who : { uid: Number(uid), gid: Number(gid), user: name, home: home ?? '/' }
}

function readOr(process: Process, path: string, otherwise: string): string {
  try {
    return process.fs.readFile(path, process.who)
  } catch (error) {
    if (error instanceof FsError) return otherwise
    throw error
  }
}

/** nginx in the foreground: static files, PHP through php-fpm, and one upstream by `proxy_pass`. */
async function nginx(process: Process): Promise<number> {
  const config = readOr(process, '/etc/nginx/nginx.conf', '') + readOr(process, '/etc/nginx/conf.d/default.conf', '')
  const port = Number(/listen\s+(?:\S+:)?(\d+)/.exec(config)?.[1] ?? 80)
  const root = /root\s+([^;\s]+)/.exec(config)?.[1] ?? '/usr/share/nginx/html'
  const user = /^\s*user\s+(\w+)/m.exec(config)?.[1] ?? 'nginx'
  const upstream =
    process.env.get('UPSTREAM_URL') ?? process.env.get('API_URL') ?? /proxy_pass\s+([^;\s]+)/.exec(config)?.[1]
  process.args = [`nginx: master process ${process.args.join(' ')}`]
  const worker = process.fork(async (child) => {
    child.args = ['nginx: worker process']
    child.who = accountNamed(process, user)
    void keepPeersBusy(child)
    return serveUntilKilled(child, port, async (request) => {
      const response = await answer(child, request, { root, upstream })
      const when = child.table.clock.now().toISOString()
      await child
        .out(
          `${request.sourceIP} - - [${when}] "${request.method} ${toBytes(request.path).slice(0, 2048)} HTTP/1.1" ${response.status} ${response.body.length} "-" "${toBytes(header(request, 'user-agent') ?? '-').slice(0, 256)}"\n`,
        )
        .catch(() => {})
      return response
    })
  })
  return (await worker.done).code
}

function header(request: NetworkRequest, name: string): string | undefined {
  return Object.entries(request.headers).find(([key]) => key.toLowerCase() === name)?.[1]
}

async function answer(
  process: Process,
  request: NetworkRequest,
  site: { root: string; upstream: string | undefined },
): Promise<NetworkResponse> {
  const headers = { Server: 'nginx/1.22.1', 'Content-Type': 'text/html' }
  const path = decodeURIComponentSafe(request.path.split('?')[0]!.slice(0, 4096))
  if (site.upstream !== undefined && path.startsWith('/api')) {
    const result = await httpRequest(process, {
      url: `${site.upstream.replace(/\/$/, '')}${toBytes(request.path)}`,
      method: request.method,
      headers: {},
      body: toBytes(request.body),
      timeoutMs: 10_000,
    })
    return result.ok
      ? { ...result.response, body: toText(result.response.body) }
      : { status: 502, headers, body: '502 Bad Gateway' }
  }
  try {
    const real = process.fs.realPath(`${site.root}${path}`, process.who)
    if (real !== site.root && !real.startsWith(`${site.root}/`))
      return { status: 400, headers, body: '400 Bad Request' }
    const node = process.fs.find(real, process.who)
    const file = node?.kind === 'directory' ? `${real}/index.html` : real
    if (file.endsWith('.php')) return await runPhp(process, file, request)
    return { status: 200, headers, body: toText(process.fs.readFile(file, process.who)) }
  } catch (error) {
    if (!(error instanceof FsError)) throw error
    const status = error.code === 'EACCES' ? 403 : 404
    return { status, headers, body: `${status} ${status === 403 ? 'Forbidden' : 'Not Found'}` }
  }
}

const shellCall = /(?:shell_exec|system|passthru|exec)\(\s*\$_(GET|POST|REQUEST)\[['"](\w+)['"]\]\s*\)/

/** Runs a page the way php-fpm would, as far as pages that hand a parameter to a shell go. */
async function runPhp(process: Process, file: string, request: NetworkRequest): Promise<NetworkResponse> {
  const headers = { Server: 'nginx/1.22.1', 'X-Powered-By': 'PHP/8.1.29', 'Content-Type': 'text/html; charset=UTF-8' }
  const worker = [...process.table.processes.values()].find((each) => each.args[0] === workerTitle)
  if (worker === undefined) return { status: 502, headers, body: '502 Bad Gateway' }
  const page = process.fs.readFile(file, process.who)
  const query = parameters(request.path.split('?').slice(1).join('?'))
  const form = parameters(request.body)
  let body = ''
  for (const piece of page.split(/(<\?(?:php|=)[\s\S]*?(?:\?>|$))/)) {
    if (!piece.startsWith('<?')) {
      body += piece
      continue
    }
    const call = shellCall.exec(piece)
    const value =
      call === null
        ? undefined
        : ((call[1] === 'POST' ? undefined : query.get(call[2]!)) ??
          (call[1] === 'GET' ? undefined : form.get(call[2]!)))
    if (value !== undefined) body += await shellExec(worker, value)
  }
  return { status: 200, headers, body: toText(body) }
}

function parameters(text: string): Map<string, string> {
  return new Map(
    text.split('&').map((pair): [string, string] => {
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      return [decodeURIComponentSafe(name), decodeURIComponentSafe(value)]
    }),
  )
}

/** popen(3) as PHP's shell_exec does it: a shell below the worker, standard output collected. */
async function shellExec(worker: Process, command: string): Promise<string> {
  const { limits } = worker.table
  const budget = new Budget(limits)
  const collected = collectOutput(limits.word)
  const fds = new Map([
    [0, new OutputSink(() => {})],
    [1, collected.file],
    [2, worker.fds.get(2)?.retain() ?? new OutputSink(() => {})],
  ])
  const timer = setTimeout(() => worker.table.killSession(budget), limits.sessionMs)
  timer.unref()
  try {
    const child = worker.spawn({ path: '/bin/sh', args: ['sh', '-c', command.replaceAll('\0', '')], budget, fds })
    await child.done
  } catch (error) {
    if (error instanceof Killed) throw error
    // popen fails: shell_exec gives null, the page prints nothing
  } finally {
    clearTimeout(timer)
  }
  return collected.text()
}

export const webServers: [string, Program][] = [
  ['nginx', nginx],
  ['php-fpm', phpFpm],
]
