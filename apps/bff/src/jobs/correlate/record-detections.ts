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
import { insertIncident } from '../../adapters/postgres/incident-record.ts'
import { storable, toJsonb } from '../../adapters/postgres/storable.ts'
import { type Deps, system } from '../../deps.ts'
import { applyTuning, countTuned, isClosedByTuning, type TunedDetection, tuningInForce } from './apply-tuning.ts'
import { lockCorrelation } from './correlation-lock.ts'
import { findCandidates, findEarlierStages } from './find-candidates.ts'
import { keptApartFrom } from './kept-apart.ts'
import { mergeIncidents } from './merge-incidents.ts'
import { refreshIncident } from '../../adapters/postgres/refresh-incident.ts'

const mostEvents = 50
const mostEvidence = 200

export interface Recorded {
  alertId: string
  incidentId: number
  repeated: boolean
  /** As the detection had it. */
  dedupeKey: string
  /** Queue rows that were brought up to date before this don't show it, those after it do. */
  since: Date
}

export interface RecorderPorts {
  /** Pods that a pod spoke with around a time (epoch ms). */
  linkedPods(pod: string, time: number): string[]
  /** For how long a rule's repeats are further occurrences of one alert; the correlation window where left out. */
  repeatWindowMs?(ruleId: string): number | undefined
}

/**
 * Stores detections as alerts of incidents, in one transaction with its ledger entries. A detection whose event already
 * counts changes nothing, so that replays are harmless.
 */
export function createDetectionRecorder(deps: Pick<Deps, 'commit'>, ports: RecorderPorts) {
  return (
    detections: readonly Detection[],
    /** Writes that belong to these alerts, in their transaction; not called when nothing changes. */
    also?: (tx: Tx, recorded: readonly Recorded[]) => Promise<void>,
  ): Promise<Recorded[]> =>
    deps.commit(system, async (tx) => {
      await lockCorrelation(tx)
      const since = new Date()
      const rules = await tuningInForce(tx)
      const tuned = detections.map((detection) => applyTuning(rules, storable(detection)))
      const recorded: Recorded[] = []
      const counted: TunedDetection[] = []
      const entries: LedgerEntry[] = []
      const stale = new Set<number>()
      // Repeats come in floods; those of one alert are written at once.
      for (const group of Map.groupBy(tuned, alertKey).values()) {
        const { known, fresh } = await findRepeat(tx, group, ports)
        const [first, ...others] = fresh
        if (!first) continue
        const alert = known ?? (await addAlert(tx, first, ports, entries))
        const repeats = known ? fresh : others
        if (repeats.length > 0) entries.push(await addOccurrences(tx, alert, repeats))
        stale.add(alert.incidentId)
        counted.push(...fresh)
        for (const one of fresh)
          recorded.push({
            ...alert,
            since,
            repeated: known !== undefined || one !== first,
            dedupeKey: one.dedupeKey,
          })
      }
      const merged = new Set(entries.filter(({ kind }) => kind === 'incident.merge').map(({ subject }) => subject))
      for (const id of stale) if (!merged.has(`incident:${id}`)) await refreshIncident(tx, id)
      const isTuned = await countTuned(tx, counted)
      const [first, ...others] = entries
      if (!first) return new Unchanged([])
      await also?.(tx, recorded)
      const changed = ['incident', 'alert', 'rule', ...(isTuned ? (['tuning'] as const) : [])] as const
      return { result: recorded, entries: [first, ...others], changed }
    })
}

// What tuning closes never adds to an alert that somebody looks at, nor the other way round.
function alertKey(detection: TunedDetection): string {
  return `${isClosedByTuning(detection) ? detection.tuning?.rule : ''} ${detection.dedupeKey}`
}

interface StoredAlert {
  alertId: string
  incidentId: number
}

