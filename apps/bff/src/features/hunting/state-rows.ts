import { kindLabels, parseEntityKey } from '@cordon/entities'
import type { ReadScope } from '@cordon/kql'
import type { Kysely } from 'kysely'
import { incidentWithinScope, withinScope } from '../../adapters/postgres/scope-condition.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import { stateBytes, stateRows } from './limits.ts'
import { stateTables } from './state-tables.ts'

type Cell = string | number | null
/** Rows by the columns of the table, in its order; at most `limit`, the newest ones. */
type Loader = (db: Kysely<Database>, scope: ReadScope, limit: number) => Promise<Cell[][]>

const title = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
const time = (date: Date | null): string | null => date?.toISOString() ?? null

/** Alerts with what the scope lets through. */
async function alerts(db: Kysely<Database>, scope: ReadScope, limit: number) {
  return db
    .selectFrom('alerts')
    .selectAll()
    .where(withinScope(scope, 'alerts'))
    .orderBy('last_activity', 'desc')
    .limit(limit)
    .execute()
}

const alertInfo: Loader = async (db, scope, limit) =>
  (await alerts(db, scope, limit)).map((row) => [
    time(row.last_activity),
    row.id,
    row.title,
    title(row.tactics[0] ?? ''),
    title(row.severity),
    'Cordon',
    row.rule_id,
    JSON.stringify(row.techniques),
  ])

interface Named {
  key: string
  kind: string
  name: string
  role: string
  facts?: Record<string, string | number | boolean>
}

const impacted = new Set(['compromised', 'attacked'])
const accounts = new Set(['user', 'service-account'])

const alertEvidence: Loader = async (db, scope, limit) =>
  (await alerts(db, scope, limit)).flatMap((row) =>
    (row.evidence as Named[]).map((entity) => {
      const facts = entity.facts ?? {}
      const text = (...names: string[]): string =>
        String(names.map((name) => facts[name]).find((value) => value !== undefined) ?? '')
      const parts = parseEntityKey(entity.key)?.parts ?? []
      const inPod = entity.kind === 'pod' || entity.kind === 'container'
      const file = entity.kind === 'file' ? entity.name : text('path')
      const cells: Record<string, Cell> = {
        Timestamp: time(row.last_activity),
        AlertId: row.id,
        Title: row.title,
        Categories: JSON.stringify(row.tactics.map(title)),
        AttackTechniques: JSON.stringify(row.techniques),
        ServiceSource: 'Cordon',
        DetectionSource: row.rule_id,
        EntityType:
          kindLabels[entity.kind as keyof typeof kindLabels]
            ?.replace(/^Kubernetes /, '')
            .replace(/^./, (first) => first.toUpperCase()) ?? entity.kind,
        EvidenceRole: impacted.has(entity.role) ? 'Impacted' : 'Related',
        EvidenceDirection: entity.role === 'source' ? 'Source' : entity.role === 'destination' ? 'Destination' : '',
        FileName: file.split('/').at(-1) ?? '',
        FolderPath: file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '',
        FileSize: null,
        ApplicationId: null,
        RemoteIP: entity.kind === 'ip' ? entity.name : '',
        RemoteUrl: entity.kind === 'domain' ? entity.name : '',
        AccountName: accounts.has(entity.kind) ? entity.name : '',
        DeviceName: entity.kind === 'node' ? entity.name : text('node'),
        ProcessCommandLine: entity.kind === 'process' ? text('commandLine', 'command') || entity.name : '',
        AdditionalFields: JSON.stringify(facts),
        Severity: title(row.severity),
        CloudResource: row.cluster,
        ResourceType: entity.kind,
        ResourceID: entity.key,
        ClusterName: row.cluster,
        KubernetesNamespace: row.namespace ?? '',
        KubernetesPodName: inPod ? (parts[2] ?? '') : text('pod'),
        ContainerName: entity.kind === 'container' ? entity.name : text('container'),
        ContainerImageName: entity.kind === 'image' ? entity.name : text('image'),
        EntityKey: entity.key,
      }
      return ordered('AlertEvidence', cells)
    }),
  )

/** Cells in the order of the table; what is not named is empty. */
function ordered(table: string, cells: Record<string, Cell>): Cell[] {
  const columns = stateTables.find((each) => each.name === table)?.columns ?? []
  return columns.map((column) => cells[column.name] ?? (column.type === 'string' ? '' : null))
}

