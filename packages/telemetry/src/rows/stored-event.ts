import type { AuditEvent, TelemetryEvent } from '../event.ts'
import { membersOf, textAt, type Members } from '../reading.ts'
import { cloudAuditEvents } from '../tables/cloud-audit-events.ts'
import { cloudProcessEvents } from '../tables/cloud-process-events.ts'
import { tableOf } from '../tables/table-of.ts'
import { auditRow, rawFromPascal } from './audit-row.ts'
import { dnsRow } from './dns-row.ts'
import { processRow, runtimeRow, type CloudNames } from './process-row.ts'
import type { Place, Row } from './row.ts'

/** Table and row of any event. */
export function storedRow(event: TelemetryEvent, place: Place, cloud?: CloudNames): { table: string; row: Row } {
  const table = tableOf(event)
  switch (event.type) {
    case 'audit':
      return { table, row: auditRow(event, place) }
    case 'process':
      return { table, row: processRow(event, place, cloud) }
    case 'dns':
      return { table, row: dnsRow(event, place, cloud) }
    default:
      return { table, row: runtimeRow(event, place) }
  }
}

/** Name of the column that holds the event's id in that table. */
export function idColumn(table: string): string {
  return table === cloudProcessEvents.name ? '_ReportId' : 'ReportId'
}

/** Columns of a table that `eventFromRow` needs. */
export function replayColumns(table: string): string[] {
  const common = [
    '_Cluster',
    '_Source',
    'toUnixTimestamp64Milli(_ReceivedAt) AS _ReceivedMs',
    '_Event',
    '_Batch',
    '_Index',
  ]
  return table === cloudAuditEvents.name ? [...common, 'ReportId', '_Stage', 'RawEventData'] : common
}

/** The normalised event a stored row was made from. Throws when the row was not written by `storedRow`. */
export function eventFromRow(table: string, row: Members): TelemetryEvent {
  const kept = membersOf(JSON.parse(String(row['_Event'])))
  if (kept === undefined) throw new Error(`${table}: _Event is not an object`)
  if (table !== cloudAuditEvents.name) return kept as unknown as TelemetryEvent // written by jsonText(event) above
  const event = {
    type: 'audit',
    id: String(row['ReportId']),
    receivedAt: Number(row['_ReceivedMs']),
    cluster: String(row['_Cluster']),
    source: row['_Source'] as AuditEvent['source'],
    stage: String(row['_Stage']),
    raw: rawFromPascal(JSON.parse(String(row['RawEventData'])) as Members),
    time: Number(kept['time']),
    auditId: textAt(kept, 'auditId') ?? '',
  } satisfies AuditEvent
  return { ...event, ...kept }
}
