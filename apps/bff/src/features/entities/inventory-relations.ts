import { entityKey, type EntityKind, parseEntityKey, parseImage, type Relation } from '@cordon/entities'
import { matches } from '@cordon/response'
import type { Cluster, Clusters } from '../../jobs/inventory/cluster.ts'
import type { KubeObject } from '../../jobs/inventory/kinds.ts'
import { ownersOf } from '../../jobs/run-actions/read-view.ts'

/** Relations of the reference product's graphs; the words are theirs. */
const words = {
  contains: 'Contains',
  routes: 'Routes traffic to',
  running: 'Is running',
  maintains: 'Maintains',
  runsOn: 'Runs on',
  identity: 'Can authenticate as',
  pulled: 'Is pulled from',
} as const

/** How the named entities hang together with their surroundings, as inventory knows it; a context for graphs and panes. */
export function inventoryRelations(clusters: Clusters, keys: string[]): Relation[] {
  const relations = new Map<string, Relation>()
  const add = (r: Relation) => relations.set(`${r.from} ${r.label} ${r.to}`, r)
  for (const key of keys) {
    const parsed = parseEntityKey(key)
    if (parsed?.kind === 'image')
      add({ from: key, to: entityKey('registry', parseImage(parsed.parts[0] ?? '').registry), label: words.pulled })
    const cluster = parsed && clusters.get(parsed.parts[0] ?? '')
    if (parsed && cluster) for (const r of relationsOf(cluster, key, parsed.kind, parsed.parts)) add(r)
  }
  return [...relations.values()]
}

function relationsOf(cluster: Cluster, key: string, kind: EntityKind, parts: string[]): Relation[] {
  const [, namespace = '', name = '', last = ''] = parts
  switch (kind) {
    case 'pod': {
      const pod = cluster.cache.get('pods', namespace, name)
      return pod
        ? podRelations(cluster, key, pod)
        : [{ from: entityKey('namespace', cluster.name, namespace), to: key, label: words.contains }]
    }
    case 'namespace':
    case 'node':
      return [{ from: entityKey('cluster', cluster.name), to: key, label: words.contains }]
    case 'service': {
      const service = cluster.cache.get('services', namespace, name)
      return service
        ? podsOf(cluster, service).map((p) => ({ from: key, to: podKey(cluster, p), label: words.routes }))
        : []
    }
    case 'workload':
      return workloadRelations(cluster, key, namespace, name, last)
    default:
      return []
  }
}

function podRelations(cluster: Cluster, key: string, pod: KubeObject): Relation[] {
  const { namespace = '' } = pod.metadata
  const top = ownersOf(cluster, pod as unknown as Parameters<typeof ownersOf>[1]).at(-1) // the cache holds whole pods
  const account: string | undefined = pod.spec?.serviceAccountName
  const images: string[] = (pod.spec?.containers ?? []).map((c: { image?: string }) => c.image ?? '').filter(Boolean)
  const services = cluster.cache.all('services').filter((s) => s.metadata.namespace === namespace && selects(s, pod))
  return [
    { from: entityKey('namespace', cluster.name, namespace), to: key, label: words.contains },
    ...(pod.spec?.nodeName
      ? [{ from: key, to: entityKey('node', cluster.name, pod.spec.nodeName), label: words.runsOn }]
      : []),
    ...(top
      ? [
          {
            from: entityKey('workload', cluster.name, namespace, top.kind, top.metadata.name),
            to: key,
            label: words.maintains,
          },
        ]
      : []),
    ...(account
      ? [{ from: key, to: entityKey('service-account', cluster.name, namespace, account), label: words.identity }]
      : []),
    ...images.flatMap((image) => [
      { from: key, to: entityKey('image', image), label: words.running },
      { from: entityKey('image', image), to: entityKey('registry', parseImage(image).registry), label: words.pulled },
    ]),
    ...services.map((s) => ({
      from: entityKey('service', cluster.name, namespace, s.metadata.name),
      to: key,
      label: words.routes,
    })),
  ]
}

function workloadRelations(cluster: Cluster, key: string, namespace: string, kind: string, name: string): Relation[] {
  const pods = cluster.cache
    .all('pods')
    .filter(
      (p) =>
        p.metadata.namespace === namespace &&
        ownersOf(cluster, p as unknown as Parameters<typeof ownersOf>[1]).some(
          (o) => o.kind === kind && o.metadata.name === name,
        ),
    ) // as above
  return [
    { from: entityKey('namespace', cluster.name, namespace), to: key, label: words.contains },
    ...pods.map((p) => ({ from: key, to: podKey(cluster, p), label: words.maintains })),
  ]
}

/** Pods a Service selects now. */
export function podsOf(cluster: Cluster, service: KubeObject): KubeObject[] {
  return cluster.cache
    .all('pods')
    .filter((p) => p.metadata.namespace === service.metadata.namespace && selects(service, p))
}

function selects(service: KubeObject, pod: KubeObject): boolean {
  const selector: Record<string, string> | undefined = service.spec?.selector
  return (
    selector !== undefined &&
    Object.keys(selector).length > 0 &&
    matches({ matchLabels: selector }, pod.metadata.labels)
  )
}

function podKey(cluster: Cluster, pod: KubeObject): string {
  return entityKey('pod', cluster.name, pod.metadata.namespace ?? '', pod.metadata.name)
}
