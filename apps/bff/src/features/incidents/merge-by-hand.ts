import { type Incident, mergeProblem, mergeTarget } from '@cordon/incidents'
import { sql } from 'kysely'
import type { LedgerEntry } from '../../adapters/postgres/commit.ts'
import { readIncident } from '../../adapters/postgres/incident-record.ts'
import { refreshIncident } from '../../adapters/postgres/refresh-incident.ts'
import type { Actor, Call, Deps } from '../../deps.ts'
import { mergeIncidents } from '../../jobs/correlate/merge-incidents.ts'
import { Refusal } from '../../refusal.ts'
import { incidentsWithEntities } from './incidents-with-entities.ts'

/**
 * Merges open incidents into the oldest of them; the others stay as redirects with their logs. Refuses, in words, what
 * the rules of merging don't allow. Returns the incident that remains.
 */
export async function mergeByHand(
  deps: Pick<Deps, 'db' | 'commit'>,
  actor: Actor,
  { incidentIds, comment }: Call<'incidentMerge'>['body'],
): Promise<Incident> {
  const target = await deps.commit(actor, async (tx) => {
    const incidents = await incidentsWithEntities(tx, [...new Set(incidentIds)])
    const problem = mergeProblem(incidents)
    const oldest = mergeTarget(incidents)
    if (problem || !oldest) throw new Refusal('conflict', problem ?? 'Choose at least two incidents.')
    const reason = comment || `Merged by ${actor.name}`
    const entries: LedgerEntry[] = []
    for (const { id } of incidents.filter((incident) => incident !== oldest)) {
      // What belongs together now was not rightly kept apart.
      await sql`delete from kept_apart where ${id} in (a, b) and ${oldest.id} in (a, b)`.execute(tx)
      entries.push(await mergeIncidents(tx, id, oldest.id, { reason, actor: actor.name }))
    }
    await refreshIncident(tx, oldest.id)
    const [first, ...others] = entries
    if (!first) throw new Refusal('conflict', 'Choose at least two incidents.')
    return { result: oldest.id, entries: [first, ...others], changed: ['incident', 'alert', 'action'] }
  })
  return (await readIncident(deps.db, target)) as Incident // it was there a moment ago, and incidents are never deleted
}
