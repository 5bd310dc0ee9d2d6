import { everything, type Role } from '@cordon/rbac'
import type { Actor, Deps } from '../../deps.ts'
import { sameSecret, secretHash } from './secrets.ts'

const minute = 60_000

/** Whoever holds `CORDON_BOOTSTRAP_TOKEN`. */
export const bootstrap: Actor = {
  name: 'token:bootstrap',
  displayName: 'Bootstrap token',
  role: 'administrator',
  scope: everything,
  via: 'token',
}

/** Answers who presents a bearer token. */
export function createTokens({ db, commitUnrecorded, config }: Pick<Deps, 'db' | 'commitUnrecorded' | 'config'>) {
  async function find(kind: 'api' | 'ingest', secret: string) {
    const row = await db
      .selectFrom('tokens')
      .selectAll()
      .where('secret_hash', '=', secretHash(secret))
      .where('kind', '=', kind)
      .executeTakeFirst()
    if (!row || (row.expires_at && row.expires_at.getTime() <= Date.now())) return undefined
    if (!row.last_used_at || Date.now() - row.last_used_at.getTime() > minute)
      await commitUnrecorded(async (tx) => {
        await tx.updateTable('tokens').set({ last_used_at: new Date() }).where('id', '=', row.id).execute()
        return { result: undefined, changed: [] }
      })
    return row
  }

  return {
    /** The holder of an API token; undefined when it is unknown, revoked or expired. */
    async findApi(secret: string): Promise<Actor | undefined> {
      if (config.bootstrapToken && sameSecret(secret, config.bootstrapToken)) return bootstrap
      const row = await find('api', secret)
      if (!row) return undefined
      return {
        name: `token:${row.name}`,
        displayName: `${row.name} (token)`,
        role: (row.role ?? 'viewer') as Role,
        scope: row.scope ?? everything,
        via: 'token',
      }
    },

    /** May this secret send events for `cluster`? CORDON_INGEST_TOKEN may for every cluster. */
    async mayIngest(secret: string, cluster: string): Promise<boolean> {
      if (config.ingestToken && sameSecret(secret, config.ingestToken)) return true
      return (await find('ingest', secret))?.cluster === cluster
    },
  }
}

export type Tokens = ReturnType<typeof createTokens>
