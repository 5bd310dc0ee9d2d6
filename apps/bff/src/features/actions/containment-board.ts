import type { Containment } from '@cordon/contract'
import { entityKey } from '@cordon/entities'
import {
  type Action,
  actions,
  containingTypes,
  type ContainmentKind,
  containmentKinds,
  containmentLabel,
  isPolicyOf,
  markers,
  sameSpec,
} from '@cordon/response'
import type { Kysely } from 'kysely'
import type { Database } from '../../adapters/postgres/schema.ts'
import type { Cluster, Clusters } from '../../jobs/inventory/cluster.ts'
import { denyTierIds, type KubeObject } from '../../jobs/inventory/kinds.ts'
import { inForce, partsOf, type StoredAction, storedOf } from '../../jobs/run-actions/action-store.ts'

/**
 * Every isolation and restriction in force, read from labels and policies in the clusters themselves, joined with the
 * record: so it also shows what the record doesn't know, and what the record believes but the cluster no longer has.
 */
export async function containmentBoard(db: Kysely<Database>, clusters: Clusters): Promise<Containment[]> {
  const seen = clusters.all().flatMap((c) => seenIn(c))
  const open = await db
    .selectFrom('actions')
    .selectAll()
    .where('type', 'in', containingTypes)
    .where('state', 'in', inForce)
    .execute()
  const ids = [...new Set(seen.map((s) => s.actionId))]
  const named = ids.length > 0 ? await db.selectFrom('actions').selectAll().where('id', 'in', ids).execute() : []
  const records = new Map([...open, ...named].map((row) => [row.id, storedOf(row)]))
  const rows = seen.map((s) => rowOf(s, records.get(s.actionId)))
  const shown = new Set(rows.map((r) => r.actionId))
  const believed = [...records.values()].filter(
    (r) => !shown.has(r.action.id) && inForce.includes(r.action.state) && actions[r.action.type].contains,
  )
  const all = [
    ...rows,
    ...believed
      .filter((r) => r.action.state !== 'requested')
      .map((r) => believedRow(r, clusters.get(r.action.target.cluster))),
  ]
  return all.toSorted((a, b) => (b.since ?? '').localeCompare(a.since ?? ''))
}

interface Seen {
  cluster: Cluster
  kind: ContainmentKind
  actionId: string
  namespace: string
  pod: KubeObject | undefined
  policies: KubeObject[]
}

function seenIn(cluster: Cluster): Seen[] {
  const found = new Map<string, Seen>()
  const of = (kind: ContainmentKind, actionId: string, namespace: string): Seen => {
    const key = `${kind} ${actionId}`
    const entry = found.get(key) ?? { cluster, kind, actionId, namespace, pod: undefined, policies: [] }
    found.set(key, entry)
    return entry
  }
  for (const pod of cluster.cache.all('pods')) {
    // Our own probe pods may carry the label, to be under the policy they try.
    if (pod.metadata.labels?.[markers.canary] !== undefined) continue
    for (const kind of containmentKinds) {
      const id = containmentLabel(pod, kind)
      if (id) of(kind, id, pod.metadata.namespace ?? '').pod = pod
    }
  }
  for (const id of ['networkpolicies', ...denyTierIds] as const)
    for (const policy of cluster.cache.all(id)) {
      const actionId = policy.metadata.labels?.[markers.action]
      if (!actionId || !isPolicyOf(policy, actionId)) continue
      const kind = policy.metadata.name.includes('cordon-restriction-') ? 'restriction' : 'isolation'
      of(kind, actionId, policy.metadata.namespace ?? '').policies.push(policy)
    }
  return [...found.values()]
}

function rowOf(seen: Seen, record: StoredAction | undefined): Containment {
  const { cluster, kind, policies } = seen
  const action = record?.action
  const note = policies[0]?.metadata.annotations ?? {}
  const pod = seen.pod ?? (action && cluster.cache.byUid('pods', action.target.uid))
  const namespace = seen.namespace || action?.target.namespace || pod?.metadata.namespace || ''
  return {
    ...known(kind, action),
    cluster: cluster.name,
    actionId: seen.actionId,
    namespace,
    pod: pod
      ? {
          key: entityKey('pod', cluster.name, namespace, pod.metadata.name),
          name: pod.metadata.name,
          uid: pod.metadata.uid,
          owner: ownerOf(pod),
        }
      : null,
    policies: policies.map((p) => ({ apiVersion: p.apiVersion, kind: p.kind, name: p.metadata.name })),
    since: action?.requestedAt ?? dateOf(note[markers.requestedAt]) ?? dateOf(policies[0]?.metadata.creationTimestamp),
    by: action?.requestedBy ?? note[markers.requestedBy] ?? null,
    reason: action?.comment ?? note[markers.reason] ?? null,
    drift: driftOf(seen, record),
    unseen: cluster.state === 'connected' ? null : (cluster.stateDetail ?? cluster.state),
  }
}

/** In the record only: the cluster can't be seen, or has nothing of it any more. */
function believedRow({ action }: StoredAction, cluster: Cluster | undefined): Containment {
  const { target } = action
  const connected = cluster?.state === 'connected'
  const pod = cluster?.cache.byUid('pods', target.uid)
  return {
    ...known(actions[action.type].contains ?? 'isolation', action),
    cluster: target.cluster,
    actionId: action.id,
    namespace: target.namespace,
    pod: { key: target.key, name: target.name, uid: target.uid, owner: pod ? ownerOf(pod) : null },
    policies: [],
    since: action.requestedAt,
    by: action.requestedBy,
    reason: action.comment,
    drift: connected ? ['The cluster holds neither label nor policy of it.'] : [],
    unseen: connected ? null : (cluster?.stateDetail ?? 'The cluster isn’t connected.'),
  }
}

function known(kind: ContainmentKind, action: Action | undefined) {
  const checked = action?.verification?.checkedAt ?? null
  return {
    kind,
    state: action?.state ?? null,
    outcome: action?.outcome ?? null,
    incidentId: action?.incidentId ?? null,
    lastVerifiedAt: action?.state === 'verified' ? checked : (action?.verifiedAt ?? null),
    lastCheckedAt: checked,
    expiresAt: action?.expiresAt ?? null,
    undoneBy: kind === 'isolation' ? ('release-pod' as const) : ('unrestrict-pod' as const),
  }
}

function driftOf({ kind, pod, policies, actionId }: Seen, record: StoredAction | undefined): string[] {
  const out: string[] = []
  if (!record) out.push('This installation’s record doesn’t know it.')
  else if (!inForce.includes(record.action.state)) out.push(`The record says it has ended (${record.action.state}).`)
  if (!pod) out.push(`No pod carries the label ${markers[kind]}=${actionId}.`)
  if (policies.length === 0) out.push('No policy of it is there.')
  for (const part of record ? partsOf(record.plan) : []) {
    const there = policies.find((p) => p.kind === part.body.kind && p.metadata.name === part.body.metadata.name)
    if (!there) out.push(`The ${part.body.kind} ${part.body.metadata.name} is gone.`)
    else if (!sameSpec(part.body.spec, there.spec))
      out.push(`The ${part.body.kind} ${part.body.metadata.name} was changed.`)
  }
  if (record?.action.state === 'broken') out.push(record.action.outcome)
  return [...new Set(out)]
}

function ownerOf(pod: KubeObject): string | null {
  const owner = pod.metadata.ownerReferences?.find((o) => o.controller)
  return owner ? `${owner.kind} ${owner.name}` : null
}

// Annotations are free text that anyone may set.
function dateOf(text: string | undefined): string | null {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? null : new Date(time).toISOString()
}
