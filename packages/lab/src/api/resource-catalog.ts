import type { KubeObject } from '../ports.ts'
import type { Store } from '../store/store.ts'
import { builtinResources } from './builtin-resources.ts'
import { ALL_VERBS, type ResourceDefinition, type SubresourceDefinition } from './resource-definition.ts'

/** The resources served at this moment: the built-in ones and those of stored CustomResourceDefinitions. */
export interface ResourceCatalog {
  all(): ResourceDefinition[]
  find(group: string, version: string, plural: string): ResourceDefinition | undefined
  hasGroupVersion(group: string, version: string): boolean
  /** By kind, for owner references and applied objects. */
  byKind(apiVersion: string, kind: string): ResourceDefinition | undefined
}

export function createResourceCatalog(store: Store, podGenerations: boolean): ResourceCatalog {
  const builtin = builtinResources(podGenerations)
  let current: { list: ResourceDefinition[]; index: Map<string, ResourceDefinition>; groups: Set<string> } | undefined
  store.subscribe('apiextensions.k8s.io/customresourcedefinitions', () => (current = undefined))

  const resources = () => {
    if (current) return current
    const list = [...builtin]
    for (const [, crd] of store.scan('apiextensions.k8s.io/customresourcedefinitions'))
      list.push(...customResources(crd))
    const index = new Map(list.map((d) => [`${d.group}/${d.version}/${d.plural}`, d]))
    const groups = new Set(list.map((d) => `${d.group}/${d.version}`))
    return (current = { list, index, groups })
  }

  return {
    all: () => resources().list,
    find: (group, version, plural) => resources().index.get(`${group}/${version}/${plural}`),
    hasGroupVersion: (group, version) => resources().groups.has(`${group}/${version}`),
    byKind: (apiVersion, kind) => {
      const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
      return resources().list.find((d) => d.kind === kind && d.group === group && d.version === version)
    },
  }
}

function customResources(crd: KubeObject): ResourceDefinition[] {
  const { group, names, scope, versions } = crd.spec
  return (versions as any[]) // any: the CRD's version list, free-form JSON
    .filter((v) => v.served)
    .map((v) => ({
      group,
      version: v.name,
      plural: names.plural,
      singular: names.singular || String(names.kind).toLowerCase(),
      kind: names.kind,
      listKind: names.listKind || `${names.kind}List`,
      namespaced: scope === 'Namespaced',
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      verbs: ALL_VERBS,
      subresources: customSubresources(v.subresources ?? {}, names.kind),
      storage: `${group}/${names.plural}`,
      custom: true,
      createOnUpdate: false,
      returnsDeleted: false,
      generations: true,
      printerColumns: v.additionalPrinterColumns ?? [],
    }))
}

function customSubresources(declared: { status?: object; scale?: object }, kind: string): SubresourceDefinition[] {
  const verbs = ['get', 'patch', 'update']
  const found: SubresourceDefinition[] = []
  if (declared.status) found.push({ name: 'status', kind, verbs })
  if (declared.scale) found.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs })
  return found
}
