import type { ReadyHunt } from '@cordon/contract'
import { keyParts, parseEntityKey } from '@cordon/entities'
import type { Kysely } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import { Refusal } from '../../refusal.ts'
import { allActivity } from './all-activity.ts'
import { kqlText } from './kql-text.ts'

type Hunt = Omit<ReadyHunt, 'timespan'>
type Parts = Readonly<Record<string, string>>

const audit = 'CloudAuditEvents'
const inCluster = (parts: Parts): string => `| where AdditionalFields.ClusterName == ${kqlText(parts.cluster ?? '')}`
const processesOf = (parts: Parts): string =>
  [
    'CloudProcessEvents',
    processInCluster(parts),
    `| where KubernetesNamespace == ${kqlText(parts.namespace ?? '')} and KubernetesPodName == ${kqlText(parts.pod ?? '')}`,
    ...(parts.container === undefined ? [] : [`| where ContainerName == ${kqlText(parts.container)}`]),
  ].join('\n')
/** Rows name their pod with its cluster, so that they can be linked to incidents and acted on. */
const clusterOfProcess = 'ClusterName = tostring(parse_json(AdditionalFields).ClusterName)'
const clusterOfEvent = 'ClusterName = tostring(AdditionalFields.ClusterName)'
const processInCluster = (parts: Parts): string =>
  `| where parse_json(AdditionalFields).ClusterName == ${kqlText(parts.cluster ?? '')}`
const processColumns = `| project Timestamp, ${clusterOfProcess}, KubernetesNamespace, KubernetesPodName, ContainerName, ActionType, ProcessName, ProcessCommandLine, ParentProcessName, AccountName, ContainerImageName`
const auditColumns =
  '| project Timestamp, ClusterName = tostring(AdditionalFields.ClusterName), OperationName, Resource = tostring(RawEventData.ObjectRef.resource), Subresource = tostring(RawEventData.ObjectRef.subresource), Namespace = tostring(RawEventData.ObjectRef.namespace), Name = tostring(RawEventData.ObjectRef.name), Code = tolong(RawEventData.ResponseStatus.code), User = tostring(RawEventData.User.username), IPAddress, UserAgent'
const newest = '| sort by Timestamp desc'

const hunt = (id: string, title: string, doc: string, ...lines: string[]): Hunt => ({
  id,
  title,
  doc,
  query: lines.join('\n'),
})

