import type { schemas } from '@cordon/contract'
import { can } from '@cordon/rbac'
import { type Action, preflight, type Preflight } from '@cordon/response'
import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { storable } from '../../adapters/postgres/storable.ts'
import type { Actor, Deps } from '../../deps.ts'
import type { Clusters } from '../../jobs/inventory/cluster.ts'
import { actionOf, insertAction, openIsolation } from '../../jobs/run-actions/action-store.ts'
import { readView } from '../../jobs/run-actions/read-view.ts'
import { stepsFor } from '../../jobs/run-actions/steps.ts'
import { Refusal } from '../../refusal.ts'
import { resolveTarget } from './resolve-target.ts'

type Request = z.output<(typeof schemas)['actionRequest']['body']>
type PreflightRequest = z.output<(typeof schemas)['actionPreflight']['body']>

export interface ActionPorts {
  deps: Pick<Deps, 'db' | 'commit'>
  clusters: Clusters
  poke(): void
}

const needs = ['alerts.manage', 'response.manage'] as const

/** What an action would need, change and cause, per target. Writes nothing. */
export async function preflightActions(
  ports: ActionPorts,
  actor: Actor,
  body: PreflightRequest,
): Promise<{ preflights: Preflight[] }> {
  const preflights = await Promise.all(
    body.targets.map(async (ref) => {
      const { target, cluster } = await resolveTarget(ports.deps.db, ports.clusters, ref)
      const [view, current] = await Promise.all([
        readView(cluster, target, body.type),
        openIsolation(ports.deps.db, target),
      ])
      const who = { actionId: 'preview', requestedBy: actor.name, comment: '', at: new Date().toISOString() }
      return preflight({
        type: body.type,
        target,
        view,
        options: body.options,
        permission: can(actor.role, needs),
        who,
        current,
      }).preflight
    }),
  )
  return { preflights }
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
): Promise<Action> {
  const repeated = idempotencyKey ? await findRepeat(ports, actor, idempotencyKey, body) : undefined
  if (repeated) return repeated
  const { target, cluster } = await resolveTarget(ports.deps.db, ports.clusters, body.target)
  const [view, current] = await Promise.all([
    readView(cluster, target, body.type),
    openIsolation(ports.deps.db, target),
  ])
  const id = newActionId()
  const at = new Date()
  const who = { actionId: id, requestedBy: actor.name, comment: body.comment, at: at.toISOString() }
  const planned = preflight({
    type: body.type,
    target,
    view,
    options: body.options,
    permission: can(actor.role, needs),
    who,
    current,
  })
  if (!planned.plan) throw refusalOf(planned.preflight)
  const { operations, isolation } = planned.plan
  const action: Action = {
    id,
    type: body.type,
    state: 'requested',
    target,
    comment: storable(body.comment),
    source: body.source,
    requestedBy: actor.name,
    requestedAt: at.toISOString(),
    appliedAt: null,
    verifiedAt: null,
    endedAt: null,
    updatedAt: at.toISOString(),
    incidentId: body.incidentId,
    strategy: planned.preflight.strategy?.id ?? null,
    options: body.options,
    outcome: 'Requested.',
    steps: stepsFor(operations, body.type === 'terminate-pod'),
    verification: null,
    undoes: body.type === 'release-pod' ? (current?.id ?? null) : null,
    undoneBy: null,
    expiresAt:
      body.options.expiresInMinutes && body.type === 'isolate-pod'
        ? new Date(at.getTime() + body.options.expiresInMinutes * 60_000).toISOString()
        : null,
    evidenceBundle: null,
  }
  const releases =
    body.type === 'release-pod' ? (view.pod?.metadata.labels?.['cordon.dev/isolation'] ?? current?.id) : undefined
  const stored = await store(ports, actor, action, { operations, isolation, releases }, idempotencyKey ?? null)
  ports.poke()
  return stored
}

async function store(
  ports: ActionPorts,
  actor: Actor,
  action: Action,
  plan: Parameters<typeof insertAction>[2],
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
      }
      await insertAction(tx, action, plan, idempotencyKey)
      if (action.incidentId !== null) {
        const text = `${action.type} of ${action.target.namespace}/${action.target.name} requested: ${action.comment}`
        await tx
          .insertInto('activities')
          .values({
            incident_id: action.incidentId,
            actor: actor.name,
            kind: 'action',
            text,
            from_value: null,
            to_value: 'requested',
          })
          .execute()
      }
      const details = {
        type: action.type,
        target: action.target,
        comment: action.comment,
        options: action.options,
        source: action.source,
        to: 'requested',
      }
      return {
        result: action,
        entries: [{ kind: 'action.request', subject: `action:${action.id}`, details }],
        changed: ['action', 'incident'],
      }
    })
    .catch(async (error: unknown) => {
      // Two requests with one key at the same moment: the second finds the first's row.
      if ((error as { code?: string }).code !== '23505' || !idempotencyKey) throw error
      const row = await ports.deps.db
        .selectFrom('actions')
        .selectAll()
        .where('requested_by', '=', actor.name)
        .where('idempotency_key', '=', idempotencyKey)
        .executeTakeFirstOrThrow()
      return actionOf(row)
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
