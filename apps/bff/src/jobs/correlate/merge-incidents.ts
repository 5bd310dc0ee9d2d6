import { sql } from 'kysely'
import type { LedgerEntry, Tx } from '../../adapters/postgres/commit.ts'

/**
 * Moves alerts, entities, tags and actions of `source` to `target` and leaves `source` as a redirect. The caller
 * refreshes the target afterwards. Comments stay where they were made: the source keeps its log. What was kept apart from
 * the source stays apart from the target.
 */
export async function mergeIncidents(
  tx: Tx,
  source: number,
  target: number,
  { reason, actor = 'system' }: { reason: string; actor?: string },
): Promise<LedgerEntry> {
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
    insert into kept_apart (a, b)
    select least(${target}::bigint, other), greatest(${target}::bigint, other)
    from (select case when a = ${source} then b else a end as other from kept_apart where ${source} in (a, b)) o
    where other <> ${target}
    on conflict do nothing`.execute(tx)
  await sql`delete from kept_apart where ${source} in (a, b)`.execute(tx)
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
        actor,
        kind: 'merged',
        text: `Merged into incident ${target}: ${reason}`,
        from_value: null,
        to_value: String(target),
      },
      {
        incident_id: target,
        actor,
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
