import { randomUUID } from 'node:crypto'
import type { KubeObject } from '../ports.ts'
import { fieldManagerOf, isDryRun, timestamp, type ApiContext, type Call } from './call.ts'
import { trackUpdate, type Writer } from './managed-fields.ts'
import { decodeTyped, type DecodeReport } from './object-decoder.ts'
import { groupVersion, objectKey, type ResourceDefinition } from './resource-definition.ts'
import { typeOfKind } from './schema.ts'
import { badRequest, forbidden, notFound, type FieldError } from './status-error.ts'

type Json = any // any: objects of every kind

const META_ORDER = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
]

/** Metadata in the order the server prints it, empty parts left out. */
export function orderedMetadata(metadata: Json): Json {
  const result: Json = {}
  for (const key of META_ORDER) {
    const value = metadata[key]
    if (value === undefined || value === null) continue
    if (['labels', 'annotations'].includes(key) && Object.keys(value).length === 0) continue
    if (['ownerReferences', 'finalizers', 'managedFields'].includes(key) && value.length === 0) continue
    result[key] = value
  }
  return result
}

/**
 * Turns parsed JSON into an object of the resource: right kind, known fields, server order. Unknown fields are dropped
 * with a warning, or refused under `fieldValidation=Strict`.
 */
export function decodeObject(
  definition: ResourceDefinition,
  value: Json,
  call: Call,
  unknownAsWarning = true,
): KubeObject {
  const { kind, group, version } = definition
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    )
  const apiVersion = groupVersion(definition)
  const given = { kind: value.kind ?? kind, apiVersion: value.apiVersion ?? apiVersion }
  if (given.kind !== kind) {
    const [, of = ''] = /([^/]+)$/.exec(given.apiVersion) ?? []
    throw badRequest(
      `${given.kind} in version "${of}" cannot be handled as a ${kind}: converting (${of}.${given.kind}) to (${group ? group.split('.')[0] : 'core'}.${kind}): unknown conversion`,
    )
  }
  if (given.apiVersion !== apiVersion)
    throw badRequest(
      `the API version in the data (${given.apiVersion}) does not match the expected API version (${apiVersion})`,
    )
  const type = definition.custom ? undefined : typeOfKind(group, kind)
  const report: DecodeReport = { unknown: [] }
  const decoded = type ? decodeTyped(value, type, report, { kind, version }) : structuredClone(value)
  reportUnknown(definition, report.unknown, call, unknownAsWarning)
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = decoded
  if (metadata !== undefined && (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)))
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: json: cannot unmarshal ${typeof metadata} into Go struct field ${kind}.metadata of type v1.ObjectMeta`,
    )
  return { kind, apiVersion, metadata: orderedMetadata(metadata ?? {}), ...rest }
}

function reportUnknown(definition: ResourceDefinition, unknown: string[], call: Call, warn: boolean): void {
  const mode = call.info.query.get('fieldValidation') || 'Warn'
  if (unknown.length === 0 || mode === 'Ignore') return
  const lines = unknown.map((field) => `unknown field "${field}"`)
  if (mode === 'Strict')
    throw badRequest(
      `${definition.kind} in version "${definition.version}" cannot be handled as a ${definition.kind}: strict decoding error: ${lines.join(', ')}`,
    )
  if (warn) call.warnings.push(...lines)
}

/** The object in the field order of its type, as defaults and merges leave it in another. */
export function canonical(definition: ResourceDefinition, object: KubeObject): KubeObject {
  const type = definition.custom ? undefined : typeOfKind(definition.group, definition.kind)
  if (!type) return object
  const { kind, apiVersion } = object
  const { metadata, ...rest } = decodeTyped(object, type, { unknown: [] }, { kind, version: definition.version })
  return { kind, apiVersion, metadata: orderedMetadata(metadata), ...rest }
}

/** Who writes, for the managed fields. */
export const writerOf = (context: ApiContext, definition: ResourceDefinition, call: Call): Writer => ({
  manager: fieldManagerOf(call),
  apiVersion: groupVersion(definition),
  time: timestamp(context.now()),
  ...(call.info.subresource ? { subresource: call.info.subresource } : {}),
  ...(definition.custom ? {} : { type: typeOfKind(definition.group, definition.kind) }),
})

/** Kinds that change every few seconds; ownership of their fields interests nobody and costs time. */
const UNTRACKED = new Set(['/events', 'coordination.k8s.io/leases'])

/** Sets the managed fields of a written object. */
export function trackWrite(
  context: ApiContext,
  definition: ResourceDefinition,
  call: Call,
  objects: { before?: KubeObject; after: KubeObject },
): void {
  if (UNTRACKED.has(definition.storage)) return
  const entries = trackUpdate(objects.before, objects.after, writerOf(context, definition, call))
  const metadata = objects.after.metadata as Json
  if (entries.length > 0) metadata.managedFields = entries
  else delete metadata.managedFields
}

export const keyOf = (definition: ResourceDefinition, namespace: string, name: string): string =>
  objectKey(definition.namespaced ? namespace : '', name)

/** The namespace must exist and not be going away. */
export function checkNamespace(
  context: ApiContext,
  definition: ResourceDefinition,
  namespace: string,
  name: string,
): void {
  if (!definition.namespaced) return
  const object = context.store.get('/namespaces', namespace)
  if (!object) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace)
  if (object.status?.phase !== 'Terminating' && !object.metadata.deletionTimestamp) return
  throw forbidden(
    definition,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  )
}

/** Fresh metadata of an object that is created now. */
export function freshMetadata(
  context: ApiContext,
  definition: ResourceDefinition,
  object: KubeObject,
  namespace: string,
): Json {
  const { labels, annotations, ownerReferences, finalizers, generateName, name } = object.metadata
  return orderedMetadata({
    name,
    generateName,
    namespace: definition.namespaced ? namespace : undefined,
    uid: randomUUID(),
    resourceVersion: '',
    generation: definition.generations ? 1 : undefined,
    creationTimestamp: timestamp(context.now()),
    labels,
    annotations,
    ownerReferences,
    finalizers,
  })
}

/** Stores unless it is a dry run. */
export function persist(
  context: ApiContext,
  definition: ResourceDefinition,
  call: Call,
  object: KubeObject,
): KubeObject {
  if (isDryRun(call)) return object
  const { namespace = '', name } = object.metadata
  return context.store.put(definition.storage, keyOf(definition, namespace, name), object)
}

/** The server describes an immutable field twice: in the metadata check and in the kind's own. */
export const immutableUid = (uid: string): FieldError[] => {
  const error: FieldError = { type: 'Invalid value', field: 'metadata.uid', value: uid, detail: 'field is immutable' }
  return [error, error]
}
