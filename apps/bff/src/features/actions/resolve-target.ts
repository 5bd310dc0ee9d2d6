import { parseEntityKey } from '@cordon/entities'
import { actionTargets, type ActionTarget, type ActionType, workloadResource } from '@cordon/response'
import type { Kysely } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Cluster, Clusters } from '../../jobs/inventory/cluster.ts'
import type { WatchedId } from '../../jobs/inventory/kinds.ts'
import { Refusal } from '../../refusal.ts'

/**
 * The object an action would be bound to. Without a uid the one that exists now is meant, or the last one that did; the
 * uid goes back to the caller in the preflight. Throws `Refusal` for anything that isn't a pod, or a workload where the
 * action is one for workloads, of a connected cluster.
 */
export async function resolveTarget(
  db: Kysely<Database>,
  clusters: Clusters,
  ref: { key: string; uid?: string },
  type: ActionType,
): Promise<{ target: ActionTarget; cluster: Cluster }> {
  const wanted = actionTargets[type]
  const parsed = parseEntityKey(ref.key)
  if (!parsed || parsed.kind !== wanted || parsed.parts.length !== (wanted === 'pod' ? 3 : 4))
    throw new Refusal('invalid', `“${ref.key.slice(0, 200)}” isn't the key of a ${wanted}.`)
  const [clusterName = '', namespace = '', third = '', fourth = ''] = parsed.parts
  const [name, workloadKind] = wanted === 'pod' ? [third, undefined] : [fourth, third]
  const cluster = clusters.get(clusterName)
  if (!cluster) throw new Refusal('not-found', `There is no connected cluster named ${clusterName}.`)
  const collection = workloadKind === undefined ? 'pods' : workloadResource(workloadKind)?.plural
  if (!collection) throw new Refusal('invalid', `Workloads of kind ${workloadKind} can't be acted on.`)
  // Plurals of workloads are the names of their watches.
  const known = cluster.cache.get(collection as WatchedId, namespace, name)?.metadata.uid
  const uid = ref.uid ?? known ?? (await lastKnownUid(db, ref.key))
  if (!uid) throw new Refusal('not-found', `No ${wanted} ${namespace}/${name} is known in ${clusterName}.`)
  return { cluster, target: { key: ref.key, kind: wanted, cluster: clusterName, namespace, name, uid } }
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
