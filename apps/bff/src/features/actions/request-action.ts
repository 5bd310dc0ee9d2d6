import type { schemas } from '@cordon/contract'
import { can } from '@cordon/rbac'
import {
  type Action,
  actions,
  type ActionTarget,
  type ActionType,
  type ClusterView,
  type Flow,
  plannedView,
  preflight,
  type Planned,
  type Preflight,
  type ResponsePolicy,
  actionLabels,
} from '@cordon/response'
import { createHash, randomBytes, randomInt } from 'node:crypto'
import type { z } from 'zod'
import { storable } from '../../adapters/postgres/storable.ts'
import type { Actor, Deps } from '../../deps.ts'
import type { Cluster, Clusters } from '../../jobs/inventory/cluster.ts'
import { actionOf, currentFor, insertAction, type StoredPlan } from '../../jobs/run-actions/action-store.ts'
import { planProbe } from '../../jobs/run-actions/probe.ts'
import { readView } from '../../jobs/run-actions/read-view.ts'
import { stepsFor } from '../../jobs/run-actions/steps.ts'
import { Refusal } from '../../refusal.ts'
import { placeOfKey, requireIncident, requirePlace } from '../../within-scope.ts'
import { resolveTarget } from './resolve-target.ts'
import { approvalFor, readPolicy } from './response-policy.ts'

type Request = z.output<(typeof schemas)['actionRequest']['body']>
type PreflightRequest = z.output<(typeof schemas)['actionPreflight']['body']>
type BatchRequest = z.output<(typeof schemas)['actionRequestMany']['body']>

export interface ActionPorts {
  deps: Pick<Deps, 'db' | 'commit'>
  clusters: Clusters
  poke(): void
  /** Connections of a pod in the last 24 hours, for what-if; null where no sensor tells. Left out: never known. */
  flowsOf?(target: ActionTarget): Promise<Flow[] | null>
  /** May probe pods be started in this installation? */
  probes?: boolean
}

/** Stands for the id of an action that is only asked about. */
const previewId = 'preview'
const needs = ['alerts.manage', 'response.manage'] as const

/** What an action would need, change and cause, per target. Writes nothing. */
export async function preflightActions(
  ports: ActionPorts,
  actor: Actor,
  body: PreflightRequest,
): Promise<{ preflights: Preflight[] }> {
  const { policy } = await readPolicy(ports.deps.db)
  const preflights = await Promise.all(
    body.targets.map(async (ref) => {
      requirePlace(actor, placeOfKey(ref.key))
      const { target, cluster } = await resolveTarget(ports.deps.db, ports.clusters, ref, body.type)
      const who = { actionId: previewId, requestedBy: actor.name, comment: '', at: new Date().toISOString() }
      const planned = await planNow(
        ports,
        actor,
        { target, cluster, who, type: body.type, options: body.options },
        true,
      )
      const ask = { ...target, type: body.type, targets: body.targets.length, incidentId: body.incidentId }
      const reason = await approvalFor(ports.deps.db, policy, ask)
      const consequences = [...planned.preflight.consequences, ...provability(ports, body.type, target, planned)]
      return { ...planned.preflight, consequences, approval: { needed: reason !== null, reason } }
    }),
  )
  return { preflights }
}

/** Known before anything is written: there is no probe that could show the effect, so it will never be verified. */
function provability(
  { probes }: ActionPorts,
  type: ActionType,
  target: ActionTarget,
  { plan, view }: Planned & { view: ClusterView },
): Preflight['consequences'] {
  // What stays partly in force is called that, proven or not.
  if (!plan?.containment || !actions[type].contains || plan.containment.openPaths.length > 0) return []
  if (probes === false)
    return [
      {
        kind: 'warning',
        text: 'Probe pods are switched off here: the effect can’t be proven, and it will end as “not verified”.',
      },
    ]
  if (planProbe(plannedView(view, plan.containment), { id: previewId, target, type })) return []
  return [
    {
      kind: 'warning',
      text: 'No probe can show the effect: policies that apply today block every probe as well, or nothing is there to compare with. It will end as “not verified”.',
    },
  ]
}

interface Wish {
  type: ActionType
  target: ActionTarget
  cluster: Cluster
  who: { actionId: string; requestedBy: string; comment: string; at: string }
  options: Action['options']
}

