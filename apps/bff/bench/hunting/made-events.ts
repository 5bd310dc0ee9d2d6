/**
 * INSERT … SELECT statements that make events inside the engine, one per day: columns left out take their defaults.
 * Cardinalities are those of a middling installation: 4 clusters, 40 namespaces, 2,000 pods, 60 images, 300 programs;
 * one process in 100,003 is a miner, one request in 100 is denied, one in 5,000 opens a shell in a pod.
 */
export function makeProcesses(day: Day): string {
  return `INSERT INTO CloudProcessEvents (Timestamp, ContainerImageName, KubernetesNamespace, KubernetesPodName, KubernetesResource, ContainerName, ContainerId, ActionType, FileName, FolderPath, ProcessId, ProcessName, ParentProcessName, ParentProcessId, ProcessCommandLine, ProcessCreationTime, ProcessCurrentWorkingDirectory, AccountName, InitiatingProcessId, AdditionalFields, _ReportId, _Cluster, _Source, _ReceivedAt, _Day, _Batch, _Index, _PodUid, _Node, _Event)
SELECT at, concat('registry.example/team/app-', toString(image), ':1.', toString(image % 7)), namespace, name, concat(namespace, '/deployment/app-', toString(pod)), 'app', substring(hex(sipHash128(pod)), 1, 32),
  'ProcessCreated', program, '/usr/bin', pid, program, ['sh', 'bash', 'node', 'java', 'containerd-shim'][h1 % 5 + 1], toString(pid - 1),
  multiIf(number % 100003 = 7, concat('/tmp/.x/xmrig -o pool-', toString(h1 % 9), '.example:3333 --donate-level 1'),
    number % 20 = 3, concat('curl -s http://svc-', toString(h1 % 90), '.internal:8080/api/v1/items/', toString(h2 % 100000)),
    number % 20 = 4, concat('sh -c "cat /var/run/config-', toString(h1 % 40), '/', toString(h2 % 5000), '.yaml | grep -i key"'),
    number % 997 = 5, concat('cat /var/run/secrets/kubernetes.io/serviceaccount/token'),
    concat('/usr/bin/', program, ' --config /etc/', program, '/', toString(h1 % 400), '.conf --shard=', toString(h2 % 64), ' --request ', lower(hex(h2)))),
  at, '/', ['root', 'app', 'nobody', '1000'][h2 % 4 + 1], toString(pid - 1),
  concat('{"ClusterName":"', cluster, '","NodeName":"node-', toString(pod % 40), '","ProcessPath":"/usr/bin/', program, '"}'),
  concat('p', toString(number)), cluster, 'tetragon', at, toDate(at), intDiv(number, 5000) + 1, number % 5000, toString(pod), concat('node-', toString(pod % 40)), '{}'
FROM (SELECT number, cityHash64(number, 1) AS h1, cityHash64(number, 2) AS h2, h1 % 2000 AS pod, concat('ns-', toString(pod % 40)) AS namespace, concat('app-', toString(pod), '-7d9c5') AS name, pod % 60 AS image,
  concat('cluster-', toString(pod % 4)) AS cluster, concat('tool', toString(if(h2 % 10 < 9, (pod + h2 % 7) % 300, h2 % 300))) AS program, toInt64(1000 + h2 % 30000) AS pid, ${timeSql(day)} AS at FROM numbers(${day.first}, ${day.count}))
SETTINGS max_insert_threads = 1, max_partitions_per_insert_block = 400`
}

