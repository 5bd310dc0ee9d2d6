import { entityKey, fact, type FactGroup, group, parseImage } from '@cordon/entities'
import type { Cluster, Clusters } from '../../jobs/inventory/cluster.ts'
import type { KubeObject } from '../../jobs/inventory/kinds.ts'
import { describeCluster } from '../../jobs/inventory/describe-cluster.ts'

const shown = 20

/** Undefined when the cluster isn't connected to this console. */
export function clusterFacts(cluster: Cluster | undefined): FactGroup[] | undefined {
  if (!cluster) return undefined
  const c = describeCluster(cluster, 0)
  const names = {
    aks: 'Azure Kubernetes Service',
    eks: 'Amazon EKS',
    gke: 'Google Kubernetes Engine',
    k3s: 'k3s',
    unknown: 'Unknown',
  }
  return compact(
    group(
      'Cluster',
      fact('Name', c.name),
      fact('Platform', names[c.platform]),
      fact('Kubernetes version', c.version),
      fact('Connection', c.stateDetail ? `${c.state}: ${c.stateDetail}` : c.state),
      fact('Nodes', c.nodes),
      fact('Namespaces', c.namespaces),
      fact('Pods', c.pods),
    ),
    group(
      'Network policy',
      ...c.networkPlugins.map((p) => fact(p.name, p.detail)),
      fact('Isolate pod', c.isolation.possible ? 'Possible' : `Not possible: ${c.isolation.reason ?? ''}`),
    ),
  )
}

/** Undefined when no connected cluster runs the image. */
export function imageFacts(clusters: Clusters, reference: string): FactGroup[] | undefined {
  const users = podsWith(clusters, (image) => image === reference)
  const image = parseImage(reference)
  const digests = new Set(
    users.flatMap(({ pod }) =>
      statusesOf(pod)
        .filter((s) => s.image === reference || reference.includes(image.repository))
        .map((s) => s.imageID?.split('@')[1]),
    ),
  )
  if (users.length === 0) return undefined
  return compact(
    group(
      'Image',
      fact('Reference', reference),
      fact('Registry', image.registry, entityKey('registry', image.registry)),
      fact('Repository', image.repository),
      fact('Tag', image.tag),
      fact('Digest', image.digest ?? [...digests].filter(Boolean).join(', ')),
    ),
    podGroup('Pods that run it', users),
  )
}

/** Undefined when no connected cluster runs an image from it. */
export function registryFacts(clusters: Clusters, registry: string): FactGroup[] | undefined {
  const users = podsWith(clusters, (image) => parseImage(image).registry === registry)
  if (users.length === 0) return undefined
  const images = [...new Set(users.flatMap(({ pod }) => imagesOf(pod)))]
    .filter((i) => parseImage(i).registry === registry)
    .toSorted()
  return compact(
    group(
      'Registry',
      fact('Login server', registry),
      fact('Images in use', images.length),
      fact('Pods running them', users.length),
      fact('Clusters', [...new Set(users.map((u) => u.cluster))].join(', ')),
    ),
    group(
      images.length > shown ? `Images (first ${shown} of ${images.length})` : 'Images',
      ...images.slice(0, shown).map((i) => fact(parseImage(i).repository, i, entityKey('image', i))),
    ),
  )
}

interface Use {
  cluster: string
  pod: KubeObject
}

function podsWith(clusters: Clusters, wanted: (image: string) => boolean): Use[] {
  return clusters.all().flatMap((c) =>
    c.cache
      .all('pods')
      .filter((pod) => imagesOf(pod).some(wanted))
      .map((pod) => ({ cluster: c.name, pod })),
  )
}

function podGroup(title: string, users: Use[]): FactGroup | undefined {
  const facts = users.slice(0, shown).map(({ cluster, pod }) => {
    const { namespace = '', name } = pod.metadata
    return fact(cluster, `${namespace}/${name}`, entityKey('pod', cluster, namespace, name))
  })
  return group(users.length > shown ? `${title} (first ${shown} of ${users.length})` : title, ...facts)
}

function imagesOf(pod: KubeObject): string[] {
  return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].map(
    (c: { image?: string }) => c.image ?? '',
  )
}

function statusesOf(pod: KubeObject): { image?: string; imageID?: string }[] {
  return pod.status?.containerStatuses ?? []
}

function compact(...groups: (FactGroup | undefined)[]): FactGroup[] {
  return groups.filter((g) => g !== undefined)
}
