import {
  type EntityDetails,
  type EntityKind,
  Evidence,
  fact,
  type FactGroup,
  group,
  kindLabels,
  keyParts,
  manifestFacts,
  parseEntityKey,
  parseImage,
} from '@cordon/entities'
import { covers, type Scope } from '@cordon/rbac'
import type { Kysely } from 'kysely'
import { withinScope } from '../../adapters/postgres/scope-condition.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Clusters } from '../../jobs/inventory/cluster.ts'
import { Refusal } from '../../refusal.ts'
import { placeOfKey } from '../../within-scope.ts'
import { containmentOf } from './containment-of.ts'
import { clusterFacts, imageFacts, registryFacts } from './derived-facts.ts'
import { inventoryRelations } from './inventory-relations.ts'

/**
 * Everything stored about an entity: the object as inventory last saw it (of `uid`, where one is named), what alerts
 * said of it, its surroundings. Of what lies outside of `scope` only what alerts within it said. Throws `Refusal` not-found when neither inventory nor any alert knows it.
 */
export async function entityDetails(
  db: Kysely<Database>,
  clusters: Clusters,
  { key, uid, scope }: { key: string; uid?: string | undefined; scope: Scope },
): Promise<EntityDetails> {
  const parsed = parseEntityKey(key)
  if (!parsed) throw new Refusal('invalid', `“${key.slice(0, 200)}” isn't an entity key.`)
  const isWithin = covers(scope, placeOfKey(key))
  const [row, alerts, contained] = await Promise.all([
    isWithin ? storedObject(db, key, uid) : undefined,
    alertsNaming(db, key, scope),
    containmentOf(db, isWithin ? [key] : [], new Map(uid ? [[key, uid]] : [])),
  ])
  const derived = isWithin ? derivedFacts(clusters, parsed.kind, parsed.parts) : undefined
  if (!row && alerts.length === 0 && !derived)
    throw new Refusal(
      'not-found',
      `Nothing is known of ${kindLabels[parsed.kind].toLowerCase()} ${parsed.parts.at(-1)}.`,
    )
  const cluster = keyParts[parsed.kind][0] === 'cluster' ? (parsed.parts[0] ?? null) : null
  const containment = contained.get(key)
  const evidence = evidenceFacts(alerts, key)
  return {
    key,
    kind: parsed.kind,
    name: row?.name ?? parsed.parts.at(-1) ?? '',
    uid: row?.uid ?? uid ?? null,
    cluster,
    namespace:
      row?.namespace ??
      ((keyParts[parsed.kind] as readonly string[])[1] === 'namespace' ? (parsed.parts[1] ?? null) : null),
    exists: row ? row.gone_at === null : derived ? true : null,
    lastSeen: row?.last_seen.toISOString() ?? null,
    containment: containment?.state ?? 'none',
    containmentActionId: containment?.actionId ?? null,
    groups: [...(derived ?? []), ...(row ? manifestFacts(parsed.kind, cluster ?? '', row.manifest) : []), ...evidence],
    relations: isWithin ? relationsWith(clusters, key, scope) : [],
    alerts: alerts.map((a) => ({
      id: a.id,
      incidentId: a.incident_id,
      title: a.title,
      severity: a.severity,
      lastActivity: a.last_activity.toISOString(),
    })),
    ...(row ? { manifest: row.manifest } : {}),
  }
}

async function storedObject(db: Kysely<Database>, key: string, uid: string | undefined) {
  let rows = db.selectFrom('entities').selectAll().where('key', '=', key)
  if (uid) rows = rows.where('uid', '=', uid)
  // The living one first, then the one that went last.
  return rows
    .orderBy('gone_at', (o) => o.desc().nullsFirst())
    .limit(1)
    .executeTakeFirst()
}

async function alertsNaming(db: Kysely<Database>, key: string, scope: Scope) {
  return db
    .selectFrom('alert_entities')
    .innerJoin('alerts', 'alerts.id', 'alert_entities.alert_id')
    .select([
      'alerts.id',
      'alerts.incident_id',
      'alerts.title',
      'alerts.severity',
      'alerts.last_activity',
      'alerts.evidence',
    ])
    .where('alert_entities.entity_key', '=', key)
    .where('alerts.hidden', '=', false)
    .where(withinScope(scope, 'alerts'))
    .orderBy('alerts.last_activity', 'desc')
    .limit(50)
    .execute()
}

function derivedFacts(clusters: Clusters, kind: EntityKind, parts: string[]): FactGroup[] | undefined {
  if (kind === 'cluster') return clusterFacts(clusters.get(parts[0] ?? ''))
  if (kind === 'image') return imageFacts(clusters, parts[0] ?? '')
  if (kind === 'registry') return registryFacts(clusters, parts[0] ?? '')
  return undefined
}

/** What the alerts told of it: the only source for processes, addresses, users and files. */
function evidenceFacts(alerts: { evidence: unknown[] }[], key: string): FactGroup[] {
  const all = alerts.flatMap((a) => a.evidence.map((e) => Evidence.safeParse(e).data)).filter((e) => e?.key === key)
  const facts = new Map<string, string>()
  for (const e of all.toReversed())
    for (const [label, value] of Object.entries(e?.facts ?? {}))
      facts.set(label, value === true ? 'Yes' : value === false ? 'No' : String(value))
  const roles = [...new Set(all.map((e) => e?.role))].join(', ')
  const found = group(
    'Seen in alerts',
    fact('Role', labelOf(roles)),
    ...[...facts].map(([label, value]) => fact(labelOf(label), value)),
  )
  return found ? [found] : []
}

const short: Readonly<Record<string, string>> = { id: 'ID', ip: 'IP', uid: 'UID' }

/** The name of a fact, `partOfImage`, as a label, “Part of image”. */
function labelOf(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
  return short[words] ?? words.charAt(0).toUpperCase() + words.slice(1)
}

function relationsWith(clusters: Clusters, key: string, scope: Scope): EntityDetails['relations'] {
  return inventoryRelations(clusters, [key])
    .filter((r) => r.from === key || r.to === key)
    .flatMap((r) => {
      const other = r.from === key ? r.to : r.from
      const parsed = parseEntityKey(other)
      if (!parsed || !covers(scope, placeOfKey(other))) return []
      const name = parsed.kind === 'image' ? parseImage(parsed.parts[0] ?? '').repository : (parsed.parts.at(-1) ?? '')
      return [
        {
          label: r.label,
          direction: r.from === key ? ('out' as const) : ('in' as const),
          key: other,
          kind: parsed.kind,
          name,
        },
      ]
    })
}
