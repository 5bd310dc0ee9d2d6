import { sql } from 'kysely'
import type { LedgerEntry, Tx } from '../../adapters/postgres/commit.ts'

/**
 * Moves alerts, entities, tags and actions of `source` to `target` and leaves `source` as a redirect. The caller
 * refreshes the target afterwards. Comments stay where they were made: the source keeps its log.
 */
export async function mergeIncidents(tx: Tx, source: number, target: number, reason: string): Promise<LedgerEntry> {
  const moved = await tx
    .updateTable('alerts')
    .set({ incident_id: target, updated_at: new Date() })
    .where('incident_id', '=', source)
    .returning('id')
    .execute()
  await tx.updateTable('alert_entities').set({ incident_id: target }).where('incident_id', '=', source).execute()
  await tx.updateTable('actions').set({ incident_id: target }).where('incident_id', '=', source).execute()
  await tx.updateTable('incidents').set({ redirected_to: target }).where('redirected_to', '=', source).execute()
  await sql`
    update incidents t set
      tags = (select array(select distinct unnest(t.tags || s.tags))),
      assigned_to = coalesce(t.assigned_to, s.assigned_to),
      status = case when 'in-progress' in (t.status, s.status) then 'in-progress' else t.status end
    from incidents s where t.id = ${target} and s.id = ${source}`.execute(tx)
  await sql`
    update incidents set status = 'redirected', redirected_to = ${target}, active_alerts = 0, total_alerts = 0,
      tags = case when 'Redirected' = any (tags) then tags else array_append(tags, 'Redirected') end,
      updated_at = now(), version = version + 1
    where id = ${source}`.execute(tx)
  await tx
    .insertInto('activities')
    .values([
      {
        incident_id: source,
        actor: 'system',
        kind: 'merged',
        text: `Merged into incident ${target}: ${reason}`,
        from_value: null,
        to_value: String(target),
      },
      {
        incident_id: target,
        actor: 'system',
        kind: 'merged',
        text: `Incident ${source} was merged into this one: ${reason}`,
        from_value: String(source),
        to_value: null,
      },
    ])
    .execute()
  return {
    kind: 'incident.merge',
    subject: `incident:${source}`,
    details: { into: target, reason, alerts: moved.map((row) => row.id) },
  }
}
