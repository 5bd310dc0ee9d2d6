import {
  type CorrelationEntity,
  correlationWindowMs,
  type Detection,
  type Placement,
  placeAlert,
  significantEntities,
  summariseIncident,
} from '@cordon/incidents'
import { sql } from 'kysely'
import { randomUUID } from 'node:crypto'
import { type LedgerEntry, type Tx, Unchanged } from '../../adapters/postgres/commit.ts'
import { storable, toJsonb } from '../../adapters/postgres/storable.ts'
import { type Deps, system } from '../../deps.ts'
import { findCandidates } from './find-candidates.ts'
import { mergeIncidents } from './merge-incidents.ts'
import { refreshIncident } from '../../adapters/postgres/refresh-incident.ts'

const correlationLock = 7_203_002 // any number, the same in every process of an installation
/** Repeats of an alert within this time are further occurrences of it. */
const repeatWindowMs = correlationWindowMs
const mostEvents = 50
const mostEvidence = 200

export interface Recorded {
  alertId: string
  incidentId: number
  repeated: boolean
}

/**
 * Stores detections as alerts of incidents, in order and in one transaction with its ledger entries. A detection whose
 * event already counts changes nothing, so that replays are harmless. `linkedPods` names pods a pod spoke with.
 */
export function createDetectionRecorder(
  deps: Pick<Deps, 'commit'>,
  linkedPods: (pod: string, time: number) => string[],
) {
  return (detections: readonly Detection[]): Promise<Recorded[]> =>
    deps.commit(system, async (tx) => {
      await sql`select pg_advisory_xact_lock(${correlationLock})`.execute(tx)
      const recorded: Recorded[] = []
      const entries: LedgerEntry[] = []
      const stale = new Set<number>()
      for (const raw of detections) {
        const detection = storable(raw)
        const known = await findRepeat(tx, detection)
        if (known?.seen) continue
        const { incidentId, alertId, made } = known
          ? await addOccurrence(tx, known, detection)
          : await addAlert(tx, detection, linkedPods)
        for (const entry of made) if (entry.kind === 'incident.merge') stale.delete(Number(entry.subject.split(':')[1]))
        entries.push(...made)
        stale.add(incidentId)
        recorded.push({ alertId, incidentId, repeated: known !== undefined })
      }
      for (const id of stale) await refreshIncident(tx, id)
      const [first, ...others] = entries
      if (!first) return new Unchanged([])
      return { result: recorded, entries: [first, ...others], changed: ['incident', 'alert', 'rule'] }
    })
}

interface Repeat {
  id: string
  incident_id: number
  seen: boolean
}

/** The alert that this detection repeats: same key, near in time, neither it nor its incident resolved. */
async function findRepeat(tx: Tx, detection: Detection): Promise<Repeat | undefined> {
  const rows = await tx
    .selectFrom('alerts')
    .innerJoin('incidents', 'incidents.id', 'alerts.incident_id')
    .select(['alerts.id', 'incident_id', 'events', 'alerts.status', 'incidents.status as incident_status'])
    .where('dedupe_key', '=', detection.dedupeKey)
    .where('alerts.last_activity', '>=', new Date(detection.time - repeatWindowMs))
    .where('alerts.first_activity', '<=', new Date(detection.time + repeatWindowMs))
    .orderBy('alerts.last_activity', 'desc')
    .limit(5)
    .execute()
  const ids = new Set(detection.events.map((event) => `${event.table} ${event.id}`))
  for (const row of rows)
    if ((row.events as Detection['events']).some((event) => ids.has(`${event.table} ${event.id}`)))
      return { id: row.id, incident_id: row.incident_id, seen: true }
  const open = rows.find((row) => row.status !== 'resolved' && row.incident_status !== 'resolved')
  return open && { id: open.id, incident_id: open.incident_id, seen: false }
}

async function addOccurrence(tx: Tx, known: Repeat, detection: Detection) {
  const alert = await tx.selectFrom('alerts').selectAll().where('id', '=', known.id).executeTakeFirstOrThrow()
  const evidence = union(alert.evidence as Detection['evidence'], detection.evidence, (item) => item.key)
  const relations = union(
    alert.relations as Detection['relations'],
    detection.relations,
    (r) => `${r.from} ${r.to} ${r.label}`,
  )
  const events = union(detection.events, alert.events as Detection['events'], (event) => `${event.table} ${event.id}`)
  await tx
    .updateTable('alerts')
    .set({
      occurrences: alert.occurrences + 1,
      first_activity: new Date(Math.min(alert.first_activity.getTime(), detection.time)),
      last_activity: new Date(Math.max(alert.last_activity.getTime(), detection.time)),
      updated_at: new Date(),
      evidence: toJsonb(evidence.slice(0, mostEvidence)),
      relations: toJsonb(relations.slice(0, mostEvidence)),
      events: toJsonb(events.slice(0, mostEvents)),
    })
    .where('id', '=', known.id)
    .execute()
  await storeEntities(tx, known.id, known.incident_id, detection)
  await countMatch(tx, detection)
  const made: LedgerEntry[] = [
    {
      kind: 'alert.repeat',
      subject: `alert:${known.id}`,
      details: { occurrences: alert.occurrences + 1, events: detection.events },
    },
  ]
  return { alertId: known.id, incidentId: known.incident_id, made }
}

