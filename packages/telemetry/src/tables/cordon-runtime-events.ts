import { runtimeInternal } from './cloud-process-events.ts'
import { datetimeSql, nameSql, textSql, type Table } from './table.ts'

/**
 * Ends of processes and outgoing connections. They have a table of our own, so that counts over CloudProcessEvents stay
 * counts of process starts, as published hunts assume.
 */
export const cordonRuntimeEvents: Table = {
  name: 'CordonRuntimeEvents',
  title: 'Process ends and connections',
  doc: 'Processes that ended and connections that processes opened; a table of Cordon',
  documented: false,
  columns: [
    { name: 'Timestamp', type: 'datetime', doc: 'Event time', sql: datetimeSql },
    { name: 'ReportId', type: 'string', doc: 'Sensor event id', sql: textSql },
    {
      name: 'ActionType',
      type: 'string',
      doc: 'Kind of event',
      sql: nameSql,
      values: ['ProcessExited', 'ConnectionAttempted'],
    },
    { name: 'KubernetesNamespace', type: 'string', doc: 'Namespace of the pod', sql: nameSql, entity: 'namespace' },
    { name: 'KubernetesPodName', type: 'string', doc: 'Pod', sql: nameSql, entity: 'pod' },
    { name: 'ContainerName', type: 'string', doc: 'Container name in the pod', sql: nameSql, entity: 'container' },
    { name: 'ContainerId', type: 'string', doc: 'Container id of the runtime', sql: nameSql },
    { name: 'NodeName', type: 'string', doc: 'Node', sql: nameSql, entity: 'node' },
    { name: 'ProcessId', type: 'long', doc: 'Process id on the node', sql: 'Int64' },
    { name: 'ProcessName', type: 'string', doc: 'Process name', sql: nameSql, entity: 'process' },
    { name: 'ProcessCommandLine', type: 'string', doc: 'Command line, secrets taken out', sql: textSql },
    { name: 'RemoteIP', type: 'string', doc: 'Destination address of a connection', sql: nameSql, entity: 'ip' },
    { name: 'RemotePort', type: 'int', doc: 'Destination port, 0 for process ends', sql: 'Int32' },
    {
      name: 'RemoteUrl',
      type: 'string',
      doc: 'Destination name where the sensor knew it',
      sql: nameSql,
      entity: 'domain',
    },
    { name: 'Protocol', type: 'string', doc: 'tcp or udp', sql: nameSql, values: ['', 'tcp', 'udp'] },
    {
      name: 'Result',
      type: 'string',
      doc: 'Outcome of a connection',
      sql: nameSql,
      values: ['', 'connected', 'refused', 'timeout', 'unknown'],
    },
    { name: 'ExitCode', type: 'int', doc: 'Exit code; null for connections or while unknown', sql: 'Nullable(Int32)' },
    { name: 'AdditionalFields', type: 'dynamic', doc: 'ClusterName and ingest notes', sql: textSql },
  ],
  internal: runtimeInternal.filter((column) => column.name !== '_ReportId'),
  scope: { cluster: '_Cluster', namespace: 'KubernetesNamespace' },
  promoted: { 'AdditionalFields.ClusterName': '_Cluster' },
  orderBy: '(toStartOfHour(Timestamp), _Cluster, KubernetesNamespace, KubernetesPodName, Timestamp)',
  indexes: [
    'report_id ReportId TYPE bloom_filter(0.01) GRANULARITY 1',
    'pod KubernetesPodName TYPE set(100) GRANULARITY 1',
    'remote RemoteIP TYPE bloom_filter(0.01) GRANULARITY 1',
    'batch _Batch TYPE minmax GRANULARITY 1',
    'times Timestamp TYPE minmax GRANULARITY 1',
  ],
  samples: [
    {
      title: 'Connections to the cloud metadata service',
      query:
        'CordonRuntimeEvents\n| where RemoteIP == "169.254.169.254"\n| project Timestamp, KubernetesNamespace, KubernetesPodName, ProcessName, RemotePort',
    },
  ],
}
