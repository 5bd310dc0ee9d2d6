import { parseEntityKey } from '@cordon/entities'
import type { ActionTarget } from '@cordon/response'
import type { Kysely } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Cluster, Clusters } from '../../jobs/inventory/cluster.ts'
import { Refusal } from '../../refusal.ts'

/**
 * The object an action would be bound to. Without a uid the one that exists now is meant, or the last one that did; the
 * uid goes back to the caller in the preflight. Throws `Refusal` for anything that isn't a pod of a connected cluster.
 */
export async function resolveTarget(
  db: Kysely<Database>,
  clusters: Clusters,
  ref: { key: string; uid?: string },
): Promise<{ target: ActionTarget; cluster: Cluster }> {
  const parsed = parseEntityKey(ref.key)
  if (!parsed || parsed.kind !== 'pod' || parsed.parts.length !== 3)
    throw new Refusal('invalid', `“${ref.key.slice(0, 200)}” isn't the key of a pod.`)
  const [clusterName = '', namespace = '', name = ''] = parsed.parts
  const cluster = clusters.get(clusterName)
  if (!cluster) throw new Refusal('not-found', `There is no connected cluster named ${clusterName}.`)
  const uid = ref.uid ?? cluster.cache.get('pods', namespace, name)?.metadata.uid ?? (await lastKnownUid(db, ref.key))
  if (!uid) throw new Refusal('not-found', `No pod ${namespace}/${name} is known in ${clusterName}.`)
  return { cluster, target: { key: ref.key, kind: 'pod', cluster: clusterName, namespace, name, uid } }
}

async function lastKnownUid(db: Kysely<Database>, key: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('entities')
    .select('uid')
    .where('key', '=', key)
    .orderBy('last_seen', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.uid
}
