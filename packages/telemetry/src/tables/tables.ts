import { cloudAuditEvents } from './cloud-audit-events.ts'
import { cloudDnsEvents } from './cloud-dns-events.ts'
import { cloudProcessEvents } from './cloud-process-events.ts'
import { cordonRuntimeEvents } from './cordon-runtime-events.ts'
import type { Table } from './table.ts'

/** Every event table. To add one: its file, and one line here. */
export const tables: readonly Table[] = [cloudAuditEvents, cloudProcessEvents, cloudDnsEvents, cordonRuntimeEvents]

/** The table of that name; undefined when there is none. */
export function tableNamed(name: string): Table | undefined {
  return tables.find((table) => table.name === name)
}
