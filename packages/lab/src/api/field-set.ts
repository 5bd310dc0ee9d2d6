import { typeSchema, type FieldSchema, type TypeSchema } from './schema.ts'

type Json = any // any: objects of every kind are walked generically

/** A set of fields in the FieldsV1 notation: `f:name`, `k:{"name":"x"}`, `v:"x"`, `.` for the item itself. */
export interface FieldSet {
  [element: string]: FieldSet
}

const isMap = (value: Json): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Objects that change as a whole. */
const ATOMIC_TYPES = new Set(['LabelSelector', 'ObjectReference', 'KeyRef', 'FieldRef', 'RoleRef', 'OwnerReference'])

/** How a field's value is walked. */
function shapeOf(field: FieldSchema | undefined, value: Json): 'leaf' | 'map' | 'keyed' | 'set' {
  if (isMap(value)) return field?.type && ATOMIC_TYPES.has(field.type) ? 'leaf' : 'map'
  if (!Array.isArray(value)) return 'leaf'
  if (field?.shape === 'set') return 'set'
  return field?.shape === 'list' && field.keys.length > 0 ? 'keyed' : 'leaf'
}

const DEFAULT_KEYS: Record<string, Json> = { protocol: 'TCP' }

/** `k:{"containerPort":80,"protocol":"TCP"}` of a list element. */
export function elementKey(element: Json, keys: string[]): string {
  const pairs = keys.map((key) => [key, element?.[key] ?? DEFAULT_KEYS[key]]).filter(([, v]) => v !== undefined)
  return `k:${JSON.stringify(Object.fromEntries(pairs))}`
}

const schemaOf = (type: string | undefined): TypeSchema | undefined => (type ? typeSchema(type) : undefined)
const childField = (
  schema: TypeSchema | undefined,
  parent: FieldSchema | undefined,
  name: string,
): FieldSchema | undefined =>
  schema?.get(name) ??
  (parent?.shape === 'map' && parent.type ? { name, shape: 'object', type: parent.type, keys: [] } : undefined)

/** The elements of a value one level down, with what is needed to go deeper. */
function children(
  value: Json,
  field: FieldSchema | undefined,
  type: string | undefined,
): [key: string, child: Json, field: FieldSchema | undefined, type: string | undefined][] {
  const shape = shapeOf(field, value)
  if (shape === 'keyed')
    return value.map((element: Json) => [elementKey(element, field!.keys), element, undefined, field!.type])
  if (shape === 'set')
    return value.map((element: Json) => [`v:${JSON.stringify(element)}`, element, undefined, undefined])
  if (shape !== 'map') return []
  const schema = schemaOf(type)
  return Object.entries(value).map(([name, child]) => {
    const next = childField(schema, field, name)
    return [`f:${name}`, child, next, next?.shape === 'object' ? next.type : undefined]
  })
}

/** All fields an object sets. */
export function fieldsOf(value: Json, type: string | undefined, field?: FieldSchema): FieldSet {
  const set: FieldSet = {}
  for (const [key, child, next, nextType] of children(value, field, type)) {
    const inner = fieldsOf(child, nextType, next)
    const isItem = key.startsWith('k:')
    set[key] = isItem ? { '.': {}, ...inner } : inner
  }
  return set
}

/** Fields that are new or changed in `after`. */
export function changedFields(
  before: Json,
  after: Json,
  type: string | undefined,
  field?: FieldSchema,
): FieldSet | undefined {
  if (before === after) return undefined
  if (before === undefined) {
    const set = fieldsOf(after, type, field)
    return isMap(after) || Object.keys(set).length > 0 ? { '.': {}, ...set } : {}
  }
  const rows = children(after, field, type)
  const old = new Map(children(before, field, type).map((row) => [row[0], row[1]]))
  if (rows.length === 0 && old.size === 0) return JSON.stringify(before) === JSON.stringify(after) ? undefined : {}
  const set: FieldSet = {}
  for (const [key, child, next, nextType] of rows) {
    const inner = changedFields(old.get(key), child, nextType, next)
    if (inner) set[key] = inner
  }
  return Object.keys(set).length > 0 ? set : undefined
}

const isLeaf = (set: FieldSet): boolean => Object.keys(set).length === 0

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = { ...a }
  for (const [key, inner] of Object.entries(b)) result[key] = result[key] ? union(result[key], inner) : inner
  return result
}

