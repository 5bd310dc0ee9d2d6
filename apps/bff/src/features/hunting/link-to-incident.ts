import type { Output } from '@cordon/contract'
import { EvidenceSet } from '@cordon/detection'
import { entitiesOfRow, type EvidenceRole, parseEntityKey, type RowEntity } from '@cordon/entities'
import { type Detection, mostEntities } from '@cordon/incidents'
import { createHash, randomUUID } from 'node:crypto'
import type { LedgerEntry, Tx } from '../../adapters/postgres/commit.ts'
import { refreshIncident } from '../../adapters/postgres/refresh-incident.ts'
import { storable, toJsonb } from '../../adapters/postgres/storable.ts'
import type { Actor, Call, Deps } from '../../deps.ts'
import { lockCorrelation } from '../../jobs/correlate/correlation-lock.ts'
import { insertAlert, openIncident } from '../../jobs/correlate/record-detections.ts'
import { Refusal } from '../../refusal.ts'
import { placeOfKey, requireIncident, requirePlace } from '../../within-scope.ts'

type Body = Call<'huntingLink'>['body']
type HuntRow = Body['rows'][number]

const mostAlerts = 20
const mostBytes = 500_000

interface Group {
  cluster: string
  entities: RowEntity[]
  rows: HuntRow[]
}

/**
 * Makes rows of an answer part of an incident: one alert for each combination of impacted entities, with the query and
 * the rows in it. Throws `Refusal` where rows name nothing, and for incidents that are closed or full.
 */
export async function linkToIncident(
  deps: Pick<Deps, 'commit'>,
  actor: Actor,
  given: Body,
): Promise<Output<'huntingLink'>> {
  const body = storable(given)
  if (JSON.stringify(body.rows).length > mostBytes)
    throw new Refusal(
      'too-large',
      'These rows are larger than 500 kB together. Choose fewer, or project fewer columns.',
    )
  const { groups, leftOut } = grouped(body)
  for (const group of groups) for (const { key } of placed(group)) requirePlace(actor, placeOfKey(key))
  const [first] = groups
  if (!first)
    throw new Refusal(
      'invalid',
      'None of these rows names an entity by this mapping. Choose other columns, or a cluster.',
    )
  if (groups.length > mostAlerts)
    throw new Refusal(
      'invalid',
      `These rows name ${groups.length} combinations of impacted entities, each of which becomes an alert; ${mostAlerts} is the most at once.`,
    )
  return deps.commit(actor, async (tx) => {
    await lockCorrelation(tx)
    const entries: LedgerEntry[] = []
    const detections = await Promise.all(groups.map(async (group) => detectionOf(body, group, await uidsOf(tx, group))))
    const [one] = detections
    if (body.incidentId !== null) {
      await refuseUnfit(tx, body.incidentId)
      await requireIncident(tx, actor, body.incidentId)
    }
    const incidentId = body.incidentId ?? (await openIncident(tx, one as Detection, entries)) // groups has a first
    const alertIds: string[] = []
    for (const [index, detection] of detections.entries()) {
      const rows = groups[index]?.rows ?? []
      const text = `Linked by ${actor.name} from a hunt with ${rows.length === 1 ? '1 row' : `${rows.length} rows`}`
      const reason = { code: 'manual' as const, text }
      const id = await insertAlert(tx, detection, incidentId, { reason, actor: actor.name })
      await tx
        .updateTable('alerts')
        .set({
          hunt: toJsonb({ query: body.query, from: body.from, to: body.to, rows, by: actor.name }),
          first_activity: new Date(Math.min(...rows.map(timeOf))),
          occurrences: rows.length,
        })
        .where('id', '=', id)
        .execute()
      alertIds.push(id)
      entries.push(entryOf(id, incidentId, body, { detection, rows }))
    }
    await refreshIncident(tx, incidentId)
    const [entry, ...others] = entries
    return {
      result: { incidentId, alertIds, rows: body.rows.length - leftOut, leftOut },
      entries: [entry as LedgerEntry, ...others], // one for each alert at least
      changed: ['incident', 'alert'],
    }
  })
}

function grouped({ rows, entities }: Body): { groups: Group[]; leftOut: number } {
  const groups = new Map<string, Group>()
  let leftOut = 0
  for (const row of rows) {
    const named = entitiesOfRow(entities, row)
    const impacted = named.filter(({ role }) => role === 'impacted')
    const about = impacted.length > 0 ? impacted : named
    const cluster = about.map(({ key }) => clusterOf(key)).find((name) => name !== undefined)
    if (cluster === undefined) {
      leftOut += 1
      continue
    }
    const id = JSON.stringify([cluster, ...about.map(({ key }) => key).toSorted()])
    const group = groups.get(id) ?? { cluster, entities: [], rows: [] }
    group.entities.push(...named.filter(({ key }) => !group.entities.some((known) => known.key === key)))
    group.rows.push(row)
    groups.set(id, group)
  }
  return { groups: [...groups.values()], leftOut }
}

const global = new Set(['image', 'ip', 'domain', 'registry'])

function clusterOf(key: string): string | undefined {
  const parsed = parseEntityKey(key)
  return parsed && !global.has(parsed.kind) ? parsed.parts[0] : undefined
}

/** Its entities that are somewhere; addresses and images are nowhere. */
function placed({ entities }: Group): RowEntity[] {
  return entities.filter(({ kind }) => !global.has(kind))
}

