import { CORE_TYPES } from './schema-core.ts'
import { WORKLOAD_TYPES } from './schema-workloads.ts'

export interface FieldSchema {
  name: string
  /** Shape of the value: scalar, an object of `type`, a list, a map, or `any` where the table does not go deeper. */
  shape: 'string' | 'integer' | 'boolean' | 'any' | 'object' | 'list' | 'set' | 'map'
  /** Type of the object or of the elements; undefined for strings. */
  type?: string
  /** Keys that identify an element of a list. Empty: the list is replaced as a whole. */
  keys: string[]
}

export type TypeSchema = Map<string, FieldSchema>

const FIELD = /^(\w+)(?:([#?~])|:(\$|\w+)(?:(\[)([\w,]*)\]|(<>)|(\{\}))?)?$/

function parseField(text: string): FieldSchema {
  const match = FIELD.exec(text)
  if (!match) throw new Error(`schema table: cannot read "${text}"`)
  const [, name = '', mark, target, list, keys = '', set, map] = match
  const type = target === '$' ? undefined : target
  const of = (shape: FieldSchema['shape']): FieldSchema => ({ name, shape, type, keys: keys ? keys.split(',') : [] })
  if (list) return of('list')
  if (set) return of('set')
  if (map) return of('map')
  if (target) return of('object')
  return of(mark === '#' ? 'integer' : mark === '?' ? 'boolean' : mark === '~' ? 'any' : 'string')
}

const TYPES = new Map<string, TypeSchema>(
  `${CORE_TYPES}${WORKLOAD_TYPES}`
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', fields = ''] = line.split(' = ')
      return [name, new Map(fields.split(' ').map((f) => [f.replace(/[#?~:].*$/, ''), parseField(f)]))]
    }),
)

/** Groups whose kinds the tables describe; same-named kinds of other groups have no schema. */
const DESCRIBED = new Set([
  '',
  'apps',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
])

export const typeSchema = (name: string): TypeSchema | undefined => TYPES.get(name)

/** Name of the type of a kind, when the tables describe it. */
export const typeOfKind = (group: string, kind: string): string | undefined =>
  DESCRIBED.has(group) && TYPES.has(kind) ? kind : undefined

export const typeNames = (): string[] => [...TYPES.keys()]
