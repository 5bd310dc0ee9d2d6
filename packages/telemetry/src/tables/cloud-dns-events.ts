import { runtimeInternal } from './cloud-process-events.ts'
import { datetimeSql, nameSql, textSql, type Table } from './table.ts'

/** DNS questions and answers of containers as hunters know them from Microsoft Defender XDR's table of this name. */
export const cloudDnsEvents: Table = {
  name: 'CloudDnsEvents',
  title: 'DNS events',
  doc: 'Names that containers asked for, and the answers; filled by sensors that read DNS',
  documented: true,
  columns: [
    { name: 'Timestamp', type: 'datetime', doc: 'Event time', sql: datetimeSql },
    { name: 'ReportId', type: 'string', doc: 'Sensor event id', sql: textSql },
    {
      name: 'ActionType',
      type: 'string',
      doc: 'Kind of event',
      sql: nameSql,
      values: ['DnsRequest', 'DnsResponse'],
    },
    { name: 'AzureResourceId', type: 'string', doc: 'Azure resource id of the cluster', sql: nameSql },
    { name: 'AwsResourceName', type: 'string', doc: 'ARN of the cluster', sql: nameSql },
    { name: 'GcpFullResourceName', type: 'string', doc: 'Google Cloud name of the cluster', sql: nameSql },
    {
      name: 'KubernetesResource',
      type: 'string',
      doc: 'namespace/type/name of the workload, else of the pod',
      sql: nameSql,
    },
    { name: 'KubernetesNamespace', type: 'string', doc: 'Namespace of the pod', sql: nameSql, entity: 'namespace' },
    { name: 'KubernetesPodName', type: 'string', doc: 'Pod', sql: nameSql, entity: 'pod' },
    { name: 'ContainerName', type: 'string', doc: 'Container name in the pod', sql: nameSql, entity: 'container' },
    { name: 'ContainerId', type: 'string', doc: 'Container id of the runtime', sql: nameSql },
    { name: 'ImageName', type: 'string', doc: 'Image name or id', sql: nameSql, entity: 'image' },
    { name: 'ProcessName', type: 'string', doc: 'Process that asked', sql: nameSql, entity: 'process' },
    { name: 'ProcessId', type: 'long', doc: 'Process id on the node; 0 when the sensor has none', sql: 'Int64' },
    { name: 'DnsEventType', type: 'string', doc: 'Operation', sql: nameSql, values: ['Query'] },
    {
      name: 'DnsEventSubType',
      type: 'string',
      doc: 'Question or answer',
      sql: nameSql,
      values: ['request', 'response'],
    },
    { name: 'DnsQuery', type: 'string', doc: 'Name asked for, without the final dot', sql: textSql, entity: 'domain' },
    { name: 'DnsQueryTypeName', type: 'string', doc: 'Record type: A, AAAA, TXT …', sql: nameSql },
    { name: 'DnsResponseCodeName', type: 'string', doc: 'NOERROR, NXDOMAIN …; empty in questions', sql: nameSql },
    {
      name: 'DnsNetworkDuration',
      type: 'long',
      doc: 'Milliseconds from question to answer; null where unknown',
      sql: 'Nullable(Int64)',
    },
    { name: 'TransactionIdHex', type: 'string', doc: 'Transaction id of the message, in hex', sql: textSql },
    { name: 'ImageDigest', type: 'string', doc: 'Digest of the image', sql: nameSql },
    { name: 'Region', type: 'string', doc: 'Cloud region; sensors don’t tell it', sql: nameSql },
    { name: 'HostName', type: 'string', doc: 'Node', sql: nameSql, entity: 'node' },
    {
      name: 'AdditionalFields',
      type: 'dynamic',
      doc: 'ClusterName, Answers, DnsServer, ClientIP and ingest notes',
      sql: textSql,
    },
  ],
  internal: runtimeInternal.filter((column) => column.name !== '_ReportId'),
  scope: { cluster: '_Cluster', namespace: 'KubernetesNamespace' },
  promoted: { 'AdditionalFields.ClusterName': '_Cluster' },
  orderBy: '(toStartOfHour(Timestamp), _Cluster, KubernetesNamespace, KubernetesPodName, Timestamp)',
  indexes: [
    'report_id ReportId TYPE bloom_filter(0.01) GRANULARITY 1',
    'pod KubernetesPodName TYPE set(100) GRANULARITY 1',
    "query lower(DnsQuery) TYPE text(tokenizer = 'splitByNonAlpha')",
    'batch _Batch TYPE minmax GRANULARITY 1',
    'times Timestamp TYPE minmax GRANULARITY 1',
  ],
  samples: [
    {
      title: 'Names that a pod asks for most',
      query:
        'CloudDnsEvents\n| where KubernetesNamespace == "shop" and KubernetesPodName == "web-0"\n| summarize Questions = countif(DnsEventSubType == "request") by DnsQuery\n| top 10 by Questions',
    },
    {
      title: 'Many names that don’t exist',
      query:
        'CloudDnsEvents\n| where DnsResponseCodeName == "NXDOMAIN"\n| summarize Failed = count(), Names = make_set(DnsQuery, 20) by KubernetesNamespace, KubernetesPodName\n| where Failed > 20\n| sort by Failed desc',
    },
  ],
}
