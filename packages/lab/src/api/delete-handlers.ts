import type { KubeObject } from '../ports.ts'
import { isDryRun, objectAnswer, timestamp, type Answer, type ApiContext, type Call } from './call.ts'
import { toServed } from './event-conversion.ts'
import { nodeOf } from './node-authorizer.ts'
import { parseBody } from './object-decoder.ts'
import { readObject, selectorOf } from './read-handlers.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { badRequest, forbidden, preconditionFailed, type Status } from './status-error.ts'
import { keyOf, orderedMetadata } from './write-support.ts'

type Json = any // any: DeleteOptions and objects of every kind

export interface DeleteOptions {
  gracePeriodSeconds?: number
  preconditions?: { uid?: string; resourceVersion?: string }
  propagationPolicy?: string
  orphanDependents?: boolean
  dryRun?: string[]
}

/** The options of a DELETE, from the body, else from the query. */
function deleteOptions(call: Call): DeleteOptions {
  const { query } = call.info
  if (call.body.length > 0) {
    const value = parseBody(call.body, call.headers['content-type'] ?? 'application/json', 'DeleteOptions')
    if (value?.kind && value.kind !== 'DeleteOptions')
      throw badRequest(`the object provided is unrecognized (must be of type DeleteOptions)`)
    const { kind: _kind, apiVersion: _apiVersion, ...rest } = value ?? {}
    call.audit.requestObject = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/__internal', ...rest }
    return { ...rest, ...(isDryRun(call) ? { dryRun: ['All'] } : {}) }
  }
  const options: DeleteOptions = {}
  const grace = query.get('gracePeriodSeconds')
  if (grace !== null) {
    if (!/^-?\d+$/.test(grace)) throw badRequest(`strconv.ParseInt: parsing "${grace}": invalid syntax`)
    options.gracePeriodSeconds = Number(grace)
  }
  const policy = query.get('propagationPolicy')
  if (policy) options.propagationPolicy = policy
  if (isDryRun(call)) options.dryRun = ['All']
  return options
}

function checkPreconditions(definition: ResourceDefinition, object: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {}
  const { metadata } = object
  if (uid && uid !== metadata.uid)
    throw preconditionFailed(
      definition,
      metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion && resourceVersion !== metadata.resourceVersion)
    throw preconditionFailed(
      definition,
      metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    )
}

/** Grace period of a pod's deletion. Pods without a node or with finished containers need none. */
function podGrace(pod: KubeObject, asked: number | undefined): number {
  let period = asked ?? pod.spec.terminationGracePeriodSeconds ?? 30
  if (period < 0) period = 1
  const finished = ['Succeeded', 'Failed'].includes(pod.status?.phase)
  return !pod.spec.nodeName || finished ? 0 : period
}

export interface DeleteResult {
  object: KubeObject
  /** The object is out of the store, or would be without `dryRun`. */
  gone: boolean
}

/**
 * Deletes an object the way the server does: pods wait for their kubelet, finalizers hold the object, a later request
 * can only shorten the grace period.
 */
export function deleteStored(
  context: ApiContext,
  definition: ResourceDefinition,
  object: KubeObject,
  options: DeleteOptions,
): DeleteResult {
  checkPreconditions(definition, object, options)
  const grace = definition.storage === '/pods' ? podGrace(object, options.gracePeriodSeconds) : 0
  const held = finalizersFor(object, options)
  const isNamespace = definition.storage === '/namespaces'
  const already = object.metadata.deletionTimestamp !== undefined
  if (already && isPending(object, { ...options, gracePeriodSeconds: grace }, held, definition))
    return { object, gone: false }
  const marked = mark(context, definition, object, { grace, finalizers: held })
  if (isNamespace) marked.status = { ...marked.status, phase: 'Terminating' }
  const stays = grace > 0 || held.length > 0 || (isNamespace && object.spec?.finalizers?.length > 0)
  const key = keyOf(definition, object.metadata.namespace ?? '', object.metadata.name)
  if (options.dryRun?.length) return { object: marked, gone: !stays }
  if (stays) return { object: context.store.put(definition.storage, key, marked), gone: false }
  return { object: context.store.remove(definition.storage, key, marked) ?? marked, gone: true }
}

