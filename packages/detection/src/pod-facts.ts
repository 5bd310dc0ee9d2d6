import { parseImage } from './image-reference.ts'
import { at, listAt, plain, textAt, textsAt } from './plain.ts'

export interface ContainerSpec {
  name: string
  image?: string
  kind: 'container' | 'init' | 'ephemeral'
  privileged: boolean
}

/** What a pod or a workload's pod template asks for, as far as detection rules read it. */
export interface PodSpecFacts {
  containers: ContainerSpec[]
  /** Names of the containers that run privileged. */
  privileged: string[]
  images: string[]
  repositories: string[]
  /** Command, arguments and probe commands of all containers, one text per container. */
  commands: string[]
  hostPaths: string[]
  hostNetwork: boolean
  hostPID: boolean
  hostIPC: boolean
  capabilities: string[]
  env: string[]
  serviceAccount?: string
  node?: string
  labels: Record<string, string>
  /** A mirror of a static pod: the kubelet made it from a file on the node. */
  mirror: boolean
  /** Kind of the controlling owner (ReplicaSet, Node …). */
  owner?: string
  /** Made by a controller for a workload object that was written before and examined then. */
  managed: boolean
}

/** Resources that hold a pod template, and where. */
const templates: Record<string, string[]> = {
  pods: [],
  deployments: ['spec', 'template'],
  daemonsets: ['spec', 'template'],
  statefulsets: ['spec', 'template'],
  replicasets: ['spec', 'template'],
  replicationcontrollers: ['spec', 'template'],
  jobs: ['spec', 'template'],
  cronjobs: ['spec', 'jobTemplate', 'spec', 'template'],
  podtemplates: ['template'],
}

/** Kinds of the workload resources, for keys and texts. */
export const workloadKinds: Record<string, string> = {
  deployments: 'Deployment',
  daemonsets: 'DaemonSet',
  statefulsets: 'StatefulSet',
  replicasets: 'ReplicaSet',
  replicationcontrollers: 'ReplicationController',
  jobs: 'Job',
  cronjobs: 'CronJob',
  podtemplates: 'PodTemplate',
}

const controllers = new Set([
  'ReplicaSet',
  'Deployment',
  'DaemonSet',
  'StatefulSet',
  'Job',
  'CronJob',
  'ReplicationController',
])

/** Facts of the pod template in an object; undefined when the resource has none or the object lacks it. */
export function podFacts(resource: string, object: unknown): PodSpecFacts | undefined {
  const path = Object.hasOwn(templates, resource) ? templates[resource]! : undefined
  const template = path && at(object, ...path)
  const spec = plain(at(template, 'spec'))
  if (!spec) return undefined
  const raw = [
    ...listAt(spec, 'containers').map((container) => ['container', container] as const),
    ...listAt(spec, 'initContainers').map((container) => ['init', container] as const),
    ...listAt(spec, 'ephemeralContainers').map((container) => ['ephemeral', container] as const),
  ]
  const containers = raw.map(([kind, container]) => containerSpec(kind, container))
  const images = containers.flatMap((container) => container.image ?? [])
  const owner = textAt(controllingOwner(object), 'kind')
  return {
    containers,
    privileged: containers.filter((container) => container.privileged).map((container) => container.name),
    images,
    repositories: images.flatMap((image) => parseImage(image)?.repository ?? []),
    commands: raw.map(([, container]) => commandText(container)).filter((text) => text !== ''),
    hostPaths: listAt(spec, 'volumes').flatMap((volume) => normalPath(textAt(volume, 'hostPath', 'path'))),
    hostNetwork: at(spec, 'hostNetwork') === true,
    hostPID: at(spec, 'hostPID') === true,
    hostIPC: at(spec, 'hostIPC') === true,
    capabilities: raw.flatMap(([, container]) => textsAt(container, 'securityContext', 'capabilities', 'add')),
    env: raw.flatMap(([, container]) =>
      listAt(container, 'env').map((entry) => `${textAt(entry, 'name') ?? ''}=${textAt(entry, 'value') ?? ''}`),
    ),
    serviceAccount: textAt(spec, 'serviceAccountName') ?? textAt(spec, 'serviceAccount'),
    node: textAt(spec, 'nodeName'),
    labels: labelsOf(template),
    mirror: textAt(object, 'metadata', 'annotations', 'kubernetes.io/config.mirror') !== undefined,
    owner,
    managed: owner !== undefined && controllers.has(owner),
  }
}

function containerSpec(kind: ContainerSpec['kind'], container: unknown): ContainerSpec {
  const name = textAt(container, 'name') ?? ''
  return {
    name,
    kind,
    image: textAt(container, 'image'),
    privileged: at(container, 'securityContext', 'privileged') === true,
  }
}

function commandText(container: unknown): string {
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) =>
    textsAt(container, probe, 'exec', 'command'),
  )
  const hooks = ['postStart', 'preStop'].flatMap((hook) => textsAt(container, 'lifecycle', hook, 'exec', 'command'))
  return [...textsAt(container, 'command'), ...textsAt(container, 'args'), ...probes, ...hooks]
    .join(' ')
    .slice(0, 16_384)
}

// `/var/run//docker.sock/` and `/etc/../` name sensitive places too.
function normalPath(path: string | undefined): string[] {
  if (path === undefined) return []
  const parts: string[] = []
  for (const part of path.slice(0, 4096).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return [`/${parts.join('/')}`]
}

function controllingOwner(object: unknown): unknown {
  const owners = listAt(object, 'metadata', 'ownerReferences')
  return owners.find((owner) => at(owner, 'controller') === true) ?? owners[0]
}

function labelsOf(template: unknown): Record<string, string> {
  const labels = plain(at(template, 'metadata', 'labels')) ?? {}
  return Object.fromEntries(
    Object.entries(labels).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  )
}
