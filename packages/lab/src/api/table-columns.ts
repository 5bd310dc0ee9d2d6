import type { KubeObject } from '../ports.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { age, workloadColumns } from './table-workload-columns.ts'

export type Cell = string | number | boolean | null

export interface Column {
  name: string
  type?: string
  format?: string
  priority?: number
  description?: string
  cell(object: KubeObject, now: Date): Cell
}

const NAME: Column = {
  name: 'Name',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  cell: (o) => o.metadata.name,
}
const AGE: Column = {
  name: 'Age',
  description: 'Time since the object was created.',
  cell: (o, now) => age(o.metadata.creationTimestamp, now),
}
const CREATED: Column = {
  name: 'Created At',
  type: 'date',
  description: 'Time when the object was created.',
  cell: (o) => o.metadata.creationTimestamp,
}

/** The printer columns of a resource. Custom resources bring their own; what has none shows name and age. */
export function columnsOf(definition: ResourceDefinition): Column[] {
  if (definition.printerColumns?.length) {
    const own = definition.printerColumns.map(({ name, type, jsonPath, priority, description, format }): Column => ({
      name,
      type,
      priority: priority ?? 0,
      description: description ?? '',
      format: format ?? '',
      cell: (object, now) => printed(readPath(object, jsonPath), type, now),
    }))
    return [NAME, ...own]
  }
  if (definition.custom)
    return [NAME, { ...AGE, type: 'date', cell: (o, now) => age(o.metadata.creationTimestamp, now) }]
  const own = workloadColumns(definition)
  // Events are told apart by what happened; their names come last and only when asked for.
  const first = definition.storage === '/events' ? [] : [NAME]
  if (own) return [...first, ...own.map((column) => (column === 'age' ? AGE : column))]
  return [NAME, definition.storage.startsWith('rbac') ? CREATED : AGE]
}

function readPath(object: unknown, jsonPath: string): unknown {
  let value: any = object // any: walks free-form JSON
  for (const part of jsonPath.replace(/^\./, '').match(/[^.[\]]+|\[\d+\]/g) ?? []) {
    const key = part.startsWith('[') ? part.slice(1, -1) : part
    value = value?.[key]
  }
  return value
}

function printed(value: unknown, type: string, now: Date): Cell {
  if (value === undefined || value === null) return null
  if (type === 'date') return age(String(value), now)
  return typeof value === 'object' ? JSON.stringify(value) : (value as Cell)
}
