import type { FactGroup } from '../graph.ts'
import { parseImage } from '../image-reference.ts'
import type { EntityKind } from '../key.ts'
import { entityKey } from '../kinds.ts'
import { fact, group, list, pairs } from './fact-list.ts'

/** A Kubernetes object as inventory keeps it. */
export interface Manifest {
  kind?: string
  metadata?: {
    name?: string
    namespace?: string
    uid?: string
    creationTimestamp?: string
    deletionTimestamp?: string
    labels?: Record<string, string>
    ownerReferences?: { kind: string; name: string; controller?: boolean }[]
    finalizers?: string[]
  }
  spec?: any // any: free-form JSON of every kind; each function below knows its own
  status?: any // any: as spec
}

type Groups = (FactGroup | undefined)[]

/**
 * What the pane of an entity says of the object itself: the fields of the reference product's evidence schemas
 * (kubernetesPodEvidence, kubernetesServiceEvidence …), in its order.
 */
export function manifestFacts(kind: EntityKind, cluster: string, m: Manifest): FactGroup[] {
  const groups = byKind[kind]?.(cluster, m) ?? []
  return groups.filter((g) => g !== undefined)
}

const byKind: Partial<Record<EntityKind, (cluster: string, m: Manifest) => Groups>> = {
  pod: podFacts,
  service: serviceFacts,
  node: nodeFacts,
  namespace: namespaceFacts,
  workload: workloadFacts,
  'service-account': serviceAccountFacts,
}

const meta = (m: Manifest) => [
  fact('Created', m.metadata?.creationTimestamp),
  fact('Terminating since', m.metadata?.deletionTimestamp),
  fact('Held by', list(m.metadata?.finalizers)),
  fact('Labels', pairs(m.metadata?.labels)),
]

function podFacts(cluster: string, m: Manifest): Groups {
  const namespace = m.metadata?.namespace ?? ''
  const controller = m.metadata?.ownerReferences?.find((o) => o.controller)
  const account = m.spec?.serviceAccountName as string | undefined
  const containers = [
    ...(m.spec?.containers ?? []).map((c: Container) => containerGroup(m, 'Container', c)),
    ...(m.spec?.initContainers ?? []).map((c: Container) => containerGroup(m, 'Init container', c)),
    ...(m.spec?.ephemeralContainers ?? []).map((c: Container) => containerGroup(m, 'Ephemeral container', c)),
  ]
  return [
    group(
      'Pod',
      fact('Name', m.metadata?.name),
      fact('Namespace', namespace, entityKey('namespace', cluster, namespace)),
      fact('Cluster', cluster, entityKey('cluster', cluster)),
      fact('Phase', m.status?.phase),
      fact('Pod IP', list((m.status?.podIPs ?? []).map((i: { ip: string }) => i.ip)) ?? m.status?.podIP),
      fact('Node', m.spec?.nodeName, m.spec?.nodeName && entityKey('node', cluster, m.spec.nodeName)),
      fact('Service account', account, account && entityKey('service-account', cluster, namespace, account)),
      fact(
        'Controller',
        controller && `${controller.kind} ${controller.name}`,
        controller && entityKey('workload', cluster, namespace, controller.kind, controller.name),
      ),
      fact('UID', m.metadata?.uid),
      ...meta(m),
    ),
    group(
      'Exposure',
      fact('Host network', m.spec?.hostNetwork || undefined),
      fact('Host process namespace', m.spec?.hostPID || undefined),
      fact('Host folders', list((m.spec?.volumes ?? []).map((v: { hostPath?: { path: string } }) => v.hostPath?.path))),
      fact('Service account token mounted', m.spec?.automountServiceAccountToken === false ? 'No' : 'Yes'),
    ),
    ...containers,
  ]
}

interface Container {
  name: string
  image?: string
  command?: string[]
  args?: string[]
  ports?: { containerPort: number; protocol?: string; name?: string }[]
  securityContext?: { privileged?: boolean; capabilities?: { add?: string[] }; runAsUser?: number }
}

interface ContainerStatus {
  name: string
  containerID?: string
  imageID?: string
  ready?: boolean
  restartCount?: number
}

function containerGroup(m: Manifest, title: string, c: Container): FactGroup | undefined {
  const statuses: ContainerStatus[] = [
    ...(m.status?.containerStatuses ?? []),
    ...(m.status?.initContainerStatuses ?? []),
    ...(m.status?.ephemeralContainerStatuses ?? []),
  ]
  const status = statuses.find((s) => s.name === c.name)
  const registry = c.image ? parseImage(c.image).registry : undefined
  return group(
    `${title}: ${c.name}`,
    fact('Image', c.image, c.image && entityKey('image', c.image)),
    fact('Registry', registry, registry && entityKey('registry', registry)),
    fact('Image digest', status?.imageID?.split('@')[1]),
    fact('Container ID', status?.containerID),
    fact('Command', list(c.command)),
    fact('Arguments', list(c.args)),
    fact(
      'Ports',
      list(c.ports?.map((p) => `${p.containerPort}/${p.protocol ?? 'TCP'}${p.name ? ` (${p.name})` : ''}`)),
    ),
    fact('Privileged', c.securityContext?.privileged ?? false),
    fact('Added capabilities', list(c.securityContext?.capabilities?.add)),
    fact('Ready', status?.ready),
    fact('Restarts', status?.restartCount),
  )
}

