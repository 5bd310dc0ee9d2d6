import type { TuningApplication } from '@cordon/incidents'
import { type Selectable, sql } from 'kysely'
import type { LedgerEntry, Tx } from '../../adapters/postgres/commit.ts'
import { refreshIncident } from '../../adapters/postgres/refresh-incident.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import { storable, toJsonb } from '../../adapters/postgres/storable.ts'
import { applicationRecord } from '../../adapters/postgres/tuning-record.ts'
import type { Actor, Deps } from '../../deps.ts'
import { lockCorrelation } from '../../jobs/correlate/correlation-lock.ts'
import { mergeIncidents } from '../../jobs/correlate/merge-incidents.ts'
import { Refusal } from '../../refusal.ts'

type Kept = Selectable<Database['tuning_applied']>

/**
 * Gives alerts back what an application of a tuning rule took. What somebody changed since stays: the later decision
 * is theirs. Incidents that the application closed are as before, unless they were opened or merged since.
 */
export async function undoApplication(
  deps: Pick<Deps, 'db' | 'commit'>,
  actor: Actor,
  { id, reason: text }: { id: string; reason: string },
): Promise<TuningApplication> {
  const reason = storable(text)
  return deps.commit(actor, async (tx) => {
    await lockCorrelation(tx)
    const application = await lockApplication(tx, id)
    const reopened = await reopen(tx, id)
    const kept = await tx.selectFrom('tuning_applied').selectAll().where('application_id', '=', id).execute()
    const entries: LedgerEntry[] = []
    const touched = new Map<number, number>(reopened.map((incident) => [incident, 0]))
    const emptied = new Map<number, number>()
    const restored: string[] = []
    for (const one of kept) {
      const back = await restore(tx, application.rule_id, one)
      if (!back) continue
      restored.push(one.alert_id)
      touched.set(back.to, (touched.get(back.to) ?? 0) + 1)
      if (back.from !== back.to) emptied.set(back.from, back.to)
    }
    for (const [from, to] of emptied) await settle(tx, { from, to, entries, actor })
    for (const [incident, alerts] of touched) {
      if (alerts > 0) await log(tx, incident, { actor, alerts, reason })
      await refreshIncident(tx, incident)
    }
    await sql`
      update tuning_rules set applied = greatest(0, applied - s.events)
      from (select coalesce(sum(occurrences), 0) as events from alerts where id = any (${restored})) s
      where tuning_rules.id = ${application.rule_id}`.execute(tx)
    const row = await tx
      .updateTable('tuning_applications')
      .set({
        undone_at: new Date(),
        undone_by: actor.name,
        undone_reason: reason,
        restored: restored.length,
        left_alone: kept.length - restored.length,
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const entry = {
      kind: 'tuning.undo',
      subject: `tuning:${application.rule_id}`,
      details: { application: id, reason, alerts: restored, left: kept.length - restored.length },
    }
    return { result: applicationRecord(row), entries: [entry, ...entries], changed: ['tuning', 'alert', 'incident'] }
  })
}

async function lockApplication(tx: Tx, id: string) {
  const row = await tx.selectFrom('tuning_applications').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (!row) throw new Refusal('not-found', `There is no application ${id} of a tuning rule.`)
  if (row.undone_at) throw new Refusal('conflict', `It was undone by ${row.undone_by} already.`)
  return row
}

/** Incidents that the application closed get their status back, so that their alerts can be open again. */
async function reopen(tx: Tx, id: string): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    update incidents i set status = c.status, hidden = c.hidden
    from tuning_closed c
    where c.application_id = ${id} and i.id = c.incident_id and i.status = 'resolved' and i.redirected_to is null
    returning i.id`.execute(tx)
  return rows.map((row) => row.id)
}

/** Returns the incident in which the alert was found and the one it is in now; undefined when it was changed since. */
async function restore(tx: Tx, rule: string, kept: Kept): Promise<{ from: number; to: number } | undefined> {
  const alert = await tx.selectFrom('alerts').selectAll().where('id', '=', kept.alert_id).forUpdate().executeTakeFirst()
  if (!alert || alert.tuned_by !== rule) return undefined
  const action = alert.tuning?.action
  if (action !== 'lower' && alert.status !== 'resolved') return undefined
  const to = action === 'hide' ? await homeOf(tx, kept.incident_id) : alert.incident_id
  const home = await tx.selectFrom('incidents').select('status').where('id', '=', to).executeTakeFirstOrThrow()
  // Who resolved the incident meanwhile has dealt with this one too.
  const status = action === 'lower' ? alert.status : home.status === 'resolved' ? 'resolved' : kept.status
  await tx
    .updateTable('alerts')
    .set({
      status,
      severity: kept.severity,
      hidden: false,
      incident_id: to,
      tuned_by: kept.tuned_by,
      tuning: kept.tuning ? toJsonb(kept.tuning) : null,
      updated_at: new Date(),
    })
    .where('id', '=', alert.id)
    .execute()
  if (to !== alert.incident_id)
    await tx.updateTable('alert_entities').set({ incident_id: to }).where('alert_id', '=', alert.id).execute()
  return { from: alert.incident_id, to }
}

/** The incident, or the one it was merged into since. */
async function homeOf(tx: Tx, id: number): Promise<number> {
  const row = await tx.selectFrom('incidents').select('redirected_to').where('id', '=', id).executeTakeFirst()
  return row?.redirected_to ?? id
}

/** The incident that was made for hidden alerts: a redirect when nothing is left in it. */
async function settle(
  tx: Tx,
  { from, to, entries, actor }: { from: number; to: number; entries: LedgerEntry[]; actor: Actor },
): Promise<void> {
  const left = await tx.selectFrom('alerts').select('id').where('incident_id', '=', from).limit(1).execute()
  if (left.length > 0) await refreshIncident(tx, from)
  else
    entries.push(await mergeIncidents(tx, from, to, { reason: 'Its alerts are hidden no longer', actor: actor.name }))
}

async function log(
  tx: Tx,
  incident: number,
  { actor, alerts, reason }: { actor: Actor; alerts: number; reason: string },
): Promise<void> {
  await tx
    .insertInto('activities')
    .values({
      incident_id: incident,
      actor: actor.name,
      kind: 'alert-tuned',
      text: `${alerts} ${alerts === 1 ? 'alert is' : 'alerts are'} as before: tuning applied to past alerts was undone: ${reason}`,
      from_value: null,
      to_value: null,
    })
    .execute()
}