function finalizersFor(object: KubeObject, options: DeleteOptions): string[] {
  const own = object.metadata.finalizers ?? []
  const policy = options.propagationPolicy ?? (options.orphanDependents ? 'Orphan' : undefined)
  const extra = policy === 'Foreground' ? 'foregroundDeletion' : policy === 'Orphan' ? 'orphan' : undefined
  const kept = policy ? own.filter((f) => f !== 'foregroundDeletion' && f !== 'orphan') : own
  return extra ? [...kept, extra] : kept
}

/** A deletion under way that this request does not shorten. */
function isPending(
  object: KubeObject,
  options: DeleteOptions,
  held: string[],
  definition: ResourceDefinition,
): boolean {
  const { deletionGracePeriodSeconds } = object.metadata
  if (held.length !== (object.metadata.finalizers?.length ?? 0)) return false
  if (definition.storage !== '/pods') return held.length > 0 || object.spec?.finalizers?.length > 0
  if (deletionGracePeriodSeconds === undefined) return held.length > 0
  const asked = options.gracePeriodSeconds ?? deletionGracePeriodSeconds
  return asked >= deletionGracePeriodSeconds && !(asked === 0 && held.length === 0)
}

function mark(
  context: ApiContext,
  definition: ResourceDefinition,
  object: KubeObject,
  deletion: { grace: number; finalizers: string[] },
): KubeObject {
  const { grace, finalizers } = deletion
  const { metadata } = object
  const pod = definition.storage === '/pods'
  const already = metadata.deletionTimestamp
  // A shorter period counts from the first request, not from now.
  const from = already
    ? new Date(already).getTime() - (metadata.deletionGracePeriodSeconds ?? 0) * 1000
    : context.now().getTime()
  const generation = metadata.generation === undefined || already ? metadata.generation : metadata.generation + 1
  return {
    ...object,
    metadata: orderedMetadata({
      ...metadata,
      generation,
      deletionTimestamp: pod || !already ? timestamp(new Date(from + grace * 1000)) : already,
      deletionGracePeriodSeconds: grace,
      finalizers,
    }),
  }
}

const PROTECTED_NAMESPACES = new Set(['default', 'kube-system', 'kube-public'])

export function deleteObject(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const options = deleteOptions(call)
  const object = readObject(context, definition, call)
  const node = nodeOf(call.identity)
  if (node !== undefined && definition.storage === '/pods' && object.spec.nodeName !== node)
    throw forbidden(
      definition,
      object.metadata.name,
      `node "${node}" can only delete pods with spec.nodeName set to itself`,
    )
  if (definition.storage === '/namespaces' && PROTECTED_NAMESPACES.has(object.metadata.name))
    throw forbidden(definition, object.metadata.name, 'this namespace may not be deleted')
  const result = deleteStored(context, definition, object, options)
  if (!result.gone || definition.returnsDeleted) {
    const shown = result.gone && definition.storage !== '/pods' ? object : result.object
    return objectAnswer(200, toServed(definition, shown))
  }
  const { name, uid } = object.metadata
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(definition.group ? { group: definition.group } : {}), kind: definition.plural, uid },
  }
  return objectAnswer(200, status)
}

export function deleteCollection(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const options = deleteOptions(call)
  const matches = selectorOf(definition, call.info.query)
  const prefix = definition.namespaced && call.info.namespace ? `${call.info.namespace}/` : ''
  const doomed = [...context.store.scan(definition.storage, prefix)]
    .map(([, object]) => object)
    .filter((o) => !matches || matches(o))
  const resourceVersion = String(context.store.revision())
  for (const object of doomed) deleteStored(context, definition, object, options)
  const items = doomed.map((object) => toServed(definition, object)) as Json[]
  return { kind: 'list', status: 200, list: { definition, resourceVersion, items } }
}
