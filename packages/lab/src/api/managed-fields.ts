import type { KubeObject } from '../ports.ts'
import {
  changedFields,
  contested,
  difference,
  existing,
  fieldsOf,
  isEmpty,
  mergeApplied,
  removeFields,
  union,
  type FieldSet,
} from './field-set.ts'
import { StatusError } from './status-error.ts'

type Json = any // any: objects of every kind

export interface ManagedFieldsEntry {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  time: string
  fieldsType: 'FieldsV1'
  fieldsV1: FieldSet
  subresource?: string
}

/** Who writes: the field manager, and what it writes through. */
export interface Writer {
  manager: string
  apiVersion: string
  subresource?: string
  time: string
  /** Type of the object in the schema tables; undefined for custom resources. */
  type?: string
}

/** Metadata the server owns; no manager does. */
const SERVER_METADATA = new Set([
  'name',
  'namespace',
  'generateName',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
])

function owned(object: Json): Json {
  const { kind: _kind, apiVersion: _apiVersion, metadata = {}, ...rest } = object
  const own = Object.fromEntries(Object.entries(metadata).filter(([key]) => !SERVER_METADATA.has(key)))
  return Object.keys(own).length > 0 ? { metadata: own, ...rest } : rest
}

const entriesOf = (object: KubeObject | undefined): ManagedFieldsEntry[] =>
  (object?.metadata as Json)?.managedFields ?? []

const sameWriter = (entry: ManagedFieldsEntry, writer: Writer, operation: string): boolean =>
  entry.manager === writer.manager &&
  entry.operation === operation &&
  (entry.subresource ?? '') === (writer.subresource ?? '')

const entryOf = (writer: Writer, operation: 'Apply' | 'Update', fieldsV1: FieldSet): ManagedFieldsEntry => ({
  manager: writer.manager,
  operation,
  apiVersion: writer.apiVersion,
  time: writer.time,
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...(writer.subresource ? { subresource: writer.subresource } : {}),
})

/** The managed fields after a create, update or patch: what changed now belongs to the writer alone. */
export function trackUpdate(before: KubeObject | undefined, after: KubeObject, writer: Writer): ManagedFieldsEntry[] {
  const now = owned(after)
  const old = before ? owned(before) : undefined
  const changed = old ? changedFields(old, now, writer.type) : fieldsOf(now, writer.type)
  const shrunk = entriesOf(before)
    .map((entry) => ({ ...entry, fieldsV1: existing(entry.fieldsV1, now, writer.type) }))
    .filter((entry) => !isEmpty(entry.fieldsV1))
  if (!changed || isEmpty(changed)) return shrunk
  let own = changed
  const others = shrunk.flatMap((entry) => {
    if (sameWriter(entry, writer, 'Update')) {
      own = union(entry.fieldsV1, changed)
      return []
    }
    const fieldsV1 = difference(entry.fieldsV1, changed)
    return isEmpty(fieldsV1) ? [] : [{ ...entry, fieldsV1 }]
  })
  return [...others, entryOf(writer, 'Update', own)]
}

export interface Applied {
  object: Json
  managedFields: ManagedFieldsEntry[]
}

/**
 * Server-side apply: merges `config` into `live`, removes what this manager applied before and no longer does.
 * @throws 409 with one cause per field that another manager holds with a different value, unless `force`.
 */
export function applyConfiguration(
  live: KubeObject | undefined,
  config: Json,
  writer: Writer,
  force: boolean,
): Applied {
  const wanted = fieldsOf(owned(config), writer.type)
  const entries = entriesOf(live)
  const mine = entries.find((entry) => sameWriter(entry, writer, 'Apply'))
  let others = entries.filter((entry) => entry !== mine)
  if (!live) return { object: config, managedFields: isEmpty(wanted) ? [] : [entryOf(writer, 'Apply', wanted)] }

  const liveOwned = owned(live)
  const conflicts = others.map((entry) => ({
    entry,
    fields: contested(
      entry.fieldsV1,
      wanted,
      { live: liveOwned, config: owned(config) },
      { type: writer.type, path: '' },
    ),
  }))
  if (conflicts.some(({ fields }) => fields.length > 0)) {
    if (!force) throw applyConflict(conflicts)
    others = conflicts.flatMap(({ entry, fields }) => {
      const fieldsV1 = fields.reduce((set, [, path]) => difference(set, path), entry.fieldsV1)
      return isEmpty(fieldsV1) ? [] : [{ ...entry, fieldsV1 }]
    })
  }
  const given = mine
    ? others.reduce((set, entry) => difference(set, entry.fieldsV1), difference(mine.fieldsV1, wanted))
    : {}
  const { metadata: configMeta = {}, ...configRest } = owned(config)
  const merged = mergeApplied(
    liveOwned,
    { ...configRest, ...(Object.keys(configMeta).length ? { metadata: configMeta } : {}) },
    writer.type,
  )
  const object = isEmpty(given) ? merged : removeFields(merged, given, writer.type)
  const same = mine !== undefined && JSON.stringify(mine.fieldsV1) === JSON.stringify(wanted)
  const own = isEmpty(wanted) ? [] : [same ? mine : entryOf(writer, 'Apply', wanted)]
  return { object, managedFields: [...own, ...others] }
}

function applyConflict(conflicts: { entry: ManagedFieldsEntry; fields: [string, FieldSet][] }[]): StatusError {
  const named = conflicts.filter(({ fields }) => fields.length > 0)
  const who = (entry: ManagedFieldsEntry) =>
    `"${entry.manager}"${entry.subresource ? ` with subresource "${entry.subresource}"` : ''}${entry.operation === 'Update' ? ` using ${entry.apiVersion}` : ''}`
  const causes = named.flatMap(({ entry, fields }) =>
    fields.map(([field]) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who(entry)}`, field })),
  )
  const lines = named.map(({ entry, fields }) =>
    fields.length === 1
      ? `conflict with ${who(entry)}: ${fields[0]![0]}`
      : `conflicts with ${who(entry)}:\n${fields.map(([field]) => `- ${field}`).join('\n')}`,
  )
  const total = causes.length
  return new StatusError(
    409,
    'Conflict',
    `Apply failed with ${total} conflict${total === 1 ? '' : 's'}: ${lines.join('\n')}`,
    { details: { causes } },
  )
}
