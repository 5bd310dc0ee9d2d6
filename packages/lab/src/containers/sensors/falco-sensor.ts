import { randomUUID } from 'node:crypto'
import type { ProcessStart, RuntimeSensor } from '../../ports.ts'
import { parseImage } from '../images/catalogue.ts'
import { EventPoster } from './event-poster.ts'
import type { SensorOptions, ShippingSensor } from './sensor-for.ts'

const rule = 'Process started in container'
const tags = ['container', 'process', 'mitre_execution', 'T1059']

/** Falco with http_output and one rule that reports every execve in a container. Exits and connections are not its business. */
export function falcoSensor(options: SensorOptions): ShippingSensor {
  // Falco's http_output posts each alert alone; a few in flight keep up with bursts such as an unrolled loop.
  const poster = new EventPoster({ ...options, contentType: 'application/json', batch: 1, parallel: 4 })
  const sensor: RuntimeSensor = {
    processStarted: (event) => poster.push(JSON.stringify(falcoEvent(event))),
    processEnded: () => {},
    connectAttempted: () => {},
  }
  return {
    ...sensor,
    flush: () => poster.flush(),
    close: () => poster.close(),
    stats: () => ({ sent: poster.sent, dropped: poster.dropped }),
  }
}

/** The alert as Falco 0.4x prints it with json_output and json_include_output_property. */
export function falcoEvent(event: ProcessStart): Record<string, unknown> {
  const { pod } = event
  const fields: Record<string, unknown> = {
    'evt.time': nanoseconds(event.time),
    'evt.type': 'execve',
    ...processFields(event),
    'user.name': event.user,
    'user.uid': event.uid,
    'user.loginuid': -1,
    ...(pod === undefined ? { 'container.id': 'host', 'container.name': 'host' } : podFields(pod)),
  }
  const name = fields['proc.name']
  const where =
    pod === undefined
      ? 'host'
      : `k8s_ns=${pod.namespace} k8s_pod_name=${pod.name} container_id=${fields['container.id']}`
  return {
    uuid: randomUUID(),
    output: `${event.time.slice(11, 23)}000000: Informational ${rule} | evt_type=execve user=${event.user} user_uid=${event.uid} process=${name} proc_exepath=${event.exe} parent=${fields['proc.pname']} command=${fields['proc.cmdline']} ${where}`,
    priority: 'Informational',
    rule,
    time: event.time.replace(/(\.\d{3})Z$/, '$1000000Z'),
    source: 'syscall',
    tags,
    hostname: event.node,
    output_fields: fields,
  }
}

function processFields(event: ProcessStart): Record<string, unknown> {
  const [parent] = event.ancestors
  const ancestors: Record<string, unknown> = {}
  for (const [index, { pid, exe, args }] of event.ancestors.slice(1, 8).entries()) {
    ancestors[`proc.aname[${index + 2}]`] = comm(exe)
    ancestors[`proc.aexepath[${index + 2}]`] = exe
    ancestors[`proc.apid[${index + 2}]`] = pid
    ancestors[`proc.acmdline[${index + 2}]`] = parentLine({ exe, args })
  }
  return {
    'proc.name': comm(event.exe),
    'proc.exe': event.args[0] ?? event.exe,
    'proc.exepath': event.exe,
    'proc.cmdline': commandLine(event.exe, event.args),
    'proc.args': event.args.slice(1).join(' '),
    'proc.pid': event.pid,
    'proc.pid.ts': nanoseconds(event.time),
    'proc.ppid': event.ppid,
    'proc.pname': parent === undefined ? null : comm(parent.exe),
    'proc.pexepath': parent?.exe ?? null,
    'proc.pcmdline': parent === undefined ? null : parentLine(parent),
    ...ancestors,
    'proc.cwd': event.cwd.endsWith('/') ? event.cwd : `${event.cwd}/`,
    'proc.tty': event.tty ? 34_816 : 0, // first pseudo terminal: major 136, minor 0
    'proc.is_exe_upper_layer': event.upperLayer,
  }
}

function podFields(pod: NonNullable<ProcessStart['pod']>): Record<string, unknown> {
  const { repository, tag } = parseImage(pod.container.image, () => '')
  const digest = pod.container.imageID.split('@')[1] ?? ''
  return {
    'container.id': pod.container.id.slice(0, 12),
    'container.full_id': pod.container.id,
    'container.name': pod.container.name,
    'container.image.repository': repository,
    'container.image.tag': tag,
    'container.image.digest': digest,
    'container.privileged': pod.container.privileged,
    'container.start_ts': Date.parse(pod.container.startedAt) * 1_000_000,
    'k8s.ns.name': pod.namespace,
    'k8s.pod.name': pod.name,
    'k8s.pod.uid': pod.uid,
    'k8s.pod.ip': pod.ip,
    'k8s.pod.labels': Object.entries(pod.labels)
      .map(([key, value]) => `${key}:${value}`)
      .join(', '),
  }
}

/** The kernel's short name of a process: 15 bytes of the file's name. */
function comm(exe: string): string {
  return exe.slice(exe.lastIndexOf('/') + 1).slice(0, 15)
}

/** proc.cmdline is the short name followed by the arguments. */
function commandLine(exe: string, args: string[]): string {
  return [comm(exe), ...args.slice(1)].join(' ')
}

/** A process that renamed itself (`php-fpm: pool web`) shows its title. */
function parentLine(parent: { exe: string; args: string[] }): string {
  const first = parent.args[0] ?? ''
  return parent.args.length === 1 && first.includes(' ') ? first : commandLine(parent.exe, parent.args)
}

/** Falco writes evt.time as an integer of nanoseconds, beyond what a double holds exactly; so do its JSON readers read it. */
function nanoseconds(time: string): number {
  return Date.parse(time) * 1_000_000
}
