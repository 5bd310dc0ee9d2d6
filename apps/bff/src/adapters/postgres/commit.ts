import type { Noun } from '@cordon/contract'
import { appendHash } from '@cordon/ledger'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Bus } from '../../bus.ts'
import type { Actor } from '../../deps.ts'
import type { Database } from './schema.ts'
import { toJsonb } from './storable.ts'

export type Tx = Transaction<Database>

/** What a change says of itself. `details` holds JSON values only; from, to and why where they exist. */
export interface LedgerEntry {
  /** `noun.verb`, e.g. `incident.update`. */
  kind: string
  /** What was changed, e.g. `incident:12`. */
  subject: string
  details: Record<string, unknown>
  /** When someone else than the actor of the transaction is to be named. */
  actor?: string
}

export interface Change<T> {
  result: T
  /** At least one: a change without a record does not compile. */
  entries: readonly [LedgerEntry, ...LedgerEntry[]]
  changed: readonly Noun[]
}

/** Returned instead of a `Change` when it turned out that nothing is to be changed; the transaction is rolled back. */
export class Unchanged<T> {
  readonly result: T
  constructor(result: T) {
    this.result = result
  }
}

/**
 * The only way to a write transaction for what people must be able to reconstruct: the callback's writes, its ledger
 * entries and nothing else become durable together; then the changed nouns are announced. Rejections roll back.
 */
export type Commit = <T>(actor: Actor, change: (tx: Tx) => Promise<Change<T> | Unchanged<T>>) => Promise<T>

/** A write transaction for high-volume observations that nobody decided: coverage counters, inventory, checkpoints. */
export type CommitUnrecorded = <T>(change: (tx: Tx) => Promise<{ result: T; changed: readonly Noun[] }>) => Promise<T>

const ledgerLock = 7_203_001 // any number, the same in every process of an installation

export function createCommit(db: Kysely<Database>, bus: Bus): { commit: Commit; commitUnrecorded: CommitUnrecorded } {
  return {
    async commit(actor, change) {
      const outcome = await db
        .transaction()
        .execute(async (tx) => {
          const made = await change(tx)
          if (made instanceof Unchanged) throw new RollBack(made)
          await append(tx, actor, made.entries)
          return made
        })
        .catch((error: unknown) => {
          if (error instanceof RollBack) return error.unchanged
          throw error
        })
      if (outcome instanceof Unchanged) return outcome.result as never // typed by the callback; `RollBack` cannot carry T
      bus.announce(outcome.changed)
      return outcome.result
    },
    async commitUnrecorded(change) {
      const outcome = await db.transaction().execute(change)
      bus.announce(outcome.changed)
      return outcome.result
    },
  }
}

class RollBack extends Error {
  readonly unchanged: Unchanged<unknown>
  constructor(unchanged: Unchanged<unknown>) {
    super('nothing to change')
    this.unchanged = unchanged
  }
}

/** One writer at a time from here to the commit: each entry must see the hash of the one before it. */
async function append(tx: Tx, actor: Actor, entries: readonly LedgerEntry[]): Promise<void> {
  await sql`select pg_advisory_xact_lock(${ledgerLock})`.execute(tx)
  let head = await tx.selectFrom('ledger').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1).executeTakeFirst()
  const at = new Date()
  const rows = entries.map((entry) => {
    const details = JSON.parse(toJsonb(entry.details)) as Record<string, unknown> // as jsonb will give it back
    const { seq, hash, previousHash } = (head = appendHash(head, {
      at: at.toISOString(),
      actor: entry.actor ?? actor.name,
      kind: entry.kind,
      subject: entry.subject,
      details,
    }))
    return {
      seq,
      hash,
      at,
      actor: entry.actor ?? actor.name,
      kind: entry.kind,
      subject: entry.subject,
      entry: JSON.stringify(details),
      previous_hash: previousHash,
    }
  })
  await tx.insertInto('ledger').values(rows).execute()
}
