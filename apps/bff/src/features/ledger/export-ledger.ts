import { genesisHash, writeExport } from '@cordon/ledger'
import { checkpointOf, readEntries, readHead, readHeadAt } from '../../adapters/postgres/ledger-record.ts'
import type { Actor, Call, Deps, RawReply } from '../../deps.ts'
import type { Checkpoints } from '../../jobs/checkpoint/checkpoint.ts'
import { Refusal } from '../../refusal.ts'

/** Entries `from` to `to` (both with, by default all) with their checkpoints, signed as a whole. Noted in the ledger. */
export async function exportLedger(
  { db, commit }: Pick<Deps, 'db' | 'commit'>,
  checkpoints: Checkpoints,
  actor: Actor,
  { from = 1, to }: Call<'ledgerExport'>['query'],
): Promise<RawReply> {
  // Read before the head, so that none is newer than it: one of an entry that isn't there then tells of a cut.
  const rows = await db.selectFrom('ledger_checkpoints').selectAll().orderBy('seq').execute()
  const head = await readHead(db)
  const last = Math.min(to ?? Number.MAX_SAFE_INTEGER, head?.seq ?? 0)
  if (from > 1 && from > last) throw new Refusal('invalid', `from: the ledger ends with entry ${head?.seq ?? 0}.`)
  const before = from > 1 ? await readHeadAt(db, from - 1) : { seq: 0, hash: genesisHash }
  if (!before) throw new Refusal('invalid', `from: entry ${from - 1}, on which entry ${from} stands, is not there.`)
  await commit(actor, async () => ({
    result: undefined,
    entries: [{ kind: 'ledger.export', subject: 'ledger', details: { from, to: last } }],
    changed: ['ledger'],
  }))
  const { signer } = checkpoints
  // In a part, later ones have nothing to say.
  const within = rows.filter((row) => row.seq >= before.seq && (to === undefined || row.seq <= last))
  const header = {
    exportedAt: new Date().toISOString(),
    exportedBy: actor.name,
    from: before,
    publicKeys: [...new Set([signer.publicKey, ...within.map((row) => row.public_key)])],
  }
  return {
    contentType: 'application/x-ndjson; charset=utf-8',
    filename: `cordon-ledger-${from}-${last}.ndjson`,
    body: writeExport(
      { header, entries: readEntries(db, before.seq, last), checkpoints: within.map(checkpointOf) },
      signer,
    ),
  }
}