/** `a` without what `b` names. A leaf in `b` removes the whole branch. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {}
  for (const [key, inner] of Object.entries(a)) {
    const other = b[key]
    if (!other) result[key] = inner
    else if (!isLeaf(other) && !isLeaf(inner)) {
      const rest = difference(inner, other)
      if (Object.keys(rest).length > 0) result[key] = rest
    }
  }
  return result
}

export function isEmpty(set: FieldSet): boolean {
  return Object.keys(set).length === 0
}

/** The part of the set that still exists in `value`. */
export function existing(set: FieldSet, value: Json, type: string | undefined, field?: FieldSchema): FieldSet {
  const rows = new Map(children(value, field, type).map((row) => [row[0], row]))
  const result: FieldSet = {}
  for (const [key, inner] of Object.entries(set)) {
    if (key === '.') {
      result[key] = inner
      continue
    }
    const row = rows.get(key)
    if (!row) continue
    const rest = isLeaf(inner) ? inner : existing(inner, row[1], row[3], row[2])
    if (isLeaf(inner) || Object.keys(rest).length > 0) result[key] = rest
  }
  return result
}

/** Paths in both sets whose values differ: what two appliers disagree on. */
export function contested(
  owned: FieldSet,
  wanted: FieldSet,
  values: { live: Json; config: Json },
  context: { type?: string; field?: FieldSchema; path: string },
): [path: string, fields: FieldSet][] {
  const found: [string, FieldSet][] = []
  const liveRows = new Map(children(values.live, context.field, context.type).map((row) => [row[0], row]))
  const rows = new Map(children(values.config, context.field, context.type).map((row) => [row[0], row]))
  for (const key of Object.keys(wanted)) {
    const mine = owned[key]
    const row = rows.get(key)
    if (!mine || !row || key === '.') continue
    const path = `${context.path}${pathElement(key)}`
    const liveValue = liveRows.get(key)?.[1]
    if (!isLeaf(mine) && !isLeaf(wanted[key]!))
      for (const [p, inner] of contested(
        mine,
        wanted[key]!,
        { live: liveValue, config: row[1] },
        { type: row[3], field: row[2], path },
      ))
        found.push([p, { [key]: inner }])
    else if (isLeaf(mine) && JSON.stringify(liveValue) !== JSON.stringify(row[1])) found.push([path, { [key]: {} }])
  }
  return found
}

function pathElement(key: string): string {
  if (key.startsWith('f:')) return `.${key.slice(2)}`
  if (key.startsWith('v:')) return `[=${key.slice(2)}]`
  const pairs = Object.entries(JSON.parse(key.slice(2)) as Record<string, Json>)
  return `[${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`
}

/** Merges an applied configuration into the live object: maps and keyed lists field by field, the rest as a whole. */
export function mergeApplied(live: Json, config: Json, type: string | undefined, field?: FieldSchema): Json {
  if (live === undefined) return config
  const shape = shapeOf(field, config)
  if (shape === 'leaf') return config
  if (shape === 'set') return [...new Set([...live, ...config])]
  if (shape === 'keyed') {
    const result = [...live]
    for (const element of config) {
      const key = elementKey(element, field!.keys)
      const at = result.findIndex((own) => elementKey(own, field!.keys) === key)
      if (at < 0) result.push(element)
      else result[at] = mergeApplied(result[at], element, field!.type)
    }
    return result
  }
  const schema = schemaOf(type)
  const result: Json = isMap(live) ? { ...live } : {}
  for (const [name, value] of Object.entries(config)) {
    const next = childField(schema, field, name)
    result[name] = mergeApplied(result[name], value, next?.shape === 'object' ? next.type : undefined, next)
  }
  return result
}

/** Removes the named fields from a copy of the value. */
export function removeFields(value: Json, set: FieldSet, type: string | undefined, field?: FieldSchema): Json {
  const shape = shapeOf(field, value)
  const rows = children(value, field, type)
  const kept = rows.flatMap(([key, child, next, nextType]) => {
    const inner = set[key]
    if (!inner) return [[key, child] as const]
    if (isLeaf(inner) || (key.startsWith('k:') && inner['.'])) return []
    return [[key, removeFields(child, inner, nextType, next)] as const]
  })
  if (shape === 'map') return Object.fromEntries(kept.map(([key, child]) => [key.slice(2), child]))
  return shape === 'leaf' ? value : kept.map(([, child]) => child)
}
