import type { LogSource } from '@cordon/sigma'
import type { AuditEvent, ConnectionEvent, ProcessEvent, ProcessFacts } from '@cordon/telemetry'
import { auditExtractors } from './audit-evidence.ts'
import { AuditFacts } from './audit-facts.ts'
import { EvidenceSet } from './evidence-set.ts'
import { activitySource, auditSource, connectionSource, processSource } from './field-mapping.ts'
import { isoTime } from './iso-time.ts'
import { numberAt, textAt } from './plain.ts'
import { processExtractors } from './process-evidence.ts'
import { placeOf, ProcessEventFacts } from './process-facts.ts'
import { displayLine } from './display-line.ts'
import type { SourceEvent } from './rule-match.ts'

/** One event prepared for the rules: what they look at, and how to name what it holds. */
export interface EventContext {
  logsource: LogSource
  /** The object rules address. */
  view: Record<string, unknown>
  cluster: string
  namespace?: string
  id: string
  time: number
  /** Made when asked for: few events match. */
  source: () => SourceEvent
  extract(parts: { name: string; role?: string }[]): EvidenceSet
}

/** What the cluster's inventory can tell; every answer may be undefined. */
export interface Inventory {
  /** Whether an address belongs to the cluster: its nodes, pods or its own way out. */
  isClusterAddress?(cluster: string, ip: string): boolean | undefined
}

/** Prepares an audit event. */
export function auditContext(event: AuditEvent, isInside: (ip: string) => boolean): EventContext {
  const facts = new AuditFacts(event.raw, isInside)
  const verb = textAt(event.raw, 'verb') ?? ''
  const uri = textAt(event.raw, 'requestURI') ?? ''
  return {
    logsource: auditSource,
    view: { ...event.raw, cordon: facts },
    cluster: event.cluster,
    namespace: facts.object.namespace ?? (facts.actor.kind === 'service-account' ? facts.actor.namespace : undefined),
    id: event.id,
    time: event.time,
    source: once(() => ({
      table: 'CloudAuditEvents' as const,
      id: event.id,
      auditId: event.auditId,
      time: isoTime(event.time),
      summary: displayLine(
        `${facts.actor.name || 'anonymous'} ${verb} ${decodeQuietly(uri)} (${numberAt(event.raw, 'responseStatus', 'code') ?? facts.outcome})`,
      ),
    })),
    extract(parts) {
      const set = new EvidenceSet(event.cluster)
      for (const { name, role } of parts) auditExtractors[name]?.({ facts, verb, set }, role as never)
      return set
    },
  }
}

/** Prepares a process event. */
export function processContext(event: ProcessEvent, ancestors: ProcessFacts[], recent: string[]): EventContext {
  const facts = new ProcessEventFacts(event, ancestors, recent)
  const { process, container, pod, node, activity, sensorAlert } = event
  return {
    logsource: activity === undefined ? processSource : activitySource,
    view: {
      process,
      parent: ancestors[0],
      ancestors,
      container,
      pod,
      node,
      activity,
      sensorAlert,
      cluster: event.cluster,
      cordon: facts,
    },
    cluster: event.cluster,
    namespace: pod?.namespace,
    id: event.id,
    time: event.time,
    source: once(() => ({
      table: 'CloudProcessEvents' as const,
      id: event.id,
      time: isoTime(event.time),
      summary: displayLine(
        activity === undefined
          ? process.commandLine || process.exe
          : `${process.commandLine || process.exe}: ${activity.call} ${activity.file ?? ''}`,
      ),
    })),
    extract(parts) {
      const set = new EvidenceSet(event.cluster)
      for (const { name, role } of parts) processExtractors[name]?.({ event, ancestors, facts, set }, role as never)
      return set
    },
  }
}

/** Prepares a connection event. */
export function connectionContext(event: ConnectionEvent): EventContext {
  const { process, container, pod, node, destination, protocol, result, sensorAlert } = event
  const inContainer = container !== undefined || pod !== undefined
  return {
    logsource: connectionSource,
    view: {
      process,
      container,
      pod,
      node,
      destination,
      protocol,
      result,
      sensorAlert,
      cluster: event.cluster,
      cordon: { inContainer, place: placeOf(event) },
    },
    cluster: event.cluster,
    namespace: pod?.namespace,
    id: event.id,
    time: event.time,
    source: once(() => ({
      table: 'CloudProcessEvents' as const,
      id: event.id,
      time: isoTime(event.time),
      summary: displayLine(
        `${process.commandLine || process.exe} → ${destination.domain ?? destination.ip}:${destination.port}`,
      ),
    })),
    extract(parts) {
      const set = new EvidenceSet(event.cluster)
      for (const { name, role } of parts)
        processExtractors[name]?.({ event, ancestors: [], facts: undefined, set }, role as never)
      return set
    },
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

function decodeQuietly(uri: string): string {
  try {
    return decodeURIComponent(uri.slice(0, 4096).replaceAll('+', ' '))
  } catch {
    return uri // malformed percent encoding is shown as it came
  }
}