function aboutPod(parts: Parts): Hunt[] {
  const object = `| where RawEventData.ObjectRef.resource == "pods" and RawEventData.ObjectRef.namespace == ${kqlText(parts.namespace ?? '')} and RawEventData.ObjectRef.name == ${kqlText(parts.pod ?? '')}`
  return [
    hunt('processes', 'Process events', 'What ran in it', processesOf(parts), processColumns, newest),
    hunt(
      'exec',
      'Who exec’ed into it',
      'Shells opened and attached through the API server',
      audit,
      inCluster(parts),
      object,
      '| where RawEventData.ObjectRef.subresource in ("exec", "attach", "portforward", "ephemeralcontainers")',
      '| extend Command = url_decode(strcat_array(extract_all(@"command=([^&]*)", tostring(RawEventData.RequestURI)), " "))',
      '| project Timestamp, Subresource = tostring(RawEventData.ObjectRef.subresource), User = tostring(RawEventData.User.username), Command, IPAddress, UserAgent',
      newest,
    ),
    hunt(
      'changes',
      'Requests about it',
      'What the API server was asked about it',
      audit,
      inCluster(parts),
      object,
      auditColumns,
      newest,
    ),
    hunt(
      'connections',
      'Connections',
      'Where it connected to',
      'CordonRuntimeEvents',
      inCluster(parts),
      `| where ActionType == "ConnectionAttempted" and KubernetesNamespace == ${kqlText(parts.namespace ?? '')} and KubernetesPodName == ${kqlText(parts.pod ?? '')}`,
      `| summarize Connections = count(), First = min(Timestamp), Last = max(Timestamp), Processes = make_set(ProcessName, 10) by ${clusterOfEvent}, KubernetesNamespace, KubernetesPodName, RemoteIP, RemoteUrl, RemotePort, Result`,
      '| sort by Last desc',
    ),
    hunt(
      'dns',
      'Names it asked for',
      'Its DNS questions and whether there was an answer; needs a sensor that reads DNS',
      'CloudDnsEvents',
      inCluster(parts),
      `| where KubernetesNamespace == ${kqlText(parts.namespace ?? '')} and KubernetesPodName == ${kqlText(parts.pod ?? '')}`,
      `| summarize Questions = countif(DnsEventSubType == "request"), Codes = make_set_if(DnsResponseCodeName, DnsEventSubType == "response"), First = min(Timestamp), Last = max(Timestamp), Processes = make_set(ProcessName, 10) by ${clusterOfEvent}, KubernetesNamespace, KubernetesPodName, DnsQuery, DnsQueryTypeName`,
      '| sort by Last desc',
    ),
    hunt(
      'image',
      'Other pods with its images',
      'Where else the same image ran',
      'let Images = toscalar(CloudProcessEvents',
      `  | where KubernetesNamespace == ${kqlText(parts.namespace ?? '')} and KubernetesPodName == ${kqlText(parts.pod ?? '')}`,
      '  | summarize make_set(ContainerImageName));',
      'CloudProcessEvents',
      '| where isnotempty(ContainerImageName) and set_has_element(Images, ContainerImageName)',
      `| summarize Starts = count(), First = min(Timestamp), Last = max(Timestamp) by ContainerImageName, ${clusterOfProcess}, KubernetesNamespace, KubernetesPodName`,
      '| sort by Last desc',
    ),
  ]
}

/** A user name as audit events write it. */
function aboutUser(user: string, parts: Parts): Hunt[] {
  const own = `| where RawEventData.User.username == ${kqlText(user)}`
  return [
    hunt('acts', 'What it did', 'Its requests to the API server', audit, inCluster(parts), own, auditColumns, newest),
    hunt(
      'acts-summary',
      'What it did, in short',
      'Its requests counted by verb and resource',
      audit,
      inCluster(parts),
      own,
      '| summarize Requests = count(), Denied = countif(RawEventData.ResponseStatus.code == 403), First = min(Timestamp), Last = max(Timestamp) by OperationName, Resource = tostring(RawEventData.ObjectRef.resource), IPAddress',
      '| sort by Last desc',
    ),
    hunt(
      'addresses',
      'Where it came from',
      'Addresses and programs it used',
      audit,
      inCluster(parts),
      own,
      '| summarize Requests = count(), First = min(Timestamp), Last = max(Timestamp) by IPAddress, UserAgent',
      '| sort by First desc',
    ),
  ]
}

