import { sql } from 'kysely'
import { keyset, pageOf } from '../../adapters/postgres/keyset.ts'
import type { Deps, Handlers } from '../../deps.ts'

type CoverageHandlers = Pick<Handlers, 'coverageGet' | 'setAsideList'>

export function coverageHandlers({ db }: Deps): CoverageHandlers {
  return {
    async coverageGet() {
      const rows = await db.selectFrom('coverage').selectAll().orderBy('cluster').orderBy('source').execute()
      return {
        sources: rows.map((row) => ({
          cluster: row.cluster,
          source: row.source,
          firstReceivedAt: row.first_received_at?.toISOString() ?? null,
          lastReceivedAt: row.last_received_at?.toISOString() ?? null,
          lastEventAt: row.last_event_at?.toISOString() ?? null,
          events: row.events,
          rejected: row.rejected,
          duplicates: row.duplicates,
          levels: row.levels,
        })),
      }
    },

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
