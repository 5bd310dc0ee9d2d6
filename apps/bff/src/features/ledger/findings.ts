import type { AuditJoinState, Finding } from '@cordon/contract'
import { type Kysely, sql } from 'kysely'
import { findingOf } from '../../adapters/postgres/finding-record.ts'
import { keyset, pageOf } from '../../adapters/postgres/keyset.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import { storable } from '../../adapters/postgres/storable.ts'
import type { Actor, Call, Deps } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'

/** Findings, newest first, with how far each cluster was compared: no finding says nothing where nothing was compared. */
export async function listFindings(
  db: Kysely<Database>,
  query: Call<'findingList'>['query'],
): Promise<{ items: Finding[]; nextCursor: string | null; clusters: AuditJoinState[] }> {
  const order = { sort: 'found', dir: 'desc' } as const
  let rows = db.selectFrom('audit_findings').selectAll()
  if (query.state) rows = rows.where('state', 'in', query.state)
  if (query.kind) rows = rows.where('kind', 'in', query.kind)
  if (query.cluster) rows = rows.where('cluster', 'in', query.cluster)
  const [found, joined] = await Promise.all([
    keyset(rows, {
      ...order,
      value: sql.ref('audit_findings.found_at'),
      id: sql.ref('audit_findings.id'),
      cursor: query.cursor,
    })
      .limit(query.limit + 1)
      .execute(),
    db.selectFrom('audit_join').selectAll().orderBy('cluster').execute(),
  ])
  const page = pageOf(found, query.limit, order, (row) => ({ value: row.found_at, id: row.id }))
  return {
    items: page.rows.map(findingOf),
    nextCursor: page.nextCursor,
    clusters: joined.map((row) => ({
      cluster: row.cluster,
      state: row.state as AuditJoinState['state'],
      detail: row.detail,
      comparedTo: row.compared_to?.toISOString() ?? null,
      checkedAt: row.checked_at.toISOString(),
    })),
  }
}

/** A person says what explains it. Closed ones stay as they are. */
export async function closeFinding(
  { commit }: Pick<Deps, 'commit'>,
  actor: Actor,
  id: number,
  comment: string,
): Promise<Finding> {
  return commit(actor, async (tx) => {
    const row = await tx.selectFrom('audit_findings').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
    if (!row) throw new Refusal('not-found', `There is no finding ${id}.`)
    if (row.state !== 'open') throw new Refusal('conflict', `Finding ${id} was closed by ${row.closed_by} already.`)
    const closed = await tx
      .updateTable('audit_findings')
      .set({ state: 'closed', closed_at: new Date(), closed_by: actor.name, comment: storable(comment) })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const details = { from: 'open', to: 'closed', finding: row.text, why: comment }
    return {
      result: findingOf(closed),
      entries: [{ kind: 'finding.close', subject: `finding:${id}`, details }],
      changed: ['ledger'],
    }
  })
}
