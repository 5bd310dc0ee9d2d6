import { randomUUID } from 'node:crypto'
import type { Identity } from '../ports.ts'
import { auditLevel, type AuditLevel, type AuditPolicy, type AuditStage } from './audit-policy.ts'
import type { RequestInfo } from './request-info.ts'
import type { Status } from './status-error.ts'

export type AuditSink = (events: object[]) => void

/** Wall clock with microseconds, as audit timestamps have them. */
export type Clock = () => { date: Date; micros: number }

const microTime = ({ date, micros }: ReturnType<Clock>): string =>
  `${date.toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`

export const systemClock: Clock = () => {
  const now = performance.timeOrigin + performance.now()
  return { date: new Date(now), micros: Math.floor((now % 1) * 1000) }
}

type Json = any // any: request and response objects of every kind

/** Collects what is known of one request and emits an `audit.k8s.io/v1` event per stage. */
export class AuditEntry {
  readonly id: string
  identity: Identity | undefined
  impersonated: Identity | undefined
  requestObject: Json
  readonly annotations: Record<string, string> = {}
  private level: AuditLevel | undefined
  private response: (() => Json) | undefined
  private readonly policy: AuditPolicy
  private readonly sink: AuditSink
  private readonly clock: Clock
  private readonly info: RequestInfo
  private readonly request: { uri: string; userAgent: string; sourceIPs: string[] }
  private readonly received: string
  private ref: { name?: string; namespace?: string; uid?: string; resourceVersion?: string } = {}

  constructor(
    context: { policy: AuditPolicy; sink: AuditSink; clock: Clock },
    info: RequestInfo,
    request: { uri: string; userAgent: string; sourceIPs: string[]; auditId?: string },
  ) {
    this.policy = context.policy
    this.sink = context.sink
    this.clock = context.clock
    this.info = info
    this.request = request
    this.id = request.auditId ?? randomUUID()
    this.received = microTime(this.clock())
  }

  /** The object of the request once it is decoded; completes the object reference as the server does. */
  setRequestObject(object: Json): void {
    this.requestObject = object
    const { name, namespace, uid, resourceVersion } = object?.metadata ?? {}
    this.ref = { name, namespace, uid, resourceVersion }
  }

  /** The answer's body; only built when the policy wants to see it. */
  setResponse(build: () => Json): void {
    this.response = build
  }

  emit(stage: AuditStage, responseStatus?: Json): void {
    if (this.policy.omitStages.includes(stage)) return
    this.level ??= auditLevel(this.policy, this.info, this.identity)
    if (this.level === 'None') return
    this.sink([this.event(stage, this.level, responseStatus)])
  }

  private event(stage: AuditStage, level: AuditLevel, responseStatus: Json): object {
    const withRequest = level === 'Request' || level === 'RequestResponse'
    const { uri, userAgent, sourceIPs } = this.request
    const annotations = Object.entries(this.annotations).sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      level,
      auditID: this.id,
      stage,
      requestURI: uri,
      verb: this.info.verb,
      user: userOf(this.identity),
      ...(this.impersonated ? { impersonatedUser: userOf(this.impersonated) } : {}),
      sourceIPs,
      ...(userAgent ? { userAgent } : {}),
      ...(this.info.isResource ? { objectRef: this.objectRef() } : {}),
      ...(responseStatus ? { responseStatus } : {}),
      ...(withRequest && this.requestObject !== undefined ? { requestObject: auditObject(this.requestObject) } : {}),
      ...(level === 'RequestResponse' && this.response ? { responseObject: auditObject(this.response()) } : {}),
      requestReceivedTimestamp: this.received,
      stageTimestamp: microTime(this.clock()),
      ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
    }
  }

  private objectRef(): object {
    const { info, ref } = this
    const namespace = info.namespace || ref.namespace
    const name = info.name || ref.name
    return {
      resource: info.resource,
      ...(namespace ? { namespace } : {}),
      ...(name ? { name } : {}),
      ...(ref.uid ? { uid: ref.uid } : {}),
      ...(info.group ? { apiGroup: info.group } : {}),
      apiVersion: info.version,
      ...(ref.resourceVersion ? { resourceVersion: ref.resourceVersion } : {}),
      ...(info.subresource ? { subresource: info.subresource } : {}),
    }
  }
}

const userOf = (identity: Identity | undefined): object =>
  identity
    ? {
        username: identity.username,
        ...(identity.uid ? { uid: identity.uid } : {}),
        ...(identity.groups.length > 0 ? { groups: identity.groups } : {}),
        ...(identity.extra && Object.keys(identity.extra).length > 0 ? { extra: identity.extra } : {}),
      }
    : {}

/** Audit bodies leave managedFields out, as the policy `omitManagedFields` asks. */
function auditObject(object: Json): Json {
  if (Array.isArray(object?.items)) return { ...object, items: object.items.map(auditObject) }
  if (object?.metadata?.managedFields === undefined) return object
  const { managedFields: _managedFields, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** `responseStatus` of an answer: the code, and of a Status everything else as well. */
export function responseStatusOf(code: number, body: Json): object {
  if (body?.kind !== 'Status') return { metadata: {}, code }
  const { status, message, reason, details } = body as Status
  return {
    metadata: {},
    ...(status ? { status } : {}),
    ...(message ? { message } : {}),
    ...(reason ? { reason } : {}),
    ...(details ? { details } : {}),
    code,
  }
}