/** The alert that these repeat (same key, near in time, neither it nor its incident resolved), and what it hasn't seen. */
async function findRepeat(tx: Tx, group: readonly TunedDetection[], { repeatWindowMs }: RecorderPorts) {
  const [one] = group
  const windowMs = (one && (one.repeatWindowMs ?? repeatWindowMs?.(one.ruleId))) ?? correlationWindowMs
  const times = group.map((detection) => detection.time)
  const rows = await tx
    .selectFrom('alerts')
    .innerJoin('incidents', 'incidents.id', 'alerts.incident_id')
    .select(['alerts.id', 'incident_id', 'events', 'alerts.status', 'incidents.status as incident_status'])
    .select(['alerts.hidden', 'tuned_by'])
    .where('dedupe_key', '=', one?.dedupeKey ?? '')
    .where('alerts.last_activity', '>=', new Date(Math.min(...times) - windowMs))
    .where('alerts.first_activity', '<=', new Date(Math.max(...times) + windowMs))
    .orderBy('alerts.last_activity', 'desc')
    .limit(20)
    .execute()
  const seen = new Set(rows.flatMap((row) => (row.events as Detection['events']).map(eventKey)))
  const fresh: TunedDetection[] = []
  for (const detection of group) {
    const keys = detection.events.map(eventKey)
    if (keys.some((key) => seen.has(key))) continue
    for (const key of keys) seen.add(key)
    fresh.push(detection)
  }
  const isOpen = (row: (typeof rows)[number]) =>
    isClosedByTuning(one)
      ? row.tuned_by === one?.tuning?.rule
      : !row.hidden && row.status !== 'resolved' && row.incident_status !== 'resolved'
  const open = rows.find(isOpen)
  return { known: open && { alertId: open.id, incidentId: open.incident_id }, fresh }
}

const eventKey = (event: Detection['events'][number]) => `${event.table} ${event.id}`

async function addOccurrences(tx: Tx, known: StoredAlert, repeats: readonly Detection[]): Promise<LedgerEntry> {
  const alert = await tx.selectFrom('alerts').selectAll().where('id', '=', known.alertId).executeTakeFirstOrThrow()
  const evidence = distinct(
    [...(alert.evidence as Detection['evidence']), ...repeats.flatMap((one) => one.evidence)],
    (item) => item.key,
  ).slice(0, mostEvidence)
  const relations = [...(alert.relations as Detection['relations']), ...repeats.flatMap((one) => one.relations)]
  const fresh = repeats.toReversed().flatMap((one) => one.events)
  const times = repeats.map((one) => one.time)
  const occurrences = alert.occurrences + repeats.length
  await tx
    .updateTable('alerts')
    .set({
      occurrences,
      first_activity: new Date(Math.min(alert.first_activity.getTime(), ...times)),
      last_activity: new Date(Math.max(alert.last_activity.getTime(), ...times)),
      updated_at: new Date(),
      evidence: toJsonb(evidence),
      relations: toJsonb(distinct(relations, (r) => `${r.from} ${r.to} ${r.label}`).slice(0, mostEvidence)),
      events: toJsonb([...fresh, ...(alert.events as Detection['events'])].slice(0, mostEvents)),
    })
    .where('id', '=', known.alertId)
    .execute()
  const kept = new Set(evidence.map((item) => item.key))
  const named = repeats.flatMap((one) => one.evidence).filter((item) => kept.has(item.key))
  await storeEntities(tx, known, named, new Date(Math.max(...times)))
  await countMatches(tx, repeats)
  return {
    kind: 'alert.repeat',
    subject: `alert:${known.alertId}`,
    details: { occurrences, events: fresh.slice(0, mostEvents) },
  }
}

async function addAlert(
  tx: Tx,
  detection: TunedDetection,
  { linkedPods }: RecorderPorts,
  made: LedgerEntry[],
): Promise<StoredAlert> {
  const own = new Set(detection.evidence.map((item) => item.key))
  const links = detection.evidence
    .filter((item) => item.kind === 'pod')
    .flatMap((item) => linkedPods(item.key, detection.time))
    .filter((key) => !own.has(key))
  const entities: CorrelationEntity[] = [
    ...detection.evidence,
    ...links.map((key) => ({ key, kind: 'pod', role: 'link' }) as const),
  ]
  const isHidden = detection.tuning?.action === 'hide'
  const candidates = isHidden
    ? []
    : [
        ...(await findCandidates(tx, detection, significantEntities(entities))),
        ...(await findEarlierStages(tx, detection)),
      ]
  const placement = placeAlert(
    { time: detection.time, namespace: detection.namespace, tactics: detection.tactics, entities },
    candidates,
  )
  const incidentId = placement.incidentId ?? (await openIncident(tx, detection, made))
  const apart = await keptApartFrom(tx, incidentId)
  // What is closed at once doesn't join what others work on.
  const merge = isClosedByTuning(detection) ? [] : placement.merge.filter(({ id }) => !apart.has(id))
  for (const { id, reason } of merge) made.push(await mergeIncidents(tx, id, incidentId, { reason: reason.text }))
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
      ...(detection.tuning ? { tuning: detection.tuning } : {}),
    },
  })
  return { alertId, incidentId }
}

