import type { Session } from '@cordon/contract'
import { everything, type Role, roles } from '@cordon/rbac'
import { verifyPassword } from '../../adapters/identity/password.ts'
import type { SignInLimit } from '../../adapters/identity/sign-in-limit.ts'
import type { Actor, Deps, Handlers } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { scopeRecord } from '../../within-scope.ts'

export interface SessionParts {
  version: string
  signInLimit: SignInLimit
  /** Names of the lab's accounts; empty when no lab runs. */
  labAccounts: () => string[]
}

type SessionHandlers = Pick<Handlers, 'sessionGet' | 'sessionCreate' | 'sessionDelete'>

export function sessionHandlers({ db, log }: Deps, parts: SessionParts): SessionHandlers {
  const describe = (actor: Actor | undefined): Session => ({
    user: actor
      ? {
          name: actor.name,
          displayName: actor.displayName,
          role: actor.role,
          roleLabel: roles[actor.role].label,
          permissions: [...roles[actor.role].permissions],
          scope: scopeRecord(actor.scope),
        }
      : null,
    version: parts.version,
    lab: parts.labAccounts().length > 0,
    labAccounts: parts.labAccounts(),
  })

  return {
    sessionGet: async ({ actor }) => describe(actor),

    async sessionCreate({ body, ip, session }) {
      const name = body.name.trim().toLowerCase()
      const wait = parts.signInLimit.waitSeconds(name, ip)
      if (wait > 0)
        throw new Refusal('too-many', `Too many failed sign-ins. Try again in ${Math.ceil(wait / 60)} minutes.`)
      const account = await db.selectFrom('accounts').selectAll().where('name', '=', name).executeTakeFirst()
      // The same answer, after the same time, whether the account is unknown, locked or the password wrong.
      const right = await verifyPassword(body.password, account?.password_hash)
      if (!account || !right || account.locked) {
        parts.signInLimit.failed(name, ip)
        log.warn({ account: name, ip }, 'A sign-in failed')
        throw new Refusal('unauthenticated', 'The account or the password is wrong.')
      }
      parts.signInLimit.succeeded(name, ip)
      await session.begin(account.name)
      return describe({
        name: account.name,
        displayName: account.display_name || account.name,
        role: account.role as Role,
        scope: account.scope ?? everything,
        via: 'session',
      })
    },

    async sessionDelete({ session }) {
      await session.end()
    },
  }
}