async function addAlert(tx: Tx, detection: Detection, linkedPods: (pod: string, time: number) => string[]) {
  const own = new Set(detection.evidence.map((item) => item.key))
  const links = detection.evidence
    .filter((item) => item.kind === 'pod')
    .flatMap((item) => linkedPods(item.key, detection.time))
    .filter((key) => !own.has(key))
  const entities: CorrelationEntity[] = [
    ...detection.evidence,
    ...links.map((key) => ({ key, kind: 'pod', role: 'link' }) as const),
  ]
  const candidates = await findCandidates(tx, detection.time, significantEntities(entities))
  const placement = placeAlert({ time: detection.time, entities }, candidates)
  const made: LedgerEntry[] = []
  const incidentId = placement.incidentId ?? (await openIncident(tx, detection, made))
  for (const { id, reason } of placement.merge) made.push(await mergeIncidents(tx, id, incidentId, reason.text))
  const alertId = await insertAlert(tx, detection, incidentId, placement)
  made.push({
    kind: 'alert.raise',
    subject: `alert:${alertId}`,
    details: {
      rule: detection.ruleId,
      title: detection.title,
      severity: detection.severity,
      incident: incidentId,
      correlation: placement.reason,
      events: detection.events,
    },
  })
  return { alertId, incidentId, made }
}

async function openIncident(tx: Tx, detection: Detection, made: LedgerEntry[]): Promise<number> {
  const at = new Date(detection.time)
  const iso = at.toISOString()
  const { name } = summariseIncident([
    { ...detection, namespace: detection.namespace ?? null, status: 'new', firstActivity: iso, lastActivity: iso },
  ])
  const { id } = await tx
    .insertInto('incidents')
    .values({
      name,
      severity: detection.severity,
      priority_factors: '[]',
      impacted_assets: '[]',
      assigned_to: null,
      classification: null,
      determination: null,
      resolution_note: null,
      redirected_to: null,
      first_activity: at,
      last_activity: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await tx
    .insertInto('activities')
    .values({
      incident_id: id,
      actor: 'system',
      kind: 'created',
      text: 'Incident created',
      from_value: null,
      to_value: null,
    })
    .execute()
  made.push({ kind: 'incident.open', subject: `incident:${id}`, details: { name, severity: detection.severity } })
  return id
}

async function insertAlert(tx: Tx, detection: Detection, incidentId: number, { reason }: Placement): Promise<string> {
  const id = `co${randomUUID()}`
  const at = new Date(detection.time)
  await tx
    .insertInto('alerts')
    .values({
      id,
      incident_id: incidentId,
      rule_id: detection.ruleId,
      title: detection.title,
      description: detection.description,
      severity: detection.severity,
      tier: detection.tier,
      tactics: detection.tactics,
      techniques: detection.techniques,
      cluster: detection.cluster,
      namespace: detection.namespace ?? null,
      dedupe_key: detection.dedupeKey,
      first_activity: at,
      last_activity: at,
      correlation: toJsonb(reason),
      evidence: toJsonb(detection.evidence.slice(0, mostEvidence)),
      relations: toJsonb(detection.relations.slice(0, mostEvidence)),
      events: toJsonb(detection.events.slice(0, mostEvents)),
      response: toJsonb(detection.response),
      false_positives: toJsonb(detection.falsePositives),
    })
    .execute()
  await storeEntities(tx, id, incidentId, detection)
  await countMatch(tx, detection)
  await tx
    .insertInto('activities')
    .values({
      incident_id: incidentId,
      actor: 'system',
      kind: 'alert-added',
      text: `Alert “${detection.title}” added: ${reason.text}`,
      from_value: null,
      to_value: id,
    })
    .execute()
  return id
}

async function storeEntities(tx: Tx, alertId: string, incidentId: number, detection: Detection): Promise<void> {
  const rows = new Map<string, Detection['evidence'][number]>()
  for (const item of detection.evidence) {
    const known = rows.get(item.key)
    if (!known || known.role === 'contextual') rows.set(item.key, item)
  }
  if (rows.size === 0) return
  await tx
    .insertInto('alert_entities')
    .values(
      [...rows.values()].map((item) => ({
        alert_id: alertId,
        entity_key: item.key,
        uid: item.uid ?? null,
        role: item.role,
        incident_id: incidentId,
        last_activity: new Date(detection.time),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['alert_id', 'entity_key']).doUpdateSet((eb) => ({
        last_activity: sql<Date>`greatest(alert_entities.last_activity, excluded.last_activity)`,
        uid: sql<string | null>`coalesce(excluded.uid, alert_entities.uid)`,
        incident_id: eb.ref('excluded.incident_id'),
      })),
    )
    .execute()
}

async function countMatch(tx: Tx, detection: Detection): Promise<void> {
  await tx
    .insertInto('rule_stats')
    .values({ rule_id: detection.ruleId, matches: 1, last_match: new Date(detection.time) })
    .onConflict((conflict) =>
      conflict.column('rule_id').doUpdateSet({
        matches: sql<number>`rule_stats.matches + 1`,
        last_match: sql<Date>`greatest(rule_stats.last_match, excluded.last_match)`,
      }),
    )
    .execute()
}

function union<T>(first: readonly T[], second: readonly T[], keyOf: (item: T) => string): T[] {
  const found = new Map<string, T>()
  for (const item of [...first, ...second]) if (!found.has(keyOf(item))) found.set(keyOf(item), item)
  return [...found.values()]
}
