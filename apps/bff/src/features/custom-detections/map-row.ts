import { type EntityMapping, mappableKinds } from '@cordon/contract'
import { EvidenceSet } from '@cordon/detection'
import { type Evidence, type EvidenceRole, namedByRow, type Relation } from '@cordon/entities'
import type { QueryRow } from './row-values.ts'

export interface MappedRow {
  cluster: string
  namespace: string | undefined
  evidence: Evidence[]
  relations: Relation[]
  /** Keys of what the row says was attacked; of all it names where it says so of nothing. */
  identity: string[]
  /** Keys of the pods it names, which a response can act on. */
  pods: string[]
}

interface Named {
  kind: EntityMapping['kind']
  role: EntityMapping['role']
  parts: string[]
}

/** The entities that a row names; undefined when none of them tells what the alert would be about. */
export function mapRow(entities: readonly EntityMapping[], row: QueryRow): MappedRow | undefined {
  const named = entities.flatMap((mapping) => namedBy(mapping, row) ?? [])
  const identifying = named.filter(({ kind }) => mappableKinds[kind].identifies)
  const first = identifying.find(({ role }) => role === 'impacted') ?? identifying[0]
  if (!first) return undefined
  const cluster = first.parts[0] ?? ''
  const set = new EvidenceSet(cluster)
  const pods = new Set<string>()
  // Evidence holds one cluster's entities; a row that names another one's is about the first.
  const kept = named.filter(({ kind, parts }) => !mappableKinds[kind].identifies || parts[0] === cluster)
  const keys = kept.map((one) => ({ ...one, key: add(set, one, pods) }))
  const impacted = keys.filter(({ role }) => role === 'impacted')
  const identity = [...new Set((impacted.length > 0 ? impacted : keys).map(({ key }) => key))].toSorted()
  const namespaced = [first, ...identifying].find(({ kind }) => kind !== 'user' && kind !== 'node')
  return { cluster, namespace: namespaced?.parts[1], ...set.finish(), identity, pods: [...pods] }
}

function namedBy(mapping: EntityMapping, row: QueryRow): Named | undefined {
  const named = namedByRow(mapping, row)
  // A mapped user can only turn out to be a service account, which is mappable too.
  return named && { kind: named.kind as EntityMapping['kind'], role: mapping.role, parts: named.parts }
}

function roleOf({ kind, role }: Named): EvidenceRole {
  if (kind === 'ip') return role === 'impacted' ? 'attacker' : 'source'
  if (kind === 'image') return 'contextual'
  if (kind === 'namespace') return role === 'impacted' ? 'attacked' : 'contextual'
  return role === 'impacted' ? 'compromised' : 'suspicious'
}

/** Adds an entity with what its key says of its place. Returns its key. */
function add(set: EvidenceSet, named: Named, pods: Set<string>): string {
  const { kind, parts } = named
  const role = roleOf(named)
  const [first = '', namespace = '', third = '', fourth = ''] = parts
  switch (kind) {
    case 'pod':
      return addPod(set, pods, { namespace, pod: third, role })
    case 'container': {
      const pod = addPod(set, pods, { namespace, pod: third, role })
      const key = set.add('container', parts, fourth, role, { facts: { namespace } })
      set.relate(pod, 'runs', key)
      return key
    }
    case 'workload':
    case 'service-account': {
      const key = set.add(kind, parts, parts.at(-1) ?? '', role, { facts: { namespace } })
      set.relate(set.namespace(namespace), 'contains', key)
      return key
    }
    case 'namespace':
      set.namespace(namespace)
      return set.add('namespace', parts, namespace, role)
    case 'node':
      return set.node(namespace, role)
    case 'user':
      return set.add('user', parts, namespace, role)
    case 'image':
      return set.image(first)
    case 'ip':
      return set.add('ip', parts, first, role)
  }
}

function addPod(
  set: EvidenceSet,
  pods: Set<string>,
  { namespace, pod, role }: { namespace: string; pod: string; role: EvidenceRole },
): string {
  const key = set.add('pod', [set.cluster, namespace, pod], pod, role, { facts: { namespace } })
  set.relate(set.namespace(namespace), 'contains', key)
  pods.add(key)
  return key
}
