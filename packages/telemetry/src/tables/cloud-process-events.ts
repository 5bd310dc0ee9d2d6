import { commonInternal, datetimeSql, nameSql, textSql, type InternalColumn, type Table } from './table.ts'

/** Internal columns of the tables that runtime sensors fill. */
export const runtimeInternal: readonly InternalColumn[] = [
  { name: '_ReportId', sql: textSql, doc: 'Sensor event id; the documented table has no ReportId' },
  ...commonInternal,
  { name: '_PodUid', sql: nameSql, doc: 'Kubernetes uid of the pod' },
  { name: '_Node', sql: nameSql, doc: 'Node the process ran on' },
  { name: '_Event', sql: 'String CODEC(ZSTD(1))', doc: 'The normalised event as JSON, for replay to detection' },
]

/** Process events of container sensors as hunters know them from Microsoft Defender XDR's table of this name. */
export const cloudProcessEvents: Table = {
  name: 'CloudProcessEvents',
  title: 'Process events',
  doc: 'Processes started in containers and on nodes, and what sensors saw them do',
  documented: true,
  columns: [
    { name: 'Timestamp', type: 'datetime', doc: 'Event time', sql: datetimeSql },
    { name: 'AzureResourceId', type: 'string', doc: 'Azure resource id of the cluster', sql: nameSql },
    { name: 'AwsResourceName', type: 'string', doc: 'ARN of the cluster', sql: nameSql },
    { name: 'GcpFullResourceName', type: 'string', doc: 'Google Cloud name of the cluster', sql: nameSql },
    { name: 'ContainerImageName', type: 'string', doc: 'Image name or id', sql: nameSql, entity: 'image' },
    { name: 'KubernetesNamespace', type: 'string', doc: 'Namespace of the pod', sql: nameSql, entity: 'namespace' },
    { name: 'KubernetesPodName', type: 'string', doc: 'Pod', sql: nameSql, entity: 'pod' },
    {
      name: 'KubernetesResource',
      type: 'string',
      doc: 'namespace/type/name of the workload, else of the pod',
      sql: nameSql,
    },
    { name: 'ContainerName', type: 'string', doc: 'Container name in the pod', sql: nameSql, entity: 'container' },
    { name: 'ContainerId', type: 'string', doc: 'Container id of the runtime', sql: nameSql },
    {
      name: 'ActionType',
      type: 'string',
      doc: 'Kind of event',
      sql: nameSql,
      values: ['ProcessCreated', 'ProcessActivity'],
    },
    {
      name: 'FileName',
      type: 'string',
      doc: 'File acted on: the started binary, or the file a sensor reported',
      sql: nameSql,
      entity: 'file',
    },
    { name: 'FolderPath', type: 'string', doc: 'Folder of that file', sql: nameSql },
    { name: 'ProcessId', type: 'long', doc: 'Process id on the node', sql: 'Int64' },
    { name: 'ProcessName', type: 'string', doc: 'Process name', sql: nameSql, entity: 'process' },
    { name: 'ParentProcessName', type: 'string', doc: 'Name of the parent', sql: nameSql },
    { name: 'ParentProcessId', type: 'string', doc: 'Process id of the parent, as text', sql: textSql },
    { name: 'ProcessCommandLine', type: 'string', doc: 'Command line, secrets taken out', sql: textSql },
    {
      name: 'ProcessCreationTime',
      type: 'datetime',
      doc: 'When the process started',
      sql: `Nullable(DateTime64(7, 'UTC'))`,
    },
    { name: 'ProcessCurrentWorkingDirectory', type: 'string', doc: 'Working directory', sql: nameSql },
    { name: 'AccountName', type: 'string', doc: 'User the process runs as', sql: nameSql, entity: 'user' },
    { name: 'LogonId', type: 'long', doc: 'Session id within the container; 0 when the sensor has none', sql: 'Int64' },
    { name: 'InitiatingProcessId', type: 'string', doc: 'Process id of the initiator, as text', sql: textSql },
    {
      name: 'AdditionalFields',
      type: 'string',
      doc: 'JSON: ClusterName, NodeName, ProcessPath, ParentCommandLine, sensor rule, drift',
      sql: 'String CODEC(ZSTD(1))',
    },
  ],
  internal: runtimeInternal,
  scope: { cluster: '_Cluster', namespace: 'KubernetesNamespace' },
  promoted: {},
  orderBy: '(toStartOfHour(Timestamp), _Cluster, KubernetesNamespace, KubernetesPodName, Timestamp)',
  indexes: [
    'report_id _ReportId TYPE bloom_filter(0.01) GRANULARITY 1',
    'pod KubernetesPodName TYPE set(100) GRANULARITY 1',
    "command_line lower(ProcessCommandLine) TYPE text(tokenizer = 'splitByNonAlpha')",
    'batch _Batch TYPE minmax GRANULARITY 1',
    'times Timestamp TYPE minmax GRANULARITY 1',
  ],
  samples: [
    {
      title: 'Command lines that name a word',
      query:
        'CloudProcessEvents\n| where ProcessCommandLine has "xmrig"\n| project Timestamp, KubernetesNamespace, KubernetesPodName, ContainerName, ProcessName, ProcessCommandLine',
    },
    {
      title: 'Rarest processes of a pod',
      query:
        'CloudProcessEvents\n| where KubernetesNamespace == "shop" and KubernetesPodName == "web-0"\n| summarize Count = count() by ProcessName\n| top 10 by Count asc',
    },
  ],
}
