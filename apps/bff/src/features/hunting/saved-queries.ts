import { randomUUID } from 'node:crypto'
import type { SavedQuery } from '@cordon/contract'
import type { Selectable } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Actor, Call, Deps } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { builtInQueries } from './built-in-queries.ts'

export async function listQueries({ db }: Pick<Deps, 'db'>, actor: Actor): Promise<{ items: SavedQuery[] }> {
  const rows = await db
    .selectFrom('hunting_queries')
    .selectAll()
    .where((is) => is.or([is('owner', '=', actor.name), is('shared', '=', true)]))
    .orderBy('name')
    .execute()
  return { items: [...rows.map((row) => record(row, actor)), ...builtInQueries] }
}

export async function createQuery(
  { commit }: Pick<Deps, 'commit'>,
  actor: Actor,
  input: Call<'huntingQueryCreate'>['body'],
): Promise<SavedQuery> {
  return commit(actor, async (tx) => {
    const row = await tx
      .insertInto('hunting_queries')
      .values({ id: randomUUID(), owner: actor.name, ...input })
      .returningAll()
      .executeTakeFirstOrThrow()
    return { result: record(row, actor), entries: [entry('create', row)], changed: ['hunt'] }
  })
}

export async function updateQuery(
  { commit }: Pick<Deps, 'commit'>,
  actor: Actor,
  id: string,
  input: Call<'huntingQueryUpdate'>['body'],
): Promise<SavedQuery> {
  return commit(actor, async (tx) => {
    const row = await tx
      .updateTable('hunting_queries')
      .set({ ...input, updated_at: new Date() })
      .where('id', '=', id)
      .where('owner', '=', actor.name)
      .returningAll()
      .executeTakeFirst()
    if (!row) throw new Refusal('not-found', 'There is no such query of yours.')
    return { result: record(row, actor), entries: [entry('update', row)], changed: ['hunt'] }
  })
}

export async function deleteQuery({ commit }: Pick<Deps, 'commit'>, actor: Actor, id: string): Promise<void> {
  await commit(actor, async (tx) => {
    const row = await tx
      .deleteFrom('hunting_queries')
      .where('id', '=', id)
      .where('owner', '=', actor.name)
      .returningAll()
      .executeTakeFirst()
    if (!row) throw new Refusal('not-found', 'There is no such query of yours.')
    return { result: undefined, entries: [entry('delete', row)], changed: ['hunt'] }
  })
}

type Row = Selectable<Database['hunting_queries']>

function entry(verb: string, { id, name, query, shared }: Row) {
  return { kind: `hunting-query.${verb}`, subject: `hunting-query:${id}`, details: { name, query, shared } }
}

function record(row: Row, actor: Actor): SavedQuery {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    query: row.query,
    folder: row.owner === actor.name ? 'mine' : 'shared',
    shared: row.shared,
    tactic: row.tactic,
    owner: row.owner,
    updatedAt: row.updated_at.toISOString(),
  }
}
