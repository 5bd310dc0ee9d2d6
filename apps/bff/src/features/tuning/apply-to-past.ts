import {
  type AlertTuning,
  loweredSeverity,
  type Severity,
  type TuningApplication,
  type TuningRule,
  tunes,
} from '@cordon/incidents'
import { type Kysely, sql } from 'kysely'
import { randomUUID } from 'node:crypto'
import type { LedgerEntry, Tx } from '../../adapters/postgres/commit.ts'
import { type AlertRow, type IncidentRow, insertIncident } from '../../adapters/postgres/incident-record.ts'
import { refreshIncident } from '../../adapters/postgres/refresh-incident.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import { toJsonb } from '../../adapters/postgres/storable.ts'
import { applicationRecord } from '../../adapters/postgres/tuning-record.ts'
import type { Actor, Deps } from '../../deps.ts'
import { lockCorrelation } from '../../jobs/correlate/correlation-lock.ts'
import { Refusal } from '../../refusal.ts'
import { asTuned, isChangeable, pastAlerts } from './past-alerts.ts'

/** More than this are not changed at a time; the record says so, and it can be done again. */
const mostAlerts = 5000
/** Alerts changed in one transaction. */
const perChunk = 250

interface Work {
  id: string
  rule: TuningRule
  actor: Actor
}

/**
 * Does to open alerts of the last `days` what the rule does to new ones, and keeps what each was, so that it can be
 * undone. Alerts of incidents that were called true positive stay. Refuses when there is nothing to change.
 */
export async function applyToPast(
  deps: Pick<Deps, 'db' | 'commit'>,
  actor: Actor,
  { rule, days }: { rule: TuningRule; days: number },
): Promise<TuningApplication> {
  if (!rule.enabled) throw new Refusal('conflict', 'The rule is switched off. Switch it on first.')
  const { byIncident, isPartial } = await findPast(deps.db, rule, days)
  if (byIncident.size === 0)
    throw new Refusal('conflict', `It covers no open alert of the last ${days} days that it would change.`)
  const work: Work = { id: randomUUID(), rule, actor }
  for (const chunk of chunks(byIncident))
    await deps.commit(actor, async (tx) => {
      await lockCorrelation(tx)
      await tx
        .insertInto('tuning_applications')
        .values({
          id: work.id,
          rule_id: rule.id,
          applied_by: actor.name,
          days,
          is_partial: isPartial,
          undone_at: null,
          undone_by: null,
          undone_reason: null,
          restored: null,
          left_alone: null,
        })
        .onConflict((on) => on.column('id').doNothing())
        .execute()
      const changed: string[] = []
      for (const [incident, alerts] of chunk) changed.push(...(await applyToIncident(tx, work, incident, alerts)))
      await count(tx, work, changed)
      const entry: LedgerEntry = {
        kind: 'tuning.apply',
        subject: `tuning:${rule.id}`,
        details: { application: work.id, name: rule.name, action: rule.action, alerts: changed },
      }
      return { result: undefined, entries: [entry], changed: ['tuning', 'alert', 'incident'] }
    })
  const row = await deps.db
    .selectFrom('tuning_applications')
    .selectAll()
    .where('id', '=', work.id)
    .executeTakeFirstOrThrow()
  return applicationRecord(row)
}

async function findPast(db: Kysely<Database>, rule: TuningRule, days: number) {
  const byIncident = new Map<number, string[]>()
  let found = 0
  for await (const rows of pastAlerts(db, days))
    for (const row of rows) {
      if (!isChangeable(row, rule) || !tunes(rule, asTuned(row))) continue
      if (found++ >= mostAlerts) return { byIncident, isPartial: true }
      byIncident.set(row.incident_id, [...(byIncident.get(row.incident_id) ?? []), row.id])
    }
  return { byIncident, isPartial: false }
}

function* chunks(byIncident: ReadonlyMap<number, string[]>): Generator<[number, string[]][]> {
  let chunk: [number, string[]][] = []
  let size = 0
  for (const one of byIncident) {
    chunk.push(one)
    size += one[1].length
    if (size < perChunk) continue
    yield chunk
    chunk = []
    size = 0
  }
  if (chunk.length > 0) yield chunk
}

