import { isDeepStrictEqual } from 'node:util'
import { parse as parseYaml } from 'yaml'
import type { KubeObject } from '../ports.ts'
import { admit } from './admission.ts'
import { isDryRun, objectAnswer, type Answer, type ApiContext, type Call } from './call.ts'
import { applyDefaults, initialStatus } from './defaults.ts'
import { toServed, toStored } from './event-conversion.ts'
import { applyConfiguration } from './managed-fields.ts'
import { parseBody } from './object-decoder.ts'
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch, parsePatch, patchTypeOf } from './patch.ts'
import { randomSuffix } from './pod-defaults.ts'
import { readObject } from './read-handlers.ts'
import { isTrue } from './request-info.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { typeOfKind } from './schema.ts'
import {
  alreadyExists,
  badRequest,
  conflict,
  invalid,
  methodNotAllowed,
  notFound,
  staleVersion,
  StatusError,
} from './status-error.ts'
import { mergeUpdate } from './update-strategy.ts'
import { validateObject } from './validation.ts'
import {
  canonical,
  checkNamespace,
  decodeObject,
  freshMetadata,
  keyOf,
  orderedMetadata,
  persist,
  trackWrite,
  writerOf,
} from './write-support.ts'

type Json = any // any: objects and patches of every kind

const contentType = (call: Call): string => call.headers['content-type'] ?? 'application/json'

const NAMESPACE_MISMATCH = 'the namespace of the provided object does not match the namespace sent on the request'

function checkRequestNamespace(definition: ResourceDefinition, object: KubeObject, namespace: string): void {
  const given = object.metadata.namespace
  if (definition.namespaced ? given && given !== namespace : given) throw badRequest(NAMESPACE_MISMATCH)
}

/** The request object as the audit log shows it: decoded and defaulted, before admission. */
function shownRequest(definition: ResourceDefinition, decoded: KubeObject): KubeObject {
  const shown = structuredClone(decoded)
  applyDefaults(shown, definition.group)
  return shown
}

export function createObject(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const value = parseBody(call.body, contentType(call), definition.kind)
  const decoded = decodeObject(definition, value, call)
  call.audit.setRequestObject(shownRequest(definition, decoded))
  const object = toStored(definition, decoded)
  return objectAnswer(201, toServed(definition, storeNew(context, definition, call, { object })))
}

/** Admits, validates and stores a decoded new object. */
export function storeNew(
  context: ApiContext,
  definition: ResourceDefinition,
  call: Call,
  given: { object: KubeObject; managedFields?: Json[] },
): KubeObject {
  let { object } = given
  const namespace = definition.namespaced ? call.info.namespace : ''
  if (definition.namespaced && !namespace) throw methodNotAllowed()
  checkRequestNamespace(definition, object, namespace)
  if (object.metadata.resourceVersion)
    throw new StatusError(400, 'BadRequest', 'resourceVersion should not be set on objects to be created')
  checkNamespace(context, definition, namespace, object.metadata.name)
  const generated = !object.metadata.name && object.metadata.generateName !== undefined
  if (generated) object.metadata.name = `${object.metadata.generateName}${randomSuffix()}`
  object.metadata = freshMetadata(context, definition, object, namespace)
  const { status: givenStatus } = object
  delete object.status
  applyDefaults(object, definition.group)
  admit(context, definition, call, { object })
  object = canonical(definition, object)
  const errors = validateObject(definition, object)
  if (errors.length > 0) throw invalid(definition, object.metadata.name ?? '', errors)
  if (definition.storage === '/namespaces') object.spec = { ...object.spec, finalizers: ['kubernetes'] }
  const status =
    definition.custom && !definition.subresources.some((s) => s.name === 'status')
      ? givenStatus
      : statusOf(definition, object, givenStatus)
  if (status !== undefined) object.status = status
  const key = keyOf(definition, namespace, object.metadata.name)
  if (context.store.get(definition.storage, key)) throw alreadyExists(definition, object.metadata.name)
  if (given.managedFields) (object.metadata as Json).managedFields = given.managedFields
  else trackWrite(context, definition, call, { after: object })
  return persist(context, definition, call, object)
}

/** Nodes and mirror pods are created by kubelets together with their status. */
function statusOf(definition: ResourceDefinition, object: KubeObject, given: Json): Json {
  if (definition.storage === '/nodes') return given ?? {}
  return initialStatus(object, definition.group)
}

export function updateObject(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const value = parseBody(call.body, contentType(call), definition.kind)
  const given = decodeObject(definition, value, call)
  call.audit.setRequestObject(shownRequest(definition, given))
  const decoded = toStored(definition, given)
  const { name, namespace, subresource } = call.info
  checkRequestNamespace(definition, decoded, namespace)
  if (decoded.metadata.name && decoded.metadata.name !== name)
    throw badRequest(`the name of the object (${decoded.metadata.name}) does not match the name on the URL (${name})`)
  decoded.metadata.name = name
  const old = context.store.get(definition.storage, keyOf(definition, namespace, name))
  if (!old) {
    if (!definition.createOnUpdate || subresource) throw notFound(definition, name)
    return objectAnswer(201, toServed(definition, storeNew(context, definition, call, { object: decoded })))
  }
  const { uid } = decoded.metadata
  if (uid && uid !== old.metadata.uid)
    throw conflict(
      definition,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    )
  if (definition.custom && !decoded.metadata.resourceVersion)
    throw invalid(definition, name, [
      { type: 'Invalid value', field: 'metadata.resourceVersion', value: 0, detail: 'must be specified for an update' },
    ])
  return objectAnswer(200, toServed(definition, storeChanged(context, definition, call, { old, next: decoded })))
}

