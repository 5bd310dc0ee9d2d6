import { FsError } from '../kernel/fs-error.ts'
import { openPath } from '../kernel/open-path.ts'
import type { Process } from '../kernel/process.ts'
import { describe } from '../kernel/process.ts'
import type { HttpResult } from './http-client.ts'
import { httpRequest } from './http-client.ts'
import { fail } from './program-input.ts'

interface CurlOptions {
  urls: string[]
  flags: Set<string>
  headers: Record<string, string>
  data: string[]
  form: boolean
  method?: string
  output?: string
  remoteName: boolean
  maxTime?: number
  writeOut?: string
}

const valued: Record<string, string> = {
  H: 'header',
  X: 'request',
  d: 'data',
  o: 'output',
  m: 'max-time',
  A: 'user-agent',
  w: 'write-out',
  u: 'user',
  e: 'referer',
  b: 'cookie',
  F: 'form',
  T: 'upload-file',
  x: 'proxy',
  E: 'cert',
}
const longValued = new Set([
  ...Object.values(valued),
  'data-urlencode',
  'data-raw',
  'data-binary',
  'connect-timeout',
  'noproxy',
  'retry',
  'retry-delay',
  'cacert',
  'key',
  'resolve',
  'oauth2-bearer',
  'url',
  'socks5',
  'max-redirs',
  'unix-socket',
  'interface',
])
const plainFlags: Record<string, string> = {
  s: 'silent',
  S: 'show-error',
  f: 'fail',
  k: 'insecure',
  L: 'location',
  I: 'head',
  G: 'get',
  i: 'include',
  O: 'remote-name',
  v: 'verbose',
  g: 'globoff',
  '#': 'progress-bar',
  '4': 'ipv4',
  N: 'no-buffer',
  j: 'junk',
}

/** curl with the options scripts use. Exit codes as in curl(1): 3, 6, 7, 22, 23, 28, 56. */
export async function curl(process: Process): Promise<number> {
  let options: CurlOptions
  try {
    options = await parseOptions(process)
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof FsError)) throw error
    return fail(process, `${describe(error)}\ncurl: try 'curl --help' for more information`, 2)
  }
  if (options.urls.length === 0) return fail(process, '(2) no URL specified', 2)
  let code = 0
  for (const url of options.urls) code = await transfer(process, url, options)
  return code
}

class OptionError extends Error {}

async function parseOptions(process: Process): Promise<CurlOptions> {
  const options: CurlOptions = { urls: [], flags: new Set(), headers: {}, data: [], form: false, remoteName: false }
  const args = process.args.slice(1)
  while (args.length > 0) {
    const word = args.shift()!
    if (word.startsWith('--')) {
      const [name = '', inline] = word.slice(2).split(/=(.*)/s)
      if (longValued.has(name)) await apply(process, options, name, inline ?? args.shift())
      else options.flags.add(name)
    } else if (word.startsWith('-') && word.length > 1) {
      for (let at = 1; at < word.length; at++) {
        const letter = word[at]!
        if (valued[letter] === undefined) {
          if (plainFlags[letter] === undefined) throw new OptionError(`option -${letter}: is unknown`)
          options.flags.add(plainFlags[letter])
          continue
        }
        await apply(process, options, valued[letter], at + 1 < word.length ? word.slice(at + 1) : args.shift())
        break
      }
    } else options.urls.push(word)
  }
  options.remoteName = options.flags.has('remote-name')
  return options
}

