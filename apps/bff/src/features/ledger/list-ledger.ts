import type { LedgerItem } from '@cordon/contract'
import { type Kysely, sql } from 'kysely'
import { ledgerEntry } from '../../adapters/postgres/ledger-record.ts'
import { containing, keyset, pageOf } from '../../adapters/postgres/keyset.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Call } from '../../deps.ts'

type Query = Call<'ledgerList'>['query']

/** A page of the ledger, newest first unless asked otherwise. */
export async function listLedger(
  db: Kysely<Database>,
  query: Query,
): Promise<{ items: LedgerItem[]; nextCursor: string | null }> {
  const order = { sort: 'seq', dir: query.dir }
  let rows = db.selectFrom('ledger').selectAll()
  if (query.actor) rows = rows.where('actor', 'in', query.actor)
  if (query.kind) rows = rows.where((eb) => eb.or((query.kind ?? []).map((kind) => kindIs(kind))))
  if (query.subject) rows = rows.where('subject', 'in', query.subject)
  if (query.from) rows = rows.where('at', '>=', new Date(query.from))
  if (query.to) rows = rows.where('at', '<', new Date(query.to))
  if (query.search) rows = rows.where(sql<boolean>`entry::text ilike ${containing(query.search)}`)
  // The second sort value is only needed where the first isn't unique; seq is.
  const ordered = keyset(rows, {
    ...order,
    value: sql.ref('ledger.seq'),
    id: sql.ref('ledger.seq'),
    cursor: query.cursor,
  })
  const found = await ordered.limit(query.limit + 1).execute()
  const page = pageOf(found, query.limit, order, (row) => ({ value: row.seq, id: row.seq }))
  return { items: page.rows.map(ledgerEntry), nextCursor: page.nextCursor }
}

/** `incident.update` exactly, or every verb of a noun: `incident`. */
function kindIs(kind: string) {
  return kind.includes('.')
    ? sql<boolean>`kind = ${kind}`
    : sql<boolean>`kind like ${`${kind.replaceAll(/[\\%_]/g, (c) => `\\${c}`)}.%`}`
}
