import { boundRaw, clip, textLimit } from '../bounds.ts'
import type { ConnectionEvent, ContainerFacts, EventFlag, PodFacts, ProcessFacts, TelemetryEvent } from '../event.ts'
import { readTime, stamp } from '../event-time.ts'
import { sha256 } from '../host.ts'
import { compact, flagAt, listAt, member, membersOf, objectAt, textAt, wholeAt, type Members } from '../reading.ts'
import { asItems, collect, type NormaliseContext, type Normalised, type OneEvent } from './context.ts'
import { answersAt, dnsFacts } from './dns-facts.ts'
import { baseName, boundedProcess, cleanCommand } from './process-facts.ts'

/**
 * Kinds of Tetragon's export by https://tetragon.io/docs/reference/grpc-api/, without those that hold no process;
 * `process_dns` comes from builds whose sensor reads DNS.
 */
const kinds = [
  'process_exec',
  'process_exit',
  'process_kprobe',
  'process_tracepoint',
  'process_uprobe',
  'process_lsm',
  'process_loader',
  'process_dns',
] as const
const noProcess = new Set(['rate_limit_info', 'process_throttle', 'test'])

/** Tetragon's JSON export: one event, or an array. */
export function normaliseTetragon(body: unknown, ctx: NormaliseContext): Normalised {
  return collect(asItems(body), ctx, (item) => readExport(item, ctx))
}

function readExport(item: unknown, ctx: NormaliseContext): OneEvent {
  const sent = membersOf(item)
  if (sent === undefined) return { reason: 'not a JSON object' }
  const bounded = boundRaw(sent)
  if ('reason' in bounded) return bounded
  const record = bounded.raw
  const kind = kinds.find((one) => objectAt(record, one) !== undefined)
  if (kind === undefined) {
    return Object.keys(record).some((key) => noProcess.has(key))
      ? undefined
      : { reason: 'no known Tetragon event in it' }
  }
  const body = objectAt(record, kind)
  const process = objectAt(body, 'process')
  if (process === undefined) return { reason: `${kind} without process` }
  if (kind === 'process_dns' && dnsOf(body) === undefined) return { reason: 'process_dns without a name' }
  const { time, flags } = stamp(record['time'] ?? member(body, 'time') ?? startOf(kind, process), ctx)
  if (bounded.truncated) flags.push('truncated')
  return { event: tetragonEvent({ record, kind, body: body as Members, process }, { time, flags }, ctx) }
}

// Older exports have no time beside the start of the process.
function startOf(kind: Export['kind'], process: Members): unknown {
  return kind === 'process_exec' ? member(process, 'start_time') : undefined
}

interface Export {
  record: Members
  kind: (typeof kinds)[number]
  body: Members
  process: Members
}

function tetragonEvent(
  sent: Export,
  facts: { time: number; flags: EventFlag[] },
  ctx: NormaliseContext,
): TelemetryEvent {
  const { record, kind, body, process } = sent
  const pod = objectAt(process, 'pod')
  const base = compact({
    id: tetragonId(sent),
    time: facts.time,
    receivedAt: ctx.receivedAt,
    cluster: ctx.cluster,
    source: 'tetragon' as const,
    node: bounded(textAt(record, 'node_name')),
    process: tetragonProcess(process, facts.flags),
    container: tetragonContainer(objectAt(pod, 'container')),
    pod: tetragonPod(pod),
  })
  const dns = kind === 'process_dns' ? dnsOf(body) : undefined
  const connection = connectionOf(kind, body)
  const parent = objectAt(body, 'parent')
  const lineage = {
    parent: parent === undefined ? undefined : tetragonProcess(parent, facts.flags),
    ancestors: listAt(body, 'ancestors').flatMap((one) =>
      membersOf(one) ? [tetragonProcess(one as Members, facts.flags)] : [],
    ),
  }
  const flags = facts.flags.length > 0 ? facts.flags : undefined
  if (kind === 'process_exit') {
    return compact({
      ...base,
      type: 'process-exit' as const,
      exitCode: wholeAt(body, 'status') ?? 0,
      signal: bounded(textAt(body, 'signal'), 32),
      flags,
    })
  }
  if (dns !== undefined) return compact({ ...base, type: 'dns' as const, ...dns, flags })
  if (connection !== undefined) return compact({ ...base, type: 'connection' as const, ...connection, flags })
  const policy = bounded(textAt(body, 'policy_name'))
  return compact({
    ...base,
    type: 'process' as const,
    ...lineage,
    activity: kind === 'process_exec' ? undefined : activityOf(kind, body),
    sensorAlert:
      policy === undefined
        ? undefined
        : compact({ rule: policy, output: bounded(textAt(body, 'message'), textLimit.path), tags: tagsOf(body) }),
    flags,
  })
}

/** One start and one end per exec_id; other kinds repeat for one process, so the record itself is the identity. */
function tetragonId({ record, kind, process }: Export): string {
  const execId = textAt(process, 'exec_id')
  if (execId !== undefined && execId.length <= 512 && (kind === 'process_exec' || kind === 'process_exit')) {
    return `tetragon:${kind === 'process_exec' ? 'exec' : 'exit'}:${execId.toWellFormed()}`
  }
  return `tetragon:${kind}:${sha256(JSON.stringify(record))}`
}

