import { entityKey, keyParts, parseEntityKey } from './kinds.ts'

/** Kinds that columns of a hunt can name; a process or a file is told by more than its name. */
export const rowKinds = [
  'pod',
  'container',
  'workload',
  'service-account',
  'user',
  'node',
  'namespace',
  'image',
  'ip',
  'domain',
  'secret',
  'cluster',
] as const
export type RowKind = (typeof rowKinds)[number]

/** A part of a key: a column, `Column.member` of one that holds JSON, or the same text for all rows. */
export type RowPart = { column: string } | { value: string }

/** Which columns of a row name an entity, by the parts of its kind's key. */
export interface RowMapping {
  kind: RowKind
  /** Impacted: what was attacked; related: evidence of it. */
  role: 'impacted' | 'related'
  parts: Readonly<Record<string, RowPart>>
}

export interface RowEntity {
  key: string
  kind: RowKind
  name: string
  role: RowMapping['role']
}

export type Row = Readonly<Record<string, unknown>>

const longest = 512
const serviceAccountUser = /^system:serviceaccount:([^:]+):([^:]+)$/

/**
 * What a row tells of an entity, by the parts of its key; undefined when one is missing there. A user that stands for a
 * service account is told as that account.
 */
export function namedByRow(
  { kind, parts }: Pick<RowMapping, 'kind' | 'parts'>,
  row: Row,
): { kind: RowKind; parts: string[] } | undefined {
  const texts = keyParts[kind].map((name) => partText(row, parts[name]))
  if (texts.some((text) => text === '')) return undefined
  const account = kind === 'user' ? serviceAccountUser.exec(texts[1] ?? '') : null
  return account
    ? { kind: 'service-account', parts: [texts[0] ?? '', account[1] ?? '', account[2] ?? ''] }
    : { kind, parts: texts }
}

/** The entity that a row names; undefined when a part of its key is missing there. */
export function entityOfRow(mapping: RowMapping, row: Row): RowEntity | undefined {
  const named = namedByRow(mapping, row)
  if (!named) return undefined
  const { kind, parts } = named
  return { key: entityKey(kind, ...parts).slice(0, 2048), kind, name: parts.at(-1) ?? '', role: mapping.role }
}

/** The entities that a row names, each once. A column with a key of ours is taken at its word. */
export function entitiesOfRow(mappings: readonly RowMapping[], row: Row): RowEntity[] {
  const found = new Map<string, RowEntity>()
  for (const mapping of mappings) {
    const entity = entityOfRow(mapping, row)
    if (entity && found.get(entity.key)?.role !== 'impacted') found.set(entity.key, entity)
  }
  return [...found.values()]
}

function partText(row: Row, part: RowPart | undefined): string {
  if (part === undefined) return ''
  if ('value' in part) return part.value.slice(0, longest)
  const value = columnValue(row, part.column)
  return typeof value === 'string' ? value.slice(0, longest) : typeof value === 'number' ? String(value) : ''
}

/**
 * The value of a column, or of `Column.member.member` in one that holds JSON, as text or parsed. A column whose own name
 * has dots is taken as it is.
 */
export function columnValue(row: Row, path: string): unknown {
  if (Object.hasOwn(row, path)) return row[path]
  const [name = '', ...members] = path.split('.')
  let value = Object.hasOwn(row, name) ? row[name] : undefined
  if (typeof value === 'string' && members.length > 0) value = parsed(value)
  for (const member of members) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return undefined
    value = (value as Record<string, unknown>)[member] // just looked
  }
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Has the answer the column that this path begins with, of a type that can hold the rest of it? */
export function hasColumn(columns: readonly { name: string; type: string }[], path: string): boolean {
  const named = (name: string | undefined) => columns.find((column) => column.name === name)
  if (named(path)) return true
  const type = path.includes('.') ? named(path.split('.')[0])?.type : undefined
  return type === 'dynamic' || type === 'string'
}

const clusterColumns = ['ClusterName', 'Cluster', 'CloudResource', 'AdditionalFields.ClusterName']
const namespaceColumns = [
  'KubernetesNamespace',
  'Namespace',
  'PodNamespace',
  'namespace',
  'RawEventData.ObjectRef.namespace',
]