const byKind: Readonly<Record<string, (parts: Parts) => Hunt[]>> = {
  pod: aboutPod,
  container: (parts) => [
    hunt('processes', 'Process events', 'What ran in it', processesOf(parts), processColumns, newest),
    ...aboutPod({ ...parts, container: '' }).filter((each) => ['exec', 'connections', 'dns'].includes(each.id)),
  ],
  'service-account': (parts) =>
    aboutUser(`system:serviceaccount:${parts.namespace ?? ''}:${parts.serviceAccount ?? ''}`, parts),
  user: (parts) => aboutUser(parts.user ?? '', parts),
  namespace: (parts) => [
    hunt(
      'processes',
      'Process events',
      'What ran in it',
      'CloudProcessEvents',
      processInCluster(parts),
      `| where KubernetesNamespace == ${kqlText(parts.namespace ?? '')}`,
      `| summarize Starts = count(), Last = max(Timestamp) by ${clusterOfProcess}, KubernetesNamespace, KubernetesPodName, ProcessName`,
      '| sort by Last desc',
    ),
    hunt(
      'changes',
      'Changes in it',
      'Who created, changed and deleted what',
      audit,
      inCluster(parts),
      `| where RawEventData.ObjectRef.namespace == ${kqlText(parts.namespace ?? '')} and ActionType in ("Create", "Update", "Delete")`,
      auditColumns,
      newest,
    ),
  ],
  cluster: (parts) => [
    hunt(
      'changes',
      'Changes',
      'Who created, changed and deleted what',
      audit,
      inCluster(parts),
      '| where ActionType in ("Create", "Update", "Delete")',
      auditColumns,
      newest,
    ),
  ],
  node: (parts) => [
    hunt(
      'processes',
      'Process events',
      'What ran on it',
      'CloudProcessEvents',
      processInCluster(parts),
      `| where parse_json(AdditionalFields).NodeName == ${kqlText(parts.node ?? '')}`,
      `| project Timestamp, ${clusterOfProcess}, KubernetesNamespace, KubernetesPodName, ProcessName, ProcessCommandLine, AccountName`,
      newest,
    ),
  ],
  image: (parts) => [
    hunt(
      'pods',
      'Pods with this image',
      'Where it ran',
      'CloudProcessEvents',
      `| where ContainerImageName == ${kqlText(parts.image ?? '')}`,
      `| summarize Starts = count(), First = min(Timestamp), Last = max(Timestamp) by ${clusterOfProcess}, KubernetesNamespace, KubernetesPodName, ContainerName`,
      '| sort by Last desc',
    ),
  ],
  workload: (parts) => [
    hunt(
      'processes',
      'Process events',
      'What ran in its pods',
      'CloudProcessEvents',
      processInCluster(parts),
      `| where KubernetesResource =~ ${kqlText(`${parts.namespace ?? ''}/${parts.workloadKind ?? ''}/${parts.workload ?? ''}`)}`,
      processColumns,
      newest,
    ),
  ],
  process: (parts) => [
    hunt(
      'starts',
      'Starts of this program',
      'Where else it ran',
      'CloudProcessEvents',
      `| where ProcessName == ${kqlText(lastPart(parts.process ?? ''))}`,
      `| summarize Starts = count(), First = min(Timestamp), Last = max(Timestamp) by ${clusterOfProcess}, KubernetesNamespace, KubernetesPodName, ContainerName, ProcessCommandLine`,
      '| sort by Last desc',
    ),
  ],
  file: (parts) => [
    hunt(
      'uses',
      'Uses of this file',
      'Processes that name it',
      'CloudProcessEvents',
      `| where strcat(FolderPath, "/", FileName) == ${kqlText(parts.path ?? '')} or ProcessCommandLine contains ${kqlText(parts.path ?? '')}`,
      `| project Timestamp, ${clusterOfProcess}, KubernetesNamespace, KubernetesPodName, ProcessName, ProcessCommandLine, AccountName`,
      newest,
    ),
  ],
  ip: (parts) => [
    hunt(
      'connections',
      'Connections to it',
      'Pods that connected to it',
      'CordonRuntimeEvents',
      `| where RemoteIP == ${kqlText(parts.ip ?? '')}`,
      `| project Timestamp, ${clusterOfEvent}, KubernetesNamespace, KubernetesPodName, ProcessName, RemotePort, Result`,
      newest,
    ),
    hunt(
      'requests',
      'Requests from it',
      'What was asked of API servers from it',
      audit,
      `| where IPAddress == ${kqlText(parts.ip ?? '')}`,
      auditColumns,
      newest,
    ),
  ],
  domain: (parts) => [
    hunt(
      'connections',
      'Connections to it',
      'Pods that connected to it',
      'CordonRuntimeEvents',
      `| where RemoteUrl =~ ${kqlText(parts.domain ?? '')}`,
      `| project Timestamp, ${clusterOfEvent}, KubernetesNamespace, KubernetesPodName, ProcessName, RemoteIP, RemotePort, Result`,
      newest,
    ),
    hunt(
      'dns',
      'Who asked for it',
      'Pods that asked for this name or one below it; needs a sensor that reads DNS',
      'CloudDnsEvents',
      `| where DnsQuery =~ ${kqlText(parts.domain ?? '')} or DnsQuery endswith ${kqlText(`.${parts.domain ?? ''}`)}`,
      `| project Timestamp, ${clusterOfEvent}, KubernetesNamespace, KubernetesPodName, ProcessName, DnsQuery, DnsQueryTypeName, DnsEventSubType, DnsResponseCodeName, Answers = AdditionalFields.Answers`,
      newest,
    ),
  ],
}

