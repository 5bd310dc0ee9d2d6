import { type EntityKind, type EvidenceRole, kindLabels, parseEntityKey } from '@cordon/entities'
import type { CorrelationReason } from './incident.ts'

/** Alerts further apart than this are not the same attack unless something else says so. */
export const correlationWindowMs = 24 * 60 * 60_000
/** An incident grows no further by merging than this many entities. */
export const mostEntities = 500

/** An entity as correlation sees it: `link` marks the other end of a connection, not evidence of the alert itself. */
export interface CorrelationEntity {
  key: string
  kind: EntityKind
  role: EvidenceRole | 'link'
}

/** An incident that may take the alert, with the entities both name. */
export interface Candidate {
  id: number
  status: 'new' | 'in-progress' | 'resolved' | 'redirected'
  assignedTo: string | null
  classification: string | null
  determination: string | null
  entityCount: number
  namespaces: readonly string[]
  /** Entities that this incident shares with the alert, as the incident's alerts name them, and when (epoch ms). */
  shared: (CorrelationEntity & { lastActivity: number })[]
}

export interface Placement {
  /** Undefined: open a new incident. */
  incidentId: number | undefined
  reason: CorrelationReason
  /** Incidents that the alert joins to the one above, each with the reason. */
  merge: { id: number; reason: CorrelationReason }[]
}

// A namespace, image or registry is shared by what has nothing to do with each other; nodes, accounts and addresses
// only count where they played a part. Strength decides between several incidents.
const strength: Partial<Record<EntityKind, number>> = {
  container: 5,
  pod: 5,
  workload: 4,
  'service-account': 3,
  node: 2,
  user: 2,
  ip: 1,
}
const actorKinds: readonly EntityKind[] = ['user', 'service-account', 'ip']
const assetKinds: readonly EntityKind[] = ['pod', 'container', 'workload']

/** Entities of an alert that another alert may share with it to be the same attack. */
export function significantEntities(entities: readonly CorrelationEntity[]): CorrelationEntity[] {
  return entities.filter(({ key, kind, role }) => {
    if (!strength[kind]) return false
    if (assetKinds.includes(kind)) return true
    if (role === 'contextual' || role === 'link') return false
    // Every pod without an account of its own runs as `default`; the control plane acts as `system:` users.
    if (kind === 'service-account') return parseEntityKey(key)?.parts.at(-1) !== 'default'
    if (kind === 'user') return !parseEntityKey(key)?.parts.at(-1)?.startsWith('system:')
    if (kind === 'ip') return role === 'source' || role === 'attacker'
    return true
  })
}

/**
 * Where an alert belongs, after the rules of the reference product: it joins an open incident with which it shares a
 * significant entity within the window, else it opens one. Where it connects several, they are merged, unless people
 * have decided differently about them (assignee, classification) or the result would be too large. A user or an address
 * joins an alert without a pod of its own only, and only in its namespace: one operator may touch many in a day.
 */
export function placeAlert(
  alert: { time: number; namespace?: string; entities: readonly CorrelationEntity[] },
  candidates: readonly Candidate[],
): Placement {
  const own = new Map(significantEntities(alert.entities).map((entity) => [entity.key, entity]))
  const hasAsset = [...own.values()].some(({ kind, role }) => assetKinds.includes(kind) && role !== 'link')
  const fitting = candidates
    .filter(({ status }) => status === 'new' || status === 'in-progress')
    .flatMap((candidate) => {
      const best = bestShared(alert, own, candidate, hasAsset)
      return best ? [{ candidate, best }] : []
    })
    .toSorted(
      (a, b) =>
        b.best.strength - a.best.strength ||
        b.best.lastActivity - a.best.lastActivity ||
        a.candidate.id - b.candidate.id,
    )
  const first = fitting[0]
  if (!first)
    return {
      incidentId: undefined,
      reason: { code: 'first-alert', text: 'First alert of this incident: no open incident shares an entity with it' },
      merge: [],
    }
  // Among equally strong ones the oldest is kept: links to it are the most likely to be in use.
  const joinable = fitting.filter(({ best }) => best.joins)
  const target = joinable.length > 1 ? joinable.reduce((a, b) => (a.candidate.id < b.candidate.id ? a : b)) : first
  const merge = joinable.filter(
    ({ candidate }) => candidate !== target.candidate && mayMerge(target.candidate, candidate),
  )
  return {
    incidentId: target.candidate.id,
    reason: target.best.reason,
    merge: merge.map(({ candidate, best }) => ({ id: candidate.id, reason: best.reason })),
  }
}

/** May the two become one? People's differing decisions are never overruled. */
export function mayMerge(a: Candidate, b: Candidate): boolean {
  const agree = (x: string | null, y: string | null) => x === null || y === null || x === y
  return (
    agree(a.assignedTo, b.assignedTo) &&
    a.classification === b.classification &&
    a.determination === b.determination &&
    a.entityCount + b.entityCount <= mostEntities
  )
}

function bestShared(
  { time, namespace }: { time: number; namespace?: string },
  own: ReadonlyMap<string, CorrelationEntity>,
  candidate: Candidate,
  hasAsset: boolean,
): { strength: number; lastActivity: number; joins: boolean; reason: CorrelationReason } | undefined {
  let best: { strength: number; lastActivity: number; joins: boolean; reason: CorrelationReason } | undefined
  for (const theirs of significantEntities(candidate.shared) as Candidate['shared']) {
    const ours = own.get(theirs.key)
    if (!ours || Math.abs(time - theirs.lastActivity) > correlationWindowMs) continue
    const linked = ours.role === 'link' || theirs.role === 'link'
    // Two ends that both only reached for a third pod don't belong together for that.
    if (ours.role === 'link' && theirs.role === 'link') continue
    const isActor = actorKinds.includes(ours.kind)
    if (isActor && ours.kind !== 'service-account') {
      if (hasAsset) continue
      if (namespace !== undefined && !candidate.namespaces.includes(namespace)) continue
    }
    const found = {
      strength: linked ? 1.5 : (strength[ours.kind] ?? 0),
      lastActivity: theirs.lastActivity,
      joins: assetKinds.includes(ours.kind),
      reason: reasonOf(ours, linked, isActor),
    }
    if (!best || found.strength > best.strength) best = found
  }
  return best
}

function reasonOf(entity: CorrelationEntity, linked: boolean, isActor: boolean): CorrelationReason {
  const name = shortName(entity.key)
  if (linked) return { code: 'lateral-movement-path', text: `Connection between the pods, by way of ${name}` }
  const words = `Same ${kindLabels[entity.kind].replace(/^Kubernetes /, '').toLowerCase()} ${name}`
  if (entity.kind === 'ip') return { code: 'shared-indicators', text: `${words} as source` }
  return { code: isActor ? 'same-actor' : 'same-asset', text: words }
}

/** The parts of a key that a person needs to tell it from others: `shop/web-1`. */
export function shortName(key: string): string {
  const parsed = parseEntityKey(key)
  if (!parsed) return key
  const { kind, parts } = parsed
  if (kind === 'workload') return `${parts[1]}/${parts[3]}`
  return (parts.length > 1 ? parts.slice(1) : parts).join('/')
}
