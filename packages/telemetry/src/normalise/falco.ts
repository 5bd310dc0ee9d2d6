import { boundRaw, clip, textLimit } from '../bounds.ts'
import type {
  ContainerFacts,
  DnsEvent,
  EventBase,
  EventFlag,
  PodFacts,
  ProcessEvent,
  ProcessFacts,
  SensorAlert,
  TelemetryEvent,
} from '../event.ts'
import { stamp } from '../event-time.ts'
import { sha256 } from '../host.ts'
import { compact, flagAt, listAt, membersOf, objectAt, textAt, wholeAt, type Members } from '../reading.ts'
import { redactCommandLine } from '../redact.ts'
import { asItems, collect, type NormaliseContext, type Normalised, type OneEvent } from './context.ts'
import { dnsFacts } from './dns-facts.ts'
import { baseName, boundedProcess, cleanCommand } from './process-facts.ts'

const startCalls = new Set(['execve', 'execveat', 'clone', 'clone3', 'fork', 'vfork', 'spawned_process'])
const connectCalls = new Set(['connect', 'sendto', 'sendmsg'])

/**
 * Falco's JSON output (`json_output: true`, http_output or Falcosidekick): one alert, or an array. Needs
 * `json_include_output_fields_property`; fields by https://falco.org/docs/reference/rules/supported-fields/.
 */
export function normaliseFalco(body: unknown, ctx: NormaliseContext): Normalised {
  return collect(asItems(body), ctx, (item) => readAlert(item, ctx))
}

function readAlert(item: unknown, ctx: NormaliseContext): OneEvent {
  const sent = membersOf(item)
  if (sent === undefined) return { reason: 'not a JSON object' }
  const bounded = boundRaw(sent)
  if ('reason' in bounded) return bounded
  const alert = bounded.raw
  const rule = textAt(alert, 'rule')
  const fields = known(objectAt(alert, 'output_fields'))
  if (rule === undefined) return { reason: 'no rule: not a Falco alert' }
  if (textAt(alert, 'source') === 'k8s_audit') return { reason: 'source k8s_audit: send the audit log itself' }
  if (fields === undefined) return { reason: 'no output_fields: switch on json_include_output_fields_property' }
  const { time, flags } = stamp(alert['time'], ctx)
  if (bounded.truncated) flags.push('truncated')
  return { event: falcoEvent(alert, fields, { time, flags, rule }, ctx) }
}

function falcoEvent(
  alert: Members,
  fields: Members,
  facts: { time: number; flags: EventFlag[]; rule: string },
  ctx: NormaliseContext,
): TelemetryEvent {
  const call = textAt(fields, 'evt.type')
  const file = bounded(textAt(fields, 'fd.name'), textLimit.path)
  const process = falcoProcess(fields, 'proc', facts.flags)
  const base = compact({
    id: `falco:${falcoId(alert)}`,
    time: facts.time,
    receivedAt: ctx.receivedAt,
    cluster: ctx.cluster,
    source: 'falco' as const,
    node: bounded(textAt(alert, 'hostname') ?? textAt(fields, 'k8s.node.name')),
    container: falcoContainer(fields),
    pod: falcoPod(fields),
  })
  const destination = textAt(fields, 'fd.rip') ?? textAt(fields, 'fd.sip')
  const rest = {
    process,
    sensorAlert: falcoVerdict(alert, facts),
    ...(facts.flags.length > 0 ? { flags: facts.flags } : {}),
  }
  const name = textAt(fields, 'dnscollector.dns.qname')
  if (name !== undefined) return { ...base, ...rest, process: undefined, ...collectedDns(fields, name) }
  if (call !== undefined && connectCalls.has(call) && destination !== undefined) {
    const port = wholeAt(fields, 'fd.rport') ?? wholeAt(fields, 'fd.sport') ?? 0
    const protocol = textAt(fields, 'fd.l4proto') === 'udp' ? 'udp' : 'tcp'
    const domain = bounded(textAt(fields, 'fd.rip.name') ?? textAt(fields, 'fd.sip.name'))
    return {
      ...base,
      ...rest,
      type: 'connection',
      destination: compact({ ip: clip(destination, 64), port, domain }),
      protocol,
      result: 'unknown',
    }
  }
  const event: ProcessEvent = compact({
    ...base,
    ...rest,
    type: 'process' as const,
    parent: falcoParent(fields, facts.flags),
    ancestors: falcoAncestors(fields, facts.flags),
    // Without evt.type and file the alert tells of a process only.
    activity: (call === undefined ? file === undefined : startCalls.has(call))
      ? undefined
      : compact({ call: clip(call ?? 'unknown', 64), file }),
  })
  return event
}

/** Falco reads no DNS itself; the plugin of DNS-collector does, on the network, where no process is known. */
function collectedDns(fields: Members, query: string): Omit<DnsEvent, keyof EventBase> {
  const client = bounded(textAt(fields, 'dnscollector.network.query-ip'), 64)
  const server = bounded(textAt(fields, 'dnscollector.network.response-ip'), 64)
  const dns = dnsFacts({
    query,
    queryType: textAt(fields, 'dnscollector.dns.qtype'),
    isResponse: /^(r|true|1)/i.test(textAt(fields, 'dnscollector.dns.flags.qr') ?? ''),
    responseCode: textAt(fields, 'dnscollector.dns.rcode'),
  })
  return compact({ type: 'dns' as const, ...dns, server, client })
}

