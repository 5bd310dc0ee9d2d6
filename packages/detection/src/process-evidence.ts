import { entityKey } from '@cordon/entities'
import type { EvidenceRole } from '@cordon/entities'
import type { ConnectionEvent, ContainerFacts, PodFacts, ProcessEvent, ProcessFacts } from '@cordon/telemetry'
import { addressClass } from './address.ts'
import type { EvidenceSet } from './evidence-set.ts'
import { isoTime } from './iso-time.ts'
import { baseName } from './process-facts.ts'
import type { ProcessEventFacts } from './process-facts.ts'
import { displayLine } from './display-line.ts'

type RuntimeEvent = ProcessEvent | ConnectionEvent

interface PlacedInPod {
  pod: PodFacts
  container?: ContainerFacts
  node?: string
}

function isInPod(event: RuntimeEvent): event is RuntimeEvent & PlacedInPod {
  return event.pod !== undefined
}

interface RuntimeMatch {
  event: RuntimeEvent
  ancestors: ProcessFacts[]
  facts: ProcessEventFacts | undefined
  set: EvidenceSet
}

type Extractor = (match: RuntimeMatch, role: EvidenceRole | undefined) => void

/** Extractors a rule on process or connection events may name in `cordon.evidence`. */
export const processExtractors: Record<string, Extractor> = {
  /** The process, what started it, its user and where it ran. */
  process: (match, role) => {
    const { event, set, ancestors } = match
    const scope = scopeOf(event, set)
    const key = addProcess(event.process, scope, set, role ?? 'suspicious')
    let child = key
    for (const ancestor of ancestors.slice(0, 4)) {
      const parent = addProcess(ancestor, scope, set, 'contextual')
      set.relate(parent, 'started', child)
      child = parent
    }
    set.relate(key, 'ran in', containerKey(event, set) ?? nodeKey(event, set))
  },
  pod: ({ event, set }, role) => {
    if (isInPod(event)) set.once(event.pod, () => addPod(event, set, role ?? 'compromised'))
    else if (event.node) set.node(event.node, role ?? 'compromised')
  },
  /** Files named on the command line. */
  files: ({ event, facts, set }, role) => {
    const scope = scopeOf(event, set)
    const process = processKey(event.process, scope, set)
    for (const path of (facts?.paths ?? []).slice(0, 8)) {
      if (path === event.process.exe) continue
      set.relate(
        process,
        'named',
        set.add('file', [set.cluster, scope, path], baseName(path) || path, role ?? 'attacked', { facts: { path } }),
      )
    }
  },
  /** The program file itself. */
  program: ({ event, set }, role) => {
    const scope = scopeOf(event, set)
    const { exe } = event.process
    const file = set.add('file', [set.cluster, scope, exe], baseName(exe), role ?? 'loaded', {
      facts: { path: exe, partOfImage: event.process.drift === undefined ? undefined : !event.process.drift },
    })
    set.relate(processKey(event.process, scope, set), 'executed', file)
  },
  /** Hosts named on the command line, or the peer of a connection. */
  hosts: ({ event, facts, set }, role) => {
    const process = processKey(event.process, scopeOf(event, set), set)
    const named =
      event.type === 'connection' ? [event.destination.ip, event.destination.domain ?? ''] : (facts?.hosts ?? [])
    for (const host of named.filter((name) => name !== '').slice(0, 5)) {
      const kind = addressClass(host) ? 'ip' : 'domain'
      set.relate(
        process,
        event.type === 'connection' ? 'connected to' : 'named',
        set.add(kind, [host], host, role ?? 'destination'),
      )
    }
  },
}

/** Scope of process and file keys: the pod's key, or the node's for processes of the node itself. */
function scopeOf(event: RuntimeEvent, set: EvidenceSet): string {
  if (event.pod) return entityKey('pod', set.cluster, event.pod.namespace, event.pod.name)
  if (event.container) return `container/${event.container.id}`
  return entityKey('node', set.cluster, event.node ?? '')
}

// Process ids come round again, so the sensor's own identity or the start time is part of the key.
function identity(process: ProcessFacts): string {
  return process.execId ?? `${process.pid}@${process.startedAt ?? ''}`
}

function processKey(process: ProcessFacts, scope: string, set: EvidenceSet): string {
  return entityKey('process', set.cluster, scope.slice(0, 512), identity(process).slice(0, 512)).slice(0, 2048)
}

function addProcess(process: ProcessFacts, scope: string, set: EvidenceSet, role: EvidenceRole): string {
  const name = process.name || baseName(process.exe)
  const key = set.add('process', [set.cluster, scope, identity(process)], name, role, {
    facts: {
      pid: process.pid,
      path: process.exe,
      commandLine: displayLine(process.commandLine, 2000),
      workingDirectory: process.cwd,
      user: process.user,
      uid: process.uid,
      startedAt: process.startedAt === undefined ? undefined : isoTime(process.startedAt),
      drift: process.drift,
    },
  })
  if (process.user)
    set.relate(
      key,
      'ran as',
      set.add('user', [set.cluster, process.user], process.user, 'contextual', {
        facts: { kind: 'user of the container or node' },
      }),
    )
  return key
}

function addPod({ pod, container, node }: PlacedInPod, set: EvidenceSet, role: EvidenceRole): string {
  const namespace = set.namespace(pod.namespace)
  const key = set.add('pod', [set.cluster, pod.namespace, pod.name], pod.name, role, {
    uid: pod.uid,
    facts: { namespace: pod.namespace, ip: pod.ip, node },
  })
  set.relate(namespace, 'contains', key)
  if (node) set.relate(key, 'runs on', set.node(node))
  if (pod.workload) {
    const kind = pod.workloadKind ?? ''
    const workload = set.add('workload', [set.cluster, pod.namespace, kind, pod.workload], pod.workload, 'contextual', {
      facts: { kind, namespace: pod.namespace },
    })
    set.relate(namespace, 'contains', workload)
    set.relate(workload, 'maintains', key)
  }
  if (pod.serviceAccount) {
    const account = set.add(
      'service-account',
      [set.cluster, pod.namespace, pod.serviceAccount],
      pod.serviceAccount,
      'contextual',
      { facts: { namespace: pod.namespace } },
    )
    set.relate(account, 'used by', key)
  }
  if (container) set.relate(key, 'runs', addContainer(pod, container, set))
  return key
}

function addContainer(pod: PodFacts, container: ContainerFacts, set: EvidenceSet): string {
  return set.once(container, () => newContainer(pod, container, set))
}

function newContainer(pod: PodFacts, container: ContainerFacts, set: EvidenceSet): string {
  const name = container.name ?? container.id
  const key = set.add('container', [set.cluster, pod.namespace, pod.name, name], name, 'compromised', {
    facts: { id: container.id, image: container.image, privileged: container.privileged, namespace: pod.namespace },
  })
  if (container.image) set.relate(key, 'uses', set.image(container.image, { digest: container.imageDigest }))
  return key
}

function containerKey(event: RuntimeEvent, set: EvidenceSet): string | undefined {
  if (!isInPod(event)) return undefined
  const pod = set.once(event.pod, () => addPod(event, set, 'compromised'))
  return event.container ? addContainer(event.pod, event.container, set) : pod
}

function nodeKey(event: RuntimeEvent, set: EvidenceSet): string | undefined {
  return event.node ? set.node(event.node, 'compromised') : undefined
}
