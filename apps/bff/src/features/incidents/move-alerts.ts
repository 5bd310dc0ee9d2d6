import { type CorrelationReason, type Incident, mostEntities } from '@cordon/incidents'
import { sql } from 'kysely'
import type { LedgerEntry, Tx } from '../../adapters/postgres/commit.ts'
import { type AlertRow, insertIncident, readIncident } from '../../adapters/postgres/incident-record.ts'
import { refreshIncident } from '../../adapters/postgres/refresh-incident.ts'
import { storable, toJsonb } from '../../adapters/postgres/storable.ts'
import type { Actor, Call, Deps } from '../../deps.ts'
import { mergeIncidents } from '../../jobs/correlate/merge-incidents.ts'
import { Refusal } from '../../refusal.ts'
import { incidentsWithEntities } from './incidents-with-entities.ts'
import { lockIncident } from './update-incident.ts'

/**
 * Moves alerts to another open incident, or into a new one (`incidentId` null). Correlation keeps source and target
 * apart from then on when the alerts were split off. A source that nothing is left of becomes a redirect. Returns the
 * incident that holds the alerts now.
 */
export async function moveAlerts(
  deps: Pick<Deps, 'db' | 'commit'>,
  actor: Actor,
  body: Call<'alertMove'>['body'],
): Promise<Incident> {
  const comment = storable(body.comment)
  const target = await deps.commit(actor, async (tx) => {
    const moved = await lockAlerts(tx, body.alertIds)
    const sources = [...new Set(moved.map((alert) => alert.incident_id))].filter((id) => id !== body.incidentId)
    const moving = moved.filter((alert) => sources.includes(alert.incident_id))
    const [first] = moving
    if (!first) throw new Refusal('conflict', 'The alerts are in that incident already.')
    await refuseClosed(tx, sources, body.incidentId)
    const entries: LedgerEntry[] = []
    const to = body.incidentId ?? (await openByHand(tx, first, actor, entries))
    for (const source of sources) {
      const alerts = moving.filter((alert) => alert.incident_id === source)
      entries.push(await moveFrom(tx, { source, to, alerts }, { actor, comment }))
      const left = await tx.selectFrom('alerts').select('id').where('incident_id', '=', source).limit(1).execute()
      if (left.length > 0) {
        await keepApart(tx, source, to)
        await refreshIncident(tx, source)
      } else entries.push(await mergeIncidents(tx, source, to, { reason: comment, actor: actor.name }))
    }
    await refreshIncident(tx, to)
    const [one, ...others] = entries
    if (!one) throw new Refusal('conflict', 'The alerts are in that incident already.')
    return { result: to, entries: [one, ...others], changed: ['incident', 'alert'] }
  })
  return (await readIncident(deps.db, target)) as Incident // it was there a moment ago, and incidents are never deleted
}

async function lockAlerts(tx: Tx, ids: readonly string[]): Promise<AlertRow[]> {
  const wanted = [...new Set(ids)]
  const rows = await tx.selectFrom('alerts').selectAll().where('id', 'in', wanted).orderBy('id').forUpdate().execute()
  const missing = wanted.find((id) => !rows.some((row) => row.id === id))
  if (missing !== undefined) throw new Refusal('not-found', `There is no alert ${missing}.`)
  const hidden = rows.find((row) => row.hidden)
  if (hidden)
    throw new Refusal('conflict', `Alert ${hidden.id} was hidden by a tuning rule. What is hidden stays by itself.`)
  return rows
}

async function refuseClosed(tx: Tx, sources: readonly number[], target: number | null): Promise<void> {
  const ids = target === null ? sources : [...sources, target]
  const found = await incidentsWithEntities(tx, ids)
  const closed = found.find(({ status }) => status === 'resolved')
  if (closed)
    throw new Refusal(
      'conflict',
      `Incident ${closed.id} is resolved. Set it to in progress before you change its alerts.`,
    )
  const entities = found.find(({ id }) => id === target)?.entityCount ?? 0
  if (entities >= mostEntities)
    throw new Refusal('conflict', `Incident ${target} has ${entities} entities already; ${mostEntities} is the most.`)
}

async function openByHand(tx: Tx, alert: AlertRow, actor: Actor, entries: LedgerEntry[]): Promise<number> {
  const before = await lockIncident(tx, alert.incident_id)
  const id = await insertIncident(tx, {
    name: alert.title,
    severity: alert.severity,
    assigned_to: before.assigned_to,
    first_activity: alert.first_activity,
    last_activity: alert.last_activity,
  })
  const text = `Split off from incident ${alert.incident_id}`
  await log(tx, id, { actor: actor.name, kind: 'created', text, from: String(alert.incident_id) })
  entries.push({ kind: 'incident.open', subject: `incident:${id}`, details: { splitFrom: alert.incident_id } })
  return id
}

async function moveFrom(
  tx: Tx,
  { source, to, alerts }: { source: number; to: number; alerts: AlertRow[] },
  { actor, comment }: { actor: Actor; comment: string },
): Promise<LedgerEntry> {
  const ids = alerts.map((alert) => alert.id)
  const reason: CorrelationReason = {
    code: 'manual',
    text: `Moved here from incident ${source} by ${actor.name}: ${comment}`,
  }
  await tx
    .updateTable('alerts')
    .set({ incident_id: to, correlation: toJsonb(reason), updated_at: new Date() })
    .where('id', 'in', ids)
    .execute()
  await tx.updateTable('alert_entities').set({ incident_id: to }).where('alert_id', 'in', ids).execute()
  for (const { id, title } of alerts) {
    const moved = { actor: actor.name, kind: 'alert-moved', from: String(source), to: String(to) }
    await log(tx, source, { ...moved, text: `Alert “${title}” (${id}) moved to incident ${to}: ${comment}` })
    await log(tx, to, { ...moved, text: `Alert “${title}” (${id}) moved here from incident ${source}: ${comment}` })
  }
  return { kind: 'alert.move', subject: `incident:${source}`, details: { to, alerts: ids, comment } }
}

/** Only one that is split and not emptied: people said that these are two attacks. */
async function keepApart(tx: Tx, one: number, other: number): Promise<void> {
  await sql`insert into kept_apart (a, b) values (${Math.min(one, other)}, ${Math.max(one, other)})
    on conflict do nothing`.execute(tx)
}

interface LogLine {
  actor: string
  kind: string
  text: string
  from?: string
  to?: string
}

async function log(tx: Tx, incident: number, { actor, kind, text, from, to }: LogLine): Promise<void> {
  await tx
    .insertInto('activities')
    .values({ incident_id: incident, actor, kind, text, from_value: from ?? null, to_value: to ?? null })
    .execute()
}
