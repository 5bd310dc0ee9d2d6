import { type Expression, type SelectQueryBuilder, sql, type SqlBool } from 'kysely'
import { Refusal } from '../../refusal.ts'
import type { Database } from './schema.ts'

/** The place after which the next page begins: sort value and id of the last row, and the order they belong to. */
interface Place {
  sort: string
  dir: 'asc' | 'desc'
  value: string | number
  id: string | number
}

export function encodeCursor(place: Place): string {
  return Buffer.from(JSON.stringify([place.sort, place.dir, place.value, place.id])).toString('base64url')
}

function decodeCursor(cursor: string): Place {
  try {
    const [sort, dir, value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    const plain = (part: unknown) => typeof part === 'string' || typeof part === 'number'
    if (typeof sort === 'string' && (dir === 'asc' || dir === 'desc') && plain(value) && plain(id))
      return { sort, dir, value: value as string | number, id: id as string | number }
  } catch {
    // not ours: refused below
  }
  throw new Refusal('invalid', 'cursor: this is not a cursor of this list. Begin again without one.')
}

export interface Order {
  /** Name of the order, as the caller asked for it. */
  sort: string
  dir: 'asc' | 'desc'
  /** What is compared; never null. */
  value: Expression<unknown>
  /** Unique, so that rows with the same value have an order. */
  id: Expression<unknown>
  cursor: string | undefined
}

/**
 * Orders by value and id and begins behind the cursor. Rows that don't change are never skipped or repeated, whatever
 * is added or changed between two pages. Throws a refusal for a cursor of another order.
 */
export function keyset<TB extends keyof Database, O>(
  query: SelectQueryBuilder<Database, TB, O>,
  order: Order,
): SelectQueryBuilder<Database, TB, O> {
  const direction = order.dir === 'asc' ? sql`asc` : sql`desc`
  const ordered = query.orderBy(sql`${order.value} ${direction}, ${order.id} ${direction}`)
  if (!order.cursor) return ordered
  const place = decodeCursor(order.cursor)
  if (place.sort !== order.sort || place.dir !== order.dir)
    throw new Refusal('invalid', 'cursor: it belongs to another order of this list. Begin again without one.')
  const than = order.dir === 'asc' ? sql`>` : sql`<`
  return ordered.where(sql<SqlBool>`(${order.value}, ${order.id}) ${than} (${place.value}, ${place.id})`)
}

/** Cuts the one row too many that was read to see whether there is more, and makes the cursor behind the last one kept. */
export function pageOf<R>(
  rows: readonly R[],
  limit: number,
  { sort, dir }: Pick<Order, 'sort' | 'dir'>,
  place: (row: R) => { value: string | number | Date; id: string | number },
): { rows: R[]; nextCursor: string | null } {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  let nextCursor: string | null = null
  if (rows.length > limit && last !== undefined) {
    const { value, id } = place(last)
    nextCursor = encodeCursor({ sort, dir, value: value instanceof Date ? value.toISOString() : value, id })
  }
  return { rows: kept, nextCursor }
}

/** `%text%` for ilike, with the text's own wildcards taken literally. */
export function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, (c) => `\\${c}`)}%`
}

/** 1 for informational, 4 for high. */
export function severityRank(column: string): Expression<number> {
  return sql<number>`array_position(array['informational', 'low', 'medium', 'high'], ${sql.ref(column)})`
}
