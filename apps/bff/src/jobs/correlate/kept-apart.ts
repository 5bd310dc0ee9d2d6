import type { Tx } from '../../adapters/postgres/commit.ts'

/** Incidents that people split from this one: a shared entity alone doesn't join them again. */
export async function keptApartFrom(tx: Tx, incident: number): Promise<Set<number>> {
  const rows = await tx
    .selectFrom('kept_apart')
    .selectAll()
    .where((eb) => eb.or([eb('a', '=', incident), eb('b', '=', incident)]))
    .execute()
  return new Set(rows.map(({ a, b }) => (a === incident ? b : a)))
}