export function patchObject(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const type = patchTypeOf(contentType(call))
  if (type === 'apply') return applyObject(context, definition, call)
  const patch = parsePatch(call.body)
  const old = readObject(context, definition, call)
  call.audit.requestObject = patch
  const base = toServed(definition, old)
  let patched: Json
  if (type === 'json') patched = applyJsonPatch(base, patch)
  else if (type === 'merge') patched = applyMergePatch(base, patch)
  else {
    if (definition.custom)
      throw new StatusError(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      )
    patched = applyStrategicMergePatch(base, patch, typeOfKind(definition.group, definition.kind))
  }
  const next = toStored(definition, decodeObject(definition, patched, call))
  if (next.metadata.name !== old.metadata.name || (next.metadata.namespace ?? '') !== (old.metadata.namespace ?? ''))
    throw badRequest(
      `the name of the object (${next.metadata.name}) does not match the name on the URL (${old.metadata.name})`,
    )
  return objectAnswer(200, toServed(definition, storeChanged(context, definition, call, { old, next })))
}

function applyObject(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const { info } = call
  if (!info.query.get('fieldManager'))
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      { type: 'Required value', field: 'fieldManager', detail: 'is required for apply patch' },
    ])
  let value: Json
  try {
    value = parseYaml(Buffer.from(call.body).toString('utf8'), { maxAliasCount: 100 })
  } catch (error) {
    throw badRequest(`error decoding YAML: ${String(error).split('\n')[0]}`)
  }
  const config = decodeObject(definition, value, call)
  call.audit.requestObject = value
  if ((config.metadata as Json).managedFields) throw badRequest('metadata.managedFields must be nil')
  if (config.metadata.name && config.metadata.name !== info.name)
    throw badRequest(
      `the name of the object (${config.metadata.name}) does not match the name on the URL (${info.name})`,
    )
  config.metadata.name = info.name
  checkRequestNamespace(definition, config, info.namespace)
  const old = context.store.get(definition.storage, keyOf(definition, info.namespace, info.name))
  const applied = applyConfiguration(old, config, writerOf(context, definition, call), isTrue(info.query, 'force'))
  if (!old) {
    if (info.subresource) throw notFound(definition, info.name)
    if (config.metadata.uid)
      throw conflict(
        definition,
        info.name,
        `uid mismatch: the provided object specified uid ${config.metadata.uid}, and no existing object was found`,
      )
    return objectAnswer(
      201,
      toServed(
        definition,
        storeNew(context, definition, call, { object: config, managedFields: applied.managedFields }),
      ),
    )
  }
  const { kind, apiVersion } = old
  const { metadata, ...rest } = applied.object
  const next = decodeObject(
    definition,
    {
      kind,
      apiVersion,
      ...rest,
      metadata: {
        ...old.metadata,
        labels: undefined,
        annotations: undefined,
        ownerReferences: undefined,
        finalizers: undefined,
        ...metadata,
        resourceVersion: config.metadata.resourceVersion,
      },
    },
    call,
    false,
  )
  return objectAnswer(
    200,
    toServed(definition, storeChanged(context, definition, call, { old, next, managedFields: applied.managedFields })),
  )
}

/** Applies the rules of an update to `next`, then stores it; the stored object when nothing changed. */
export function storeChanged(
  context: ApiContext,
  definition: ResourceDefinition,
  call: Call,
  change: { old: KubeObject; next: KubeObject; managedFields?: Json[] },
): KubeObject {
  const { old } = change
  const { name } = old.metadata
  const asked = change.next.metadata.resourceVersion
  if (asked && asked !== old.metadata.resourceVersion) throw staleVersion(definition, name)
  // A write through the API may not alter what the store holds.
  let next = structuredClone(change.next)
  if (call.info.subresource !== 'status') {
    applyDefaults(next, definition.group)
    next = canonical(definition, next)
  }
  const object = mergeUpdate(definition, call, old, next)
  admit(context, definition, call, { object, old })
  const errors = validateObject(definition, object, old)
  if (errors.length > 0) throw invalid(definition, name, errors)

  const { resourceVersion } = old.metadata
  const same = (a: KubeObject, b: KubeObject) => isDeepStrictEqual(withoutVersions(a), withoutVersions(b))
  if (
    same(object, old) &&
    (!change.managedFields || isDeepStrictEqual(change.managedFields, (old.metadata as Json).managedFields ?? []))
  )
    return old
  if (change.managedFields) {
    ;(object.metadata as Json).managedFields = change.managedFields
    object.metadata = orderedMetadata(object.metadata)
  } else trackWrite(context, definition, call, { before: old, after: object })
  object.metadata = orderedMetadata({ ...object.metadata, resourceVersion })
  if (isDryRun(call)) return object
  return finishDeletion(context, definition, object) ?? persist(context, definition, call, object)
}

/** An object whose last finalizer is gone and whose grace time is over disappears instead of being stored. */
function finishDeletion(
  context: ApiContext,
  definition: ResourceDefinition,
  object: KubeObject,
): KubeObject | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers, namespace = '', name } = object.metadata
  if (!deletionTimestamp || finalizers?.length || deletionGracePeriodSeconds) return undefined
  if (definition.storage === '/namespaces' && object.spec?.finalizers?.length) return undefined
  context.store.remove(definition.storage, keyOf(definition, namespace, name), object)
  return object
}

function withoutVersions(object: KubeObject): Json {
  const { managedFields: _managedFields, resourceVersion: _version, ...metadata } = object.metadata as Json
  return { ...object, metadata }
}
