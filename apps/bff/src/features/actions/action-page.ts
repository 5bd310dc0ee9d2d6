import type { ActionQuery } from '@cordon/contract'
import type { Scope } from '@cordon/rbac'
import { type ExpressionBuilder, type Kysely, sql } from 'kysely'
import type { z } from 'zod'
import { withinScope } from '../../adapters/postgres/scope-condition.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import { Refusal } from '../../refusal.ts'

type Query = z.output<typeof ActionQuery>
/** What of the Action center is asked for, and what of it the caller may see. */
export type ActionSelection = Query & { scope: Scope }

const sortColumns = {
  requestedAt: 'requested_at',
  updatedAt: 'updated_at',
  type: 'type',
  state: 'state',
  cluster: 'cluster',
  requestedBy: 'requested_by',
} as const

/**
 * The rows of the Action center that a query asks for, from `cursor` on; one more than `limit` tells of a next page.
 * Rows are chosen by their ids first: whole records are too wide to be sorted.
 */
export function selectActions(db: Kysely<Database>, query: ActionSelection, limit: number) {
  const column = sortColumns[query.sort]
  let ids = filtered(db, query).select('id').orderBy(column, query.dir).orderBy('id', query.dir).limit(limit)
  const after = query.cursor ? decodeCursor(query.cursor) : undefined
  if (after) {
    const value = column.endsWith('_at') ? sql`${after[0]}::timestamptz` : sql`${after[0]}`
    const compare = query.dir === 'desc' ? sql`<` : sql`>`
    ids = ids.where(sql<boolean>`(${sql.ref(column)}, id) ${compare} (${value}, ${after[1]})`)
  }
  return db.selectFrom('actions').selectAll().where('id', 'in', ids).orderBy(column, query.dir).orderBy('id', query.dir)
}

/** More than this many are not counted: nobody reads the difference, and everybody would wait for it. */
export const mostCounted = 10_000

/** How many there are; undefined when there are more than `mostCounted`. */
export async function countActions(db: Kysely<Database>, query: ActionSelection): Promise<number | undefined> {
  const some = filtered(db, query)
    .select(sql<number>`1`.as('one'))
    .limit(mostCounted + 1)
  const { n } = await db
    .selectFrom(some.as('some'))
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  return Number(n) > mostCounted ? undefined : Number(n)
}

/** Cursor of the row after which the next page begins. */
export function cursorAfter(
  query: Query,
  row: {
    id: string
    requested_at: Date
    updated_at: Date
    type: string
    state: string
    cluster: string
    requested_by: string
  },
): string {
  const value = row[sortColumns[query.sort]]
  return Buffer.from(JSON.stringify([value instanceof Date ? value.toISOString() : value, row.id])).toString(
    'base64url',
  )
}

function decodeCursor(cursor: string): [string, string] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const [sorted, id] = Array.isArray(value) ? (value as unknown[]) : []
    if (typeof sorted === 'string' && typeof id === 'string') return [sorted, id]
  } catch {
    // falls through: anything else isn't a cursor of ours
  }
  throw new Refusal('invalid', 'The cursor isn’t one of this list; start again without it.')
}

function filtered(db: Kysely<Database>, q: ActionSelection) {
  const anyOf = [
    ['type', q.type],
    ['state', q.state],
    ['source', q.source],
    ['cluster', q.cluster],
    ['namespace', q.namespace],
    ['requested_by', q.requestedBy],
  ] as const
  let rows = db.selectFrom('actions').where(withinScope(q.scope, 'actions'))
  for (const [column, values] of anyOf)
    if (values && values.length > 0) rows = rows.where(column, 'in', values as string[])
  if (q.review && q.review.length > 0) rows = rows.where(sql<string>`record -> 'review' ->> 'decision'`, 'in', q.review)
  if (q.groupId) rows = rows.where(sql<string>`record ->> 'groupId'`, '=', q.groupId)
  if (q.incidentId?.length) rows = rows.where('incident_id', 'in', q.incidentId)
  if (q.target) rows = rows.where('target_key', '=', q.target)
  if (q.from) rows = rows.where('requested_at', '>=', new Date(q.from))
  if (q.to) rows = rows.where('requested_at', '<', new Date(q.to))
  if (q.search) rows = rows.where((eb) => matchesText(eb, q.search ?? ''))
  return rows
}

/** One or two letters match beginnings only: no index finds them in the middle, and they'd find nearly everything. */
function matchesText(eb: ExpressionBuilder<Database, 'actions'>, text: string) {
  const literal = text.replaceAll(/[\\%_]/g, (c) => `\\${c}`)
  const short = text.length < 3
  const pattern = short ? `${literal}%` : `%${literal}%`
  return eb.or([
    eb('target_name', 'ilike', pattern),
    eb('comment', 'ilike', pattern),
    eb('requested_by', 'ilike', pattern),
    eb('id', '=', text),
  ])
}
