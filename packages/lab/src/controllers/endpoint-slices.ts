import type { KubeObject } from '../ports.ts'
import type { ComponentClient } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { mapSelects } from './label-selector.ts'
import { randomSuffix, stableJson } from './object-names.ts'
import { ownerReferenceTo } from './owned-pods.ts'
import { apiTime, isPodFinished, isPodReady } from './pod-state.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

const SERVICE_NAME = 'kubernetes.io/service-name'
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time'

/** Keeps the EndpointSlice (one per Service) and the older Endpoints object of every Service with a selector. */
export function startEndpointSlices(plane: ControlPlane): Stop {
  const slices = plane.controller('endpointslice-controller')
  const endpoints = plane.controller('endpoint-controller')
  const queue = plane.queue('endpointslice-controller', async (key) => {
    const { namespace, name } = splitKey(key)
    const service = plane.api.read('', 'services', namespace, name)
    if (!service || service.metadata.deletionTimestamp || !service.spec.selector) return
    const pods = plane.api
      .list('', 'pods', namespace)
      .filter(
        (pod) => pod.status?.podIP && !isPodFinished(pod) && mapSelects(service.spec.selector, pod.metadata.labels),
      )
      .toSorted((a, b) => (a.metadata.uid < b.metadata.uid ? -1 : 1))
    await writeSlice(slices, service, pods)
    await writeEndpoints(endpoints, service, pods)
  })
  const selected = new Map<string, Set<string>>()
  const stopServices = plane.api.watch('', 'services', ({ object }) => queue.add(keyOf(object)))
  const stopPods = plane.api.watch('', 'pods', ({ type, object: pod }) => {
    const now = new Set<string>()
    for (const service of plane.api.list('', 'services', pod.metadata.namespace)) {
      if (mapSelects(service.spec.selector, pod.metadata.labels)) now.add(keyOf(service))
    }
    for (const key of new Set([...now, ...(selected.get(pod.metadata.uid) ?? [])])) queue.add(key)
    if (type === 'DELETED') selected.delete(pod.metadata.uid)
    else selected.set(pod.metadata.uid, now)
  })
  for (const service of plane.api.list('', 'services')) queue.add(keyOf(service))
  return () => {
    stopServices()
    stopPods()
    queue.stop()
  }
}

/** The ports of a Service as endpoint ports, named target ports resolved in the pods. */
function endpointPorts(service: KubeObject, pods: KubeObject[]) {
  return (service.spec.ports ?? []).flatMap((port: ServicePort) => {
    const number = targetPort(port, pods)
    return number === undefined
      ? []
      : [{ ...(port.name ? { name: port.name } : { name: '' }), protocol: port.protocol ?? 'TCP', port: number }]
  })
}

interface ServicePort {
  name?: string
  port: number
  targetPort?: number | string
  protocol?: string
}

function targetPort(port: ServicePort, pods: KubeObject[]): number | undefined {
  if (port.targetPort === undefined) return port.port
  if (typeof port.targetPort === 'number') return port.targetPort
  for (const pod of pods) {
    for (const container of pod.spec.containers) {
      const named = (container.ports ?? []).find((item: { name?: string }) => item.name === port.targetPort)
      if (named) return named.containerPort
    }
  }
  return undefined
}

function targetRef(pod: KubeObject) {
  return { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid }
}

async function writeSlice(client: ComponentClient, service: KubeObject, pods: KubeObject[]): Promise<void> {
  const { namespace, name } = service.metadata
  const unready = service.spec.publishNotReadyAddresses === true
  const list = pods.map((pod) => {
    const terminating = Boolean(pod.metadata.deletionTimestamp)
    const serving = isPodReady(pod)
    return {
      addresses: [pod.status.podIP],
      conditions: { ready: unready || (serving && !terminating), serving, terminating },
      ...(pod.spec.hostname && pod.spec.subdomain === name ? { hostname: pod.spec.hostname } : {}),
      targetRef: targetRef(pod),
      nodeName: pod.spec.nodeName,
    }
  })
  const body = { addressType: 'IPv4', endpoints: list, ports: endpointPorts(service, pods) }
  const existing = client.api
    .list('discovery.k8s.io', 'endpointslices', namespace)
    .find((slice) => slice.metadata.labels?.[SERVICE_NAME] === name && slice.metadata.labels?.[MANAGED_BY])
  const annotations = { [LAST_CHANGE]: apiTime() }
  if (!existing) {
    const labels = { [MANAGED_BY]: 'endpointslice-controller.k8s.io', [SERVICE_NAME]: name }
    await client.create(kinds.endpointSlice, namespace, {
      kind: 'EndpointSlice',
      apiVersion: 'discovery.k8s.io/v1',
      metadata: {
        name: `${name}-${randomSuffix()}`,
        generateName: `${name}-`,
        namespace,
        labels,
        annotations,
        ownerReferences: [ownerReferenceTo(service)],
      },
      ...body,
    })
  } else if (
    stableJson([existing.endpoints ?? [], existing.ports ?? []]) !== stableJson([body.endpoints, body.ports])
  ) {
    const changed = { ...structuredClone(existing), ...body }
    changed.metadata.annotations = { ...changed.metadata.annotations, ...annotations }
    await client.update(kinds.endpointSlice, changed)
  }
}

async function writeEndpoints(client: ComponentClient, service: KubeObject, pods: KubeObject[]): Promise<void> {
  const { namespace, name } = service.metadata
  const ports = endpointPorts(service, pods)
  const address = (pod: KubeObject) => ({
    ip: pod.status.podIP,
    nodeName: pod.spec.nodeName,
    targetRef: targetRef(pod),
  })
  const live = pods.filter((pod) => !pod.metadata.deletionTimestamp)
  const ready = live.filter((pod) => isPodReady(pod) || service.spec.publishNotReadyAddresses)
  const waiting = live.filter((pod) => !ready.includes(pod))
  const subset = {
    ...(ready.length > 0 ? { addresses: ready.map(address) } : {}),
    ...(waiting.length > 0 ? { notReadyAddresses: waiting.map(address) } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  }
  const subsets = live.length > 0 ? [subset] : []
  const existing = client.api.read('', 'endpoints', namespace, name)
  if (!existing) {
    const body = { kind: 'Endpoints', apiVersion: 'v1', metadata: { name, namespace, labels: service.metadata.labels } }
    await client.create(kinds.endpoints, namespace, { ...body, subsets })
  } else if (stableJson(existing.subsets ?? []) !== stableJson(subsets)) {
    await client.update(kinds.endpoints, { ...structuredClone(existing), subsets })
  }
}