function tetragonProcess(sent: Members, flags: EventFlag[]): ProcessFacts {
  const exe = textAt(sent, 'binary') ?? ''
  const args = textAt(sent, 'arguments')
  const credentials = objectAt(sent, 'process_credentials')
  return boundedProcess({
    pid: wholeAt(sent, 'pid') ?? 0,
    execId: textAt(sent, 'exec_id'),
    exe,
    name: baseName(exe),
    commandLine: cleanCommand(args === undefined ? exe : `${exe} ${args}`, flags),
    cwd: textAt(sent, 'cwd'),
    user: textAt(objectAt(sent, 'user'), 'name'),
    uid: wholeAt(sent, 'uid') ?? wholeAt(credentials, 'uid'),
    tty: wholeAt(sent, 'tty') === undefined ? undefined : wholeAt(sent, 'tty') !== 0,
    startedAt: readTime(sent['start_time']),
  })
}

function tetragonContainer(sent: Members | undefined): ContainerFacts | undefined {
  const id = textAt(sent, 'id')
  if (sent === undefined || id === undefined) return undefined
  const image = objectAt(sent, 'image')
  const digest = textAt(image, 'id')
  return compact({
    // containerd://<id>
    id: clip(id.slice(id.indexOf('://') < 0 ? 0 : id.indexOf('://') + 3), 128),
    name: bounded(textAt(sent, 'name')),
    image: bounded(textAt(image, 'name')),
    imageDigest: bounded(digest?.includes('@') ? digest.slice(digest.indexOf('@') + 1) : digest),
    privileged: flagAt(objectAt(sent, 'security_context'), 'privileged'),
    startedAt: readTime(sent['start_time']),
  })
}

function tetragonPod(sent: Members | undefined): PodFacts | undefined {
  const name = bounded(textAt(sent, 'name'))
  const namespace = bounded(textAt(sent, 'namespace'))
  if (name === undefined || namespace === undefined) return undefined
  return compact({
    namespace,
    name,
    uid: bounded(textAt(sent, 'uid')),
    labels: labelsOf(objectAt(sent, 'pod_labels')),
    workload: bounded(textAt(sent, 'workload')),
    workloadKind: bounded(textAt(sent, 'workload_kind')),
  })
}

function labelsOf(sent: Members | undefined): Record<string, string> | undefined {
  if (sent === undefined) return undefined
  const entries = Object.entries(sent).slice(0, 100)
  return Object.fromEntries(
    entries.flatMap(([key, text]) => (typeof text === 'string' ? [[clip(key, 400), clip(text, 400)]] : [])),
  )
}

const udpCalls = /udp|sendmsg|sendto/
const connectCalls =
  /(?:^|_)connect$|tcp_v[46]_connect|udp_sendmsg|udpv6_sendmsg|^security_socket_connect$|^sys_connect$/

function connectionOf(
  kind: Export['kind'],
  body: Members,
): Pick<ConnectionEvent, 'destination' | 'protocol' | 'result'> | undefined {
  const call = textAt(body, 'function_name') ?? ''
  if ((kind !== 'process_kprobe' && kind !== 'process_lsm') || !connectCalls.test(call)) return undefined
  for (const argument of listAt(body, 'args')) {
    const socket =
      objectAt(membersOf(argument), 'sock_arg') ??
      objectAt(membersOf(argument), 'sockaddr_arg') ??
      objectAt(membersOf(argument), 'skb_arg')
    const ip = textAt(socket, 'daddr') ?? textAt(socket, 'addr')
    if (ip === undefined) continue
    const protocol = udpCalls.test(call) || textAt(socket, 'protocol') === 'IPPROTO_UDP' ? 'udp' : 'tcp'
    return {
      destination: { ip: clip(ip, 64), port: wholeAt(socket, 'dport') ?? wholeAt(socket, 'port') ?? 0 },
      protocol,
      result: 'unknown',
    }
  }
  return undefined
}

/** The first name of a DNS message, with what else is told of it. */
function dnsOf(body: Members | undefined) {
  const dns = objectAt(body, 'dns')
  const query = listAt(dns, 'names').find((name) => typeof name === 'string' && name !== '')
  if (dns === undefined || typeof query !== 'string') return undefined
  return dnsFacts({
    query,
    queryType: listAt(dns, 'question_types')[0],
    isResponse: flagAt(dns, 'response') === true,
    responseCode: dns['rcode'] ?? 0,
    more: compact({ answers: answersAt(dns, 'ips') }),
  })
}

function activityOf(kind: Export['kind'], body: Members): { call: string; file?: string } {
  const call =
    textAt(body, 'function_name') ?? textAt(body, 'symbol') ?? textAt(body, 'event') ?? kind.slice('process_'.length)
  const files = listAt(body, 'args').map((argument) => {
    const members = membersOf(argument)
    const path = objectAt(members, 'file_arg') ?? objectAt(members, 'path_arg') ?? objectAt(members, 'linux_binprm_arg')
    return textAt(path, 'path')
  })
  return compact({
    call: clip(call, 128),
    file: bounded(textAt(body, 'path') ?? files.find((path) => path !== undefined), textLimit.path),
  })
}

function tagsOf(body: Members): string[] | undefined {
  const tags = listAt(body, 'tags').filter((tag) => typeof tag === 'string')
  return tags.length > 0 ? tags.slice(0, 50).map((tag) => clip(tag, 200)) : undefined
}

function bounded(text: string | undefined, limit: number = textLimit.name): string | undefined {
  return text === undefined ? undefined : clip(text, limit)
}