async function apply(process: Process, options: CurlOptions, name: string, value: string | undefined): Promise<void> {
  if (value === undefined) throw new OptionError(`option --${name}: requires parameter`)
  const file = async (text: string) =>
    text === '-'
      ? process.readAll()
      : (await openPath(process, text, 'read')).readAll(process.signal, process.budget.limits.word)
  switch (name) {
    case 'header': {
      const [key, text] = value.split(/:(.*)/s)
      if (text !== undefined) options.headers[key!.trim()] = text.trim()
      return
    }
    case 'request':
      options.method = value
      return
    case 'data':
    case 'data-binary':
      options.data.push(value.startsWith('@') ? await file(value.slice(1)) : value)
      return
    case 'data-raw':
      options.data.push(value)
      return
    case 'data-urlencode':
      options.data.push(await urlEncoded(value, file))
      return
    case 'form':
      options.form = true
      options.data.push(value)
      return
    case 'upload-file':
      options.method ??= 'PUT'
      options.data.push(await file(value))
      return
    case 'output':
      options.output = value
      return
    case 'max-time':
    case 'connect-timeout':
      options.maxTime = Math.min(options.maxTime ?? Infinity, Number(value) || Infinity)
      return
    case 'user-agent':
      options.headers['User-Agent'] = value
      return
    case 'write-out':
      options.writeOut = value
      return
    case 'user':
      options.headers['Authorization'] = `Basic ${Buffer.from(value, 'latin1').toString('base64')}`
      return
    case 'oauth2-bearer':
      options.headers['Authorization'] = `Bearer ${value}`
      return
    case 'cookie':
      options.headers['Cookie'] = value
      return
    case 'referer':
      options.headers['Referer'] = value
      return
    case 'url':
      options.urls.push(value)
  }
}

/** `name=text`, `=text`, `name@file` or `text`, as --data-urlencode takes them. */
async function urlEncoded(value: string, file: (name: string) => Promise<string>): Promise<string> {
  const equals = value.indexOf('=')
  const at = value.indexOf('@')
  if (equals >= 0 && (at < 0 || equals < at))
    return `${value.slice(0, equals)}${equals > 0 ? '=' : ''}${encode(value.slice(equals + 1))}`
  if (at >= 0) return `${value.slice(0, at)}${at > 0 ? '=' : ''}${encode(await file(value.slice(at + 1)))}`
  return encode(value)
}

