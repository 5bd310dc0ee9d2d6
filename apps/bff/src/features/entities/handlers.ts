import type { Deps, Handlers } from '../../deps.ts'
import type { Clusters } from '../../jobs/inventory/cluster.ts'
import { entityDetails } from './entity-details.ts'

export function entityHandlers(deps: Pick<Deps, 'db'>, clusters: Clusters): Pick<Handlers, 'entityGet'> {
  return {
    entityGet: ({ params, query, actor }) =>
      entityDetails(deps.db, clusters, { ...params, ...query, scope: actor.scope }),
  }
}
