import type { ResourceCatalog } from './resource-catalog.ts'
import type { ResourceDefinition, SubresourceDefinition } from './resource-definition.ts'

const VERSION_ORDER = ['v2', 'v1', 'v1beta1', 'v1alpha1']

function byGroup(catalog: ResourceCatalog): Map<string, Map<string, ResourceDefinition[]>> {
  const groups = new Map<string, Map<string, ResourceDefinition[]>>()
  for (const definition of catalog.all()) {
    const versions = groups.get(definition.group) ?? new Map<string, ResourceDefinition[]>()
    versions.set(definition.version, [...(versions.get(definition.version) ?? []), definition])
    groups.set(definition.group, versions)
  }
  return groups
}

const sortedVersions = (versions: Map<string, unknown>): string[] => {
  const rank = (v: string) => (VERSION_ORDER.includes(v) ? VERSION_ORDER.indexOf(v) : VERSION_ORDER.length)
  return [...versions.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

function groupObject(name: string, versions: Map<string, unknown>): object {
  const list = sortedVersions(versions).map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: list, preferredVersion: list[0] }
}

/** `/apis`. */
export const groupList = (catalog: ResourceCatalog): object => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: [...byGroup(catalog)].filter(([name]) => name !== '').map(([name, versions]) => groupObject(name, versions)),
})

/** `/apis/<group>`; undefined when the group is unknown. */
export function apiGroup(catalog: ResourceCatalog, name: string): object | undefined {
  const versions = byGroup(catalog).get(name)
  return versions && name ? { kind: 'APIGroup', apiVersion: 'v1', ...groupObject(name, versions) } : undefined
}

/** `/api`. */
export const coreVersions = (serverAddress: string): object => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
})

/** `/api/v1` and `/apis/<group>/<version>`; undefined when unknown. */
export function resourceList(catalog: ResourceCatalog, group: string, version: string): object | undefined {
  const definitions = byGroup(catalog).get(group)?.get(version)
  if (!definitions) return undefined
  return {
    kind: 'APIResourceList',
    ...(group ? { apiVersion: 'v1' } : {}),
    groupVersion: group ? `${group}/${version}` : version,
    resources: [...definitions].sort((a, b) => (a.plural < b.plural ? -1 : 1)).flatMap(apiResources),
  }
}

function apiResources(definition: ResourceDefinition): object[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = definition
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
    },
    ...definition.subresources.map((sub) => ({
      name: `${plural}/${sub.name}`,
      singularName: '',
      namespaced,
      ...(sub.group ? { group: sub.group, version: sub.version } : {}),
      kind: sub.kind,
      verbs: sub.verbs,
    })),
  ]
}

/** Aggregated discovery of the core group or of all other groups. */
export function aggregatedDiscovery(catalog: ResourceCatalog, core: boolean, version: 'v2' | 'v2beta1'): object {
  const groups = [...byGroup(catalog)].filter(([name]) => (name === '') === core)
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(([name, versions]) => ({
      metadata: name ? { name, creationTimestamp: null } : { creationTimestamp: null },
      versions: sortedVersions(versions).map((v) => ({
        version: v,
        resources: [...versions.get(v)!].sort((a, b) => (a.plural < b.plural ? -1 : 1)).map(discoveredResource),
        freshness: 'Current',
      })),
    })),
  }
}

function discoveredResource(definition: ResourceDefinition): object {
  const { plural, kind, namespaced, singular, verbs, shortNames, categories, subresources } = definition
  const custom = definition.custom
    ? { group: definition.group, version: definition.version }
    : { group: '', version: '' }
  return {
    resource: plural,
    responseKind: { ...custom, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0 ? { subresources: subresources.map((sub) => discoveredSubresource(sub, custom)) } : {}),
  }
}

const discoveredSubresource = (sub: SubresourceDefinition, custom: { group: string; version: string }): object => ({
  subresource: sub.name,
  responseKind: { group: sub.group ?? custom.group, version: sub.version ?? custom.version, kind: sub.kind },
  verbs: sub.verbs,
})
