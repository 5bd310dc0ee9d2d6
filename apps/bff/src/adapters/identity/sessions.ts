import { everything, type Role } from '@cordon/rbac'
import { type Actor, type Deps, system } from '../../deps.ts'
import { newSecret, secretHash } from './secrets.ts'

const minute = 60_000
/** Without a request for this long the session ends. */
export const idleMs = 8 * 60 * minute
/** The session ends then in any case. */
export const absoluteMs = 24 * 60 * minute

/** Server-side sessions: the cookie holds a random id, the database its hash. */
export function createSessions({ db, commit, commitUnrecorded }: Pick<Deps, 'db' | 'commit' | 'commitUnrecorded'>) {
  return {
    /** A new session for `account`; the caller's earlier one ends, so that an id known before sign-in is worth nothing. */
    async begin(account: string, previousId: string | undefined, ip: string): Promise<string> {
      const id = newSecret()
      await commit({ ...system, name: account }, async (tx) => {
        if (previousId) await tx.deleteFrom('sessions').where('id_hash', '=', secretHash(previousId)).execute()
        await tx
          .insertInto('sessions')
          .values({
            id_hash: secretHash(id),
            account,
            data: JSON.stringify({ ip }),
            expires_at: new Date(Date.now() + idleMs),
          })
          .execute()
        await tx.updateTable('accounts').set({ last_sign_in_at: new Date() }).where('name', '=', account).execute()
        return {
          result: undefined,
          entries: [{ kind: 'session.begin', subject: `account:${account}`, details: { ip } }],
          changed: ['session', 'account'],
        }
      })
      return id
    },

    async end(id: string, actor: Actor): Promise<void> {
      await commit(actor, async (tx) => {
        await tx.deleteFrom('sessions').where('id_hash', '=', secretHash(id)).execute()
        return {
          result: undefined,
          entries: [{ kind: 'session.end', subject: `account:${actor.name}`, details: {} }],
          changed: ['session'],
        }
      })
    },

    /** Who the id belongs to now: role, scope and lock are read each time, so that a change takes effect at once. */
    async find(id: string): Promise<Actor | undefined> {
      const row = await db
        .selectFrom('sessions')
        .innerJoin('accounts', 'accounts.name', 'sessions.account')
        .select(['accounts.name', 'display_name', 'role', 'scope', 'locked', 'sessions.created_at', 'expires_at'])
        .where('id_hash', '=', secretHash(id))
        .executeTakeFirst()
      if (!row || row.locked || row.expires_at.getTime() <= Date.now()) return undefined
      const end = Math.min(Date.now() + idleMs, row.created_at.getTime() + absoluteMs)
      if (end <= Date.now()) return undefined
      if (end - row.expires_at.getTime() > minute)
        await commitUnrecorded(async (tx) => {
          await tx
            .updateTable('sessions')
            .set({ expires_at: new Date(end) })
            .where('id_hash', '=', secretHash(id))
            .execute()
          return { result: undefined, changed: [] }
        })
      return {
        name: row.name,
        displayName: row.display_name || row.name,
        role: row.role as Role,
        scope: row.scope ?? everything,
        via: 'session',
      }
    },
  }
}

export type Sessions = ReturnType<typeof createSessions>
