import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../ports.ts'
import type { Call } from './call.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { invalid } from './status-error.ts'
import { validatePodUpdate } from './validation-pod.ts'
import { immutableUid, orderedMetadata } from './write-support.ts'

type Json = any // any: objects of every kind

/** Fields outside `spec` that count as a change of the object's content. */
const content = (object: KubeObject): Json => {
  const { metadata: _metadata, status: _status, kind: _kind, apiVersion: _apiVersion, ...rest } = object
  return rest
}

/**
 * What an update may change: a write to `status` keeps the rest, a write to the object keeps the status; identity,
 * creation and deletion stay; the generation counts changes of the content.
 */
export function mergeUpdate(definition: ResourceDefinition, call: Call, old: KubeObject, next: KubeObject): KubeObject {
  const { subresource } = call.info
  const { name } = old.metadata
  if (next.metadata.uid && next.metadata.uid !== old.metadata.uid)
    throw invalid(definition, name, immutableUid(next.metadata.uid))
  const hasStatus = definition.subresources.some((s) => s.name === 'status')
  let result: KubeObject
  if (subresource === 'status' || subresource === 'approval')
    result = { ...old, metadata: next.metadata, ...(next.status === undefined ? {} : { status: next.status }) }
  else if (subresource === 'finalize') result = { ...old, spec: next.spec }
  else if (subresource === 'ephemeralcontainers') result = { ...old, spec: withEphemeral(definition, old, next) }
  else if (subresource === 'resize') result = { ...old, spec: next.spec }
  else
    result =
      hasStatus || !definition.custom ? { ...next, ...(old.status === undefined ? {} : { status: old.status }) } : next
  if (subresource === '' && old.status === undefined && hasStatus) delete result.status

  result.metadata = mergedMetadata(subresource, old, result.metadata)
  if (definition.storage === '/pods' && subresource === '') {
    const errors = validatePodUpdate(old.spec, result.spec)
    if (errors.length > 0) throw invalid(definition, name, errors)
  }
  if (definition.storage === '/namespaces' && subresource === '') result.spec = old.spec
  if (definition.generations && subresource !== 'status' && !isDeepStrictEqual(content(old), content(result)))
    result.metadata = orderedMetadata({ ...result.metadata, generation: (old.metadata.generation ?? 0) + 1 })
  return ordered(result)
}

function mergedMetadata(subresource: string, old: KubeObject, next: Json): Json {
  const {
    uid,
    creationTimestamp,
    generation,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generateName,
    name,
    namespace,
  } = old.metadata
  const server = {
    name,
    namespace,
    uid,
    creationTimestamp,
    generation,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generateName,
    resourceVersion: old.metadata.resourceVersion,
  }
  const { managedFields } = old.metadata as Json
  if (subresource === 'status') {
    // A kubelet or controller reports; who owns the object is none of its business.
    const { labels, annotations, finalizers } = next
    return orderedMetadata({
      labels,
      annotations,
      finalizers,
      ownerReferences: old.metadata.ownerReferences,
      ...server,
      managedFields,
    })
  }
  if (subresource && subresource !== 'approval') return orderedMetadata({ ...old.metadata })
  // A deletion in progress takes no new finalizers.
  const finalizers = deletionTimestamp
    ? (next.finalizers ?? []).filter((f: string) => old.metadata.finalizers?.includes(f))
    : next.finalizers
  return orderedMetadata({ ...next, ...server, finalizers, managedFields })
}

function withEphemeral(definition: ResourceDefinition, old: KubeObject, next: KubeObject): Json {
  const before = old.spec.ephemeralContainers ?? []
  const after = next.spec?.ephemeralContainers ?? []
  for (const container of before)
    if (!after.some((own: Json) => isDeepStrictEqual(own, container)))
      throw invalid(definition, old.metadata.name, [
        {
          type: 'Forbidden',
          field: 'spec.ephemeralContainers',
          detail: `existing ephemeral containers "${container.name}" may not be removed or changed\n`,
        },
      ])
  return { ...old.spec, ephemeralContainers: after }
}

/** `kind`, `apiVersion`, `metadata` first and `status` last. */
function ordered(object: KubeObject): KubeObject {
  const { kind, apiVersion, metadata, status, ...rest } = object
  return { kind, apiVersion, metadata, ...rest, ...(status === undefined ? {} : { status }) }
}
