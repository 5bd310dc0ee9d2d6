import { type EntityMapping, mappableKinds, type MappableKind, type MappedPart } from '@cordon/contract'

interface Named {
  name: string
  type: string
}

// Where values of each part stand, the surest first: our tables' columns, then names that people give.
const homes: Readonly<Record<string, readonly string[]>> = {
  cluster: ['ClusterName', 'Cluster', 'AdditionalFields.ClusterName'],
  namespace: ['KubernetesNamespace', 'Namespace', 'RawEventData.ObjectRef.namespace'],
  pod: ['KubernetesPodName', 'PodName', 'Pod'],
  container: ['ContainerName', 'Container'],
  serviceAccount: ['ServiceAccountName', 'ServiceAccount'],
  user: ['User', 'UserName', 'Username', 'RawEventData.User.username'],
  node: ['NodeName', 'Node', 'AdditionalFields.NodeName'],
  image: ['ContainerImageName', 'ImageName', 'Image'],
  ip: ['IPAddress', 'RemoteIP', 'SourceIP', 'IP'],
}
// Workloads are left out: which of their kinds a column names is seldom told.
const order: readonly MappableKind[] = [
  'pod',
  'container',
  'service-account',
  'user',
  'node',
  'namespace',
  'image',
  'ip',
]

/** Which entities the columns of an answer seem to name. */
export function suggestEntities(columns: readonly Named[]): EntityMapping[] {
  const found = order.flatMap((kind): EntityMapping[] => {
    const parts: Record<string, MappedPart> = {}
    for (const name of mappableKinds[kind].parts) {
      const column = homeOf(columns, name)
      if (column === undefined) return []
      parts[name] = { column }
    }
    return [{ kind, role: mappableKinds[kind].identifies ? 'impacted' : 'related', parts }]
  })
  // A pod says more than its node and namespace, which it shares with many.
  const hasPod = found.some(({ kind }) => kind === 'pod')
  return found
    .filter(({ kind }) => !hasPod || (kind !== 'namespace' && kind !== 'node'))
    .map((mapping) => (hasPod && mapping.kind === 'user' ? { ...mapping, role: 'related' } : mapping))
}

function homeOf(columns: readonly Named[], part: string): string | undefined {
  return homes[part]?.find((path) => {
    const [name, member] = path.split('.')
    const column = columns.find((one) => one.name === name)
    return column !== undefined && (member === undefined || column.type === 'dynamic' || column.type === 'string')
  })
}
