import { type EntityKind, type EvidenceRole, kindLabels, parseEntityKey } from '@cordon/entities'
import type { CorrelationReason } from './incident.ts'
import { sortTactics, stageOf, tacticWords } from './tactics.ts'

/** Alerts further apart than this are not the same attack unless something else says so. */
export const correlationWindowMs = 24 * 60 * 60_000
/** A later stage this soon after the one before, in the same namespace, is the same attack. */
export const stageWindowMs = 30 * 60_000
/** What strikes two pods in the same second has a common cause; nobody has gone from one to the other. */
const leastStageMs = 1000
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
  /** Tactics of its alerts, and the end of its activity (epoch ms), where it may be an earlier stage of the same attack. */
  earlier?: { tactics: readonly string[]; lastActivity: number }
}

export interface Placement {
  /** Undefined: open a new incident. */
  incidentId: number | undefined
  reason: CorrelationReason
  /** Incidents that the alert joins to the one above, each with the reason. */
  merge: { id: number; reason: CorrelationReason }[]
}

// A namespace or registry is shared by what has nothing to do with each other; nodes, accounts and addresses only count
// where they played a part, an image within a namespace: one hole there is open in every pod made from it. Strength decides
// between several incidents.
const strength: Partial<Record<EntityKind, number>> = {
  container: 5,
  pod: 5,
  workload: 4,
  'service-account': 3,
  node: 2,
  user: 2,
  ip: 1,
  image: 0.8,
}
const actorKinds: readonly EntityKind[] = ['user', 'service-account', 'ip']
const assetKinds: readonly EntityKind[] = ['pod', 'container', 'workload']

/** Entities of an alert that another alert may share with it to be the same attack. */
export function significantEntities(entities: readonly CorrelationEntity[]): CorrelationEntity[] {
  return entities.filter(({ key, kind, role }) => {
    if (!strength[kind]) return false
    // Images stand beside every alert in a container, as context.
    if (assetKinds.includes(kind) || kind === 'image') return true
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
  alert: { time: number; namespace?: string; tactics?: readonly string[]; entities: readonly CorrelationEntity[] },
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
  const stage = first ? undefined : laterStage(alert, candidates)
  if (stage) return { ...stage, merge: [] }
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

/**
 * The incident whose attack the alert carries on, where they share no entity: in the same namespace, shortly after it, and
 * with tactics that all come later in an attack than those seen there. The latest one, where there are several.
 */
function laterStage(
  { time, namespace, tactics = [] }: Parameters<typeof placeAlert>[0],
  candidates: readonly Candidate[],
): { incidentId: number; reason: CorrelationReason } | undefined {
  if (namespace === undefined || tactics.length === 0) return undefined
  const begins = Math.min(...tactics.map(stageOf))
  const [last] = candidates
    .filter(({ earlier, namespaces }) => {
      if (!earlier || earlier.tactics.length === 0 || !namespaces.includes(namespace)) return false
      const gap = time - earlier.lastActivity
      return gap >= leastStageMs && gap <= stageWindowMs && begins > Math.max(...earlier.tactics.map(stageOf))
    })
    .toSorted((a, b) => (b.earlier?.lastActivity ?? 0) - (a.earlier?.lastActivity ?? 0) || a.id - b.id)
  if (!last?.earlier) return undefined
  const minutes = Math.ceil((time - last.earlier.lastActivity) / 60_000)
  const words = (all: readonly string[]) => sortTactics(all).map(tacticWords).join(', ')
  return {
    incidentId: last.id,
    reason: {
      code: 'event-sequence',
      text: `Next stage in the namespace ${namespace}: ${words(tactics)}, within ${minutes} min after ${words(last.earlier.tactics)}`,
    },
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
    if (ours.kind === 'image' && (namespace === undefined || !candidate.namespaces.includes(namespace))) continue
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
  if (entity.kind === 'image') return { code: 'shared-indicators', text: `${words} in the same namespace` }
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
