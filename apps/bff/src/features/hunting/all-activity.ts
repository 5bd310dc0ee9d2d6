import { kqlText } from './kql-text.ts'

type Parts = Readonly<Record<string, string>>

interface Activity {
  processes?: string
  runtime?: string
  requests?: string
  dns?: string
}

/** Which events are about an entity, by the columns that name it; for kinds that columns name. */
function activityOf(kind: string, parts: Parts): Activity | undefined {
  const is = (column: string, part: string): string => `${column} == ${kqlText(parts[part] ?? '')}`
  const here = is('AdditionalFields.ClusterName', 'cluster')
  const processHere = is('parse_json(AdditionalFields).ClusterName', 'cluster')
  const pod = `${is('KubernetesNamespace', 'namespace')} and ${is('KubernetesPodName', 'pod')}`
  const user = (name: string): Activity => ({
    requests: `${here} and RawEventData.User.username == ${kqlText(name)}`,
  })
  switch (kind) {
    case 'pod':
    case 'container': {
      const container = kind === 'container' ? ` and ${is('ContainerName', 'container')}` : ''
      return {
        processes: `${pod}${container} and ${processHere}`,
        runtime: `${pod}${container} and ${here}`,
        dns: `${pod}${container} and ${here}`,
        requests: `${is('RawEventData.ObjectRef.namespace', 'namespace')} and ${is('RawEventData.ObjectRef.name', 'pod')} and ${here}`,
      }
    }
    case 'service-account':
      return user(`system:serviceaccount:${parts.namespace ?? ''}:${parts.serviceAccount ?? ''}`)
    case 'user':
      return user(parts.user ?? '')
    case 'namespace':
      return {
        processes: `${is('KubernetesNamespace', 'namespace')} and ${processHere}`,
        runtime: `${is('KubernetesNamespace', 'namespace')} and ${here}`,
        dns: `${is('KubernetesNamespace', 'namespace')} and ${here}`,
        requests: `${is('RawEventData.ObjectRef.namespace', 'namespace')} and ${here}`,
      }
    case 'image':
      return { processes: is('ContainerImageName', 'image') }
    case 'ip':
      return { runtime: is('RemoteIP', 'ip'), requests: is('IPAddress', 'ip') }
    case 'domain':
      return {
        runtime: `RemoteUrl =~ ${kqlText(parts.domain ?? '')}`,
        dns: `DnsQuery =~ ${kqlText(parts.domain ?? '')}`,
      }
    default:
      return undefined
  }
}

/**
 * One list of what happened, whichever table knows it, for kinds that columns name. Finds by columns: looking for the
 * name everywhere takes seconds over many events.
 */
export function allActivity(kind: string, parts: Parts): string | undefined {
  const activity = activityOf(kind, parts)
  if (!activity) return undefined
  const place = 'KubernetesNamespace, KubernetesPodName'
  const tables = [
    activity.processes &&
      `(CloudProcessEvents | where ${activity.processes} | project Timestamp, Source = "process", ActionType, ClusterName = tostring(parse_json(AdditionalFields).ClusterName), ${place}, By = strcat(ProcessName, " as ", AccountName), What = ProcessCommandLine)`,
    activity.runtime &&
      `(CordonRuntimeEvents | where ${activity.runtime} | project Timestamp, Source = "runtime", ActionType, ClusterName = tostring(AdditionalFields.ClusterName), ${place}, By = ProcessName, What = iff(ActionType == "ConnectionAttempted", strcat(RemoteUrl, " ", RemoteIP, ":", RemotePort), ProcessCommandLine))`,
    activity.dns &&
      `(CloudDnsEvents | where ${activity.dns} | project Timestamp, Source = "dns", ActionType, ClusterName = tostring(AdditionalFields.ClusterName), ${place}, By = ProcessName, What = strcat(DnsQuery, " ", DnsQueryTypeName, " ", DnsResponseCodeName))`,
    activity.requests &&
      `(CloudAuditEvents | where ${activity.requests} | project Timestamp, Source = "audit", ActionType, ClusterName = tostring(AdditionalFields.ClusterName), KubernetesNamespace = tostring(RawEventData.ObjectRef.namespace), KubernetesPodName = iff(RawEventData.ObjectRef.resource == "pods", tostring(RawEventData.ObjectRef.name), ""), By = tostring(RawEventData.User.username), What = strcat(OperationName, " ", tostring(RawEventData.ObjectRef.resource), "/", tostring(RawEventData.ObjectRef.name), " ", tostring(RawEventData.ObjectRef.subresource)))`,
  ].filter((table) => table !== undefined)
  return [`union\n  ${tables.join(',\n  ')}`, '| sort by Timestamp desc', '| take 1000'].join('\n')
}
