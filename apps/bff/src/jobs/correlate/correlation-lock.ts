import { sql } from 'kysely'
import type { Tx } from '../../adapters/postgres/commit.ts'

const correlationLock = 7_203_002 // any number, the same in every process of an installation

/** From here to the end of the transaction nobody else adds alerts to incidents. */
export async function lockCorrelation(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${correlationLock})`.execute(tx)
}
