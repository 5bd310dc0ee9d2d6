export interface TypicalHunt {
  name: string
  kql: string
  /** The best we can write by hand for the same rows over the same tables; `{from}` is the start of the time span. */
  sql: string
}

const json = (path: string): string => `JSONExtractString(RawEventData, ${path})`

/** What hunters ask for most, by the operators and functions of published hunts. */
export const typicalHunts: readonly TypicalHunt[] = [
  {
    name: 'rare word in command lines, newest 100',
    kql: 'CloudProcessEvents | where ProcessCommandLine has "xmrig" | project Timestamp, KubernetesNamespace, KubernetesPodName, ProcessName, ProcessCommandLine | top 100 by Timestamp',
    sql: `SELECT Timestamp, KubernetesNamespace, KubernetesPodName, ProcessName, ProcessCommandLine FROM CloudProcessEvents WHERE Timestamp >= {from} AND hasAllTokens(lower(ProcessCommandLine), ['xmrig']) ORDER BY Timestamp DESC LIMIT 100`,
  },
  {
    name: 'any of five words, by pod with samples',
    kql: 'CloudProcessEvents | where ProcessCommandLine has_any ("xmrig", "minerd", "stratum", "cryptonight", "serviceaccount") | summarize Starts = count(), Namespaces = dcount(KubernetesNamespace), Last = max(Timestamp) by KubernetesPodName | top 50 by Starts',
    sql: `SELECT KubernetesPodName, count() AS Starts, uniqExact(KubernetesNamespace) AS Namespaces, max(Timestamp) AS Last FROM CloudProcessEvents WHERE Timestamp >= {from} AND hasAnyTokens(lower(ProcessCommandLine), ['xmrig', 'minerd', 'stratum', 'cryptonight', 'serviceaccount']) GROUP BY KubernetesPodName ORDER BY Starts DESC LIMIT 50`,
  },
  {
    name: 'starts per hour and namespace with distinct pods',
    kql: 'CloudProcessEvents | summarize Starts = count(), Pods = dcount(KubernetesPodName) by bin(Timestamp, 1h), KubernetesNamespace',
    sql: `SELECT toStartOfHour(Timestamp) AS t, KubernetesNamespace, count() AS Starts, uniqCombined64(KubernetesPodName) AS Pods FROM CloudProcessEvents WHERE Timestamp >= {from} GROUP BY t, KubernetesNamespace`,
  },
  {
    name: 'what ran in a pod, newest first',
    kql: 'CloudProcessEvents | where KubernetesNamespace == "ns-7" and KubernetesPodName == "app-47-7d9c5" | project Timestamp, ContainerName, ProcessName, ProcessCommandLine, ParentProcessName, AccountName | sort by Timestamp desc',
    sql: `SELECT Timestamp, ContainerName, ProcessName, ProcessCommandLine, ParentProcessName, AccountName FROM CloudProcessEvents WHERE Timestamp >= {from} AND KubernetesNamespace = 'ns-7' AND KubernetesPodName = 'app-47-7d9c5' ORDER BY Timestamp DESC`,
  },
  {
    name: 'programs that only one pod of an image starts',
    kql: 'CloudProcessEvents | summarize Pods = dcount(KubernetesPodName), Starts = count(), Sample = take_any(ProcessCommandLine) by ContainerImageName, ProcessName | where Pods == 1 | sort by Starts asc',
    sql: `SELECT ContainerImageName, ProcessName, uniqCombined64(KubernetesPodName) AS Pods, count() AS Starts, any(ProcessCommandLine) AS Sample FROM CloudProcessEvents WHERE Timestamp >= {from} GROUP BY ContainerImageName, ProcessName HAVING Pods = 1 ORDER BY Starts`,
  },
  {
    name: 'part of a word and a pattern',
    kql: 'CloudProcessEvents | where ProcessCommandLine contains "config-3" and ProcessCommandLine matches regex "/[0-9]{4}\\\\.yaml" | summarize Starts = count() by ProcessName, KubernetesNamespace | top 20 by Starts',
    sql: `SELECT ProcessName, KubernetesNamespace, count() AS Starts FROM CloudProcessEvents WHERE Timestamp >= {from} AND lower(ProcessCommandLine) LIKE '%config-3%' AND match(ProcessCommandLine, '/[0-9]{4}\\\\.yaml') GROUP BY ProcessName, KubernetesNamespace ORDER BY Starts DESC LIMIT 20`,
  },
  {
    name: 'newest start of every pod',
    kql: 'CloudProcessEvents | summarize arg_max(Timestamp, ProcessName, ProcessCommandLine, AccountName) by KubernetesNamespace, KubernetesPodName',
    sql: `SELECT KubernetesNamespace, KubernetesPodName, Timestamp, ProcessName, ProcessCommandLine, AccountName FROM CloudProcessEvents WHERE Timestamp >= {from} AND (KubernetesNamespace, KubernetesPodName, Timestamp) IN (SELECT KubernetesNamespace, KubernetesPodName, max(Timestamp) FROM CloudProcessEvents WHERE Timestamp >= {from} GROUP BY KubernetesNamespace, KubernetesPodName) LIMIT 1 BY KubernetesNamespace, KubernetesPodName`,
  },
  {
    name: 'shells opened through the API server',
    kql: 'CloudAuditEvents | where RawEventData.ObjectRef.resource == "pods" and RawEventData.ObjectRef.subresource == "exec" | project Timestamp, Namespace = tostring(RawEventData.ObjectRef.namespace), Pod = tostring(RawEventData.ObjectRef.name), User = tostring(RawEventData.User.username), Uri = tostring(RawEventData.RequestURI), IPAddress | sort by Timestamp desc',
    sql: `SELECT Timestamp, _Namespace, _Name, _User, ${json(`'RequestURI'`)} AS Uri, IPAddress FROM CloudAuditEvents WHERE Timestamp >= {from} AND _Resource = 'pods' AND _Subresource = 'exec' ORDER BY Timestamp DESC`,
  },
  {
    name: 'requests denied per user',
    kql: 'CloudAuditEvents | where RawEventData.ResponseStatus.code == 403 | summarize Denied = count(), Resources = make_set(tostring(RawEventData.ObjectRef.resource), 20) by User = tostring(RawEventData.User.username) | top 100 by Denied',
    sql: `SELECT _User, count() AS Denied, arraySort(groupUniqArray(20)(_Resource)) AS Resources FROM CloudAuditEvents WHERE Timestamp >= {from} AND _Code = 403 GROUP BY _User ORDER BY Denied DESC LIMIT 100`,
  },
  {
    name: 'privileged containers created',
    kql: 'CloudAuditEvents | where OperationName == "create" and RawEventData.ObjectRef.resource == "pods" | where isempty(RawEventData.ObjectRef.subresource) and RawEventData.ResponseStatus.code between (200 .. 299) | mv-expand Container = RawEventData.RequestObject.spec.containers | where Container.securityContext.privileged == true | project Timestamp, Namespace = tostring(RawEventData.ObjectRef.namespace), Pod = tostring(RawEventData.RequestObject.metadata.name), Container = tostring(Container.name), User = tostring(RawEventData.User.username), IPAddress, UserAgent',
    sql: `SELECT Timestamp, _Namespace, ${json(`'RequestObject', 'metadata', 'name'`)} AS Pod, JSONExtractString(c, 'name') AS Container, _User, IPAddress, UserAgent FROM (SELECT Timestamp, _Namespace, RawEventData, _User, IPAddress, UserAgent, arrayJoin(JSONExtractArrayRaw(RawEventData, 'RequestObject', 'spec', 'containers')) AS c FROM CloudAuditEvents WHERE Timestamp >= {from} AND OperationName = 'create' AND _Resource = 'pods' AND _Subresource = '' AND _Code BETWEEN 200 AND 299) WHERE JSONExtractBool(c, 'securityContext', 'privileged')`,
  },
  {
    name: 'who reads secrets, with which program, from where',
    kql: 'CloudAuditEvents | where RawEventData.ObjectRef.resource == "secrets" and OperationName in ("get", "list", "watch") | summarize Reads = count(), Names = make_set(tostring(RawEventData.ObjectRef.name), 20) by User = tostring(RawEventData.User.username), UserAgent, IPAddress | top 100 by Reads',
    sql: `SELECT _User, UserAgent, IPAddress, count() AS Reads, arraySort(groupUniqArray(20)(_Name)) AS Names FROM CloudAuditEvents WHERE Timestamp >= {from} AND _Resource = 'secrets' AND OperationName IN ('get', 'list', 'watch') GROUP BY _User, UserAgent, IPAddress ORDER BY Reads DESC LIMIT 100`,
  },
  {
    name: 'processes of pods somebody opened a shell in',
    kql: 'CloudAuditEvents | where RawEventData.ObjectRef.subresource == "exec" and RawEventData.User.username startswith "user-1" | summarize Shells = count() by KubernetesPodName = tostring(RawEventData.ObjectRef.name) | join kind=inner (CloudProcessEvents | where ProcessName in ("tool7", "tool77", "tool177") | project Timestamp, KubernetesPodName, ProcessName) on KubernetesPodName | summarize Starts = count(), Shells = take_any(Shells), Last = max(Timestamp) by KubernetesPodName, ProcessName',
    sql: `SELECT p.KubernetesPodName, p.ProcessName, count() AS Starts, any(a.Shells) AS Shells, max(p.Timestamp) AS Last FROM (SELECT Timestamp, KubernetesPodName, ProcessName FROM CloudProcessEvents WHERE Timestamp >= {from} AND ProcessName IN ('tool7', 'tool77', 'tool177')) AS p INNER JOIN (SELECT _Name AS KubernetesPodName, count() AS Shells FROM CloudAuditEvents WHERE Timestamp >= {from} AND _Subresource = 'exec' AND startsWith(_User, 'user-1') GROUP BY _Name) AS a ON a.KubernetesPodName = p.KubernetesPodName GROUP BY p.KubernetesPodName, p.ProcessName`,
  },
]