/** Kubernetes uids as the inventory knows them, so that a later pod of the same name isn't taken for this one. */
async function uidsOf(tx: Tx, { entities }: Group): Promise<Map<string, string>> {
  const keys = entities.map(({ key }) => key)
  const rows = await tx
    .selectFrom('entities')
    .select(['key', 'uid'])
    .where('key', 'in', keys)
    .where('gone_at', 'is', null)
    .execute()
  return new Map(rows.map(({ key, uid }) => [key, uid]))
}

function detectionOf(body: Body, { cluster, entities, rows }: Group, uids: Map<string, string>): Detection {
  const set = new EvidenceSet(cluster)
  for (const entity of entities) addEntity(set, entity, uids.get(entity.key))
  const { evidence, relations } = set.finish()
  const place = entities.map(({ key }) => parseEntityKey(key)).find((key) => key && key.parts.length > 2)
  const isInside = entities.some(({ kind }) => kind === 'pod' || kind === 'container')
  return {
    ruleId: 'linked-hunt',
    detectionSource: 'Manual',
    title: body.title,
    description: body.description || 'Rows of a hunt that a person linked to this incident.',
    severity: body.severity,
    tier: isInside ? 'workload-runtime' : 'control-plane',
    tactics: [body.category],
    techniques: [],
    cluster,
    ...(place?.parts[1] ? { namespace: place.parts[1] } : {}),
    time: Math.max(...rows.map(timeOf)),
    dedupeKey: `linked-hunt|${randomUUID()}`,
    evidence,
    relations,
    events: rows.slice(0, 50).map(eventOf),
    response: body.steps,
    falsePositives: [],
  }
}

const roles: Readonly<Record<string, Readonly<Record<RowEntity['role'], EvidenceRole>>>> = {
  ip: { impacted: 'attacker', related: 'source' },
  domain: { impacted: 'attacker', related: 'destination' },
  image: { impacted: 'suspicious', related: 'contextual' },
  cluster: { impacted: 'contextual', related: 'contextual' },
}

function addEntity(set: EvidenceSet, { key, kind, name, role }: RowEntity, uid: string | undefined): void {
  const parts = parseEntityKey(key)?.parts ?? []
  const [cluster = '', namespace = '', third = ''] = parts
  const played = (roles[kind] ?? { impacted: 'compromised', related: 'suspicious' })[role]
  if (kind === 'image') {
    set.image(name)
    return
  }
  const more = { ...(uid === undefined ? {} : { uid }), facts: { namespace: parts.length > 2 ? namespace : undefined } }
  const own = set.add(kind, parts, name, played, more)
  // Relations within the cluster that the alert is about; evidence elsewhere stands by itself.
  if (global.has(kind) || cluster !== set.cluster) return
  if (kind === 'container') {
    const pod = set.add('pod', [cluster, namespace, third], third, 'contextual', { facts: { namespace } })
    set.relate(set.namespace(namespace), 'contains', pod)
    set.relate(pod, 'runs', own)
  } else if (parts.length > 2) set.relate(set.namespace(namespace), 'contains', own)
  else if (kind !== 'user') set.relate(set.clusterKey, 'contains', own)
}

function eventOf(row: HuntRow): Detection['events'][number] {
  const written = JSON.stringify(row)
  const summary = typeof row.ProcessCommandLine === 'string' ? row.ProcessCommandLine : written
  return {
    table: 'QueryResult',
    id:
      typeof row.ReportId === 'string' ? row.ReportId : createHash('sha256').update(written).digest('hex').slice(0, 32),
    time: new Date(timeOf(row)).toISOString(),
    summary: summary.slice(0, 1000),
  }
}

/** When the row's event was, as far as the row tells it; else now. */
function timeOf(row: HuntRow): number {
  for (const name of ['Timestamp', 'TimeGenerated', 'Last', 'First']) {
    const time = typeof row[name] === 'string' ? Date.parse(row[name]) : Number.NaN
    if (!Number.isNaN(time)) return time
  }
  return Date.now()
}

async function refuseUnfit(tx: Tx, id: number): Promise<void> {
  const incident = await tx
    .selectFrom('incidents')
    .select(['status', 'redirected_to'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!incident) throw new Refusal('not-found', `There is no incident ${id}.`)
  if (incident.redirected_to !== null)
    throw new Refusal(
      'conflict',
      `Incident ${id} was merged into incident ${incident.redirected_to}. Link to that one.`,
    )
  if (incident.status === 'resolved')
    throw new Refusal('conflict', `Incident ${id} is resolved. Set it to in progress before you link to it.`)
  const { entities } = await tx
    .selectFrom('alert_entities')
    .select((eb) => eb.fn.count<number>('entity_key').distinct().as('entities'))
    .where('incident_id', '=', id)
    .executeTakeFirstOrThrow()
  if (Number(entities) >= mostEntities)
    throw new Refusal('conflict', `Incident ${id} has ${entities} entities already; ${mostEntities} is the most.`)
}

function entryOf(
  id: string,
  incident: number,
  { query, from, to, title, severity }: Body,
  { detection, rows }: { detection: Detection; rows: HuntRow[] },
): LedgerEntry {
  return {
    kind: 'alert.link',
    subject: `alert:${id}`,
    details: {
      incident,
      title,
      severity,
      query,
      from,
      to,
      rows: rows.length,
      // The rows themselves are in the alert; this tells whether they are still the same.
      rowsHash: createHash('sha256').update(JSON.stringify(rows)).digest('hex'),
      entities: detection.evidence.map(({ key, role }) => ({ key, role })),
    },
  }
}
