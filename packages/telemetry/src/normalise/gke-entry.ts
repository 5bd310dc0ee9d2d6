import { compact, flagAt, listAt, member, membersOf, objectAt, textAt, wholeAt, type Members } from '../reading.ts'
import type { Unwrapped } from './audit.ts'

/**
 * A Cloud Audit Logs entry of GKE turned back into the `audit.k8s.io/v1` event it was made from, as far as it tells.
 * What has no place in an audit event stays under `gke`. Source: fields of LogEntry and AuditLog as Google documents them.
 */
export function gkeEvent(entry: Members, payload: Members): Unwrapped | { reason: string } {
  const method = textAt(payload, 'methodName') ?? ''
  if (!method.startsWith('io.k8s.') && textAt(payload, 'serviceName') !== 'k8s.io') {
    return { reason: 'protoPayload is not of the Kubernetes API (serviceName k8s.io)' }
  }
  const operation = objectAt(entry, 'operation')
  const auditID = textAt(operation, 'id') ?? textAt(entry, 'insertId')
  if (auditID === undefined) return { reason: 'neither operation.id nor insertId' }
  const objectRef = gkeObjectRef(textAt(payload, 'resourceName') ?? '')
  const verb = method.slice(method.lastIndexOf('.') + 1)
  const metadata = objectAt(payload, 'requestMetadata')
  const ip = textAt(metadata, 'callerIp')
  const { request: _request, response: _response, ...rest } = payload
  const raw = compact({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level:
      payload['request'] === undefined ? 'Metadata' : payload['response'] === undefined ? 'Request' : 'RequestResponse',
    auditID,
    // A long-running request has two entries: the first when it starts, the last when it ends.
    stage:
      flagAt(operation, 'first') === true && flagAt(operation, 'last') !== true
        ? 'ResponseStarted'
        : 'ResponseComplete',
    requestURI: gkeUri(textAt(payload, 'resourceName') ?? ''),
    verb,
    user: { username: textAt(objectAt(payload, 'authenticationInfo'), 'principalEmail') ?? '', groups: [] },
    sourceIPs: ip === undefined ? [] : [ip],
    userAgent: textAt(metadata, 'callerSuppliedUserAgent'),
    objectRef,
    responseStatus: compact({
      code: gkeCode(payload, verb, objectRef),
      message: textAt(objectAt(payload, 'status'), 'message'),
    }),
    requestObject: member(payload, 'request'),
    responseObject: member(payload, 'response'),
    requestReceivedTimestamp: textAt(entry, 'timestamp'),
    stageTimestamp: textAt(entry, 'timestamp'),
    annotations: objectAt(entry, 'labels') ?? gkeDecision(payload),
    gke: { ...entry, protoPayload: rest },
  })
  return { raw, source: 'gke', cloudResource: gkeCluster(objectAt(objectAt(entry, 'resource'), 'labels')) }
}

// core/v1/namespaces/shop/pods/web-0/exec
function gkeObjectRef(resourceName: string): Members | undefined {
  if (!isResource(resourceName)) return undefined
  const [group = '', version = '', ...path] = resourceName.split('/')
  const inNamespace = path[0] === 'namespaces' && path.length > 2
  const [resource, name, subresource] = inNamespace ? path.slice(2) : path
  const namespace = inNamespace ? path[1] : resource === 'namespaces' ? name : undefined
  return compact({
    resource,
    namespace,
    name,
    subresource,
    apiGroup: group === 'core' ? undefined : group,
    apiVersion: version,
  })
}

/** A path of the API such as `readyz` has no group and version. */
function isResource(resourceName: string): boolean {
  return /^[^/]+\/v\d/.test(resourceName)
}

function gkeUri(resourceName: string): string {
  if (!isResource(resourceName)) return `/${resourceName}`
  const [group = '', ...path] = resourceName.split('/')
  return `/${group === 'core' ? 'api' : `apis/${group}`}/${path.join('/')}`
}

// google.rpc.Code to the HTTP status that the API server had answered with.
const httpStatus: Record<number, number> = {
  0: 200,
  3: 400,
  5: 404,
  6: 409,
  7: 403,
  8: 429,
  9: 422,
  13: 500,
  14: 503,
  16: 401,
}
const connects = new Set(['exec', 'attach', 'portforward'])

function gkeCode(payload: Members, verb: string, objectRef: Members | undefined): number {
  const status = httpStatus[wholeAt(objectAt(payload, 'status'), 'code') ?? 0] ?? 500
  if (status !== 200) return status
  // The entry has only "ok": a connection that was opened was a 101, a creation a 201.
  if (connects.has(textAt(objectRef, 'subresource') ?? '')) return 101
  return verb === 'create' ? 201 : 200
}

function gkeDecision(payload: Members): Members | undefined {
  const granted = flagAt(membersOf(listAt(payload, 'authorizationInfo')[0]), 'granted')
  return granted === undefined ? undefined : { 'authorization.k8s.io/decision': granted ? 'allow' : 'forbid' }
}

function gkeCluster(labels: Members | undefined): string | undefined {
  const name = textAt(labels, 'cluster_name')
  if (name === undefined) return undefined
  return `//container.googleapis.com/projects/${textAt(labels, 'project_id') ?? '-'}/locations/${textAt(labels, 'location') ?? '-'}/clusters/${name}`
}
