import { approvalReason, defaultResponsePolicy, ResponsePolicy } from '@cordon/response'
import type { ActionType } from '@cordon/response'
import type { Kysely } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import { storable, toJsonb } from '../../adapters/postgres/storable.ts'
import type { Actor, Deps } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'

const settingName = 'response'

export interface StoredPolicy {
  policy: ResponsePolicy
  version: number
  updatedBy: string | null
  updatedAt: string | null
}

export async function readPolicy(db: Kysely<Database>): Promise<StoredPolicy> {
  const row = await db.selectFrom('settings').selectAll().where('name', '=', settingName).executeTakeFirst()
  if (!row) return { policy: defaultResponsePolicy, version: 0, updatedBy: null, updatedAt: null }
  return {
    policy: ResponsePolicy.parse(row.value),
    version: row.version,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at.toISOString(),
  }
}

/** Replaces the policy. Throws `Refusal` conflict when `version` isn't the one in force: someone else was faster. */
export async function updatePolicy(
  deps: Pick<Deps, 'commit'>,
  actor: Actor,
  change: { policy: ResponsePolicy; version: number },
): Promise<StoredPolicy> {
  return deps.commit(actor, async (tx) => {
    const before = await readPolicy(tx)
    if (before.version !== change.version)
      throw new Refusal(
        'conflict',
        `The policy was changed by ${before.updatedBy ?? 'someone'} meanwhile; look at it again.`,
      )
    const policy = storable(change.policy)
    const row = { value: toJsonb(policy), version: before.version + 1, updated_by: actor.name, updated_at: new Date() }
    await tx
      .insertInto('settings')
      .values({ name: settingName, ...row })
      .onConflict((c) => c.column('name').doUpdateSet(row))
      .execute()
    const details = { from: before.policy, to: policy }
    return {
      result: { policy, version: row.version, updatedBy: actor.name, updatedAt: row.updated_at.toISOString() },
      entries: [{ kind: 'settings.update', subject: `settings:${settingName}`, details }],
      changed: ['action', 'settings'],
    }
  })
}

/** Why the policy asks for a second person; null = it doesn't. */
export async function approvalFor(
  db: Kysely<Database>,
  policy: ResponsePolicy,
  ask: { type: ActionType; cluster: string; namespace: string; targets: number; incidentId: number | null },
): Promise<string | null> {
  const incident =
    ask.incidentId === null
      ? undefined
      : await db.selectFrom('incidents').select('severity').where('id', '=', ask.incidentId).executeTakeFirst()
  const severity = (incident?.severity ?? null) as Parameters<typeof approvalReason>[1]['severity'] // the column holds severities only
  return approvalReason(policy, { ...ask, severity })
}
