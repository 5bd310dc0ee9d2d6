import type { ConnectionEvent, DnsEvent, PodFacts, ProcessEvent, ProcessExitEvent } from '../event.ts'
import { storeTime } from '../event-time.ts'
import { baseName, folderOf } from '../normalise/process-facts.ts'
import { compact } from '../reading.ts'
import { commonCells, jsonText, type Place, type Row } from './row.ts'

/** Cloud names of the cluster a runtime event came from; the sensors don't know them. */
export interface CloudNames {
  azureResourceId?: string
  awsResourceName?: string
  gcpFullResourceName?: string
}

/** The row of CloudProcessEvents for a process event. */
export function processRow(event: ProcessEvent, place: Place, cloud: CloudNames = {}): Row {
  const { process, parent, container, pod, activity } = event
  const file = activity?.file ?? process.exe
  return {
    Timestamp: storeTime(event.time),
    AzureResourceId: cloud.azureResourceId ?? '',
    AwsResourceName: cloud.awsResourceName ?? '',
    GcpFullResourceName: cloud.gcpFullResourceName ?? '',
    ContainerImageName: container?.image ?? '',
    KubernetesNamespace: pod?.namespace ?? '',
    KubernetesPodName: pod?.name ?? '',
    KubernetesResource: resourceOf(pod),
    ContainerName: container?.name ?? '',
    ContainerId: container?.id ?? '',
    ActionType: activity === undefined ? 'ProcessCreated' : 'ProcessActivity',
    FileName: baseName(file),
    FolderPath: folderOf(file),
    ProcessId: process.pid,
    ProcessName: process.name,
    ParentProcessName: parent?.name ?? '',
    ParentProcessId: parent === undefined ? '' : String(parent.pid),
    ProcessCommandLine: process.commandLine,
    ProcessCreationTime: process.startedAt === undefined ? null : storeTime(process.startedAt),
    ProcessCurrentWorkingDirectory: process.cwd ?? '',
    AccountName: process.user ?? (process.uid === undefined ? '' : String(process.uid)),
    LogonId: 0,
    InitiatingProcessId: parent === undefined ? '' : String(parent.pid),
    AdditionalFields: jsonText(extrasOf(event)),
    _ReportId: event.id,
    ...runtimeCells(event, place),
  }
}

/** The row of CordonRuntimeEvents for the end of a process or a connection. */
export function runtimeRow(event: ProcessExitEvent | ConnectionEvent, place: Place): Row {
  const connection = event.type === 'connection' ? event : undefined
  const exitCode = event.type === 'process-exit' ? event.exitCode : undefined
  return {
    Timestamp: storeTime(event.time),
    ReportId: event.id,
    ActionType: connection === undefined ? 'ProcessExited' : 'ConnectionAttempted',
    KubernetesNamespace: event.pod?.namespace ?? '',
    KubernetesPodName: event.pod?.name ?? '',
    ContainerName: event.container?.name ?? '',
    ContainerId: event.container?.id ?? '',
    NodeName: event.node ?? '',
    ProcessId: event.process.pid,
    ProcessName: event.process.name,
    ProcessCommandLine: event.process.commandLine,
    RemoteIP: connection?.destination.ip ?? '',
    RemotePort: portOf(connection?.destination.port ?? 0),
    RemoteUrl: connection?.destination.domain ?? '',
    Protocol: connection?.protocol ?? '',
    Result: connection?.result ?? '',
    ExitCode: exitCode !== undefined && Math.abs(exitCode) < 2 ** 31 ? exitCode : null,
    AdditionalFields: jsonText(
      compact({ ClusterName: event.cluster, ProcessPath: event.process.exe, Flags: event.flags }),
    ),
    ...runtimeCells(event, place),
  }
}

/** Internal cells of events that sensors send. */
export function runtimeCells(event: ProcessEvent | ProcessExitEvent | ConnectionEvent | DnsEvent, place: Place): Row {
  return {
    ...commonCells(event, place),
    _PodUid: event.pod?.uid ?? '',
    _Node: event.node ?? '',
    _Event: jsonText(event),
  }
}

/** namespace/type/name, of the workload where the sensor knew it. */
export function resourceOf(pod: PodFacts | undefined): string {
  if (pod === undefined) return ''
  return pod.workload === undefined
    ? `${pod.namespace}/pod/${pod.name}`
    : `${pod.namespace}/${(pod.workloadKind ?? 'workload').toLowerCase()}/${pod.workload}`
}

function extrasOf(event: ProcessEvent): Record<string, unknown> {
  return compact({
    ClusterName: event.cluster,
    NodeName: event.node,
    ProcessPath: event.process.exe,
    ParentProcessPath: event.parent?.exe,
    ParentProcessCommandLine: event.parent?.commandLine,
    ImageDigest: event.container?.imageDigest,
    Privileged: event.container?.privileged,
    IsDrift: event.process.drift,
    SensorRule: event.sensorAlert?.rule,
    SensorPriority: event.sensorAlert?.priority,
    SystemCall: event.activity?.call,
    Flags: event.flags,
    ...event.extra,
  })
}

function portOf(port: number): number {
  return port >= 0 && port <= 65_535 ? port : 0
}
