import type { Finding } from '@cordon/contract'
import type { Selectable } from 'kysely'
import type { Database } from './schema.ts'

/** A row as the contract names it. Values come from our own writes, so casts only restate their words. */
export function findingOf(row: Selectable<Database['audit_findings']>): Finding {
  return {
    id: row.id,
    kind: row.kind as Finding['kind'],
    state: row.state as Finding['state'],
    cluster: row.cluster,
    namespace: row.namespace,
    object: row.object,
    text: row.text,
    actionId: row.action_id,
    eventId: row.event_id,
    happenedAt: row.happened_at.toISOString(),
    foundAt: row.found_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
    closedBy: row.closed_by,
    comment: row.comment,
  }
}
