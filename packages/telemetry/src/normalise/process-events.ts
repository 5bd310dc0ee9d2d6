import { boundRaw, clip, textLimit } from '../bounds.ts'
import type { ConnectionEvent, ContainerFacts, EventFlag, PodFacts, ProcessFacts, TelemetryEvent } from '../event.ts'
import { readTime, stamp } from '../event-time.ts'
import { sha256 } from '../host.ts'
import { compact, flagAt, listAt, membersOf, objectAt, textAt, wholeAt, type Members } from '../reading.ts'
import { asItems, collect, type NormaliseContext, type Normalised, type OneEvent } from './context.ts'
import { ownDns } from './dns-facts.ts'
import { baseName, boundedProcess, cleanCommand } from './process-facts.ts'

const known = new Set([
  'id',
  'type',
  'time',
  'node',
  'process',
  'parent',
  'ancestors',
  'container',
  'pod',
  'destination',
  'protocol',
  'result',
  'exitCode',
  'signal',
  'activity',
  'dns',
])
const types = new Set(['process', 'process-exit', 'connection', 'dns'])
const results = new Set(['connected', 'refused', 'timeout', 'unknown'])

/** Cordon's own schema for sensors without an adapter (docs/ingest.md): one event, or an array. */
export function normaliseProcessEvents(body: unknown, ctx: NormaliseContext): Normalised {
  return collect(asItems(body), ctx, (item) => readEvent(item, ctx))
}

function readEvent(item: unknown, ctx: NormaliseContext): OneEvent {
  const sent = membersOf(item)
  if (sent === undefined) return { reason: 'not a JSON object' }
  const bounded = boundRaw(sent)
  if ('reason' in bounded) return bounded
  const record = bounded.raw
  const type = textAt(record, 'type') ?? 'process'
  if (!types.has(type)) return { reason: `unknown type ${clip(type, 50)}` }
  const process = objectAt(record, 'process')
  if (process === undefined && type !== 'dns') return { reason: 'no process' }
  if (process !== undefined && textAt(process, 'exe') === undefined && textAt(process, 'name') === undefined)
    return { reason: 'process has neither exe nor name' }
  const { time, flags } = stamp(record['time'], ctx)
  if (bounded.truncated) flags.push('truncated')
  return ownEvent({ record, type, process }, { time, flags }, ctx)
}

function ownEvent(
  sent: { record: Members; type: string; process: Members | undefined },
  facts: { time: number; flags: EventFlag[] },
  ctx: NormaliseContext,
): { event: TelemetryEvent } | { reason: string } {
  const { record, type } = sent
  const id = textAt(record, 'id')
  const seen = compact({
    id: id !== undefined && id.length <= 256 ? `own:${id.toWellFormed()}` : `own:${sha256(JSON.stringify(record))}`,
    time: facts.time,
    receivedAt: ctx.receivedAt,
    cluster: ctx.cluster,
    source: 'process-events' as const,
    node: bounded(textAt(record, 'node')),
    container: ownContainer(objectAt(record, 'container')),
    pod: ownPod(objectAt(record, 'pod')),
  })
  if (sent.process === undefined || type === 'dns') {
    const dns = ownDns(objectAt(record, 'dns'))
    if (dns === undefined) return { reason: 'dns without dns.query' }
    const process = sent.process && ownProcess(sent.process, facts.flags)
    return { event: compact({ ...seen, type: 'dns' as const, process, ...dns, flags: some(facts.flags) }) }
  }
  const base = { ...seen, process: ownProcess(sent.process, facts.flags) }
  if (type === 'process-exit') {
    return {
      event: compact({
        ...base,
        type,
        exitCode: wholeAt(record, 'exitCode'),
        signal: bounded(textAt(record, 'signal'), 32),
        flags: some(facts.flags),
      }),
    }
  }
  if (type === 'connection') {
    const connection = ownConnection(record)
    return connection === undefined
      ? { reason: 'connection without destination.ip' }
      : { event: compact({ ...base, type, ...connection, flags: some(facts.flags) }) }
  }
  const parent = objectAt(record, 'parent')
  const activity = objectAt(record, 'activity')
  const call = textAt(activity, 'call')
  const event = compact({
    ...base,
    type: 'process' as const,
    parent: parent === undefined ? undefined : ownProcess(parent, facts.flags),
    ancestors: listAt(record, 'ancestors')
      .slice(0, 64)
      .flatMap((one) => (membersOf(one) ? [ownProcess(one as Members, facts.flags)] : [])),
    activity:
      call === undefined
        ? undefined
        : compact({ call: clip(call, 128), file: bounded(textAt(activity, 'file'), textLimit.path) }),
    extra: extraOf(record),
    flags: some(facts.flags),
  })
  return { event }
}