/** Returns the alerts it changed: what was closed or moved since they were found stays as it is. */
async function applyToIncident(tx: Tx, work: Work, id: number, alerts: readonly string[]): Promise<string[]> {
  const incident = await tx.selectFrom('incidents').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  const rows = await tx
    .selectFrom('alerts')
    .selectAll()
    .where('id', 'in', alerts)
    .where('incident_id', '=', id)
    .where('hidden', '=', false)
    .where('status', '!=', 'resolved')
    .orderBy('id')
    .forUpdate()
    .execute()
  const [first] = rows
  if (!incident || !first) return []
  await keep(tx, work, rows)
  for (const row of rows) await change(tx, work.rule, row)
  const { rule, actor } = work
  const done = { hide: 'hidden', resolve: 'resolved', lower: 'lowered in severity' }[rule.action]
  await tx
    .insertInto('activities')
    .values({
      incident_id: id,
      actor: actor.name,
      kind: 'alert-tuned',
      text: `${rows.length === 1 ? `Alert “${first.title}”` : `${rows.length} alerts`} ${done} by tuning rule “${rule.name}”, applied to past alerts`,
      from_value: null,
      to_value: null,
    })
    .execute()
  if (rule.action === 'hide') await hide(tx, work, { incident, rows })
  if (rule.action === 'resolve') await closeIfDone(tx, work, incident)
  await refreshIncident(tx, id)
  return rows.map((row) => row.id)
}

async function keep(tx: Tx, { id }: Work, rows: readonly AlertRow[]): Promise<void> {
  await tx
    .insertInto('tuning_applied')
    .values(
      rows.map((row) => ({
        application_id: id,
        alert_id: row.id,
        incident_id: row.incident_id,
        status: row.status,
        severity: row.severity,
        tuned_by: row.tuned_by,
        tuning: row.tuning ? toJsonb(row.tuning) : null,
      })),
    )
    .execute()
}

async function change(tx: Tx, rule: TuningRule, row: AlertRow): Promise<void> {
  const had = row.severity as Severity
  const tuning: AlertTuning = {
    rule: rule.id,
    name: rule.name,
    action: rule.action,
    // What the detection rule had given stays known when tuning rules follow each other.
    severity: row.tuning?.severity ?? had,
  }
  await tx
    .updateTable('alerts')
    .set({
      status: rule.action === 'lower' ? row.status : 'resolved',
      severity: rule.action === 'lower' ? loweredSeverity(had, rule.severity) : had,
      hidden: rule.action === 'hide',
      tuned_by: rule.id,
      tuning: toJsonb(tuning),
      updated_at: new Date(),
    })
    .where('id', '=', row.id)
    .execute()
}

/** What is hidden never shares an incident with what isn't: the whole incident is hidden, or they get one of their own. */
async function hide(tx: Tx, work: Work, { incident, rows }: { incident: IncidentRow; rows: readonly AlertRow[] }) {
  const others = await tx
    .selectFrom('alerts')
    .select('id')
    .where('incident_id', '=', incident.id)
    .where('hidden', '=', false)
    .limit(1)
    .execute()
  if (others.length === 0) return close(tx, work, incident, true)
  const ids = rows.map((row) => row.id)
  const id = await insertIncident(tx, {
    name: rows[0]?.title ?? incident.name,
    severity: incident.severity,
    status: 'resolved',
    hidden: true,
    first_activity: incident.first_activity,
    last_activity: incident.last_activity,
  })
  await tx.updateTable('alerts').set({ incident_id: id }).where('id', 'in', ids).execute()
  await tx.updateTable('alert_entities').set({ incident_id: id }).where('alert_id', 'in', ids).execute()
  await refreshIncident(tx, id)
}

/** An incident on which nobody has begun, and in which nothing is open any more, leaves the queue with its alerts. */
async function closeIfDone(tx: Tx, work: Work, incident: IncidentRow): Promise<void> {
  if (incident.status !== 'new' || incident.assigned_to !== null || incident.classification !== null) return
  const open = await tx
    .selectFrom('alerts')
    .select('id')
    .where('incident_id', '=', incident.id)
    .where('status', '!=', 'resolved')
    .limit(1)
    .execute()
  if (open.length === 0) await close(tx, work, incident, false)
}

async function close(tx: Tx, { id, rule }: Work, incident: IncidentRow, hidden: boolean): Promise<void> {
  await tx
    .insertInto('tuning_closed')
    .values({ application_id: id, incident_id: incident.id, status: incident.status, hidden: incident.hidden })
    .execute()
  await tx.updateTable('incidents').set({ status: 'resolved', hidden }).where('id', '=', incident.id).execute()
  await tx
    .insertInto('activities')
    .values({
      incident_id: incident.id,
      actor: 'system',
      kind: 'status',
      text: `${hidden ? 'Hidden' : 'Resolved'}: tuning rule “${rule.name}” closed all of its alerts`,
      from_value: incident.status,
      to_value: 'resolved',
    })
    .execute()
}

async function count(tx: Tx, { id, rule }: Work, alerts: readonly string[]): Promise<void> {
  await tx
    .updateTable('tuning_applications')
    .set({ alerts: sql<number>`alerts + ${alerts.length}` })
    .where('id', '=', id)
    .execute()
  if (alerts.length === 0) return
  await sql`
    update tuning_rules set applied = applied + s.events, last_applied = greatest(last_applied, s.last)
    from (select sum(occurrences) as events, max(last_activity) as last from alerts where id = any (${alerts})) s
    where tuning_rules.id = ${rule.id}`.execute(tx)
}