/** Opens an incident for its first alert. */
export async function openIncident(tx: Tx, detection: TunedDetection, made: LedgerEntry[]): Promise<number> {
  const at = new Date(detection.time)
  const iso = at.toISOString()
  const { name } = summariseIncident([
    { ...detection, namespace: detection.namespace ?? null, status: 'new', firstActivity: iso, lastActivity: iso },
  ])
  const id = await insertIncident(tx, {
    name,
    severity: detection.severity,
    status: isClosedByTuning(detection) ? 'resolved' : 'new',
    hidden: detection.tuning?.action === 'hide',
    first_activity: at,
    last_activity: at,
  })
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

/** Stores an alert with its entities and a line in its incident's log, by the system where no `actor` is given. */
export async function insertAlert(
  tx: Tx,
  detection: TunedDetection,
  incidentId: number,
  { reason, actor = 'system' }: Pick<Placement, 'reason'> & { actor?: string },
): Promise<string> {
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
      status: isClosedByTuning(detection) ? 'resolved' : 'new',
      hidden: detection.tuning?.action === 'hide',
      tuned_by: detection.tuning?.rule ?? null,
      tuning: detection.tuning ? toJsonb(detection.tuning) : null,
      tier: detection.tier,
      tactics: detection.tactics,
      techniques: detection.techniques,
      cluster: detection.cluster,
      namespace: detection.namespace ?? null,
      dedupe_key: detection.dedupeKey,
      source: detection.source ?? null,
      detection_source: detection.detectionSource ?? 'Containers',
      origin: detection.origin ? toJsonb(detection.origin) : null,
      event_at: at,
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
  await storeEntities(tx, { alertId: id, incidentId }, detection.evidence.slice(0, mostEvidence), at)
  await countMatches(tx, [detection])
  await tx
    .insertInto('activities')
    .values({
      incident_id: incidentId,
      actor,
      kind: 'alert-added',
      text: `Alert “${detection.title}” added: ${reason.text}${tuningWords(detection)}`,
      from_value: null,
      to_value: id,
    })
    .execute()
  return id
}

/** What correlation and entity panes look up. The evidence is what the alert keeps, so its number is bounded. */
function tuningWords({ tuning, severity }: TunedDetection): string {
  if (!tuning) return ''
  const done = { hide: 'hidden', resolve: 'resolved', lower: `lowered from ${tuning.severity} to ${severity}` }
  return `; ${done[tuning.action]} by tuning rule “${tuning.name}”`
}

async function storeEntities(
  tx: Tx,
  { alertId, incidentId }: StoredAlert,
  evidence: Detection['evidence'],
  lastActivity: Date,
): Promise<void> {
  const rows = new Map<string, Detection['evidence'][number]>()
  for (const item of evidence) {
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
        last_activity: lastActivity,
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

/** All of one rule. */
async function countMatches(tx: Tx, detections: readonly Detection[]): Promise<void> {
  const last = new Date(Math.max(...detections.map((detection) => detection.time)))
  await tx
    .insertInto('rule_stats')
    .values({ rule_id: detections[0]?.ruleId ?? '', matches: detections.length, last_match: last })
    .onConflict((conflict) =>
      conflict.column('rule_id').doUpdateSet({
        matches: sql<number>`rule_stats.matches + excluded.matches`,
        last_match: sql<Date>`greatest(rule_stats.last_match, excluded.last_match)`,
      }),
    )
    .execute()
}

function distinct<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const found = new Map<string, T>()
  for (const item of items) if (!found.has(keyOf(item))) found.set(keyOf(item), item)
  return [...found.values()]
}
