import { buildGraph, type ContainmentState, type EntityGraph, type Relation } from '@cordon/entities'
import type { Kysely } from 'kysely'
import { alertRecord } from '../../adapters/postgres/incident-record.ts'
import type { Database } from '../../adapters/postgres/schema.ts'

/** What the graph needs of the inventory and the action records; handed in, because other features own them. */
export interface Surroundings {
  relatedEntities(keys: string[]): Relation[] | Promise<Relation[]>
  containmentOf(
    keys: string[],
    uids: ReadonlyMap<string, string>,
  ): Promise<ReadonlyMap<string, { state: ContainmentState }>>
}

const mostAlerts = 500

/** The entity graph of an incident from stored facts; undefined when there is no such incident. */
export async function readIncidentGraph(
  db: Kysely<Database>,
  id: number,
  { relatedEntities, containmentOf }: Surroundings,
): Promise<EntityGraph | undefined> {
  const incident = await db.selectFrom('incidents').select('id').where('id', '=', id).executeTakeFirst()
  if (!incident) return undefined
  const rows = await db
    .selectFrom('alerts')
    .selectAll()
    .where('incident_id', '=', id)
    .orderBy('last_activity', 'desc')
    .limit(mostAlerts)
    .execute()
  const alerts = rows.map(alertRecord)
  const evidence = alerts.flatMap((alert) => alert.evidence)
  const keys = [...new Set(evidence.map((item) => item.key))]
  const inventory = await relatedEntities(keys)
  const all = [...new Set([...keys, ...inventory.flatMap(({ from, to }) => [from, to])])]
  const uids = new Map(evidence.flatMap((item) => (item.uid ? [[item.key, item.uid] as const] : [])))
  const [contained, existence] = await Promise.all([
    containmentOf(
      all.filter((key) => /^(pod|workload):/.test(key)),
      uids,
    ),
    existenceOf(db, all, uids),
  ])
  const containment = new Map([...contained].map(([key, { state }]) => [key, state]))
  return buildGraph({ alerts, inventory, containment, existence })
}

/** Whether the inventory holds each entity now: by uid where an alert told it, since names are reused. */
async function existenceOf(
  db: Kysely<Database>,
  keys: string[],
  uids: ReadonlyMap<string, string>,
): Promise<Map<string, boolean>> {
  const existence = new Map<string, boolean>()
  if (keys.length === 0) return existence
  const rows = await db.selectFrom('entities').select(['key', 'uid', 'gone_at']).where('key', 'in', keys).execute()
  for (const { key, uid, gone_at } of rows) {
    const meant = uids.get(key)
    const alive = gone_at === null && (meant === undefined || meant === uid)
    existence.set(key, (existence.get(key) ?? false) || alive)
  }
  return existence
}
