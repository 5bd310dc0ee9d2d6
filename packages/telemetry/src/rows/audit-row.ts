import { clip, textLimit } from '../bounds.ts'
import type { AuditEvent, TelemetrySource } from '../event.ts'
import { storeTime } from '../event-time.ts'
import { auditCode, auditTime } from '../normalise/audit.ts'
import { compact, listAt, objectAt, textAt, type Members } from '../reading.ts'
import { commonCells, jsonText, type Place, type Row } from './row.ts'

const dataSources: Partial<Record<TelemetrySource, string>> = {
  aks: 'Azure Kubernetes Service',
  eks: 'Amazon Elastic Kubernetes Service',
  gke: 'Google Kubernetes Engine',
}
const actionTypes: Record<string, string> = {
  create: 'Create',
  get: 'Read',
  list: 'Read',
  watch: 'Read',
  update: 'Update',
  patch: 'Update',
  delete: 'Delete',
  deletecollection: 'Delete',
}
const connects = new Set(['exec', 'attach', 'portforward', 'proxy'])

/** The members of an audit.k8s.io event whose first letter published hunts expect in upper case. */
const documented = [
  'kind',
  'apiVersion',
  'metadata',
  'level',
  'timestamp',
  'auditID',
  'stage',
  'requestURI',
  'verb',
  'user',
  'impersonatedUser',
  'sourceIPs',
  'userAgent',
  'objectRef',
  'responseStatus',
  'requestObject',
  'responseObject',
  'requestReceivedTimestamp',
  'stageTimestamp',
  'annotations',
  'authenticationMetadata',
] as const
const toPascal = new Map(documented.map((key): [string, string] => [key, key[0]?.toUpperCase() + key.slice(1)]))
const fromPascal = new Map([...toPascal].map(([camel, pascal]): [string, string] => [pascal, camel]))

/** The raw event as RawEventData holds it. A foreign member that already has the Pascal name keeps it with `_` behind. */
export function pascalRaw(raw: Members): Members {
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [toPascal.get(key) ?? (fromPascal.has(key) ? `${key}_` : key), value]),
  )
}

/** The inverse of `pascalRaw`. */
export function rawFromPascal(stored: Members): Members {
  return Object.fromEntries(
    Object.entries(stored).map(([key, value]) => [
      fromPascal.get(key) ?? (key.endsWith('_') && fromPascal.has(key.slice(0, -1)) ? key.slice(0, -1) : key),
      value,
    ]),
  )
}

/** The row of CloudAuditEvents for an event. */
export function auditRow(event: AuditEvent, place: Place): Row {
  const { raw } = event
  const ref = objectAt(raw, 'objectRef')
  const verb = clip(textAt(raw, 'verb') ?? '', 64)
  const subresource = clip(textAt(ref, 'subresource') ?? '', textLimit.name)
  const addresses = listAt(raw, 'sourceIPs').filter((ip) => typeof ip === 'string')
  const extras = compact({
    ClusterName: event.cluster,
    Stage: event.stage,
    Level: textAt(raw, 'level'),
    SourceIPs: addresses.length > 1 ? addresses.slice(0, 20).map((ip) => clip(ip, 64)) : undefined,
    Flags: event.flags,
  })
  return {
    Timestamp: storeTime(event.time, auditTime(raw)),
    ReportId: event.id,
    DataSource: dataSources[event.source] ?? 'Kubernetes Audit',
    // Opening a connection is a GET over WebSocket; to call that a read would hide it.
    ActionType: verb === 'get' && connects.has(subresource) ? 'Other' : (actionTypes[verb] ?? 'Unknown'),
    OperationName: verb,
    ResourceId: event.cloudResource ?? event.cluster,
    // Only the last address is not the client's choice (X-Forwarded-For and X-Real-Ip come before the peer).
    IPAddress: clip(addresses.at(-1) ?? '', 64),
    IsAnonymousProxy: null,
    CountryCode: '',
    City: '',
    Isp: '',
    UserAgent: clip(textAt(raw, 'userAgent') ?? '', textLimit.userAgent),
    RawEventData: jsonText(pascalRaw(raw)),
    AdditionalFields: jsonText(extras),
    ...commonCells(event, place),
    _Namespace: clip(textAt(ref, 'namespace') ?? '', textLimit.name),
    _Resource: clip(textAt(ref, 'resource') ?? '', textLimit.name),
    _Subresource: subresource,
    _Name: clip(textAt(ref, 'name') ?? '', textLimit.name),
    _User: clip(textAt(objectAt(raw, 'user'), 'username') ?? '', textLimit.name),
    _Stage: event.stage,
    _Code: int32(auditCode(raw)),
    _Event: jsonText(
      compact({ time: event.time, auditId: event.auditId, flags: event.flags, cloudResource: event.cloudResource }),
    ),
  }
}

function int32(code: number): number {
  return code >= -2_147_483_648 && code <= 2_147_483_647 ? code : 0
}
