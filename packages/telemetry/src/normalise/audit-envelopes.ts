import { fromBase64, gunzipBase64 } from '../host.ts'
import { listAt, member, membersOf, objectAt, textAt, type Members } from '../reading.ts'
import type { Unwrapped } from './audit.ts'
import { gkeEvent } from './gke-entry.ts'

/** A part of an envelope that could not be opened. */
export interface Sealed {
  reason: string
  of: unknown
}

// A CloudWatch record holds at most 1 MB compressed; audit JSON packs about 20 to 1.
const inflateLimit = 67_108_864
const maxNesting = 4

/** The audit events within one item, whatever cloud wrapped it. An item that is no envelope is itself the event. */
export function openEnvelope(item: unknown, nesting = 0): (Unwrapped | Sealed)[] {
  const members = membersOf(item)
  if (members === undefined || nesting > maxNesting) return [{ raw: item, source: 'kubernetes-audit' }]
  if (member(members, 'auditID') !== undefined) return [{ raw: item, source: 'kubernetes-audit' }]
  return (
    openAzure(members, nesting) ??
    openAmazon(members, nesting) ??
    openGoogle(members, nesting) ?? [{ raw: item, source: 'kubernetes-audit' }]
  )
}

// Azure diagnostic logs: {records: [{category, resourceId, properties: {log}}]}; `log` is text, in newer streams an object.
function openAzure(item: Members, nesting: number): (Unwrapped | Sealed)[] | undefined {
  const properties = objectAt(item, 'properties')
  const log = member(properties, 'log')
  if (log === undefined) {
    const records = listAt(item, 'records')
    const isAzure = records.some((record) => member(objectAt(membersOf(record), 'properties'), 'log') !== undefined)
    return isAzure ? records.flatMap((record) => openEnvelope(record, nesting + 1)) : undefined
  }
  const cloudResource = textAt(item, 'resourceId')
  const category = textAt(item, 'category') ?? 'kube-audit'
  if (!category.startsWith('kube-audit'))
    return [{ reason: `category ${category.slice(0, 50)} is not an audit log`, of: item }]
  const raw = typeof log === 'string' ? parse(log) : log
  return [
    raw === undefined ? { reason: 'properties.log is not JSON', of: item } : { raw, source: 'aks', cloudResource },
  ]
}

// CloudWatch Logs subscription: to Lambda {awslogs: {data}}, to Kinesis {Records: [{kinesis: {data}}]}, to Firehose
// {records: [{data}]}; data is base64 of gzip of {messageType, logGroup, logStream, logEvents: [{message}]}.
function openAmazon(item: Members, nesting: number): (Unwrapped | Sealed)[] | undefined {
  const packed = [
    textAt(objectAt(item, 'awslogs'), 'data'),
    ...listAt(item, 'Records').map((record) => textAt(objectAt(membersOf(record), 'kinesis'), 'data')),
    ...listAt(item, 'records').map((record) => textAt(membersOf(record), 'data')),
  ].filter((data) => data !== undefined)
  if (packed.length > 0) return packed.flatMap((data) => openPacked(data, nesting))
  if (member(item, 'messageType') === 'CONTROL_MESSAGE') return []
  const logEvents = member(item, 'logEvents')
  if (!Array.isArray(logEvents)) return undefined
  const stream = textAt(item, 'logStream') ?? ''
  if (stream !== '' && !stream.startsWith('kube-apiserver-audit')) {
    return [{ reason: `log stream ${stream.slice(0, 80)} is not kube-apiserver-audit`, of: item }]
  }
  const cloudResource = [textAt(item, 'owner'), textAt(item, 'logGroup')].filter(Boolean).join(':') || undefined
  return logEvents.map((entry) => {
    const raw = parse(textAt(membersOf(entry), 'message') ?? '')
    return raw === undefined ? { reason: 'log message is not JSON', of: entry } : { raw, source: 'eks', cloudResource }
  })
}

function openPacked(data: string, nesting: number): (Unwrapped | Sealed)[] {
  let record: unknown
  try {
    record = parse(gunzipBase64(data, inflateLimit))
  } catch {
    return [{ reason: 'data is not base64 of gzip, or damaged, or inflates to more than 64 MiB', of: data }]
  }
  return record === undefined ? [{ reason: 'inflated data is not JSON', of: data }] : openEnvelope(record, nesting + 1)
}

// Cloud Logging entry {protoPayload, …}, also within a Pub/Sub push {message: {data: base64}}.
function openGoogle(item: Members, nesting: number): (Unwrapped | Sealed)[] | undefined {
  const pushed = textAt(objectAt(item, 'message'), 'data')
  if (pushed !== undefined) {
    const entry = parse(fromBase64(pushed).toString('utf8'))
    return entry === undefined
      ? [{ reason: 'message.data is not base64 of JSON', of: item }]
      : openEnvelope(entry, nesting + 1)
  }
  const payload = objectAt(item, 'protoPayload')
  if (payload === undefined) return undefined
  const opened = gkeEvent(item, payload)
  return ['reason' in opened ? { reason: opened.reason, of: item } : opened]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