/** Columns that name each part that is a kind's own, the likeliest first. */
const own: Readonly<Record<RowKind, Readonly<Record<string, readonly string[]>>>> = {
  pod: { pod: ['KubernetesPodName', 'PodName', 'Pod', 'pod'] },
  container: {
    pod: ['KubernetesPodName', 'PodName', 'Pod', 'pod'],
    container: ['ContainerName', 'Container', 'container'],
  },
  workload: { workloadKind: ['WorkloadKind', 'ControllerKind'], workload: ['WorkloadName', 'Workload', 'Controller'] },
  'service-account': { serviceAccount: ['ServiceAccount', 'ServiceAccountName', 'KubernetesServiceAccount'] },
  user: { user: ['User', 'Username', 'UserName', 'By', 'RawEventData.User.username'] },
  node: { node: ['NodeName', 'Node', 'HostName', 'AdditionalFields.NodeName'] },
  namespace: {},
  image: { image: ['ContainerImageName', 'ImageName', 'Image', 'image'] },
  ip: { ip: ['IPAddress', 'RemoteIP', 'SourceIP', 'ClientIP', 'IP'] },
  domain: { domain: ['RemoteUrl', 'DnsQuery', 'Domain'] },
  secret: { secret: ['Secret', 'SecretName'] },
  cluster: {},
}
const impacted: readonly RowKind[] = ['pod', 'container', 'workload', 'service-account', 'node']
const suggested = rowKinds.filter((kind) => kind !== 'cluster')

/**
 * What the columns of an answer seem to name. `rows` decide between columns that may be empty; `cluster` is the one to
 * take where no column tells it.
 */
export function suggestMappings(
  columns: readonly { name: string; type: string }[],
  rows: readonly Row[],
  cluster: string | undefined,
): RowMapping[] {
  const sample = rows.slice(0, 200)
  const holds = (path: string): boolean =>
    hasColumn(columns, path) && (sample.length === 0 || sample.some((row) => partText(row, { column: path }) !== ''))
  const column = (among: readonly string[]): RowPart | undefined => {
    const found = among.find(holds)
    return found === undefined ? undefined : { column: found }
  }
  const place: Record<string, RowPart | undefined> = {
    cluster: column(clusterColumns) ?? (cluster === undefined ? undefined : { value: cluster }),
    namespace: column(namespaceColumns),
  }
  const found: RowMapping[] = []
  for (const kind of suggested) {
    const parts: Record<string, RowPart> = {}
    for (const name of keyParts[kind]) {
      const part = place[name] ?? column(own[kind][name] ?? [])
      if (part) parts[name] = part
    }
    // The cluster may be missing so far: it is what people are asked for.
    const isWhole = keyParts[kind].every((name) => name === 'cluster' || parts[name] !== undefined)
    // A namespace alone says little where something in it is named.
    if (!isWhole || (kind === 'namespace' && found.some((one) => one.kind === 'pod'))) continue
    found.push({ kind, role: impacted.includes(kind) ? 'impacted' : 'related', parts })
  }
  // What is inside a pod is evidence; the pod is what was attacked.
  const hasPod = found.some((one) => one.kind === 'pod')
  return found.map((one) => (hasPod && one.kind !== 'pod' ? { ...one, role: 'related' as const } : one))
}

/** A pod that rows name, with its Kubernetes uid where they tell one. */
export interface RowPod extends RowEntity {
  uid?: string
}

/**
 * The pods in rows: by a column that holds a key of ours, else by what the columns seem to name. Rows of two pods that
 * had one name are one pod without a uid: which of them is meant nobody said.
 */
export function podsOfRows(
  columns: readonly { name: string; type: string }[],
  rows: readonly Row[],
  cluster: string | undefined,
): RowPod[] {
  const found = new Map<string, RowPod>()
  const mapping = suggestMappings(columns, rows, cluster).find(({ kind }) => kind === 'pod')
  for (const row of rows) {
    const pod = podByKey(row) ?? (mapping && entityOfRow(mapping, row))
    if (!pod) continue
    const uid = [row.Uid, row.TargetUid].find((text) => typeof text === 'string' && text !== '')
    const known = found.get(pod.key)
    const isSame = known === undefined || known.uid === uid
    found.set(pod.key, isSame && typeof uid === 'string' ? { ...pod, uid } : pod)
  }
  return [...found.values()]
}

function podByKey(row: Row): RowEntity | undefined {
  for (const column of ['EntityKey', 'TargetKey']) {
    const key = row[column]
    const parsedKey = typeof key === 'string' ? parseEntityKey(key) : undefined
    if (parsedKey?.kind === 'pod' && typeof key === 'string')
      return { key, kind: 'pod', name: parsedKey.parts.at(-1) ?? '', role: 'impacted' }
  }
  return undefined
}
