import type { ContainmentState } from '@cordon/entities'
import { type ActionState, type ActionType, containmentStateOf } from '@cordon/response'
import type { Kysely } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'

export interface Containment {
  state: ContainmentState
  actionId: string
}

/**
 * What the actions on each pod or workload say of its containment now; objects under none are absent. Names are reused,
 * so only actions on the object that is meant count: the one of that uid in `uids`, else the one that lives now, else the
 * one that was acted on last.
 */
export async function containmentOf(
  db: Kysely<Database>,
  keys: readonly string[],
  uids: ReadonlyMap<string, string> = new Map(),
): Promise<Map<string, Containment>> {
  const found = new Map<string, Containment>()
  if (keys.length === 0) return found
  const rows = await db
    .selectFrom('actions')
    .select(['id', 'type', 'state', 'target_key', 'target_uid'])
    .where('target_key', 'in', [...keys])
    .where('state', 'not in', ['pending-approval', 'rejected', 'cancelled', 'failed'])
    .orderBy('requested_at')
    .orderBy('id')
    .execute()
  const acted = Map.groupBy(rows, (row) => row.target_key)
  const living = await livingUids(db, [...acted.keys()])
  for (const [key, all] of acted) {
    const meant = uids.get(key) ?? living.get(key) ?? all.at(-1)?.target_uid
    const actions = all
      .filter((row) => row.target_uid === meant)
      .map((row) => ({ id: row.id, type: row.type as ActionType, state: row.state as ActionState })) // written by the action store only
    const said = containmentStateOf(actions)
    if (said) found.set(key, { state: said.state, actionId: said.by.id })
  }
  return found
}

async function livingUids(db: Kysely<Database>, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map()
  const rows = await db
    .selectFrom('entities')
    .select(['key', 'uid'])
    .where('key', 'in', [...keys])
    .where('gone_at', 'is', null)
    .execute()
  return new Map(rows.map((row) => [row.key, row.uid]))
}