/** Other objects of the API: who asked for them. */
function aboutObject(resource: string, name: string, parts: Parts): Hunt[] {
  return [
    hunt(
      'requests',
      'Requests about it',
      'What the API server was asked about it',
      audit,
      inCluster(parts),
      `| where RawEventData.ObjectRef.resource == ${kqlText(resource)} and RawEventData.ObjectRef.name == ${kqlText(name)}`,
      ...(parts.namespace ? [`| where RawEventData.ObjectRef.namespace == ${kqlText(parts.namespace)}`] : []),
      auditColumns,
      newest,
    ),
  ]
}

const resources: Readonly<Record<string, string>> = {
  service: 'services',
  secret: 'secrets',
  role: 'roles',
  'role-binding': 'rolebindings',
}

function lastPart(process: string): string {
  return process.split('/').at(-1) ?? process
}

/** Ready hunts for an entity; with an incident, over its time and a day around it. Throws `Refusal` for other keys. */
export async function readyHunts(
  db: Kysely<Database>,
  key: string,
  incidentId: number | undefined,
): Promise<ReadyHunt[]> {
  const parsed = parseEntityKey(key)
  if (!parsed) throw new Refusal('invalid', 'key: this is not the key of an entity.')
  const names = keyParts[parsed.kind] as readonly string[]
  const parts = Object.fromEntries(names.map((name, index) => [name, parsed.parts[index] ?? '']))
  const last = parsed.parts.at(-1) ?? ''
  const resource = resources[parsed.kind]
  const own = byKind[parsed.kind]?.(parts) ?? (resource ? aboutObject(resource, last, parts) : [])
  const activity = allActivity(parsed.kind, parts)
  const all = activity && hunt('all', 'All activity', 'What happened in it, by it and to it, newest first', activity)
  const mentions = hunt(
    'mentions',
    all ? 'Every mention' : 'All activity',
    all ? 'Every event with its name anywhere; looks at every column and takes long' : 'Every event that names it',
    `search in (CloudAuditEvents, CloudProcessEvents, CloudDnsEvents, CordonRuntimeEvents) ${kqlText(last)}`,
    '| sort by Timestamp desc',
    '| take 1000',
  )
  const alerts = hunt(
    'alerts',
    'Related alerts',
    'Alerts that name it',
    'AlertEvidence',
    `| where EntityKey == ${kqlText(key)}`,
    '| join kind=inner (AlertInfo | project AlertId, Category) on AlertId',
    '| project Timestamp, AlertId, Title, Severity, Category, EvidenceRole',
    '| sort by Timestamp desc',
  )
  const timespan = await spanAround(db, incidentId)
  const hunts = all ? [all, alerts, ...own, mentions] : [mentions, alerts, ...own]
  return hunts.map((each) => ({ ...each, timespan }))
}

const aroundMs = 86_400_000

async function spanAround(db: Kysely<Database>, incidentId: number | undefined): Promise<string> {
  if (incidentId === undefined) return 'P7D'
  const incident = await db
    .selectFrom('incidents')
    .select(['first_activity', 'last_activity'])
    .where('id', '=', incidentId)
    .executeTakeFirst()
  if (!incident) throw new Refusal('not-found', 'There is no such incident.')
  const from = new Date(incident.first_activity.getTime() - aroundMs)
  const to = new Date(incident.last_activity.getTime() + aroundMs)
  return `${from.toISOString()}/${to.toISOString()}`
}
