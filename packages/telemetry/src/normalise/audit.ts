import { boundRaw, clip, textLimit } from '../bounds.ts'
import type { AuditEvent, EventFlag, TelemetrySource } from '../event.ts'
import { stamp } from '../event-time.ts'
import { listAt, member, membersOf, objectAt, textAt, wholeAt, type Members } from '../reading.ts'
import { redactUri } from '../redact.ts'
import { openEnvelope, type Sealed } from './audit-envelopes.ts'
import { asItems, collect, type NormaliseContext, type Normalised, type OneEvent } from './context.ts'
import { redactBodies } from './redact-bodies.ts'

/** A raw audit event taken out of its envelope. */
export interface Unwrapped {
  raw: unknown
  source: TelemetrySource
  cloudResource?: string
}

/**
 * Audit events of any body an API server or cloud sends: `EventList`, one event, an array, or the envelopes of AKS
 * (`properties.log`), EKS (CloudWatch subscription) and GKE (`protoPayload`), told apart per item. Never throws.
 */
export function normaliseAudit(body: unknown, ctx: NormaliseContext): Normalised {
  const opened: { index: number; part: Unwrapped | Sealed }[] = []
  let index = 0
  for (const item of asItems(body)) {
    const list = membersOf(item)
    for (const event of list?.['kind'] === 'EventList' ? listAt(list, 'items') : [item]) {
      for (const part of openEnvelope(event)) opened.push({ index, part })
      index += 1
    }
  }
  const result = collect(
    opened,
    ctx,
    ({ part }) => readEvent(part, ctx),
    ({ part }) => ('raw' in part ? part.raw : part.of),
  )
  return {
    events: result.events,
    rejected: result.rejected.map((one) => ({ ...one, index: opened[one.index]?.index ?? 0 })),
  }
}

// Stages by https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
const stages = new Set(['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'])

function readEvent(item: Unwrapped | Sealed, ctx: NormaliseContext): OneEvent {
  if ('reason' in item) return { reason: item.reason }
  const sent = membersOf(item.raw)
  if (sent === undefined) return { reason: 'not a JSON object' }
  const auditId = textAt(sent, 'auditID')
  const stage = textAt(sent, 'stage')
  if (auditId === undefined) return { reason: 'no auditID: not an audit.k8s.io event' }
  if (auditId.length > 256) return { reason: 'auditID longer than 256 characters' }
  if (stage === undefined || !stages.has(stage)) return { reason: `unknown stage ${clip(String(stage), 50)}` }
  if (textAt(sent, 'verb') === undefined) return { reason: 'no verb' }
  const bounded = boundRaw(sent)
  if ('reason' in bounded) return bounded
  const raw = redactRaw(bounded.raw)
  const { time, flags } = stamp(auditTime(sent), ctx)
  if (bounded.truncated) flags.push('truncated')
  if (raw !== bounded.raw) flags.push('redacted')
  return { event: auditEvent(item, raw, { auditId, stage, time, flags }, ctx) }
}

function auditEvent(
  from: Unwrapped,
  raw: Members,
  facts: { auditId: string; stage: string; time: number; flags: EventFlag[] },
  ctx: NormaliseContext,
): AuditEvent {
  const event: AuditEvent = {
    type: 'audit',
    id: `${facts.auditId.toWellFormed()}/${facts.stage}`,
    time: facts.time,
    receivedAt: ctx.receivedAt,
    cluster: ctx.cluster,
    source: from.source,
    auditId: facts.auditId,
    stage: facts.stage,
    raw,
  }
  if (facts.flags.length > 0) event.flags = facts.flags
  if (from.cloudResource !== undefined) event.cloudResource = clip(from.cloudResource, textLimit.name)
  return event
}

/** When the stage was reached, as the event tells it; v1beta1 events carry `timestamp` only. */
export function auditTime(raw: Members): unknown {
  return member(raw, 'stageTimestamp') ?? member(raw, 'requestReceivedTimestamp') ?? member(raw, 'timestamp')
}

/** Takes secrets out of an event; the same object when there were none. */
function redactRaw(raw: Members): Members {
  const uri = textAt(raw, 'requestURI')
  const cleanUri = uri === undefined ? undefined : redactUri(uri)
  const bodies = redactBodies(raw)
  return cleanUri === uri ? bodies : { ...bodies, requestURI: cleanUri }
}

/** HTTP status of the response; 0 when the event has none. */
export function auditCode(raw: Members): number {
  return wholeAt(objectAt(raw, 'responseStatus'), 'code') ?? 0
}
