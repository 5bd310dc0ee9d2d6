import type { Token } from '@cordon/contract'
import type { Role } from '@cordon/rbac'
import type { Kysely, Selectable } from 'kysely'
import { randomUUID } from 'node:crypto'
import { newSecret, secretHash } from '../../adapters/identity/secrets.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import { toJsonb } from '../../adapters/postgres/storable.ts'
import type { Actor, Call, Deps } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { scopeRecord } from '../../within-scope.ts'
import { checkedScope } from './access-scope.ts'

const day = 24 * 60 * 60_000

export async function listTokens(db: Kysely<Database>): Promise<Token[]> {
  return (await db.selectFrom('tokens').selectAll().orderBy('created_at', 'desc').execute()).map(record)
}

/** Makes a token; the secret is in this answer and nowhere else. API tokens need a role, ingest tokens a cluster. */
export async function createToken(
  { commit }: Pick<Deps, 'commit'>,
  actor: Actor,
  input: Call<'tokenCreate'>['body'],
): Promise<Token & { secret: string }> {
  if (input.kind === 'api' && !input.role) throw new Refusal('invalid', 'role: an API token needs a role.')
  if (input.kind === 'ingest' && !input.cluster)
    throw new Refusal('invalid', 'cluster: an ingest token needs a cluster.')
  if (input.kind === 'ingest' && input.scope) throw new Refusal('invalid', 'scope: an ingest token has a cluster only.')
  const given = input.kind === 'api' && input.role ? checkedScope(input.scope, input.role) : null
  const secret = newSecret(input.kind === 'api' ? 'cordon_api_' : 'cordon_ingest_')
  return commit(actor, async (tx) => {
    const row = await tx
      .insertInto('tokens')
      .values({
        id: randomUUID(),
        kind: input.kind,
        name: input.name,
        secret_hash: secretHash(secret),
        role: input.kind === 'api' ? (input.role ?? null) : null,
        scope: given && toJsonb(given),
        cluster: input.kind === 'ingest' ? (input.cluster ?? null) : null,
        created_by: actor.name,
        expires_at: input.expiresInDays ? new Date(Date.now() + input.expiresInDays * day) : null,
        last_used_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    const token = record(row)
    const { kind, name, role, scope, cluster, expiresAt } = token
    return {
      result: { ...token, secret },
      entries: [
        { kind: 'token.create', subject: `token:${row.id}`, details: { kind, name, role, scope, cluster, expiresAt } },
      ],
      changed: ['token'],
    }
  })
}

export async function deleteToken({ commit }: Deps, actor: Actor, id: string): Promise<void> {
  await commit(actor, async (tx) => {
    const row = await tx.deleteFrom('tokens').where('id', '=', id).returningAll().executeTakeFirst()
    if (!row) throw new Refusal('not-found', 'There is no such token.')
    const { kind, name, role, scope, cluster } = record(row)
    return {
      result: undefined,
      entries: [{ kind: 'token.delete', subject: `token:${id}`, details: { kind, name, role, scope, cluster } }],
      // Open streams of this token end when they look again.
      changed: ['token', 'session'],
    }
  })
}

function record(row: Selectable<Database['tokens']>): Token {
  return {
    id: row.id,
    kind: row.kind as Token['kind'],
    name: row.name,
    role: row.role as Role | null,
    scope: scopeRecord(row.scope),
    cluster: row.cluster,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  }
}
