import type { Coverage } from '@cordon/contract'
import { namesCluster, type Scope } from '@cordon/rbac'
import { sql } from 'kysely'
import { keyset, pageOf } from '../../adapters/postgres/keyset.ts'
import type { Deps, Handlers } from '../../deps.ts'
import type { RuleEngine } from '../../jobs/detect/rule-engine.ts'
import { readAttackMatrix } from './attack-matrix.ts'
import { readCoverage } from './read-coverage.ts'

type CoverageHandlers = Pick<Handlers, 'coverageGet' | 'coverageAttack' | 'setAsideList'>

export function coverageHandlers({ db }: Pick<Deps, 'db'>, engine: RuleEngine): CoverageHandlers {
  return {
    coverageGet: async ({ actor: { scope } }) => within(await readCoverage(db, engine), scope),
    coverageAttack: ({ query }) => readAttackMatrix(db, engine, query),

    async setAsideList({ query }) {
      const order = { sort: 'at', dir: 'desc' } as const
      let list = db.selectFrom('set_aside').selectAll()
      if (query.cluster) list = list.where('cluster', 'in', query.cluster)
      if (query.source) list = list.where('source', 'in', query.source)
      const rows = await keyset(list, {
        ...order,
        value: sql.ref('set_aside.at'),
        id: sql.ref('set_aside.id'),
        cursor: query.cursor,
      })
        .limit(query.limit + 1)
        .execute()
      const page = pageOf(rows, query.limit, order, (row) => ({ value: row.at, id: row.id }))
      const items = page.rows.map(({ id, at, cluster, source, reason, excerpt }) => ({
        id: String(id),
        at: at.toISOString(),
        cluster,
        source,
        reason,
        excerpt,
      }))
      return { items, nextCursor: page.nextCursor }
    },
  }
}

/** What the clusters of a scope send; nodes belong to no namespace. */
function within({ sources, clusters }: Coverage, scope: Scope): Coverage {
  return {
    sources: sources.filter(({ cluster }) => namesCluster(scope, cluster)),
    clusters: clusters
      ?.filter(({ name }) => namesCluster(scope, name))
      .map((cluster) => (scope.namespaces ? { ...cluster, nodes: [] } : cluster)),
  }
}
