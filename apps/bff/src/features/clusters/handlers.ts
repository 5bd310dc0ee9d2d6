import type { Deps, Handlers } from '../../deps.ts'
import type { Clusters } from '../../jobs/inventory/cluster.ts'
import { describeCluster } from '../../jobs/inventory/describe-cluster.ts'

export function clusterHandlers(deps: Pick<Deps, 'db'>, clusters: Clusters): Pick<Handlers, 'clusterList'> {
  return {
    async clusterList() {
      const open = await deps.db
        .selectFrom('incidents')
        .select((eb) => [eb.fn<string>('unnest', ['clusters']).as('cluster'), eb.fn.countAll<number>().as('n')])
        .where('status', 'in', ['new', 'in-progress'])
        .groupBy('cluster')
        .execute()
      const counts = new Map(open.map((r) => [r.cluster, Number(r.n)]))
      return {
        items: clusters.all().map((c) => describeCluster(c, counts.get(c.name) ?? 0)),
        nextCursor: null,
        total: clusters.all().length,
      }
    },
  }
}
