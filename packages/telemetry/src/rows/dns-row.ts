import { storeTime } from '../event-time.ts'
import type { DnsEvent } from '../event.ts'
import { compact } from '../reading.ts'
import { type CloudNames, resourceOf, runtimeCells } from './process-row.ts'
import { jsonText, type Place, type Row } from './row.ts'

/** The row of CloudDnsEvents for a DNS message. */
export function dnsRow(event: DnsEvent, place: Place, cloud: CloudNames = {}): Row {
  const { process, container, pod } = event
  return {
    Timestamp: storeTime(event.time),
    ReportId: event.id,
    ActionType: event.subType === 'request' ? 'DnsRequest' : 'DnsResponse',
    AzureResourceId: cloud.azureResourceId ?? '',
    AwsResourceName: cloud.awsResourceName ?? '',
    GcpFullResourceName: cloud.gcpFullResourceName ?? '',
    KubernetesResource: resourceOf(pod),
    KubernetesNamespace: pod?.namespace ?? '',
    KubernetesPodName: pod?.name ?? '',
    ContainerName: container?.name ?? '',
    ContainerId: container?.id ?? '',
    ImageName: container?.image ?? '',
    ProcessName: process?.name ?? '',
    ProcessId: process?.pid ?? 0,
    DnsEventType: 'Query',
    DnsEventSubType: event.subType,
    DnsQuery: event.query,
    DnsQueryTypeName: event.queryType ?? '',
    DnsResponseCodeName: event.responseCode ?? '',
    DnsNetworkDuration: event.durationMs ?? null,
    TransactionIdHex: event.transactionId === undefined ? '' : event.transactionId.toString(16).padStart(4, '0'),
    ImageDigest: container?.imageDigest ?? '',
    Region: '',
    HostName: event.node ?? '',
    AdditionalFields: jsonText(
      compact({
        ClusterName: event.cluster,
        ProcessPath: process?.exe,
        Answers: event.answers,
        DnsServer: event.server,
        ClientIP: event.client,
        SensorRule: event.sensorAlert?.rule,
        Flags: event.flags,
      }),
    ),
    ...runtimeCells(event, place),
  }
}
