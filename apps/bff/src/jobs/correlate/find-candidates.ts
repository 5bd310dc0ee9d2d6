import { type EvidenceRole, parseEntityKey } from '@cordon/entities'
import {
  type Candidate,
  type CorrelationEntity,
  correlationWindowMs,
  type Detection,
  stageWindowMs,
} from '@cordon/incidents'
import { sql } from 'kysely'
import type { Tx } from '../../adapters/postgres/commit.ts'

const mostByImage = 100

/** Open incidents that name one of `entities` within the window around `time`, with what they share. */
export async function findCandidates(
  tx: Tx,
  { time, namespace }: Pick<Detection, 'time' | 'namespace'>,
  entities: readonly CorrelationEntity[],
): Promise<Candidate[]> {
  if (entities.length === 0) return []
  const keys = [...new Set(entities.map((entity) => entity.key))]
  const rows = await tx
    .selectFrom('alert_entities')
    .innerJoin('incidents', 'incidents.id', 'alert_entities.incident_id')
    .select([
      'incidents.id',
      'status',
      'assigned_to',
      'classification',
      'determination',
      'namespaces',
      'entity_key',
      'role',
    ])
    .select((eb) => eb.fn.max('alert_entities.last_activity').as('last'))
    .where('entity_key', 'in', keys)
    .where('incidents.status', 'in', ['new', 'in-progress'])
    // An image links within its namespace, and doesn't make one incident of a whole fleet: that nobody could look at.
    .where(
      sql<boolean>`(entity_key not like 'image:%' or (${namespace ?? ''}::text = any (namespaces) and total_alerts < ${mostByImage}))`,
    )
    .where('alert_entities.last_activity', '>=', new Date(time - correlationWindowMs))
    .where('alert_entities.last_activity', '<=', new Date(time + correlationWindowMs))
    .groupBy(['incidents.id', 'entity_key', 'role'])
    .execute()
  const candidates = new Map<number, Candidate>()
  for (const row of rows) {
    const kind = parseEntityKey(row.entity_key)?.kind
    if (!kind) continue
    const candidate = candidates.get(row.id) ?? {
      id: row.id,
      status: row.status as Candidate['status'],
      assignedTo: row.assigned_to,
      classification: row.classification,
      determination: row.determination,
      entityCount: 0,
      namespaces: row.namespaces,
      shared: [],
    }
    candidate.shared.push({
      key: row.entity_key,
      kind,
      role: row.role as EvidenceRole,
      lastActivity: row.last.getTime(),
    })
    candidates.set(row.id, candidate)
  }
  if (candidates.size > 1) await countEntities(tx, candidates)
  return [...candidates.values()]
}

/**
 * Open incidents of the same namespace whose activity ended shortly before: the alert may be a later stage of their
 * attack. Low ones don't count, of either: they are too common for this to mean anything.
 */
export async function findEarlierStages(
  tx: Tx,
  { time, cluster, namespace, severity }: Pick<Detection, 'time' | 'cluster' | 'namespace' | 'severity'>,
): Promise<Candidate[]> {
  if (namespace === undefined || (severity !== 'high' && severity !== 'medium')) return []
  const rows = await tx
    .selectFrom('incidents')
    .select(['id', 'status', 'assigned_to', 'classification', 'determination', 'namespaces', 'categories'])
    .select('last_activity')
    .where('status', 'in', ['new', 'in-progress'])
    .where('severity', 'in', ['high', 'medium'])
    .where('last_activity', '>=', new Date(time - stageWindowMs))
    .where('last_activity', '<=', new Date(time))
    .where(sql<boolean>`clusters = array[${cluster}::text] and namespaces = array[${namespace}::text]`)
    .orderBy('last_activity', 'desc')
    .limit(50)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    status: row.status as Candidate['status'],
    assignedTo: row.assigned_to,
    classification: row.classification,
    determination: row.determination,
    entityCount: 0,
    namespaces: row.namespaces,
    shared: [],
    earlier: { tactics: row.categories, lastActivity: row.last_activity.getTime() },
  }))
}

async function countEntities(tx: Tx, candidates: Map<number, Candidate>): Promise<void> {
  const counts = await tx
    .selectFrom('alert_entities')
    .select(['incident_id'])
    .select((eb) => eb.fn.count<number>('entity_key').distinct().as('entities'))
    .where('incident_id', 'in', [...candidates.keys()])
    .groupBy('incident_id')
    .execute()
  for (const { incident_id, entities } of counts) {
    const candidate = candidates.get(incident_id)
    if (candidate) candidate.entityCount = entities
  }
}
