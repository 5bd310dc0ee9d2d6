import { LazyMembers } from '@cordon/sigma'
import type { ContainerFacts, ProcessEvent, ProcessFacts } from '@cordon/telemetry'
import { addressClass } from './address.ts'

export const shells = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'csh', 'tcsh', 'fish'])

const downloaders = new Set(['curl', 'wget', 'fetch', 'aria2c', 'axel', 'lwp-download'])

const lazyNames: ReadonlySet<string> = new Set([
  'ancestorNames',
  'script',
  'decoded',
  'hosts',
  'publicHosts',
  'paths',
  'madeExecutable',
  'program',
  'place',
])

/**
 * What rules read as `cordon.*` on a process event. What is found by reading the command line is worked out when a rule
 * or its evidence asks: most rules are ruled out by the texts of the event before.
 */
export class ProcessEventFacts extends LazyMembers {
  readonly inContainer: boolean
  /** Name of the program, lower case; for a multi-call binary (busybox) the applet. */
  readonly name: string
  readonly parentName: string | undefined
  /** The sensor says that the binary isn't part of the image. */
  readonly drift: boolean
  /** Base name of the file a downloader writes. */
  readonly download: string | undefined
  /** Marks that earlier matches left on the same session (see `mark` of a rule). */
  readonly recent: string[]
  readonly #event: ProcessEvent
  readonly #ancestors: ProcessFacts[]
  readonly #line: string
  #words: string[] | undefined
  #hosts: string[] | undefined

