import type { KubeObject } from '../ports.ts'
import type { ApiContext } from './call.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { columnsOf, type Cell, type Column } from './table-columns.ts'

/** A `meta.k8s.io` Table as kubectl prints it. */
export interface Table {
  kind: 'Table'
  apiVersion: string
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number }
  columnDefinitions?: object[]
  rows: { cells: Cell[]; object?: object }[]
}

export const partialMetadata = (object: KubeObject, version = 'v1'): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
})

const definitionOf = ({ name, type = 'string', format = '', priority = 0, description = '' }: Column): object => ({
  name,
  type,
  format,
  description,
  priority,
})

export interface TableOptions {
  metadata: Table['metadata']
  includeObject: string | null
  /** False for the later events of a watch, which leave the column definitions out. */
  columns: boolean
  version: string
}

/** Renders objects as the table of their kind. */
export function tableOf(
  context: ApiContext,
  definition: ResourceDefinition,
  objects: KubeObject[],
  options: TableOptions,
): Table {
  const columns = columnsOf(definition)
  const now = context.now()
  const include = options.includeObject ?? 'Metadata'
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata: options.metadata,
    ...(options.columns ? { columnDefinitions: columns.map(definitionOf) } : { columnDefinitions: [] }),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...(include === 'None'
        ? {}
        : { object: include === 'Object' ? object : partialMetadata(object, options.version) }),
    })),
  }
}
