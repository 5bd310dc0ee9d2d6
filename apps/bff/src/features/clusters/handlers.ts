import { namesCluster } from '@cordon/rbac'
import { incidentWithinScope } from '../../adapters/postgres/scope-condition.ts'
import type { Deps, Handlers } from '../../deps.ts'
import type { Clusters } from '../../jobs/inventory/cluster.ts'
import { describeCluster } from '../../jobs/inventory/describe-cluster.ts'

export function clusterHandlers(deps: Pick<Deps, 'db'>, clusters: Clusters): Pick<Handlers, 'clusterList'> {
  return {
    async clusterList({ actor: { scope } }) {
      const seen = clusters.all().filter(({ name }) => namesCluster(scope, name))
      const open = await deps.db
        .selectFrom('incidents')
        .select((eb) => [eb.fn<string>('unnest', ['clusters']).as('cluster'), eb.fn.countAll<number>().as('n')])
        .where('status', 'in', ['new', 'in-progress'])
        .where(incidentWithinScope(scope))
        .groupBy('cluster')
        .execute()
      const counts = new Map(open.map((r) => [r.cluster, Number(r.n)]))
      return {
        items: seen.map((c) => describeCluster(c, counts.get(c.name) ?? 0)),
        nextCursor: null,
        total: seen.length,
      }
    },
  }
}
