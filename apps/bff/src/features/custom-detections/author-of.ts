import { everything, type Role } from '@cordon/rbac'
import type { Kysely } from 'kysely'
import { bootstrap } from '../../adapters/identity/tokens.ts'
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
  if (name === bootstrap.name) return bootstrap
  if (name.startsWith('token:')) {
    const named = await db
      .selectFrom('tokens')
      .select(['name', 'role', 'scope', 'expires_at'])
      .where('kind', '=', 'api')
      .where('name', '=', name.slice('token:'.length))
      .orderBy('created_at', 'desc')
      .execute()
    const [token, ...others] = named.filter(({ expires_at }) => !expires_at || expires_at.getTime() > Date.now())
    if (!token?.role) throw lost('a token that was revoked or has expired')
    // Names of tokens may repeat; the record can't tell which of them it was.
    if (others.some(({ scope }) => JSON.stringify(scope) !== JSON.stringify(token.scope)))
      throw lost('a name that several tokens with different limits have')
    const role = token.role as Role
    return { name, displayName: `${token.name} (token)`, role, scope: token.scope ?? everything, via: 'token' }
  }
  const account = await db
    .selectFrom('accounts')
    .select(['display_name', 'role', 'scope', 'locked'])
    .where('name', '=', name)
    .executeTakeFirst()
  if (!account) throw lost('an account that is gone')
  if (account.locked) throw lost('an account that is locked')
  const { display_name, role, scope } = account
  return { name, displayName: display_name || name, role: role as Role, scope: scope ?? everything, via: 'session' }
}
