import type { TrendBucket } from '@cordon/contract'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Call } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'

const widths = { hour: 60 * 60_000, day: 24 * 60 * 60_000 }
const usual = { hour: 48, day: 30 }
const mostBuckets = 1000

/** Actions per hour or day (UTC), buckets without any included, by type and by how they ended. */
export async function countActionsOverTime(
  db: Kysely<Database>,
  query: Call<'actionTrend'>['query'],
): Promise<{ buckets: TrendBucket[] }> {
  const width = widths[query.bucket]
  const to = query.to ? Date.parse(query.to) : Date.now()
  const from = query.from ? Date.parse(query.from) : to - (usual[query.bucket] - 1) * width
  const first = Math.floor(from / width) * width
  const count = Math.ceil((to - first) / width)
  if (count < 1) throw new Refusal('invalid', 'from: must be before `to`.')
  if (count > mostBuckets)
    throw new Refusal('invalid', `from: that would be ${count} buckets; at most ${mostBuckets} are counted at once.`)
  const { rows } = await sql<{ start: Date; type: string; outcome: keyof TrendBucket['outcomes']; n: number }>`
    select date_trunc(${query.bucket}, requested_at, 'UTC') as start, type,
      case when verified_at is not null then 'verified' when state = 'failed' then 'failed'
        when state in ('cancelled', 'rejected') then 'stopped'
        when state in ('pending-approval', 'requested', 'applied') then 'open' else 'unproven' end as outcome,
      count(*)::int as n
    from actions where requested_at >= ${new Date(first)} and requested_at < ${new Date(to)}
    group by 1, 2, 3`.execute(db)
  const buckets = Array.from({ length: count }, (_, i): TrendBucket => {
    const outcomes = { verified: 0, unproven: 0, failed: 0, stopped: 0, open: 0 }
    return { start: new Date(first + i * width).toISOString(), total: 0, types: {}, outcomes }
  })
  for (const { start, type, outcome, n } of rows) {
    const bucket = buckets[Math.round((start.getTime() - first) / width)]
    if (!bucket) continue
    bucket.total += n
    bucket.types[type] = (bucket.types[type] ?? 0) + n
    bucket.outcomes[outcome] += n
  }
  return { buckets }
}
