import type { PolicyObject, World, WorldPod } from '@cordon/netpol'
import type { KubeApi, KubeObject } from '../ports.ts'
import type { PodAttachment } from '../nodes/node-context.ts'
import type { PolicyKind } from './plugin-behaviour.ts'
import { programmingDelay, type ChangeKind } from './programming-delay.ts'

/** The policies, labels and pods as the plugin has programmed them: what the API says, some time later. */
export interface ProgrammedWorld {
  current(): World
  attach(pod: PodAttachment): void
  detach(podUid: string): void
  attachment(podUid: string): PodAttachment | undefined
  attachments(): Iterable<PodAttachment>
  /** Median delay of a new policy in ms; changes already under way keep theirs. */
  setDelay(medianMs: number): void
  /** While on, no change comes into force; what was held back does when it is taken off. */
  hold(on: boolean): void
  stop(): void
}

export interface ProgrammedWorldOptions {
  api: KubeApi
  policyKinds: PolicyKind[]
  delayMs: number
  onChange(): void
}

export function createProgrammedWorld(options: ProgrammedWorldOptions): ProgrammedWorld {
  const { api } = options
  const attached = new Map<string, PodAttachment>()
  const podFacts = new Map<string, Pick<WorldPod, 'labels' | 'ports'>>()
  const namespaces = new Map<string, Record<string, string>>()
  const policies = new Map<string, PolicyObject>()
  const program = programmer(options)
  let world: World | undefined
  let begun = false
  const apply = (change: () => void) => () => {
    change()
    world = undefined
    if (begun) options.onChange()
  }
  const podKey = (pod: { namespace?: string; name: string }) => `${pod.namespace ?? 'default'}/${pod.name}`

  const notePod = (pod: KubeObject) => {
    const key = podKey(pod.metadata)
    const facts = { labels: pod.metadata.labels ?? {}, ports: namedPorts(pod) }
    const before = podFacts.get(key)
    if (!before) apply(() => podFacts.set(key, facts))()
    else if (program.pending(`pod/${key}`) || JSON.stringify(before) !== JSON.stringify(facts)) {
      program.later(
        `pod/${key}`,
        'labels',
        apply(() => podFacts.set(key, facts)),
      )
    }
  }
  const noteNamespace = (namespace: KubeObject, late: boolean) => {
    const set = apply(() => namespaces.set(namespace.metadata.name, namespace.metadata.labels ?? {}))
    if (late && namespaces.has(namespace.metadata.name))
      program.later(`namespace/${namespace.metadata.name}`, 'labels', set)
    else set()
  }

  const stops = [
    api.watch('', 'pods', ({ type, object }) => {
      if (type !== 'DELETED') notePod(object)
      else apply(() => podFacts.delete(podKey(object.metadata)))()
    }),
    api.watch('', 'namespaces', ({ type, object }) => {
      if (type === 'DELETED') namespaces.delete(object.metadata.name)
      else noteNamespace(object, true)
    }),
  ]
  for (const pod of api.list('', 'pods')) notePod(pod)
  for (const namespace of api.list('', 'namespaces')) noteNamespace(namespace, false)
  for (const { group, resource } of options.policyKinds) {
    const specs = new Map<string, string>()
    for (const policy of api.list(group, resource)) {
      policies.set(policy.metadata.uid, policy as PolicyObject)
      specs.set(policy.metadata.uid, JSON.stringify(policy.spec))
    }
    const stop = api.watch(group, resource, ({ type, object }) => {
      const uid = object.metadata.uid
      const text = JSON.stringify(object.spec)
      if (type === 'DELETED')
        program.later(
          uid,
          'policy-deleted',
          apply(() => policies.delete(uid)),
        )
      else if (specs.get(uid) !== text)
        program.later(
          uid,
          'policy-set',
          apply(() => policies.set(uid, object as PolicyObject)),
        )
      if (type === 'DELETED') specs.delete(uid)
      else specs.set(uid, text)
    })
    stops.push(stop)
  }

  begun = true
  return {
    current() {
      world ??= {
        namespaces: [...namespaces].map(([name, labels]) => ({ name, labels })),
        pods: [...attached.values()].map((pod) => ({
          name: pod.name,
          namespace: pod.namespace,
          node: pod.node,
          ip: pod.ip,
          ...(podFacts.get(podKey(pod)) ?? { labels: {}, ports: {} }),
          ...(pod.hostNetwork ? { hostNetwork: true } : {}),
        })),
        policies: [...policies.values()],
      }
      return world
    },
    attach(pod) {
      attached.set(pod.podUid, pod)
      world = undefined
    },
    detach(podUid) {
      attached.delete(podUid)
      world = undefined
    },
    attachment: (podUid) => attached.get(podUid),
    attachments: () => attached.values(),
    setDelay: program.setDelay,
    hold: program.hold,
    stop() {
      for (const stop of stops) stop()
      program.stop()
    },
  }
}

function namedPorts(pod: KubeObject): Record<string, number> {
  const ports: Record<string, number> = {}
  for (const container of pod.spec.containers) {
    for (const port of container.ports ?? []) {
      if (port.name && (port.protocol ?? 'TCP') === 'TCP') ports[port.name] = port.containerPort
    }
  }
  return ports
}

/** Applies changes late, but those of one object in their order. */
function programmer(options: { delayMs: number }) {
  const timers = new Set<NodeJS.Timeout>()
  const lastDue = new Map<string, number>()
  const heldBack: (() => void)[] = []
  let held = false
  let median = options.delayMs
  return {
    setDelay: (ms: number) => {
      median = ms
    },
    hold(on: boolean) {
      held = on
      if (!on) for (const change of heldBack.splice(0)) change()
    },
    pending: (key: string) => lastDue.has(key),
    later(key: string, kind: ChangeKind, change: () => void) {
      const delay = programmingDelay(kind, median, Math.random())
      const due = Math.max(Date.now() + delay, lastDue.get(key) ?? 0)
      if (delay === 0 && !lastDue.has(key) && !held) return change()
      lastDue.set(key, due)
      const timer = setTimeout(() => {
        timers.delete(timer)
        const inForce = () => {
          if (lastDue.get(key) === due) lastDue.delete(key)
          change()
        }
        if (held) heldBack.push(inForce)
        else inForce()
      }, due - Date.now())
      timers.add(timer)
    },
    stop() {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
    },
  }
}
