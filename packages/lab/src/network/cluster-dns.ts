import { mapSelects } from '../controllers/label-selector.ts'
import type { KubeApi, KubeObject } from '../ports.ts'

const ZONE = 'cluster.local'
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

export function isAddress(host: string): boolean {
  return IPV4.test(host)
}

/**
 * Cluster DNS as a pod sees it through its search path: Services (`svc`, `svc.ns`, `svc.ns.svc.cluster.local`), pods of
 * headless Services (`host.svc.ns.svc…`) and pod addresses (`10-244-1-5.ns.pod…`). Undefined when there is no record.
 */
export function resolveInCluster(api: KubeApi, namespace: string, name: string): string | undefined {
  const labels = name.toLowerCase().replace(/\.$/, '').split('.')
  const suffix = ZONE.split('.')
  if (labels.slice(-2).join('.') === ZONE) labels.splice(-suffix.length)
  const kind = labels.at(-1)
  if (kind === 'pod' && labels.length === 3) return podAddress(labels[0]!) // length was checked
  if (kind === 'svc') return serviceRecord(api, labels.slice(0, -1))
  if (labels.length === 1) return serviceRecord(api, [labels[0]!, namespace]) // length was checked
  return serviceRecord(api, labels) ?? serviceRecord(api, [...labels, namespace])
}

function podAddress(label: string): string | undefined {
  const address = label.replaceAll('-', '.')
  return isAddress(address) ? address : undefined
}

/** `[service, namespace]` or `[host, service, namespace]`. */
function serviceRecord(api: KubeApi, labels: string[]): string | undefined {
  const [name, namespace] = labels.slice(-2)
  const service = name && namespace ? api.read('', 'services', namespace, name) : undefined
  if (!service || labels.length > 3) return undefined
  if (labels.length === 3) return hostRecord(api, service, labels[0]!) // length was checked
  if (service.spec.type === 'ExternalName') return undefined
  if (service.spec.clusterIP && service.spec.clusterIP !== 'None') return service.spec.clusterIP
  return readyEndpoints(api, service)[0]?.addresses[0]
}

function hostRecord(api: KubeApi, service: KubeObject, host: string): string | undefined {
  const pods = api.list('', 'pods', service.metadata.namespace)
  const pod = pods.find(
    (item) =>
      (item.spec.hostname ?? item.metadata.name) === host && mapSelects(service.spec.selector, item.metadata.labels),
  )
  return pod?.status?.podIP
}

/** Where an ExternalName Service points to. */
export function externalName(api: KubeApi, namespace: string, name: string): string | undefined {
  const [service, of = namespace] = name.split('.')
  return service ? api.read('', 'services', of, service)?.spec.externalName : undefined
}

interface Endpoint {
  addresses: string[]
  conditions?: { ready?: boolean }
  targetRef?: { uid?: string }
}

export function readyEndpoints(api: KubeApi, service: KubeObject): Endpoint[] {
  return slicesOf(api, service).flatMap((slice) =>
    ((slice.endpoints ?? []) as Endpoint[]).filter((endpoint) => endpoint.conditions?.ready !== false),
  )
}

export function slicesOf(api: KubeApi, service: KubeObject): KubeObject[] {
  const { namespace, name } = service.metadata
  return api
    .list('discovery.k8s.io', 'endpointslices', namespace)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === name)
}
