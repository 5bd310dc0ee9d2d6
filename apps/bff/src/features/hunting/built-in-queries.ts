import type { SavedQuery } from '@cordon/contract'

const hunt = (tactic: string, name: string, description: string, query: string): SavedQuery => ({
  id: `built-in-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
  name,
  description,
  query,
  folder: 'built-in',
  shared: true,
  tactic,
  owner: 'Cordon',
  updatedAt: null,
})

/** Hunts that everyone has, by tactic. */
export const builtInQueries: readonly SavedQuery[] = [
  hunt(
    'execution',
    'Commands run through exec',
    'Who opened a shell in which pod, and the words of the command',
    'CloudAuditEvents\n| where RawEventData.ObjectRef.resource == "pods" and RawEventData.ObjectRef.subresource == "exec"\n| extend Words = extract_all(@"command=([^&]*)", tostring(RawEventData.RequestURI))\n| project Timestamp, Namespace = tostring(RawEventData.ObjectRef.namespace), Pod = tostring(RawEventData.ObjectRef.name), User = tostring(RawEventData.User.username), Command = url_decode(strcat_array(Words, " ")), IPAddress',
  ),
  hunt(
    'execution',
    'Rare processes per image',
    'Processes that only one pod of an image started',
    'CloudProcessEvents\n| where isnotempty(ContainerImageName)\n| summarize Pods = dcount(KubernetesPodName), Starts = count(), Sample = take_any(ProcessCommandLine) by ContainerImageName, ProcessName\n| where Pods == 1\n| sort by Starts asc',
  ),
  hunt(
    'execution',
    'What a shell of a service started',
    'Processes as a graph: a service that is no shell starts one, and that starts a program',
    'let Shells = dynamic(["sh", "bash", "dash", "ash", "zsh"]);\nCloudProcessEvents\n| where isnotempty(ContainerId)\n| extend Parent = strcat(ContainerId, "/", ParentProcessId), Child = strcat(ContainerId, "/", ProcessId)\n| make-graph Parent --> Child\n| graph-match (service)-[shell]->(inside)-[tool]->(program)\n    where shell.ProcessName in (Shells) and shell.ParentProcessName !in (Shells) and not(shell.ParentProcessName startswith "containerd-shim")\n    project Timestamp = tool.Timestamp, KubernetesNamespace = tool.KubernetesNamespace, KubernetesPodName = tool.KubernetesPodName, Service = shell.ParentProcessName, Shell = shell.ProcessCommandLine, Program = tool.ProcessName, ProcessCommandLine = tool.ProcessCommandLine, Seconds = datetime_diff("second", tool.Timestamp, shell.Timestamp)\n| where Seconds >= 0\n| sort by Timestamp asc',
  ),
  hunt(
    'impact',
    'Coin miners by name',
    'Command lines that name known miners or their protocols',
    'CloudProcessEvents\n| where ProcessCommandLine has_any ("xmrig", "minerd", "cgminer", "stratum", "cryptonight", "randomx")\n| project Timestamp, ClusterName = tostring(parse_json(AdditionalFields).ClusterName), KubernetesNamespace, KubernetesPodName, ContainerName, ProcessName, ProcessCommandLine, AccountName',
  ),
  hunt(
    'credential-access',
    'Service account tokens read by processes',
    'Processes that touch the mounted token',
    'CloudProcessEvents\n| where ProcessCommandLine contains "/var/run/secrets/kubernetes.io" or FolderPath startswith "/var/run/secrets/kubernetes.io"\n| summarize Reads = count(), First = min(Timestamp), Last = max(Timestamp) by ClusterName = tostring(parse_json(AdditionalFields).ClusterName), KubernetesNamespace, KubernetesPodName, ProcessName, ProcessCommandLine',
  ),
  hunt(
    'credential-access',
    'Secrets read by unusual clients',
    'Who read secrets, with which program, from where',
    'CloudAuditEvents\n| where RawEventData.ObjectRef.resource == "secrets" and OperationName in ("get", "list", "watch")\n| summarize Reads = count(), Names = make_set(tostring(RawEventData.ObjectRef.name), 20) by User = tostring(RawEventData.User.username), UserAgent, IPAddress\n| sort by Reads asc',
  ),
  hunt(
    'privilege-escalation',
    'Privileged containers created',
    'Pods with a privileged container, who made them',
    'CloudAuditEvents\n| where OperationName == "create" and RawEventData.ObjectRef.resource == "pods"\n| where isempty(RawEventData.ObjectRef.subresource) and RawEventData.ResponseStatus.code between (200 .. 299)\n| mv-expand Container = RawEventData.RequestObject.spec.containers\n| where Container.securityContext.privileged == true\n| project Timestamp, Namespace = tostring(RawEventData.ObjectRef.namespace), Pod = tostring(RawEventData.RequestObject.metadata.name), Container = tostring(Container.name), User = tostring(RawEventData.User.username), IPAddress, UserAgent',
  ),
  hunt(
    'persistence',
    'Bindings to cluster-admin',
    'Who was given cluster-admin, by whom',
    'CloudAuditEvents\n| where OperationName == "create" and RawEventData.ObjectRef.resource in ("clusterrolebindings", "rolebindings")\n| where RawEventData.RequestObject.roleRef.name == "cluster-admin"\n| mv-expand Subject = RawEventData.RequestObject.subjects\n| project Timestamp, Binding = tostring(RawEventData.ObjectRef.name), Subject = tostring(Subject.name), Kind = tostring(Subject.kind), By = tostring(RawEventData.User.username), IPAddress',
  ),
  hunt(
    'discovery',
    'Denied requests per user',
    'Accounts that try what they may not',
    'CloudAuditEvents\n| where RawEventData.ResponseStatus.code == 403\n| summarize Denied = count(), Resources = make_set(tostring(RawEventData.ObjectRef.resource), 20) by User = tostring(RawEventData.User.username), bin(Timestamp, 1h)\n| sort by Denied',
  ),
  hunt(
    'command-and-control',
    'Destinations that few pods talk to',
    'Outgoing connections to addresses outside private networks',
    'CordonRuntimeEvents\n| where ActionType == "ConnectionAttempted" and not(ipv4_is_private(RemoteIP))\n| summarize Pods = dcount(KubernetesPodName), Connections = count(), First = min(Timestamp) by RemoteIP, RemoteUrl, RemotePort\n| where Pods <= 2\n| sort by First desc',
  ),
  hunt(
    'command-and-control',
    'Long or many names below one domain',
    'What tunnels through DNS look like: many different, long names of one parent',
    'CloudDnsEvents\n| where DnsEventSubType == "request"\n| extend Labels = split(DnsQuery, ".")\n| where array_length(Labels) > 2\n| extend Parent = strcat_array(array_slice(Labels, -2, -1), ".")\n| summarize Names = dcount(DnsQuery), Longest = max(strlen(DnsQuery)), Questions = count() by ClusterName = tostring(AdditionalFields.ClusterName), KubernetesNamespace, KubernetesPodName, Parent\n| where Names > 100 or Longest > 100\n| sort by Names desc',
  ),
  hunt(
    'command-and-control',
    'Connections to the cloud metadata service',
    'Processes that ask the node for its credentials',
    'CordonRuntimeEvents\n| where RemoteIP in ("169.254.169.254", "168.63.129.16")\n| project Timestamp, ClusterName = tostring(AdditionalFields.ClusterName), KubernetesNamespace, KubernetesPodName, ProcessName, RemotePort, Result',
  ),
  hunt(
    'defense-evasion',
    'Events deleted',
    'Who removes the traces in Kubernetes events',
    'CloudAuditEvents\n| where RawEventData.ObjectRef.resource == "events" and OperationName in ("delete", "deletecollection")\n| project Timestamp, User = tostring(RawEventData.User.username), Namespace = tostring(RawEventData.ObjectRef.namespace), IPAddress, UserAgent',
  ),
  hunt(
    'execution',
    'Process starts over time',
    'A chart of process starts per namespace',
    'CloudProcessEvents\n| summarize Starts = count() by bin(Timestamp, 10m), KubernetesNamespace\n| render timechart',
  ),
]
