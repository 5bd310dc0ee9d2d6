import type { StateTable } from '@cordon/kql'

type ColumnType = StateTable['columns'][number]['type']

interface DocumentedTable extends StateTable {
  title: string
  doc: string
  columns: readonly { name: string; type: ColumnType; doc: string }[]
  samples: readonly { title: string; query: string }[]
}

const column = (name: string, type: ColumnType, doc: string) => ({ name, type, doc })
const place = [
  column('ClusterName', 'string', 'Cluster'),
  column('KubernetesNamespace', 'string', 'Namespace'),
  column('KubernetesPodName', 'string', 'Pod'),
]
const alert = [
  column('Timestamp', 'datetime', 'Last activity of the alert'),
  column('AlertId', 'string', 'Id of the alert'),
  column('Title', 'string', 'Title of the alert'),
]
const source = [
  column('ServiceSource', 'string', 'Product that raised it'),
  column('DetectionSource', 'string', 'Rule that raised it'),
]

/** Hunting tables of what Cordon itself knows. They live in the state database and are handed in with each query. */
export const stateTables: readonly DocumentedTable[] = [
  {
    name: 'AlertInfo',
    title: 'Alerts',
    doc: 'One row per alert',
    timed: true,
    columns: [
      ...alert,
      column('Category', 'string', 'First tactic'),
      column('Severity', 'string', 'High, Medium, Low or Informational'),
      ...source,
      column('AttackTechniques', 'string', 'Technique ids as JSON array'),
    ],
    samples: [
      {
        title: 'Alerts per category',
        query: 'AlertInfo\n| summarize Alerts = count() by Category, Severity\n| sort by Alerts',
      },
    ],
  },
  {
    name: 'AlertEvidence',
    title: 'Entities of alerts',
    doc: 'One row per alert and entity it names, with Kubernetes columns of its own',
    timed: true,
    columns: [
      ...alert,
      column('Categories', 'string', 'Tactics as JSON array'),
      column('AttackTechniques', 'string', 'Technique ids as JSON array'),
      ...source,
      column('EntityType', 'string', 'Kind of entity'),
      column('EvidenceRole', 'string', 'Part the entity played: Impacted or Related'),
      column('EvidenceDirection', 'string', 'Source or Destination of a connection'),
      column('FileName', 'string', 'File'),
      column('FolderPath', 'string', 'Its folder'),
      column('SHA1', 'string', 'Hash where known'),
      column('SHA256', 'string', 'Hash where known'),
      column('FileSize', 'long', 'Size where known'),
      column('ThreatFamily', 'string', 'Malware family where known'),
      column('RemoteIP', 'string', 'Address of the other side'),
      column('RemoteUrl', 'string', 'Name of the other side'),
      column('AccountName', 'string', 'User or service account'),
      column('AccountDomain', 'string', 'Not filled'),
      column('AccountSid', 'string', 'Not filled'),
      column('AccountObjectId', 'string', 'Not filled'),
      column('AccountUpn', 'string', 'Not filled'),
      column('DeviceId', 'string', 'Not filled'),
      column('DeviceName', 'string', 'Node'),
      column('LocalIP', 'string', 'Own address'),
      column('NetworkMessageId', 'string', 'Not filled'),
      column('EmailSubject', 'string', 'Not filled'),
      column('Application', 'string', 'Not filled'),
      column('ApplicationId', 'int', 'Not filled'),
      column('OAuthApplicationId', 'string', 'Not filled'),
      column('ProcessCommandLine', 'string', 'Command line'),
      column('RegistryKey', 'string', 'Not filled'),
      column('RegistryValueName', 'string', 'Not filled'),
      column('RegistryValueData', 'string', 'Not filled'),
      column('AdditionalFields', 'string', 'Facts of the entity as JSON'),
      column('Severity', 'string', 'Severity of the alert'),
      column('CloudResource', 'string', 'Cluster'),
      column('CloudPlatform', 'string', 'Not filled'),
      column('ResourceType', 'string', 'Kind of entity as shown'),
      column('ResourceID', 'string', 'Key of the entity'),
      column('SubscriptionId', 'string', 'Not filled'),
      ...place,
      column('ContainerName', 'string', 'Container'),
      column('ContainerImageName', 'string', 'Image'),
      column('EntityKey', 'string', 'Key of the entity in Cordon'),
    ],
    samples: [
      {
        title: 'Pods named by most alerts',
        query:
          'AlertEvidence\n| where EntityType == "Pod"\n| summarize Alerts = dcount(AlertId) by ClusterName, KubernetesNamespace, KubernetesPodName\n| top 20 by Alerts',
      },
    ],
  },
  {
    name: 'IncidentInfo',
    title: 'Incidents',
    doc: 'One row per incident as it is now; a table of Cordon',
    timed: true,
    columns: [
      column('Timestamp', 'datetime', 'Last activity'),
      column('IncidentId', 'long', 'Number'),
      column('IncidentName', 'string', 'Name'),
      column('Severity', 'string', 'High, Medium, Low or Informational'),
      column('Status', 'string', 'new, in-progress, resolved or redirected'),
      column('PriorityScore', 'long', '0 to 100'),
      column('AssignedTo', 'string', 'Account, empty when nobody'),
      column('Classification', 'string', 'Empty while open'),
      column('Determination', 'string', 'Empty while open'),
      column('Categories', 'dynamic', 'Tactics'),
      column('Clusters', 'dynamic', 'Clusters'),
      column('Namespaces', 'dynamic', 'Namespaces'),
      column('Tags', 'dynamic', 'Tags'),
      column('ImpactedAssets', 'dynamic', 'Key, kind and name of each'),
      column('AlertIds', 'dynamic', 'Ids of its alerts'),
      column('ActiveAlerts', 'long', 'Alerts that are not resolved'),
      column('TotalAlerts', 'long', 'All alerts'),
      column('FirstActivity', 'datetime', 'First activity'),
      column('CreatedTime', 'datetime', 'When it was opened'),
      column('LastUpdateTime', 'datetime', 'Last change'),
    ],
    samples: [
      {
        title: 'Open incidents by assignee',
        query: 'IncidentInfo\n| where Status != "resolved"\n| summarize Incidents = count() by AssignedTo',
      },
    ],
  },
  {
    name: 'ResponseActions',
    title: 'Response actions',
    doc: 'One row per response action with its state; a table of Cordon',
    timed: true,
    columns: [
      column('Timestamp', 'datetime', 'When it was requested'),
      column('ActionId', 'string', 'Id'),
      column('ActionType', 'string', 'Kind of action, e.g. isolate-pod'),
      column('State', 'string', 'State, e.g. verified'),
      column('ClusterName', 'string', 'Cluster'),
      column('KubernetesNamespace', 'string', 'Namespace'),
      column('TargetName', 'string', 'Pod or workload'),
      column('TargetKey', 'string', 'Key of the target in Cordon'),
      column('TargetUid', 'string', 'Kubernetes uid of the target'),
      column('Comment', 'string', 'Reason given'),
      column('Source', 'string', 'Where it was requested'),
      column('RequestedBy', 'string', 'Account'),
      column('IncidentId', 'long', 'Incident, null when none'),
      column('AppliedTime', 'datetime', 'When it was applied'),
      column('VerifiedTime', 'datetime', 'When its effect was verified'),
      column('EndedTime', 'datetime', 'When it ended'),
      column('LastUpdateTime', 'datetime', 'Last change'),
    ],
    samples: [
      {
        title: 'Isolations that are not verified',
        query:
          'ResponseActions\n| where ActionType == "isolate-pod" and State !in ("verified", "released")\n| project Timestamp, ClusterName, KubernetesNamespace, TargetName, State, RequestedBy',
      },
    ],
  },
  {
    name: 'KubernetesEntities',
    title: 'Inventory',
    doc: 'Objects of the clusters with their history; a table of Cordon, not restricted by the time span',
    timed: false,
    columns: [
      column('Timestamp', 'datetime', 'When it was last seen'),
      column('EntityKey', 'string', 'Key in Cordon'),
      column('EntityType', 'string', 'Kind'),
      column('ClusterName', 'string', 'Cluster'),
      column('KubernetesNamespace', 'string', 'Namespace, empty for cluster-wide objects'),
      column('EntityName', 'string', 'Name'),
      column('Uid', 'string', 'Kubernetes uid'),
      column('Labels', 'dynamic', 'Labels'),
      column('Manifest', 'dynamic', 'What the inventory keeps of the object'),
      column('FirstSeen', 'datetime', 'When it was first seen'),
      column('GoneTime', 'datetime', 'When it was gone; null while it exists'),
    ],
    samples: [
      {
        title: 'Pods that are gone',
        query:
          'KubernetesEntities\n| where EntityType == "pod" and isnotnull(GoneTime)\n| project GoneTime, ClusterName, KubernetesNamespace, EntityName\n| top 50 by GoneTime',
      },
    ],
  },
]
