import type { KubeObject } from '../ports.ts'
import { isDryRun, objectAnswer, timestamp, type Answer, type ApiContext, type Call } from './call.ts'
import { parseBody } from './object-decoder.ts'
import { applyJsonPatch, applyMergePatch, parsePatch, patchTypeOf } from './patch.ts'
import { readObject } from './read-handlers.ts'
import type { ResourceDefinition } from './resource-definition.ts'
import { badRequest, conflict, invalid, notFound, StatusError, type Status } from './status-error.ts'
import { storeChanged } from './write-handlers.ts'
import { canonical } from './write-support.ts'

type Json = any // any: bodies of subresources, checked here

const SUCCESS: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }

const bodyOf = (call: Call, kind: string): Json => {
  const value = parseBody(call.body, call.headers['content-type'] ?? 'application/json', kind)
  call.audit.setRequestObject(value)
  return value
}

/** `pods/binding` (and the older `bindings`): the scheduler assigns the pod to a node. */
export function bindPod(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const binding = bodyOf(call, 'Binding')
  const name = call.info.name || binding?.metadata?.name
  const pod = readObject(context, definition, { ...call, info: { ...call.info, name } })
  const node = binding?.target?.name
  if (!node) throw invalid({ group: '', kind: 'Binding' }, name, [{ type: 'Required value', field: 'target.name' }])
  if (binding.target.kind && !['Node', 'Minion'].includes(binding.target.kind))
    throw invalid({ group: '', kind: 'Binding' }, name, [
      {
        type: 'Unsupported value',
        field: 'target.kind',
        value: binding.target.kind,
        detail: 'supported values: "Node", "<empty>"',
      },
    ])
  if (binding.metadata?.uid && binding.metadata.uid !== pod.metadata.uid)
    throw conflict(
      { group: '', plural: 'pods/binding', kind: 'Binding' },
      name,
      `Precondition failed: UID in precondition: ${binding.metadata.uid}, UID in object meta: ${pod.metadata.uid}`,
    )
  if (pod.metadata.deletionTimestamp)
    throw conflict(
      { group: '', plural: 'pods/binding', kind: 'Binding' },
      name,
      `pod ${name} is being deleted, cannot be assigned to a host`,
    )
  if (pod.spec.nodeName)
    throw conflict(
      { group: '', plural: 'pods/binding', kind: 'Binding' },
      name,
      `pod ${name} is already assigned to node "${pod.spec.nodeName}"`,
    )
  if (isDryRun(call)) return objectAnswer(201, SUCCESS)
  const scheduled = {
    type: 'PodScheduled',
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(context.now()),
  }
  const conditions = (pod.status?.conditions ?? []).filter((c: Json) => c.type !== 'PodScheduled')
  const bound: KubeObject = {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(binding.metadata?.annotations
        ? { annotations: { ...pod.metadata.annotations, ...binding.metadata.annotations } }
        : {}),
    },
    spec: { ...pod.spec, nodeName: node },
    status: { ...pod.status, conditions: [...conditions, scheduled] },
  }
  context.store.put('/pods', `${pod.metadata.namespace}/${name}`, canonical(definition, bound))
  return objectAnswer(201, SUCCESS)
}

/** `serviceaccounts/token`: issues a token, bound to a pod when asked. */
export function requestToken(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const request = bodyOf(call, 'TokenRequest')
  const { name, namespace } = call.info
  const account = readObject(context, definition, call)
  const { boundObjectRef } = request?.spec ?? {}
  const audiences: string[] = request?.spec?.audiences ?? []
  const expirationSeconds: number = request?.spec?.expirationSeconds ?? 3600
  if (expirationSeconds < 600)
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
      {
        type: 'Invalid value',
        field: 'spec.expirationSeconds',
        value: expirationSeconds,
        detail: 'may not specify a duration less than 10 minutes',
      },
    ])
  const pod = boundObjectRef?.kind === 'Pod' ? boundPod(context, call, boundObjectRef, name) : undefined
  const node = pod?.spec.nodeName ? context.store.get('/nodes', pod.spec.nodeName) : undefined
  const bound = audiences.length > 0 ? audiences : [context.tokens.issuer]
  const { token, jti, expirationTimestamp } = context.tokens.issue({
    namespace,
    serviceAccount: account.metadata.name,
    audiences: bound,
    expirationSeconds,
    ...(pod
      ? {
          pod: {
            name: pod.metadata.name,
            uid: pod.metadata.uid,
            ...(node ? { node: { name: node.metadata.name, uid: node.metadata.uid } } : {}),
          },
        }
      : {}),
  })
  call.audit.annotations['authentication.kubernetes.io/issued-credential-id'] = `JTI=${jti}`
  return objectAnswer(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: timestamp(context.now()) },
    spec: { audiences: bound, expirationSeconds, boundObjectRef: boundObjectRef ?? null },
    status: { token, expirationTimestamp },
  })
}

