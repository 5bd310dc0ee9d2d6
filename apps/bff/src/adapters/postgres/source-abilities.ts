import type { Kysely } from 'kysely'
import type { Database } from './schema.ts'

const countsForMs = 7 * 24 * 60 * 60_000

/** What each cluster's sources have shown they can do in the last week; clusters that send nothing have an empty set. */
export async function readAbilities(db: Kysely<Database>): Promise<Map<string, Set<string>>> {
  const [rows, clusters] = await Promise.all([
    db
      .selectFrom('coverage_abilities')
      .select(['cluster', 'ability'])
      .where('last_seen', '>=', new Date(Date.now() - countsForMs))
      .execute(),
    db
      .selectFrom('entities')
      .select('cluster')
      .distinct()
      .where('kind', '=', 'node')
      .where('gone_at', 'is', null)
      .execute(),
  ])
  const found = new Map<string, Set<string>>(clusters.map(({ cluster }) => [cluster, new Set()]))
  for (const { cluster, ability } of rows) found.set(cluster, (found.get(cluster) ?? new Set()).add(ability))
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