async function planNow(
  ports: ActionPorts,
  actor: Actor,
  wish: Wish,
  whatIf: boolean,
): Promise<Planned & { view: ClusterView }> {
  const { target, cluster, type, options, who } = wish
  const [read, current, flows] = await Promise.all([
    readView(cluster, target, { type, options }),
    currentFor(ports.deps.db, target, type),
    // A slow event store must not keep anyone from acting.
    whatIf && target.kind === 'pod' ? (ports.flowsOf?.(target).catch(() => null) ?? null) : null,
  ])
  const view = { ...read, flows }
  return { ...preflight({ type, target, view, options, permission: can(actor.role, needs), who, current }), view }
}

export interface ActionGroup {
  id: string | null
  /** Targets that were asked for together. */
  targets: number
  /** Why it needs a second person whatever the policy says: no person has asked for it just now. */
  waitsBecause?: string
}

/**
 * Stores the wish, durably, before anything is written to a cluster; the runner does the rest. The same Idempotency-Key
 * of the same caller gets the same action back. Throws `Refusal` with each failing check when the preflight says no.
 */
export async function requestAction(
  ports: ActionPorts,
  actor: Actor,
  body: Request,
  idempotencyKey: string | undefined,
  group: ActionGroup = { id: null, targets: 1 },
): Promise<Action> {
  requirePlace(actor, placeOfKey(body.target.key))
  const repeated = idempotencyKey ? await findRepeat(ports, actor, idempotencyKey, body) : undefined
  if (repeated) return repeated
  const { target, cluster } = await resolveTarget(ports.deps.db, ports.clusters, body.target, body.type)
  const at = new Date().toISOString()
  const who = { actionId: newActionId(), requestedBy: actor.name, comment: body.comment, at }
  const planned = await planNow(ports, actor, { type: body.type, target, cluster, who, options: body.options }, false)
  if (!planned.plan) {
    // Of two requests with one key at the same moment, the second meets what the first has begun.
    const twin = idempotencyKey ? await findRepeat(ports, actor, idempotencyKey, body) : undefined
    if (twin) return twin
    throw refusalOf(planned.preflight)
  }
  const { policy } = await readPolicy(ports.deps.db)
  const reason =
    group.waitsBecause ??
    (actor.via === 'system'
      ? null
      : await approvalFor(ports.deps.db, policy, {
          ...target,
          type: body.type,
          targets: group.targets,
          incidentId: body.incidentId,
        }))
  const action = newAction({ body, target, actor, who, planned, groupId: group.id, reason, policy })
  const { operations, containment, releases, undo } = planned.plan
  const plan: StoredPlan = {
    operations,
    containment: containment && {
      kind: containment.kind,
      strategy: containment.strategy,
      detachedLabels: containment.detachedLabels,
    },
    releases,
    undo,
  }
  const stored = await store(ports, actor, action, plan, idempotencyKey ?? null)
  ports.poke()
  return stored
}

/** The same action on several targets: one row each, so that one refusal keeps nobody else waiting. */
export async function requestActions(
  ports: ActionPorts,
  actor: Actor,
  body: BatchRequest,
  idempotencyKey: string | undefined,
) {
  const groupId = idempotencyKey
    ? `grp-${createHash('sha256').update(`${actor.name}\n${idempotencyKey}`).digest('hex').slice(0, 24)}`
    : `grp-${randomBytes(12).toString('hex')}`
  const { targets, ...rest } = body
  const results = await Promise.all(
    targets.map(async (target) => {
      const key = createHash('sha256')
        .update(`${groupId}\n${target.key}\n${target.uid ?? ''}`)
        .digest('hex')
      try {
        const action = await requestAction(ports, actor, { ...rest, target }, key, {
          id: groupId,
          targets: targets.length,
        })
        return { key: target.key, action, refusal: null }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return {
          key: target.key,
          action: null,
          refusal: { code: error.code, detail: error.message, errors: error.errors ?? [] },
        }
      }
    }),
  )
  return { groupId, results }
}

interface Ingredients {
  body: Request
  target: ActionTarget
  actor: Actor
  who: Wish['who']
  planned: Planned
  groupId: string | null
  /** Why a second person is needed. */
  reason: string | null
  policy: ResponsePolicy
}