function serviceFacts(cluster: string, m: Manifest): Groups {
  const namespace = m.metadata?.namespace ?? ''
  const ports = (m.spec?.ports ?? []) as {
    name?: string
    port: number
    nodePort?: number
    targetPort?: number | string
    protocol?: string
    appProtocol?: string
  }[]
  const ingress = (m.status?.loadBalancer?.ingress ?? []) as { ip?: string; hostname?: string }[]
  return [
    group(
      'Service',
      fact('Name', m.metadata?.name),
      fact('Namespace', namespace, entityKey('namespace', cluster, namespace)),
      fact('Cluster', cluster, entityKey('cluster', cluster)),
      fact('Type', m.spec?.type ?? 'ClusterIP'),
      fact('Cluster IP', m.spec?.clusterIP),
      fact('External IPs', list([...(m.spec?.externalIPs ?? []), ...ingress.map((i) => i.ip ?? i.hostname)])),
      fact('External name', m.spec?.externalName),
      fact('Selector', pairs(m.spec?.selector)),
      fact('UID', m.metadata?.uid),
      ...meta(m),
    ),
    group(
      'Ports',
      ...ports.map((p) =>
        fact(
          p.name ?? String(p.port),
          `${p.port}/${p.protocol ?? 'TCP'} → ${p.targetPort ?? p.port}${p.nodePort ? `, node port ${p.nodePort}` : ''}${p.appProtocol ? `, ${p.appProtocol}` : ''}`,
        ),
      ),
    ),
  ]
}

function nodeFacts(cluster: string, m: Manifest): Groups {
  const info = m.status?.nodeInfo ?? {}
  const conditions = (m.status?.conditions ?? []) as { type: string; status: string }[]
  return [
    group(
      'Node',
      fact('Name', m.metadata?.name),
      fact('Cluster', cluster, entityKey('cluster', cluster)),
      fact('Ready', conditions.find((c) => c.type === 'Ready')?.status),
      fact(
        'Addresses',
        list((m.status?.addresses ?? []).map((a: { type: string; address: string }) => `${a.address} (${a.type})`)),
      ),
      fact('Kubelet', info.kubeletVersion),
      fact('Operating system', list([info.osImage, info.kernelVersion])),
      fact('Container runtime', info.containerRuntimeVersion),
      fact('Provider ID', m.spec?.providerID),
      fact('Unschedulable', m.spec?.unschedulable || undefined),
      fact('UID', m.metadata?.uid),
      ...meta(m),
    ),
  ]
}

function namespaceFacts(cluster: string, m: Manifest): Groups {
  return [
    group(
      'Namespace',
      fact('Name', m.metadata?.name),
      fact('Cluster', cluster, entityKey('cluster', cluster)),
      fact('Phase', m.status?.phase),
      fact('UID', m.metadata?.uid),
      ...meta(m),
    ),
  ]
}

function workloadFacts(cluster: string, m: Manifest): Groups {
  const namespace = m.metadata?.namespace ?? ''
  const owner = m.metadata?.ownerReferences?.find((o) => o.controller)
  const template = m.spec?.template?.spec ?? m.spec?.jobTemplate?.spec?.template?.spec
  const images = ((template?.containers ?? []) as Container[]).map((c) => c.image)
  return [
    group(
      'Workload',
      fact('Name', m.metadata?.name),
      fact('Kind', m.kind),
      fact('Namespace', namespace, entityKey('namespace', cluster, namespace)),
      fact('Cluster', cluster, entityKey('cluster', cluster)),
      fact(
        'Owner',
        owner && `${owner.kind} ${owner.name}`,
        owner && entityKey('workload', cluster, namespace, owner.kind, owner.name),
      ),
      fact(
        'Replicas',
        m.spec?.replicas === undefined ? undefined : `${m.status?.readyReplicas ?? 0} of ${m.spec.replicas} ready`,
      ),
      fact('Schedule', m.spec?.schedule),
      fact('Suspended', m.spec?.suspend),
      fact('Selector', pairs(m.spec?.selector?.matchLabels)),
      fact('Images', list(images)),
      fact('UID', m.metadata?.uid),
      ...meta(m),
    ),
  ]
}

function serviceAccountFacts(cluster: string, m: Manifest): Groups {
  const namespace = m.metadata?.namespace ?? ''
  return [
    group(
      'Service account',
      fact('Name', m.metadata?.name),
      fact('Namespace', namespace, entityKey('namespace', cluster, namespace)),
      fact('Cluster', cluster, entityKey('cluster', cluster)),
      fact('User name in audit logs', `system:serviceaccount:${namespace}:${m.metadata?.name ?? ''}`),
      fact('UID', m.metadata?.uid),
      ...meta(m),
    ),
  ]
}
