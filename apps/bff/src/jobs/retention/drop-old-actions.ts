import { finalStates } from '@cordon/response'
import { sql } from 'kysely'
import { Unchanged } from '../../adapters/postgres/commit.ts'
import { type Deps, system } from '../../deps.ts'

const day = 24 * 60 * 60_000
const mostAtOnce = 500
/** Done once, for good: such an action is over when it is proven, whatever its state is called. */
const endsAtOnce = ['terminate-pod', 'contain-pod']

/**
 * Drops actions that have been over for longer than `days`, with their evidence. What is in force, waits or is due for
 * review stays, however old. The ledger keeps every entry of them, and one that says what was dropped. Returns how many.
 */
export async function dropOldActions({ commit }: Pick<Deps, 'commit'>, days: number): Promise<number> {
  const before = new Date(Date.now() - days * day)
  let total = 0
  for (let dropped = mostAtOnce; dropped === mostAtOnce; total += dropped)
    dropped = await commit(system, async (tx) => {
      const rows = await tx
        .selectFrom('actions')
        .select(['id', 'type', 'state', 'cluster', 'namespace', 'target_name'])
        .where('updated_at', '<', before)
        .where((eb) =>
          eb.or([
            eb('state', 'in', [...finalStates]),
            eb.and([eb('type', 'in', endsAtOnce), eb('state', '=', 'verified')]),
            eb('undoes', 'is not', null).and('state', '=', 'verified'),
          ]),
        )
        .where(sql<boolean>`coalesce(record -> 'review' ->> 'decision', '') != 'due'`)
        .orderBy('updated_at')
        .limit(mostAtOnce)
        .forUpdate()
        .skipLocked()
        .execute()
      if (rows.length === 0) return new Unchanged(0)
      const ids = rows.map((row) => row.id)
      await tx.deleteFrom('evidence_bundles').where('action_id', 'in', ids).execute()
      await tx.deleteFrom('actions').where('id', 'in', ids).execute()
      return {
        result: rows.length,
        entries: [{ kind: 'action.drop', subject: 'actions', details: { keptDays: days, dropped: rows } }],
        changed: ['action'],
      }
    })
  return total
}
