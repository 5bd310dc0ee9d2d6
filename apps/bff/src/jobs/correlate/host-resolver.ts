import { entityKey } from '@cordon/entities'
import { type Kysely, sql } from 'kysely'
import { isIP } from 'node:net'
import type { Database } from '../../adapters/postgres/schema.ts'

const rememberMs = 60_000
const mostRemembered = 10_000
// A Service with more pods than this says nothing about any one of them.
const mostPods = 10

/** Answers which pods a host name or address inside a cluster stands for, as the inventory knows it. Keys of pods. */
export function createHostResolver(db: Kysely<Database>) {
  const remembered = new Map<string, { at: number; pods: Promise<string[]> }>()
  return (cluster: string, namespace: string, host: string): Promise<string[]> => {
    const id = JSON.stringify([cluster, isIP(host) ? '' : namespace, host])
    const known = remembered.get(id)
    if (known && Date.now() - known.at < rememberMs) return known.pods
    const pods = isIP(host) ? byAddress(db, cluster, host) : byName(db, cluster, namespace, host)
    remembered.delete(id)
    remembered.set(id, { at: Date.now(), pods })
    pods.catch(() => remembered.delete(id))
    if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value as string) // never empty here
    return pods
  }
}

async function byAddress(db: Kysely<Database>, cluster: string, ip: string): Promise<string[]> {
  const pods = await db
    .selectFrom('entities')
    .select('key')
    .where('cluster', '=', cluster)
    .where('kind', '=', 'pod')
    .where(sql<string>`manifest -> 'status' ->> 'podIP'`, '=', ip)
    // Addresses are reused: the pod that has it now, else the one that had it last.
    .orderBy(sql`gone_at desc nulls first`)
    .limit(1)
    .execute()
  if (pods.length > 0) return pods.map((row) => row.key)
  const service = await db
    .selectFrom('entities')
    .select(['namespace', 'manifest'])
    .where('cluster', '=', cluster)
    .where('kind', '=', 'service')
    .where(sql<string>`manifest -> 'spec' ->> 'clusterIP'`, '=', ip)
    .where('gone_at', 'is', null)
    .executeTakeFirst()
  return service ? selectedPods(db, cluster, service.namespace ?? '', service.manifest) : []
}

async function byName(db: Kysely<Database>, cluster: string, from: string, host: string): Promise<string[]> {
  const [name = '', namespace = from] = host.split('.')
  const rows = await db
    .selectFrom('entities')
    .select(['key', 'kind', 'namespace', 'manifest'])
    .where('key', 'in', [entityKey('service', cluster, namespace, name), entityKey('pod', cluster, namespace, name)])
    .orderBy(sql`gone_at desc nulls first`)
    .execute()
  const service = rows.find((row) => row.kind === 'service')
  const pods = service ? await selectedPods(db, cluster, namespace, service.manifest) : []
  if (pods.length > 0) return pods
  const pod = rows.find((row) => row.kind === 'pod')
  return pod ? [pod.key] : []
}

async function selectedPods(
  db: Kysely<Database>,
  cluster: string,
  namespace: string,
  manifest: Record<string, unknown>,
): Promise<string[]> {
  const selector = (manifest.spec as { selector?: Record<string, string> } | undefined)?.selector
  if (!selector || Object.keys(selector).length === 0) return []
  const rows = await db
    .selectFrom('entities')
    .select('key')
    .where('cluster', '=', cluster)
    .where('kind', '=', 'pod')
    .where('namespace', '=', namespace)
    .where('gone_at', 'is', null)
    .where(sql<boolean>`labels @> ${JSON.stringify(selector)}::jsonb`)
    .limit(mostPods + 1)
    .execute()
  return rows.length > mostPods ? [] : rows.map((row) => row.key)
}
