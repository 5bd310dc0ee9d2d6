import type { TelemetryEvent } from '../event.ts'
import { cloudAuditEvents } from './cloud-audit-events.ts'
import { cloudDnsEvents } from './cloud-dns-events.ts'
import { cloudProcessEvents } from './cloud-process-events.ts'
import { cordonRuntimeEvents } from './cordon-runtime-events.ts'

const tableOfType: Readonly<Record<TelemetryEvent['type'], string>> = {
  audit: cloudAuditEvents.name,
  process: cloudProcessEvents.name,
  dns: cloudDnsEvents.name,
  'process-exit': cordonRuntimeEvents.name,
  connection: cordonRuntimeEvents.name,
}

/** Name of the table an event is stored in. */
export function tableOf(event: TelemetryEvent): string {
  return tableOfType[event.type]
}
