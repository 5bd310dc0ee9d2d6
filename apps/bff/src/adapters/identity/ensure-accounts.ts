import type { Role } from '@cordon/rbac'
import { type Deps, system } from '../../deps.ts'
import { hashPassword, verifyPassword } from './password.ts'
import { newSecret } from './secrets.ts'
import { Unchanged } from '../postgres/commit.ts'

const accounts: { name: string; displayName: string; role: Role }[] = [
  { name: 'viewer', displayName: 'Vera Viewer', role: 'viewer' },
  { name: 'analyst', displayName: 'Ana Analyst', role: 'analyst' },
  { name: 'lead', displayName: 'Lee Lead', role: 'lead' },
  { name: 'admin', displayName: 'Ada Admin', role: 'administrator' },
]

export const labAccountNames = accounts.map((account) => account.name)

/**
 * Makes the lab's accounts that are missing, all with one password: the configured one, else a random one that is
 * returned to be printed, once. A configured password is set again when it differs, so that it always works.
 */
export async function ensureLabAccounts({
  db,
  commit,
  config,
}: Pick<Deps, 'db' | 'commit' | 'config'>): Promise<string | undefined> {
  const known = new Map(
    (
      await db.selectFrom('accounts').select(['name', 'password_hash']).where('name', 'in', labAccountNames).execute()
    ).map((row) => [row.name, row.password_hash]),
  )
  const missing = accounts.filter((account) => !known.has(account.name))
  const password = config.labPassword ?? (missing.length > 0 ? newSecret().slice(0, 20) : undefined)
  if (!password) return undefined
  const stale: string[] = []
  if (config.labPassword)
    for (const [name, hash] of known) if (!(await verifyPassword(config.labPassword, hash))) stale.push(name)
  if (missing.length === 0 && stale.length === 0) return undefined
  const hash = await hashPassword(password)
  await commit(system, async (tx) => {
    const names = missing.map((account) => account.name)
    for (const { name, displayName, role } of missing)
      await tx
        .insertInto('accounts')
        .values({ name, display_name: displayName, role, password_hash: hash, last_sign_in_at: null })
        .execute()
    if (stale.length > 0) {
      await tx.updateTable('accounts').set({ password_hash: hash }).where('name', 'in', stale).execute()
      await tx.deleteFrom('sessions').where('account', 'in', stale).execute()
    }
    if (names.length + stale.length === 0) return new Unchanged(undefined)
    return {
      result: undefined,
      entries: [{ kind: 'account.ensure-lab', subject: 'account:lab', details: { made: names, passwordSet: stale } }],
      changed: ['account'],
    }
  })
  return config.labPassword ? undefined : password
}

/** Where no lab brings accounts and nobody has made one: an administrator with a random password, to be printed once. */
export async function ensureFirstAdministrator({
  db,
  commit,
}: Pick<Deps, 'db' | 'commit'>): Promise<{ name: string; password: string } | undefined> {
  const anyone = await db.selectFrom('accounts').select('name').limit(1).executeTakeFirst()
  if (anyone) return undefined
  const [name, password] = ['admin', newSecret().slice(0, 20)]
  const hash = await hashPassword(password)
  await commit(system, async (tx) => {
    await tx
      .insertInto('accounts')
      .values({
        name,
        display_name: 'Administrator',
        role: 'administrator',
        password_hash: hash,
        last_sign_in_at: null,
      })
      .execute()
    return {
      result: undefined,
      entries: [
        { kind: 'account.create', subject: `account:${name}`, details: { role: 'administrator', first: true } },
      ],
      changed: ['account'],
    }
  })
  return { name, password }
}