function newAction({ body, target, actor, who, planned, groupId, reason, policy }: Ingredients): Action {
  const definition = actions[body.type]
  const breaks = reason !== null && body.options.breakGlass === true
  const waits = reason !== null && !breaks
  const sampled = actor.via !== 'system' && randomInt(100) < policy.reviewSamplePercent
  const reasons = [...(breaks ? (['break-glass'] as const) : []), ...(sampled ? (['sampled'] as const) : [])]
  const minutes = definition.contains ? body.options.expiresInMinutes : undefined
  return {
    id: who.actionId,
    type: body.type,
    state: waits ? 'pending-approval' : 'requested',
    target,
    comment: storable(body.comment),
    source: body.source,
    requestedBy: actor.name,
    requestedAt: who.at,
    appliedAt: null,
    verifiedAt: null,
    endedAt: null,
    updatedAt: who.at,
    incidentId: body.incidentId,
    strategy: planned.preflight.strategy?.id ?? null,
    options: body.options,
    outcome: waits ? `Waiting for a second person. ${reason}` : 'Requested.',
    steps: stepsFor(planned.plan?.operations ?? [], definition.captures === true),
    verification: null,
    undoes: definition.contains ? null : (planned.plan?.releases ?? null),
    undoneBy: null,
    expiresAt: minutes ? new Date(Date.parse(who.at) + minutes * 60_000).toISOString() : null,
    evidenceBundle: null,
    approval:
      reason === null
        ? null
        : { reason, decision: breaks ? 'break-glass' : 'pending', decidedBy: null, decidedAt: null, comment: null },
    review: reasons.length > 0 ? { reasons, decision: 'due', decidedBy: null, decidedAt: null, comment: null } : null,
    groupId,
    actsAs: null,
  }
}

async function store(
  ports: ActionPorts,
  actor: Actor,
  action: Action,
  plan: StoredPlan,
  idempotencyKey: string | null,
): Promise<Action> {
  return ports.deps
    .commit(actor, async (tx) => {
      if (action.incidentId !== null) {
        const incident = await tx
          .selectFrom('incidents')
          .select('id')
          .where('id', '=', action.incidentId)
          .executeTakeFirst()
        if (!incident) throw new Refusal('not-found', `There is no incident ${action.incidentId}.`)
        await requireIncident(tx, actor, action.incidentId)
      }
      // A cluster may name a containment that our record has never heard of.
      const known =
        action.undoes &&
        (await tx.selectFrom('actions').select('id').where('id', '=', action.undoes).executeTakeFirst())
      const stored = known ? action : { ...action, undoes: null }
      await insertAction(tx, stored, plan, idempotencyKey)
      if (action.incidentId !== null) {
        const text = `${actionLabels[action.type]} requested for ${action.target.namespace}/${action.target.name}: ${action.comment}`
        await tx
          .insertInto('activities')
          .values({
            incident_id: action.incidentId,
            actor: actor.name,
            kind: 'action',
            text,
            from_value: null,
            to_value: action.state,
          })
          .execute()
      }
      const { type, target, comment, options, source, state, approval, groupId } = stored
      const details = { type, target, comment, options, source, to: state, approval, groupId }
      return {
        result: stored,
        entries: [{ kind: 'action.request', subject: `action:${action.id}`, details }],
        changed: ['action', 'incident'],
      }
    })
    .catch(async (error: unknown) => {
      if ((error as { code?: string }).code !== '23505') throw error
      // Two requests with one key at the same moment: the second finds the first's row.
      const row =
        idempotencyKey === null
          ? undefined
          : await ports.deps.db
              .selectFrom('actions')
              .selectAll()
              .where('requested_by', '=', actor.name)
              .where('idempotency_key', '=', idempotencyKey)
              .executeTakeFirst()
      if (row) return actionOf(row)
      if ((error as { constraint?: string }).constraint === 'actions_one_containment')
        throw new Refusal('conflict', 'Someone else has asked for the same at this moment; look at the target again.')
      throw error
    })
}

async function findRepeat(ports: ActionPorts, actor: Actor, key: string, body: Request): Promise<Action | undefined> {
  if (key.length > 200) throw new Refusal('invalid', 'The Idempotency-Key is longer than 200 characters.')
  const row = await ports.deps.db
    .selectFrom('actions')
    .selectAll()
    .where('requested_by', '=', actor.name)
    .where('idempotency_key', '=', key)
    .executeTakeFirst()
  if (!row) return undefined
  if (row.type !== body.type || row.target_key !== body.target.key)
    throw new Refusal('conflict', 'This Idempotency-Key was used for another action.')
  return actionOf(row)
}

function refusalOf(p: Preflight): Refusal {
  const failed = p.checks.filter((c) => c.state === 'failed')
  return new Refusal(
    'cluster-refused',
    p.reason ?? 'The action is not possible.',
    failed.map((c) => ({ path: c.id, message: c.remedy ? `${c.detail} ${c.remedy}` : c.detail })),
  )
}

/** Fits a label value (63 characters) and sorts by time. */
function newActionId(): string {
  return `act-${Date.now().toString(36)}-${randomBytes(6).toString('hex')}`
}
