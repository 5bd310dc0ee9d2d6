import type { AccessScope } from '@cordon/contract'
import { keyParts, parseEntityKey } from '@cordon/entities'
import { covers, isLimited, type Place, type Scope, scopeText } from '@cordon/rbac'
import type { Kysely } from 'kysely'
import type { Tx } from './adapters/postgres/commit.ts'
import type { Database } from './adapters/postgres/schema.ts'
import { incidentWithinScope } from './adapters/postgres/scope-condition.ts'
import type { Actor } from './deps.ts'
import { Refusal } from './refusal.ts'

/** A scope as the contract names it; null = everything. */
export function scopeRecord(scope: Scope | null): AccessScope {
  const { clusters, namespaces } = scope ?? {}
  if (!clusters && !namespaces) return null
  return { ...(clusters ? { clusters: [...clusters] } : {}), ...(namespaces ? { namespaces: [...namespaces] } : {}) }
}

/** Where the entity of a key is. Images, addresses and domains are nowhere; keys that can't be read neither. */
export function placeOfKey(key: string): Place {
  const parsed = parseEntityKey(key)
  if (!parsed) return {}
  const names: readonly string[] = keyParts[parsed.kind]
  // Processes and files are where their pod or node is, whose key is part of theirs.
  if (names[1] === 'scope') return { cluster: parsed.parts[0], namespace: placeOfKey(parsed.parts[1] ?? '').namespace }
  return {
    cluster: names[0] === 'cluster' ? parsed.parts[0] : undefined,
    namespace: names[1] === 'namespace' ? parsed.parts[1] : undefined,
  }
}

/** Throws `Refusal` forbidden when a person or token that is limited to some places reaches beyond them. */
export function requirePlace({ scope }: Actor, place: Place): void {
  if (covers(scope, place)) return
  throw new Refusal('forbidden', `Your access is limited to ${scopeText(scope)}, and this lies outside.`)
}

/** Throws `Refusal` forbidden when alerts of the incident lie outside of what the caller may see; unknown ones pass. */
export async function requireIncident(db: Kysely<Database> | Tx, { scope }: Actor, id: number): Promise<void> {
  if (!isLimited(scope)) return
  const outside = await db
    .selectFrom('incidents')
    .select('id')
    .where('id', '=', id)
    .where((eb) => eb.not(incidentWithinScope(scope)))
    .executeTakeFirst()
  if (outside)
    throw new Refusal(
      'forbidden',
      `Your access is limited to ${scopeText(scope)}, and incident ${id} reaches beyond that. Its alerts within are in the alert queue.`,
    )
}