  /** `recent` and `ancestors` come from the process tree. */
  constructor(event: ProcessEvent, ancestors: ProcessFacts[], recent: string[]) {
    super()
    const { commandLine } = event.process
    this.#event = event
    this.#ancestors = ancestors
    this.#line = commandLine.length > mostRead ? commandLine.slice(0, mostRead) : commandLine
    this.inContainer = event.container !== undefined || event.pod !== undefined
    this.name = programName(event.process)
    this.parentName = ancestors[0] && programName(ancestors[0])
    this.drift = event.process.drift === true
    this.download = downloaders.has(this.name) ? downloadedFile(this.#split()) : undefined
    this.recent = recent
  }

  get lazyNames(): ReadonlySet<string> {
    return lazyNames
  }

  /** Parent and up, nearest first. */
  get ancestorNames(): string[] {
    return this.#ancestors.map((ancestor) => programName(ancestor))
  }

  /** What a shell was told to run by `-c`. */
  get script(): string | undefined {
    return shells.has(this.name) ? scriptOf(this.#split(), this.#line) : undefined
  }

  /** Text that base64 runs in the command line decode to. */
  get decoded(): string | undefined {
    return decodedText(this.#line)
  }

  get hosts(): string[] {
    return (this.#hosts ??= hostsIn(this.#line))
  }

  get publicHosts(): string[] {
    return this.hosts.filter((host) => !isInside(host))
  }

  /** Absolute and home-relative paths named in the command line. */
  get paths(): string[] {
    return this.#split().flatMap(pathsIn).slice(0, 50)
  }

  /** Base names of files that chmod makes executable. */
  get madeExecutable(): string[] {
    return this.name === 'chmod' ? executableTargets(this.#split()) : []
  }

  /** Base name of the program file. */
  get program(): string {
    return baseName(this.#event.process.exe).toLowerCase()
  }

  /** Where repeats belong together: pod and container, else the node. */
  get place(): string {
    return placeOf(this.#event)
  }

  #split(): string[] {
    return (this.#words ??= splitWords(this.#line))
  }
}

const mostRead = 131_072

/** Container where there is one, else the pod, else the node. */
export function placeOf(event: {
  cluster: string
  node?: string
  pod?: ProcessEvent['pod']
  container?: ContainerFacts
}): string {
  if (event.pod) return `${event.pod.namespace}/${event.pod.name}/${event.container?.name ?? event.container?.id ?? ''}`
  return event.container ? `container/${event.container.id}` : `node/${event.node ?? ''}`
}

export function baseName(path: string): string {
  const clean = path.endsWith(' (deleted)') ? path.slice(0, -10) : path
  return clean.slice(clean.lastIndexOf('/') + 1)
}

/** Program name in lower case; worker titles such as `php-fpm: pool web` count as the program before the colon. */
export function programName(process: ProcessFacts): string {
  const told = process.exe || process.name
  const base = baseName(told || splitWords(process.commandLine)[0] || '').toLowerCase()
  if (base !== 'busybox' && base !== 'toybox' && base !== 'coreutils')
    return base.endsWith(':') ? base.slice(0, -1) : base
  const words = splitWords(process.commandLine)
  const first = baseName(words[0] ?? '').toLowerCase()
  return first === base ? baseName(words[1] ?? base).toLowerCase() : first || base
}

/** Splits a command line at blanks, keeping quoted parts together; a rough reading, since quotes were already eaten. */
export function splitWords(line: string): string[] {
  const words = line.slice(0, 16_384).match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? []
  return words.slice(0, 400).map(unquoted)
}

function unquoted(word: string): string {
  const first = word[0]
  return word.length > 1 && (first === '"' || first === "'") && word.endsWith(first) ? word.slice(1, -1) : word
}

function scriptOf(words: string[], line: string): string | undefined {
  const flag = words.findIndex((word, i) => i > 0 && /^-[a-z]*c$/i.test(word))
  if (flag < 0) return undefined
  const mark = line.indexOf(` ${words[flag]} `)
  return mark < 0 ? undefined : line.slice(mark + words[flag]!.length + 2)
}

const hostPattern = /\b[a-z][a-z0-9+.-]{1,20}:\/\/(?:[^\s/@"']{1,200}@)?(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})/gi
const barePattern = /(?:^|[\s"'=@/])((?:\d{1,3}\.){3}\d{1,3})(?=[\s"':/|;)]|$)/g

function hostsIn(line: string): string[] {
  const hosts = new Set<string>()
  // Looked for first, because most lines have neither.
  const text = line.slice(0, 16_384)
  if (text.includes('://')) for (const match of text.matchAll(hostPattern)) hosts.add(match[1]!.toLowerCase())
  if (/\d\.\d/.test(text)) for (const match of text.matchAll(barePattern)) hosts.add(match[1]!)
  return [...hosts].slice(0, 20)
}

/** Whether a host is inside the cluster or machine: private address or a name without a public suffix. */
function isInside(host: string): boolean {
  const address = addressClass(host.replace(/^\[|\]$/g, ''))
  if (address) return address !== 'public'
  return !host.includes('.') || /\.(svc|local|internal|default)$/.test(host) || /\.svc\./.test(host)
}

function pathsIn(word: string): string[] {
  if (!word.includes('/')) return []
  const text = word.replace(/^[<>@]+/, '').replace(/^[\w-]+=(?=[/~])/, '')
  return /^(\/|~\/|\*\/)[^\s;|&<>]{1,1024}/.test(text) && !text.includes('://') ? [text.replace(/[;,)]+$/, '')] : []
}

const loopback = /^(localhost|127\.[\d.]+|\[::1\])$/

function downloadedFile(words: string[]): string | undefined {
  const flag = words.findIndex(
    (word) => /^(-o|-O|--output|--output-document)$/.test(word) || /^-[a-zA-Z]*o$/.test(word),
  )
  const named = flag > 0 ? words[flag + 1] : words.find((word) => /^--output(-document)?=/.test(word))?.split('=')[1]
  if (named && !named.includes('://') && named !== '-') return baseName(named).toLowerCase()
  const url = words.find((word) => /^[a-z]+:\/\//i.test(word))
  const { hostname, pathname: path } = (url === undefined ? null : URL.parse(url)) ?? {}
  // A probe of its own server; nothing comes from elsewhere.
  if (hostname !== undefined && loopback.test(hostname)) return undefined
  return path && baseName(path) !== '' ? baseName(path).toLowerCase() : undefined
}

function executableTargets(words: string[]): string[] {
  const [, ...rest] = words.filter((word, i) => i === 0 || !/^-[A-Z]/i.test(word) || /^-[rwx]/.test(word))
  const mode = rest[0] ?? ''
  const runs = /\+[rwst]*x/.test(mode) || /^[0-7]?[1357][0-7]{2}$|^[0-7]{3}[1357]$/.test(mode)
  return runs ? rest.slice(1).map((file) => baseName(file).toLowerCase()) : []
}

function decodedText(line: string): string | undefined {
  if (line.length < 40) return undefined
  const runs = line.match(/[A-Za-z0-9+/]{40,}={0,2}/g) ?? []
  const texts: string[] = []
  for (const run of runs.slice(0, 4)) {
    const text = Buffer.from(run.slice(0, 16_384), 'base64').toString('latin1')
    // oxlint-disable-next-line no-control-regex -- tells text from binary
    if (!/[\u0000-\u0008\u000e-\u001f\u007f-\u00ff]/.test(text)) texts.push(text)
  }
  return texts.length > 0 ? texts.join('\n') : undefined
}