function ownProcess(sent: Members, flags: EventFlag[]): ProcessFacts {
  const exe = textAt(sent, 'exe') ?? textAt(sent, 'name') ?? ''
  const args = listAt(sent, 'args').filter((item) => typeof item === 'string')
  return boundedProcess({
    pid: wholeAt(sent, 'pid') ?? 0,
    execId: textAt(sent, 'execId'),
    exe,
    name: textAt(sent, 'name') ?? baseName(exe),
    commandLine: cleanCommand(args.length > 0 ? args : (textAt(sent, 'commandLine') ?? exe), flags),
    cwd: textAt(sent, 'cwd'),
    user: textAt(sent, 'user'),
    uid: wholeAt(sent, 'uid'),
    tty: flagAt(sent, 'tty'),
    startedAt: readTime(sent['startedAt']),
    drift: flagAt(sent, 'drift'),
  })
}

function ownContainer(sent: Members | undefined): ContainerFacts | undefined {
  const id = bounded(textAt(sent, 'id'), 128)
  if (sent === undefined || id === undefined) return undefined
  return compact({
    id,
    name: bounded(textAt(sent, 'name')),
    image: bounded(textAt(sent, 'image')),
    imageDigest: bounded(textAt(sent, 'imageDigest')),
    privileged: flagAt(sent, 'privileged'),
    startedAt: readTime(sent['startedAt']),
  })
}

function ownPod(sent: Members | undefined): PodFacts | undefined {
  const name = bounded(textAt(sent, 'name'))
  const namespace = bounded(textAt(sent, 'namespace'))
  if (name === undefined || namespace === undefined) return undefined
  const labels = Object.entries(objectAt(sent, 'labels') ?? {}).slice(0, 100)
  return compact({
    namespace,
    name,
    uid: bounded(textAt(sent, 'uid')),
    labels:
      labels.length === 0
        ? undefined
        : Object.fromEntries(
            labels.flatMap(([key, text]) => (typeof text === 'string' ? [[clip(key, 400), clip(text, 400)]] : [])),
          ),
    workload: bounded(textAt(sent, 'workload')),
    workloadKind: bounded(textAt(sent, 'workloadKind')),
    serviceAccount: bounded(textAt(sent, 'serviceAccount')),
    ip: bounded(textAt(sent, 'ip'), 64),
  })
}

function ownConnection(record: Members): Pick<ConnectionEvent, 'destination' | 'protocol' | 'result'> | undefined {
  const destination = objectAt(record, 'destination')
  const ip = bounded(textAt(destination, 'ip'), 64)
  if (ip === undefined) return undefined
  const result = textAt(record, 'result')
  return {
    destination: compact({
      ip,
      port: wholeAt(destination, 'port') ?? 0,
      domain: bounded(textAt(destination, 'domain')),
    }),
    protocol: textAt(record, 'protocol') === 'udp' ? 'udp' : 'tcp',
    result: result !== undefined && results.has(result) ? (result as ConnectionEvent['result']) : 'unknown',
  }
}

function extraOf(record: Members): Members | undefined {
  const extra = Object.entries(record).filter(([key]) => !known.has(key))
  return extra.length === 0 ? undefined : Object.fromEntries(extra)
}

function some(flags: EventFlag[]): EventFlag[] | undefined {
  return flags.length > 0 ? flags : undefined
}

function bounded(text: string | undefined, limit: number = textLimit.name): string | undefined {
  return text === undefined ? undefined : clip(text, limit)
}
