/**
 * What a person or token may look at and act on, whatever their role. A member left out is no limit; where both are
 * given, both must hold: these namespaces, of these clusters.
 */
export interface Scope {
  readonly clusters?: readonly string[]
  readonly namespaces?: readonly string[]
}

/** Where something is. What belongs to no namespace (nodes, cluster-wide objects) has none. */
export interface Place {
  cluster?: string | null | undefined
  namespace?: string | null | undefined
}

/** No limit at all. */
export const everything: Scope = {}

export function isLimited({ clusters, namespaces }: Scope): boolean {
  return clusters !== undefined || namespaces !== undefined
}

/**
 * Is this place within the scope? What has no namespace is for those without a limit of namespaces only, and what has
 * no cluster for those without any limit: nobody can say whose it is.
 */
export function covers(scope: Scope, place: Place): boolean {
  if (!isLimited(scope)) return true
  if (!place.cluster || (scope.clusters && !scope.clusters.includes(place.cluster))) return false
  return (
    scope.namespaces === undefined || (Boolean(place.namespace) && scope.namespaces.includes(place.namespace ?? ''))
  )
}

/** May the cluster itself be named, with its state? A limit to namespaces hides no cluster, only what is in it. */
export function namesCluster({ clusters }: Scope, name: string): boolean {
  return clusters === undefined || clusters.includes(name)
}

/** The limit in words, e.g. “namespace shop of cluster prod”. */
export function scopeText({ clusters, namespaces }: Scope): string {
  const listed = (one: string, names: readonly string[]): string =>
    `${names.length === 1 ? one : `${one}s`} ${names.join(', ')}`
  if (clusters && namespaces) return `${listed('namespace', namespaces)} of ${listed('cluster', clusters)}`
  if (clusters) return listed('cluster', clusters)
  return namespaces ? `${listed('namespace', namespaces)} of every cluster` : 'everything'
}
