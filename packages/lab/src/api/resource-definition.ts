/** One resource the API serves. */
export interface ResourceDefinition {
  group: string
  version: string
  plural: string
  singular: string
  kind: string
  listKind: string
  namespaced: boolean
  shortNames: string[]
  categories: string[]
  verbs: string[]
  subresources: SubresourceDefinition[]
  /** Key of the store's bucket. Two API groups may share one (events). */
  storage: string
  /** A resource that a CustomResourceDefinition brought: no schema, `apiVersion` kept in list items. */
  custom: boolean
  /** A PUT of a name that does not exist creates it. */
  createOnUpdate: boolean
  /** DELETE answers with the deleted object instead of a Status. */
  returnsDeleted: boolean
  /** `metadata.generation` counts changes of the spec. */
  generations: boolean
  /** Printer columns a CustomResourceDefinition declares. */
  printerColumns?: {
    name: string
    type: string
    jsonPath: string
    priority?: number
    description?: string
    format?: string
  }[]
}

export interface SubresourceDefinition {
  name: string
  kind: string
  group?: string
  version?: string
  verbs: string[]
}

export const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** `apps/v1`, or `v1` for the core group. */
export const groupVersion = (of: { group: string; version: string }): string =>
  of.group ? `${of.group}/${of.version}` : of.version

/** The bucket of a resource in the store. */
export const storageOf = (group: string, plural: string): string =>
  group === 'events.k8s.io' ? '/events' : `${group}/${plural}`

export const objectKey = (namespace: string | undefined, name: string): string =>
  namespace ? `${namespace}/${name}` : name
