import type { Account } from '@cordon/contract'
import type { Role } from '@cordon/rbac'
import { type Kysely, type Selectable, sql } from 'kysely'
import { hashPassword } from '../../adapters/identity/password.ts'
import { type Tx, Unchanged } from '../../adapters/postgres/commit.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import { toJsonb } from '../../adapters/postgres/storable.ts'
import type { Actor, Call, Deps } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { scopeRecord } from '../../within-scope.ts'
import { checkedScope } from './access-scope.ts'

export async function listAccounts(db: Kysely<Database>): Promise<Account[]> {
  return (await db.selectFrom('accounts').selectAll().orderBy('name').execute()).map(record)
}

export async function createAccount(
  { commit }: Deps,
  actor: Actor,
  input: Call<'accountCreate'>['body'],
): Promise<Account> {
  const scope = checkedScope(input.scope, input.role)
  const hash = await hashPassword(input.password)
  return commit(actor, async (tx) => {
    const row = await tx
      .insertInto('accounts')
      .values({
        name: input.name,
        display_name: input.displayName,
        role: input.role,
        scope: scope && toJsonb(scope),
        password_hash: hash,
        last_sign_in_at: null,
      })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returningAll()
      .executeTakeFirst()
    if (!row) throw new Refusal('conflict', `There is already an account ${input.name}.`)
    const details = { role: input.role, scope, displayName: input.displayName }
    return {
      result: record(row),
      entries: [{ kind: 'account.create', subject: `account:${input.name}`, details }],
      changed: ['account'],
    }
  })
}

/** Changes role, scope, lock, display name or password. The last administrator who can sign in can't be lost. */
export async function updateAccount(
  { commit }: Deps,
  actor: Actor,
  name: string,
  changes: Call<'accountUpdate'>['body'],
): Promise<Account> {
  const hash = changes.password === undefined ? undefined : await hashPassword(changes.password)
  return commit(actor, async (tx) => {
    // All administrators are locked, so that two of them can't demote each other at the same moment.
    await sql`select name from accounts where role = 'administrator' order by name for update`.execute(tx)
    const row = await tx.selectFrom('accounts').selectAll().where('name', '=', name).forUpdate().executeTakeFirst()
    if (!row) throw new Refusal('not-found', `There is no account ${name}.`)
    const role = (changes.role ?? row.role) as Role
    const scope = checkedScope(changes.scope === undefined ? row.scope : changes.scope, role)
    const details = differences(row, { ...changes, scope })
    if (Object.keys(details).length === 0) return new Unchanged(record(row))
    const updated = await tx
      .updateTable('accounts')
      .set({
        role,
        scope: scope && toJsonb(scope),
        locked: changes.locked ?? row.locked,
        display_name: changes.displayName ?? row.display_name,
        password_hash: hash ?? row.password_hash,
      })
      .where('name', '=', name)
      .returningAll()
      .executeTakeFirstOrThrow()
    if (row.role === 'administrator' && (updated.role !== 'administrator' || updated.locked))
      await requireAdministrator(tx)
    if (hash || updated.locked) await tx.deleteFrom('sessions').where('account', '=', name).execute()
    return {
      result: record(updated),
      entries: [{ kind: 'account.update', subject: `account:${name}`, details }],
      changed: ['account', 'session'],
    }
  })
}

function differences(row: Selectable<Database['accounts']>, changes: Call<'accountUpdate'>['body']) {
  const details: Record<string, unknown> = {}
  const note = (field: string, from: unknown, to: unknown) => {
    if (to !== undefined && from !== to) details[field] = { from, to }
  }
  note('role', row.role, changes.role)
  const [from, to] = [JSON.stringify(scopeRecord(row.scope)), JSON.stringify(changes.scope)]
  if (from !== to) details.scope = { from: row.scope, to: changes.scope }
  note('locked', row.locked, changes.locked)
  note('displayName', row.display_name, changes.displayName)
  if (changes.password !== undefined) details.password = 'changed'
  return details
}

async function requireAdministrator(tx: Tx): Promise<void> {
  const left = await tx
    .selectFrom('accounts')
    .select('name')
    .where('role', '=', 'administrator')
    .where('locked', '=', false)
    .limit(1)
    .executeTakeFirst()
  if (!left) throw new Refusal('conflict', 'This is the last administrator. Make another account administrator first.')
}

function record(row: Selectable<Database['accounts']>): Account {
  return {
    name: row.name,
    displayName: row.display_name || row.name,
    role: row.role as Role,
    scope: scopeRecord(row.scope),
    locked: row.locked,
    createdAt: row.created_at.toISOString(),
    lastSignInAt: row.last_sign_in_at?.toISOString() ?? null,
  }
}