function encode(bytes: string): string {
  return bytes.replace(
    /[^A-Za-z0-9._~-]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

async function transfer(process: Process, url: string, options: CurlOptions): Promise<number> {
  const { flags } = options
  const asQuery = flags.has('get')
  const body = options.data.join('&')
  const hasBody = options.data.length > 0 && !asQuery
  let target = asQuery && body !== '' ? `${url}${url.includes('?') ? '&' : '?'}${body}` : url
  const headers: Record<string, string> = { 'User-Agent': 'curl/8.8.0', Accept: '*/*', ...options.headers }
  if (hasBody && headers['Content-Type'] === undefined)
    headers['Content-Type'] = options.form ? 'multipart/form-data' : 'application/x-www-form-urlencoded'
  const method = options.method ?? (flags.has('head') ? 'HEAD' : hasBody ? 'POST' : 'GET')
  const timeoutMs = options.maxTime === undefined || options.maxTime === Infinity ? undefined : options.maxTime * 1000
  let result = await httpRequest(process, { url: target, method, headers, body: hasBody ? body : '', timeoutMs })
  for (let hop = 0; flags.has('location') && hop < 10 && result.ok; hop++) {
    const next = header(result.response.headers, 'location')
    if (next === undefined || result.response.status < 300 || result.response.status > 399) break
    target = next.startsWith('/') ? `${/^(\w+:\/\/)?[^/]+/.exec(target)?.[0] ?? ''}${next}` : next
    result = await httpRequest(process, {
      url: target,
      method: method === 'POST' ? 'GET' : method,
      headers,
      body: '',
      timeoutMs,
    })
  }
  if (!result.ok) return reportFailure(process, result, flags, options)
  const { response } = result
  let code = 0
  if (flags.has('fail') && response.status >= 400) {
    if (!flags.has('silent') || flags.has('show-error'))
      await process.err(`curl: (22) The requested URL returned error: ${response.status}\n`)
    code = 22
  } else code = await deliver(process, target, response, options)
  if (options.writeOut !== undefined)
    await process.out(writeOut(options.writeOut, response.status, response.body.length))
  return code
}

async function deliver(
  process: Process,
  url: string,
  response: { status: number; headers: Record<string, string>; body: string },
  options: CurlOptions,
): Promise<number> {
  const head = `HTTP/1.1 ${response.status} ${response.status < 300 ? 'OK' : ''}\r\n${Object.entries(response.headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`
  const showHead = options.flags.has('include') || options.flags.has('head')
  const text = (showHead ? head : '') + (options.flags.has('head') ? '' : response.body)
  const name = options.output ?? (options.remoteName ? url.split(/[?#]/)[0]!.split('/').at(-1) || undefined : undefined)
  if (options.remoteName && name === undefined)
    return fail(process, '(23) Failed to open the file: no file name in the URL', 23)
  if (name === undefined || name === '-') return (await process.out(text), 0)
  try {
    const file = await openPath(process, name, 'write')
    await file.write(text, process.signal)
    file.release()
    return 0
  } catch (error) {
    if (!(error instanceof FsError)) throw error
    return options.flags.has('silent') && !options.flags.has('show-error')
      ? 23
      : fail(process, `(23) Failure writing output to destination: ${error.message}`, 23)
  }
}

async function reportFailure(
  process: Process,
  failure: HttpResult & { ok: false },
  flags: Set<string>,
  options: CurlOptions,
): Promise<number> {
  const { host, port } = failure
  const [code, text] = {
    malformed: [3, `URL rejected: Malformed input to a URL function`],
    'unknown-host': [6, `Could not resolve host: ${host}`],
    refused: [7, `Failed to connect to ${host} port ${port}: Connection refused`],
    'no-route': [7, `Failed to connect to ${host} port ${port}: No route to host`],
    timeout: [
      28,
      `Connection timed out after ${options.maxTime === undefined ? 'the system limit' : `${options.maxTime * 1000} milliseconds`}`,
    ],
    reset: [56, 'Recv failure: Connection reset by peer'],
  }[failure.reason] as [number, string]
  if (!flags.has('silent') || flags.has('show-error')) await process.err(`curl: (${code}) ${text}\n`)
  if (options.writeOut !== undefined) await process.out(writeOut(options.writeOut, 0, 0))
  return code
}

function writeOut(format: string, status: number, size: number): string {
  const values: Record<string, string> = {
    http_code: String(status).padStart(3, '0'),
    response_code: String(status).padStart(3, '0'),
    size_download: String(size),
  }
  return format.replace(/%\{(\w+)\}/g, (_, name: string) => values[name] ?? '').replaceAll('\\n', '\n')
}

function header(headers: Record<string, string>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
}

/** wget for GET downloads: -O, -q, -S, --post-data, --header, -T. */
export async function wget(process: Process): Promise<number> {
  const args = process.args.slice(1)
  let output: string | undefined
  let quiet = false
  let body: string | undefined
  let timeoutMs: number | undefined
  const headers: Record<string, string> = { 'User-Agent': 'Wget' }
  const urls: string[] = []
  while (args.length > 0) {
    const word = args.shift()!
    const value = () => (word.includes('=') ? word.slice(word.indexOf('=') + 1) : (args.shift() ?? ''))
    if (/^-[qcSn]*O/.test(word)) {
      quiet ||= word.includes('q')
      output = word.split('O')[1] || (args.shift() ?? '-')
    } else if (word === '-q' || word === '--quiet') quiet = true
    else if (word.startsWith('--header')) {
      const [name, text] = value().split(/:(.*)/s)
      headers[name!.trim()] = (text ?? '').trim()
    } else if (word.startsWith('--post-data')) body = value()
    else if (word === '-T' || word.startsWith('--timeout')) timeoutMs = Number(value()) * 1000
    else if (word === '-P' || word === '-t' || word === '-U') args.shift()
    else if (!word.startsWith('-')) urls.push(word)
  }
  if (urls.length === 0) return fail(process, 'missing URL')
  for (const url of urls) {
    const result = await httpRequest(process, {
      url,
      method: body === undefined ? 'GET' : 'POST',
      headers,
      body: body ?? '',
      timeoutMs,
    })
    if (!result.ok)
      return quiet
        ? 4
        : fail(
            process,
            result.reason === 'unknown-host'
              ? `unable to resolve host address '${result.host}'`
              : `can't connect to remote host (${result.host}): ${result.reason}`,
            4,
          )
    if (result.response.status >= 400)
      return quiet ? 8 : fail(process, `server returned error: HTTP/1.1 ${result.response.status}`, 8)
    const name =
      output ??
      (url
        .split(/[?#]/)[0]!
        .replace(/^\w+:\/\//, '')
        .split('/')
        .slice(1)
        .at(-1) ||
        'index.html')
    if (name === '-') await process.out(result.response.body)
    else process.fs.writeFile(process.path(name), result.response.body, process.who)
  }
  return 0
}
