import type { Identity } from '../ports.ts'
import { AuditEntry, responseStatusOf, type AuditSink, type Clock } from './audit.ts'
import type { AuditPolicy } from './audit-policy.ts'
import { objectAnswer, type Answer, type ApiContext, type Call } from './call.ts'
import { dispatch } from './dispatch.ts'
import { impersonatedIdentity } from './impersonation.ts'
import { representationOf } from './accept.ts'
import { plainList } from './present.ts'
import type { AccessAttributes, Decision } from './rbac.ts'
import { parseRequestInfo, type RequestInfo } from './request-info.ts'
import { forbidden, StatusError, unauthorized } from './status-error.ts'

/** A request with its identity; undefined when authentication refused the credentials. */
export interface IncomingRequest {
  method: string
  uri: string
  /** Lower-case names. */
  headers: Record<string, string>
  body: Uint8Array
  identity: Identity | undefined
  userAgent: string
  sourceIPs: string[]
  signal: AbortSignal
}

export interface Outcome {
  call: Call
  answer: Answer
  /** To be called when a stream or an upgraded connection has ended. Does nothing for other answers. */
  finished(): void
}

export interface AuditContext {
  policy: AuditPolicy
  sink: AuditSink
  clock: Clock
}

const LONG_RUNNING = new Set(['exec', 'attach', 'portforward', 'proxy', 'log'])

const isLongRunning = (info: RequestInfo): boolean =>
  info.verb === 'watch' || (info.isResource && LONG_RUNNING.has(info.subresource))

export const attributesOf = (info: RequestInfo): AccessAttributes =>
  info.isResource
    ? {
        resourceRequest: true,
        verb: info.verb,
        group: info.group,
        resource: info.resource,
        subresource: info.subresource,
        namespace: info.namespace,
        name: info.name,
      }
    : { resourceRequest: false, verb: info.verb, path: info.path }

/** Authorises, runs and audits one request. Never rejects. */
export function runRequest(context: ApiContext, auditing: AuditContext, request: IncomingRequest): Outcome {
  const info = parseRequestInfo(request.method, request.uri)
  const { userAgent, sourceIPs } = request
  const audit = new AuditEntry(auditing, info, { uri: request.uri, userAgent, sourceIPs })
  const call: Call = {
    info,
    headers: request.headers,
    identity: request.identity ?? { username: '', groups: [] },
    userAgent,
    body: request.body,
    audit,
    warnings: [],
    signal: request.signal,
  }
  audit.identity = request.identity
  audit.emit('RequestReceived')
  let answer: Answer
  try {
    if (!request.identity) throw unauthorized()
    authorizeCall(context, call)
    noteDeprecation(context, call)
    // Refused before anything is written.
    if (info.isResource && !LONG_RUNNING.has(info.subresource)) representationOf(request.headers.accept)
    answer = dispatch(context, call)
  } catch (error) {
    answer = failure(error)
  }
  return { call, answer, finished: auditAnswer(call, answer) }
}

function auditAnswer(call: Call, answer: Answer): () => void {
  const { audit } = call
  if (answer.kind === 'object') audit.setResponse(() => answer.object)
  else if (answer.kind === 'list') audit.setResponse(() => plainList(answer.list))
  const status = responseStatusOf(answer.status, answer.kind === 'object' ? answer.object : undefined)
  const long = isLongRunning(call.info)
  if (long) audit.emit('ResponseStarted', status)
  if (answer.kind !== 'stream' && answer.kind !== 'exec') {
    audit.emit('ResponseComplete', status)
    return () => undefined
  }
  let open = true
  return () => {
    if (open) audit.emit('ResponseComplete', status)
    open = false
  }
}

function authorizeCall(context: ApiContext, call: Call): void {
  const { audit, info } = call
  const impersonated = impersonatedIdentity(
    call.headers,
    (attributes) => context.authorize(call.identity, attributes),
    (attributes, decision) => refusal(call.identity, attributes, decision),
  )
  if (impersonated) {
    call.identity = impersonated
    audit.impersonated = impersonated
  }
  const attributes = attributesOf(info)
  const decision = context.authorize(call.identity, attributes, info.query)
  audit.annotations['authorization.k8s.io/decision'] = decision.allowed ? 'allow' : 'forbid'
  audit.annotations['authorization.k8s.io/reason'] = decision.reason
  if (!decision.allowed) throw refusal(call.identity, attributes, decision)
}

/** 403 in the server's words. */
function refusal(identity: Identity, attributes: AccessAttributes, decision: Decision): StatusError {
  const why = decision.reason ? `: ${decision.reason}` : ''
  const who = `User ${JSON.stringify(identity.username)} cannot ${attributes.verb}`
  if (!attributes.resourceRequest)
    return new StatusError(403, 'Forbidden', `forbidden: ${who} path ${JSON.stringify(attributes.path)}${why}`, {
      details: {},
    })
  const { group, resource, subresource, namespace, name } = attributes
  const full = subresource ? `${resource}/${subresource}` : resource
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope'
  return forbidden(
    { group, plural: resource, kind: '' },
    name,
    `${who} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}${why}`,
  )
}

/** The v1 Endpoints API is deprecated since Kubernetes 1.33; clients and the audit log are told. */
function noteDeprecation(context: ApiContext, call: Call): void {
  const { info } = call
  if (context.version.minor < 33 || info.group !== '' || info.resource !== 'endpoints') return
  call.audit.annotations['k8s.io/deprecated'] = 'true'
  call.warnings.push('v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice')
}

/** A refused or failed request as an answer. */
function failure(error: unknown): Answer {
  if (error instanceof StatusError)
    return error.plain
      ? { kind: 'text', status: error.code, text: error.message, contentType: 'text/plain; charset=utf-8' }
      : objectAnswer(error.code, error.status, retryAfter(error))
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  console.error(`request failed: ${message}`)
  const text = error instanceof Error ? error.message : String(error)
  return objectAnswer(
    500,
    new StatusError(500, 'InternalError', `Internal error occurred: ${text}`, {
      details: { causes: [{ message: text }] },
    }).status,
  )
}

function retryAfter(error: StatusError): Record<string, string> | undefined {
  const seconds = error.status.details?.retryAfterSeconds
  return seconds ? { 'retry-after': String(seconds) } : undefined
}