const incidentInfo: Loader = async (db, scope, limit) => {
  const rows = await db
    .selectFrom('incidents')
    .selectAll()
    .where(incidentWithinScope(scope))
    .orderBy('last_activity', 'desc')
    .limit(limit)
    .execute()
  const ids = rows.map((row) => row.id)
  const own =
    ids.length === 0
      ? []
      : await db.selectFrom('alerts').select(['id', 'incident_id']).where('incident_id', 'in', ids).execute()
  const alertsOf = new Map<number, string[]>()
  for (const { id, incident_id } of own) alertsOf.set(incident_id, [...(alertsOf.get(incident_id) ?? []), id])
  return rows.map((row) => [
    time(row.last_activity),
    row.id,
    row.name,
    title(row.severity),
    row.status,
    row.priority_score,
    row.assigned_to ?? '',
    row.classification ?? '',
    row.determination ?? '',
    JSON.stringify(row.categories),
    JSON.stringify(row.clusters),
    JSON.stringify(row.namespaces),
    JSON.stringify(row.tags),
    JSON.stringify(row.impacted_assets),
    JSON.stringify(alertsOf.get(row.id) ?? []),
    row.active_alerts,
    row.total_alerts,
    time(row.first_activity),
    time(row.created_at),
    time(row.updated_at),
  ])
}

const responseActions: Loader = async (db, scope, limit) => {
  const rows = await db
    .selectFrom('actions')
    .selectAll()
    .where(withinScope(scope, 'actions'))
    .orderBy('requested_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => [
    time(row.requested_at),
    row.id,
    row.type,
    row.state,
    row.cluster,
    row.namespace,
    row.target_name,
    row.target_key,
    row.target_uid,
    row.comment,
    row.source,
    row.requested_by,
    row.incident_id,
    time(row.applied_at),
    time(row.verified_at),
    time(row.ended_at),
    time(row.updated_at),
  ])
}

const kubernetesEntities: Loader = async (db, scope, limit) => {
  const rows = await db
    .selectFrom('entities')
    .selectAll()
    .where(withinScope(scope, 'entities'))
    .orderBy('last_seen', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => [
    time(row.last_seen),
    row.key,
    row.kind,
    row.cluster,
    row.namespace ?? '',
    row.name,
    row.uid,
    JSON.stringify(row.labels),
    JSON.stringify(row.manifest),
    time(row.first_seen),
    time(row.gone_at),
  ])
}

const loaders: Readonly<Record<string, Loader>> = {
  AlertInfo: alertInfo,
  AlertEvidence: alertEvidence,
  IncidentInfo: incidentInfo,
  ResponseActions: responseActions,
  KubernetesEntities: kubernetesEntities,
}

const sqlTypes: Readonly<Record<string, string>> = {
  string: 'String',
  long: 'Nullable(Int64)',
  int: 'Nullable(Int32)',
  datetime: 'String',
  dynamic: 'String',
}

/**
 * The rows of a state table as a SELECT whose values stand in the statement; it needs no rights to write. The newest
 * rows only when there are too many: then `cut` says so.
 */
export async function stateSelect(
  db: Kysely<Database>,
  table: string,
  scope: ReadScope,
): Promise<{ sql: string; cut: string | undefined }> {
  const columns = stateTables.find((each) => each.name === table)?.columns ?? []
  const rows = (await loaders[table]?.(db, scope, stateRows + 1)) ?? []
  const texts: string[] = []
  let bytes = 0
  for (const row of rows.slice(0, stateRows)) {
    const text = JSON.stringify(row.map((cell) => (typeof cell === 'string' ? cell.toWellFormed() : cell)))
    bytes += Buffer.byteLength(quote(text))
    if (bytes > stateBytes) break
    texts.push(text)
  }
  const type = `Array(Tuple(${columns.map((column) => sqlTypes[column.type]).join(', ')}))`
  const cells = columns.map(
    (column, index) => `${cellSql(column.type, `tupleElement(r, ${index + 1})`)} AS \`${column.name}\``,
  )
  const sql = `SELECT ${cells.join(', ')} FROM (SELECT arrayJoin(JSONExtract(${quote(`[${texts.join(',')}]`)}, '${type}')) AS r)`
  return {
    sql,
    cut:
      texts.length < rows.length
        ? `${table} has more rows than a query can read at once: this answer knows its newest ${texts.length.toLocaleString('en')} only`
        : undefined,
  }
}

function cellSql(type: string, cell: string): string {
  if (type === 'datetime') return `if(${cell} = '', NULL, parseDateTime64BestEffortOrNull(${cell}, 7, 'UTC'))`
  return cell
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}