function boundPod(context: ApiContext, call: Call, ref: { name: string; uid?: string }, account: string): KubeObject {
  const { namespace } = call.info
  const pods = { group: '', plural: 'pods', kind: 'Pod' }
  const pod = context.store.get('/pods', `${namespace}/${ref.name}`)
  if (!pod) throw notFound(pods, ref.name)
  if (pod.spec.serviceAccountName !== account)
    throw badRequest(
      `cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name.`,
    )
  if (ref.uid && ref.uid !== pod.metadata.uid)
    throw conflict(
      pods,
      ref.name,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  return pod
}

function selectorText(object: KubeObject): string {
  const { selector } = object.spec
  const labels = selector?.matchLabels ?? (selector?.matchExpressions ? {} : selector) ?? {}
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .sort()
    .join(',')
}

function scaleOf(definition: ResourceDefinition, object: KubeObject): Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: object.spec?.replicas ?? (definition.custom ? 0 : 1) },
    status: {
      replicas: object.status?.replicas ?? 0,
      ...(selectorText(object) ? { selector: selectorText(object) } : {}),
    },
  }
}

/** `scale` of workloads: only the number of replicas is read and written. */
export function handleScale(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const old = readObject(context, definition, call)
  const scale = scaleOf(definition, old)
  if (call.info.verb === 'get') return objectAnswer(200, scale)
  let wanted: Json
  if (call.info.verb === 'update') wanted = bodyOf(call, 'Scale')
  else {
    const type = patchTypeOf(call.headers['content-type'] ?? '')
    const patch = parsePatch(call.body)
    call.audit.requestObject = patch
    if (type === 'apply')
      throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', { details: {} })
    wanted = type === 'json' ? applyJsonPatch(scale, patch) : applyMergePatch(scale, patch)
  }
  const replicas = wanted?.spec?.replicas ?? 0
  if (!Number.isInteger(replicas) || replicas < 0)
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, old.metadata.name, [
      { type: 'Invalid value', field: 'spec.replicas', value: replicas, detail: 'must be greater than or equal to 0' },
    ])
  const resourceVersion = wanted?.metadata?.resourceVersion
  const next: KubeObject = {
    ...old,
    metadata: { ...old.metadata, ...(resourceVersion ? { resourceVersion } : {}) },
    spec: { ...old.spec, replicas },
  }
  // To the workload this is an ordinary change of its spec; only the audit trail shows the subresource.
  const asMain: Call = { ...call, info: { ...call.info, subresource: '' } }
  return objectAnswer(200, scaleOf(definition, storeChanged(context, definition, asMain, { old, next })))
}

/**
 * `proxy` subresources. A kubelet's own API is read-only here: its pods and its health; the lab has no other backend
 * that speaks HTTP to the API server.
 */
export function handleProxy(context: ApiContext, definition: ResourceDefinition, call: Call): Answer {
  const name = call.info.name.replace(/:\d+$/, '')
  if (definition.storage !== '/nodes')
    throw new StatusError(501, 'NotImplemented', `proxying to ${definition.plural} is not available in this cluster`)
  if (!context.store.get('/nodes', name)) throw notFound(definition, name)
  const { rest, verb } = call.info
  if (verb === 'get' && rest === 'healthz')
    return { kind: 'text', status: 200, text: 'ok', contentType: 'text/plain; charset=utf-8' }
  if (verb === 'get' && (rest === 'pods' || rest === 'runningpods')) {
    const items = [...context.store.scan('/pods')].map(([, pod]) => pod).filter((pod) => pod.spec.nodeName === name)
    return objectAnswer(200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items })
  }
  if (/^(exec|run|attach|portForward|containerLogs)\//.test(rest))
    throw new StatusError(
      501,
      'NotImplemented',
      `the kubelet of node "${name}" does not run commands for the proxy in this cluster`,
    )
  return { kind: 'text', status: 404, text: '404 page not found\n', contentType: 'text/plain; charset=utf-8' }
}