// Falco 0.42 and Falcosidekick give an id; before, the record itself is its identity.
function falcoId(alert: Members): string {
  const uuid = textAt(alert, 'uuid')
  return uuid !== undefined && uuid.length <= 128 ? uuid.toWellFormed() : sha256(JSON.stringify(alert))
}

function falcoVerdict(alert: Members, facts: { rule: string; flags: EventFlag[] }): SensorAlert {
  const output = textAt(alert, 'output')
  return compact({
    rule: clip(facts.rule, textLimit.name),
    priority: bounded(textAt(alert, 'priority'), 32),
    output: output === undefined ? undefined : clip(redactCommandLine(output), textLimit.path),
    tags: listAt(alert, 'tags')
      .filter((tag) => typeof tag === 'string')
      .slice(0, 50)
      .map((tag) => clip(tag, 200)),
  })
}

function falcoProcess(fields: Members, prefix: 'proc', flags: EventFlag[]): ProcessFacts {
  const name = textAt(fields, `${prefix}.name`) ?? ''
  const started = wholeAt(fields, 'proc.pid.ts')
  const tty = wholeAt(fields, 'proc.tty')
  return boundedProcess({
    pid: wholeAt(fields, 'proc.pid') ?? 0,
    exe: textAt(fields, 'proc.exepath') ?? textAt(fields, 'proc.exe') ?? name,
    name: name || baseName(textAt(fields, 'proc.exepath') ?? ''),
    commandLine: cleanCommand(textAt(fields, 'proc.cmdline') ?? name, flags),
    cwd: textAt(fields, 'proc.cwd'),
    user: textAt(fields, 'user.name'),
    uid: wholeAt(fields, 'user.uid'),
    tty: tty === undefined ? undefined : tty !== 0,
    // Nanoseconds; beyond what a double holds exactly, which milliseconds survive.
    startedAt: started === undefined ? nanoseconds(fields['proc.pid.ts']) : Math.floor(started / 1e6),
    drift: flagAt(fields, 'proc.is_exe_upper_layer'),
  })
}

function nanoseconds(value: unknown): number | undefined {
  return typeof value === 'number' && value > 1e15 && value < 1e19 ? Math.floor(value / 1e6) : undefined
}

function falcoParent(fields: Members, flags: EventFlag[]): ProcessFacts | undefined {
  const name = textAt(fields, 'proc.pname')
  const exe = textAt(fields, 'proc.pexepath') ?? textAt(fields, 'proc.pexe')
  const pid = wholeAt(fields, 'proc.ppid')
  if (name === undefined && exe === undefined && pid === undefined) return undefined
  return boundedProcess({
    pid: pid ?? 0,
    exe: exe ?? name ?? '',
    name: name ?? baseName(exe ?? ''),
    commandLine: cleanCommand(textAt(fields, 'proc.pcmdline') ?? name ?? '', flags),
  })
}

/** `proc.aname[2]` is the grandparent; [0] and [1] are the process and its parent. */
function falcoAncestors(fields: Members, flags: EventFlag[]): ProcessFacts[] {
  const ancestors: ProcessFacts[] = []
  for (let level = 2; level < 16; level += 1) {
    const name = textAt(fields, `proc.aname[${level}]`)
    const exe = textAt(fields, `proc.aexepath[${level}]`) ?? textAt(fields, `proc.aexe[${level}]`)
    if (name === undefined && exe === undefined) break
    ancestors.push(
      boundedProcess({
        pid: wholeAt(fields, `proc.apid[${level}]`) ?? 0,
        exe: exe ?? name ?? '',
        name: name ?? baseName(exe ?? ''),
        commandLine: cleanCommand(textAt(fields, `proc.acmdline[${level}]`) ?? name ?? '', flags),
      }),
    )
  }
  return ancestors
}

function falcoContainer(fields: Members): ContainerFacts | undefined {
  const id = textAt(fields, 'container.full_id') ?? textAt(fields, 'container.id')
  if (id === undefined || id === 'host') return undefined
  const repository = textAt(fields, 'container.image.repository')
  const tag = textAt(fields, 'container.image.tag')
  return compact({
    id: clip(id, 128),
    name: bounded(textAt(fields, 'container.name')),
    image: bounded(
      textAt(fields, 'container.image') ??
        (repository === undefined ? undefined : tag === undefined ? repository : `${repository}:${tag}`),
    ),
    imageDigest: bounded(textAt(fields, 'container.image.digest')),
    privileged: flagAt(fields, 'container.privileged'),
    startedAt: nanoseconds(fields['container.start_ts']),
  })
}

function falcoPod(fields: Members): PodFacts | undefined {
  const name = bounded(textAt(fields, 'k8s.pod.name'))
  const namespace = bounded(textAt(fields, 'k8s.ns.name'))
  if (name === undefined || namespace === undefined) return undefined
  return compact({
    namespace,
    name,
    uid: bounded(textAt(fields, 'k8s.pod.uid')),
    ip: bounded(textAt(fields, 'k8s.pod.ip'), 64),
  })
}

function bounded(text: string | undefined, limit: number = textLimit.name): string | undefined {
  return text === undefined ? undefined : clip(text, limit)
}

// Falco writes <NA> for what it could not find out.
function known(fields: Members | undefined): Members | undefined {
  if (fields === undefined) return undefined
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '<NA>' && value !== null))
}
