import type { KubeApi, KubeObject, PodVolumes } from '../ports.ts'

export interface VolumeSources {
  api: KubeApi
  /** Asks the API server for a token of the pod's service account, bound to the pod. */
  requestToken(expirationSeconds: number): Promise<string | undefined>
}

/** Text files of the volumes the kubelet fills: configMap, secret, downwardAPI and projected. */
export async function podVolumes(pod: KubeObject, sources: VolumeSources): Promise<PodVolumes> {
  const volumes: PodVolumes = {}
  for (const volume of pod.spec.volumes ?? []) {
    const files: Record<string, string> = {}
    for (const source of volume.projected?.sources ?? [volume]) Object.assign(files, await filesOf(pod, source, sources))
    const filled = volume.projected || volume.configMap || volume.secret || volume.downwardAPI
    if (filled) volumes[volume.name] = files
  }
  return volumes
}

// any: a volume source as stored in the pod
async function filesOf(pod: KubeObject, source: any, { api, requestToken }: VolumeSources): Promise<Record<string, string>> {
  const namespace = pod.metadata.namespace
  if (source.serviceAccountToken) {
    const token = await requestToken(source.serviceAccountToken.expirationSeconds ?? 3600)
    return token ? { [source.serviceAccountToken.path]: token } : {}
  }
  if (source.configMap) {
    const data = api.read('', 'configmaps', namespace, source.configMap.name)?.data ?? {}
    return chosen(data, source.configMap.items)
  }
  if (source.secret) {
    const name = source.secret.secretName ?? source.secret.name
    return chosen(secretText(api.read('', 'secrets', namespace, name)), source.secret.items)
  }
  const files: Record<string, string> = {}
  for (const item of source.downwardAPI?.items ?? []) files[item.path] = fieldOf(pod, item.fieldRef?.fieldPath ?? '')
  return files
}

function chosen(data: Record<string, string>, items?: { key: string; path: string }[]): Record<string, string> {
  if (!items) return { ...data }
  return Object.fromEntries(items.flatMap(({ key, path }) => (key in data ? [[path, data[key]!]] : []))) // checked by `in`
}

function secretText(secret: KubeObject | undefined): Record<string, string> {
  const entries = Object.entries((secret?.data ?? {}) as Record<string, string>)
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]))
}

/** A downward API field, e.g. `metadata.name`, `status.podIP` or `metadata.labels['app']`. */
export function fieldOf(pod: KubeObject, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (keyed) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2]!] ?? '' // both groups always match
  if (path === 'metadata.labels' || path === 'metadata.annotations') {
    const map = pod.metadata[path.slice(9) as 'labels' | 'annotations'] ?? {}
    return Object.entries(map).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join('\n')
  }
  // any: walks free-form JSON along a path the API server validated
  const value = path.split('.').reduce<any>((at, key) => at?.[key], pod)
  return value === undefined ? '' : String(value)
}

/** The pod as the runtime gets it: every env entry a plain value, the API server's address added. */
export function withResolvedEnv(pod: KubeObject, api: KubeApi): KubeObject {
  const resolved = structuredClone(pod)
  const apiService = api.read('', 'services', 'default', 'kubernetes')
  const host = apiService?.spec.clusterIP ?? '10.0.0.1'
  const injected = [
    { name: 'KUBERNETES_SERVICE_HOST', value: host },
    { name: 'KUBERNETES_SERVICE_PORT', value: '443' },
    { name: 'KUBERNETES_PORT', value: `tcp://${host}:443` },
  ]
  for (const container of [...(resolved.spec.initContainers ?? []), ...resolved.spec.containers]) {
    container.env = [...injected, ...fromSources(container.envFrom ?? [], pod, api), ...(container.env ?? [])].map((entry) =>
      entry.valueFrom ? { name: entry.name, value: envValue(pod, entry.valueFrom, api) } : entry,
    )
    delete container.envFrom
  }
  return resolved
}

// any: env sources as stored in the pod
function fromSources(sources: any[], pod: KubeObject, api: KubeApi): { name: string; value: string; valueFrom?: any }[] {
  return sources.flatMap((source) => {
    const namespace = pod.metadata.namespace
    const data: Record<string, string> = source.configMapRef
      ? (api.read('', 'configmaps', namespace, source.configMapRef.name)?.data ?? {})
      : secretText(api.read('', 'secrets', namespace, source.secretRef?.name ?? ''))
    return Object.entries(data).map(([key, value]) => ({ name: `${source.prefix ?? ''}${key}`, value }))
  })
}

// any: an EnvVarSource as stored in the pod
function envValue(pod: KubeObject, from: any, api: KubeApi): string {
  const namespace = pod.metadata.namespace
  if (from.fieldRef) return fieldOf(pod, from.fieldRef.fieldPath)
  if (from.configMapKeyRef) {
    return api.read('', 'configmaps', namespace, from.configMapKeyRef.name)?.data?.[from.configMapKeyRef.key] ?? ''
  }
  if (from.secretKeyRef) {
    return secretText(api.read('', 'secrets', namespace, from.secretKeyRef.name))[from.secretKeyRef.key] ?? ''
  }
  return ''
}
