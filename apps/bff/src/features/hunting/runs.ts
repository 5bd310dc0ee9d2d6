import type { Output } from '@cordon/contract'
import type { Actor, Deps } from '../../deps.ts'
import { storable } from '../../adapters/postgres/storable.ts'

const kept = 30

interface Run {
  query: string
  timespan: string | undefined
  state: 'finished' | 'failed' | 'cancelled'
  ms: number
  rows: number | null
}

/** Notes a run in the history of its person, who keeps the last thirty. */
export async function noteRun(
  { commitUnrecorded }: Pick<Deps, 'commitUnrecorded'>,
  actor: Actor,
  run: Run,
): Promise<void> {
  await commitUnrecorded(async (tx) => {
    await tx
      .insertInto('hunting_runs')
      .values({ ...storable(run), timespan: run.timespan ?? null, ms: Math.round(run.ms), owner: actor.name })
      .execute()
    const oldest = tx
      .selectFrom('hunting_runs')
      .select('id')
      .where('owner', '=', actor.name)
      .orderBy('id', 'desc')
      .offset(kept)
      .limit(1)
    await tx.deleteFrom('hunting_runs').where('owner', '=', actor.name).where('id', '<=', oldest).execute()
    return { result: undefined, changed: ['hunt'] }
  })
}

export async function listRuns({ db }: Pick<Deps, 'db'>, actor: Actor): Promise<Output<'huntingHistory'>> {
  const rows = await db
    .selectFrom('hunting_runs')
    .selectAll()
    .where('owner', '=', actor.name)
    .orderBy('id', 'desc')
    .limit(kept)
    .execute()
  return {
    items: rows.map((row) => ({
      id: String(row.id),
      at: row.at.toISOString(),
      query: row.query,
      timespan: row.timespan,
      state: row.state as Run['state'], // written above only
      ms: row.ms,
      rows: row.rows,
    })),
  }
}
