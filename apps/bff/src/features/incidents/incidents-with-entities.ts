import type { Mergeable } from '@cordon/incidents'
import type { Tx } from '../../adapters/postgres/commit.ts'
import { lockIncident } from './update-incident.ts'

/** These incidents, locked in one order so that two mergers never wait for each other, with how many entities each has. */
export async function incidentsWithEntities(tx: Tx, ids: readonly number[]): Promise<Mergeable[]> {
  const found: Mergeable[] = []
  for (const id of ids.toSorted((a, b) => a - b)) {
    const row = await lockIncident(tx, id)
    const { count } = await tx
      .selectFrom('alert_entities')
      .select((eb) => eb.fn.count<number>('entity_key').distinct().as('count'))
      .where('incident_id', '=', id)
      .executeTakeFirstOrThrow()
    found.push({
      id,
      status: row.status as Mergeable['status'],
      assignedTo: row.assigned_to,
      classification: row.classification as Mergeable['classification'],
      determination: row.determination as Mergeable['determination'],
      entityCount: count,
    })
  }
  return found
}