export function makeRequests(day: Day): string {
  return `INSERT INTO CloudAuditEvents (Timestamp, ReportId, DataSource, ActionType, OperationName, ResourceId, IPAddress, UserAgent, RawEventData, AdditionalFields, _Cluster, _Source, _ReceivedAt, _Day, _Batch, _Index, _Namespace, _Resource, _Subresource, _Name, _User, _Stage, _Code, _Event)
SELECT at, id, 'Kubernetes Audit', multiIf(verb IN ('get', 'list', 'watch'), 'Read', verb = 'create', 'Create', verb = 'delete', 'Delete', 'Update'), verb, cluster, ip, agent,
  concat('{"Kind":"Event","ApiVersion":"audit.k8s.io/v1","Level":"', if(spec = '', 'Metadata', 'RequestResponse'), '","AuditID":"', id, '","Stage":"ResponseComplete","RequestURI":"/api/v1/namespaces/', namespace, '/', resource, '/', name, if(subresource = '', '', concat('/', subresource, '?command=sh&command=-c&stdin=true')),
    '","Verb":"', verb, '","User":{"username":"', user, '","uid":"', lower(hex(h1)), '","groups":["system:serviceaccounts","system:authenticated"]},"SourceIPs":["', ip, '"],"UserAgent":"', agent,
    '","ObjectRef":{"resource":"', resource, '","namespace":"', namespace, '","name":"', name, '","apiVersion":"v1"', if(subresource = '', '', concat(',"subresource":"', subresource, '"')), '},"ResponseStatus":{"metadata":{},"code":', toString(code), '}', spec,
    ',"RequestReceivedTimestamp":"', toString(at), '","StageTimestamp":"', toString(at), '","Annotations":{"authorization.k8s.io/decision":"', if(code = 403, 'forbid', 'allow'), '","authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \\\\"', user, '\\\\""}}'),
  concat('{"ClusterName":"', cluster, '","Stage":"ResponseComplete","Level":"Metadata"}'), cluster, 'kubernetes-audit', at, toDate(at), intDiv(number, 5000) + 1, number % 5000, namespace, resource, subresource, name, user, 'ResponseComplete', code, '{}'
FROM (SELECT number, cityHash64(number, 3) AS h1, cityHash64(number, 4) AS h2, h1 % 2000 AS pod, concat('ns-', toString(pod % 40)) AS namespace, concat('cluster-', toString(pod % 4)) AS cluster,
  number % 5000 = 11 AS shell, number % 100 = 13 AS created,
  if(shell, 'exec', '') AS subresource,
  multiIf(shell OR created, 'pods', h2 % 50 = 3, 'secrets', ['pods', 'configmaps', 'leases', 'events', 'endpoints', 'services', 'deployments', 'nodes'][h2 % 8 + 1]) AS resource,
  multiIf(shell OR created, 'create', ['get', 'get', 'get', 'list', 'watch', 'update', 'patch', 'delete'][intDiv(h2, 64) % 8 + 1]) AS verb,
  if(resource = 'pods', concat('app-', toString(pod), '-7d9c5'), concat(resource, '-', toString(h2 % 300))) AS name,
  if(h1 % 40 = 1, concat('user-', toString(h2 % 30)), concat('system:serviceaccount:', namespace, ':sa-', toString(pod % 80))) AS user,
  multiIf(shell, 101, number % 100 = 77, 403, created, 201, number % 100 = 78, 404, 200) AS code,
  concat('10.0.', toString(h1 % 4), '.', toString(h2 % 100)) AS ip, concat(['kubectl/v1.31.', 'controller/v1.31.', 'client-go/v0.31.'][h2 % 3 + 1], toString(h2 % 9)) AS agent,
  if(created, concat(',"RequestObject":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"', name, '","namespace":"', namespace, '","labels":{"app":"app-', toString(pod), '"}},"spec":{"containers":[{"name":"app","image":"registry.example/team/app-', toString(pod % 60), ':1","resources":{"limits":{"cpu":"1","memory":"512Mi"}}', if(h2 % 200 = 9, ',"securityContext":{"privileged":true}', ''), '},{"name":"sidecar","image":"registry.example/team/sidecar:2"}],"serviceAccountName":"default"}}'), '') AS spec,
  concat(substring(lower(hex(sipHash128(number))), 1, 32), '/ResponseComplete') AS id, ${timeSql(day)} AS at FROM numbers(${day.first}, ${day.count}))
SETTINGS max_insert_threads = 1, max_partitions_per_insert_block = 400`
}

/** Events of one day: `count` of them from number `first` on, spread evenly over the 24 hours before `endMs`. */
export interface Day {
  first: number
  count: number
  endMs: number
}

function timeSql({ first, count, endMs }: Day): string {
  const step = 86_400_000_000 / count
  return `fromUnixTimestamp64Micro(toInt64(${(endMs - 86_400_000) * 1_000} + (number - ${first}) * ${step}), 'UTC')`
}
