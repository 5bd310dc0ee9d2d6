import type { ChainedEntry, Checkpoint, Head } from '@cordon/ledger'
import type { Kysely, Selectable } from 'kysely'
import type { Database } from './schema.ts'

type LedgerRow = Selectable<Database['ledger']>

/** A row as it was chained. */
export function ledgerEntry(row: LedgerRow): ChainedEntry {
  return {
    seq: row.seq,
    at: row.at.toISOString(),
    actor: row.actor,
    kind: row.kind,
    subject: row.subject,
    details: row.entry,
    previousHash: row.previous_hash,
    hash: row.hash,
  }
}

const rowsAtOnce = 1000

/** Entries behind `after` up to and with `upTo`, in their order, a thousand at a time. */
export async function* readEntries(db: Kysely<Database>, after: number, upTo: number): AsyncGenerator<ChainedEntry> {
  for (let seq = after; seq < upTo;) {
    const rows = await db
      .selectFrom('ledger')
      .selectAll()
      .where('seq', '>', seq)
      .where('seq', '<=', upTo)
      .orderBy('seq')
      .limit(rowsAtOnce)
      .execute()
    for (const row of rows) yield ledgerEntry(row)
    const last = rows.at(-1)
    if (!last) return
    seq = last.seq
  }
}

export async function readHead(db: Kysely<Database>): Promise<Head | undefined> {
  return db.selectFrom('ledger').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1).executeTakeFirst()
}

export async function readHeadAt(db: Kysely<Database>, seq: number): Promise<Head | undefined> {
  return db.selectFrom('ledger').select(['seq', 'hash']).where('seq', '=', seq).executeTakeFirst()
}

export async function readLastCheckpoint(db: Kysely<Database>): Promise<Checkpoint | undefined> {
  const row = await db.selectFrom('ledger_checkpoints').selectAll().orderBy('seq', 'desc').limit(1).executeTakeFirst()
  return row && checkpointOf(row)
}

export function checkpointOf(row: Selectable<Database['ledger_checkpoints']>): Checkpoint {
  return { seq: row.seq, hash: row.hash, at: row.at.toISOString(), keyId: row.key_id, signature: row.signature }
}
