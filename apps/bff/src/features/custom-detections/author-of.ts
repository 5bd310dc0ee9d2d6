import type { Role } from '@cordon/rbac'
import type { Kysely } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Actor } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'

/**
 * Whoever changed a custom detection last: it runs with what this account may see and do now. Throws `Refusal` when the
 * account is gone or locked.
 */
export async function authorOf(db: Kysely<Database>, name: string): Promise<Actor> {
  const lost = (why: string) =>
    new Refusal('forbidden', `It runs with the rights of ${name}, ${why}. Save it under another account.`)
  if (name === 'token:bootstrap') return { name, displayName: 'Bootstrap token', role: 'administrator', via: 'token' }
  if (name.startsWith('token:')) {
    const token = await db
      .selectFrom('tokens')
      .select(['name', 'role', 'expires_at'])
      .where('kind', '=', 'api')
      .where('name', '=', name.slice('token:'.length))
      .orderBy('created_at', 'desc')
      .executeTakeFirst()
    if (!token?.role || (token.expires_at && token.expires_at.getTime() <= Date.now()))
      throw lost('a token that was revoked or has expired')
    return { name, displayName: `${token.name} (token)`, role: token.role as Role, via: 'token' }
  }
  const account = await db
    .selectFrom('accounts')
    .select(['display_name', 'role', 'locked'])
    .where('name', '=', name)
    .executeTakeFirst()
  if (!account) throw lost('an account that is gone')
  if (account.locked) throw lost('an account that is locked')
  return { name, displayName: account.display_name || name, role: account.role as Role, via: 'session' }
}
