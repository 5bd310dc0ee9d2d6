import type { ChainedEntry } from '@cordon/ledger'
import type { Kysely } from 'kysely'
import type { Database } from '../src/adapters/postgres/schema.ts'

/** The ledger as the verifier takes it. */
export async function readLedger(db: Kysely<Database>): Promise<ChainedEntry[]> {
  const rows = await db.selectFrom('ledger').selectAll().orderBy('seq').execute()
  return rows.map((row) => ({
    seq: row.seq,
    at: row.at.toISOString(),
    actor: row.actor,
    kind: row.kind,
    subject: row.subject,
    details: row.entry,
    previousHash: row.previous_hash,
    hash: row.hash,
  }))
}
