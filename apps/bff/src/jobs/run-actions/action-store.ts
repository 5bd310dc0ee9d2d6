import {
  Action,
  actions,
  type ActionState,
  type ActionStep,
  type ActionType,
  type ContainmentPlan,
  type CreateOperation,
  type Current,
  finalStates,
  type Operation,
  type Undo,
  actionLabels,
} from '@cordon/response'
import type { Kysely, Selectable } from 'kysely'
import type { Tx } from '../../adapters/postgres/commit.ts'
import type { Database } from '../../adapters/postgres/schema.ts'
import { toJsonb } from '../../adapters/postgres/storable.ts'
import type { Actor, Deps } from '../../deps.ts'
import { system } from '../../deps.ts'

type Row = Selectable<Database['actions']>

/** What a crash must not lose: the writes decided on, and what is needed to verify and undo them. */
export interface StoredPlan {
  operations: Operation[]
  containment?: Pick<ContainmentPlan, 'kind' | 'strategy' | 'detachedLabels'>
  /** For a release: the containment it undoes. */
  releases?: string
  undo?: Undo
  /** Planned anew because it was found broken; what is still right is left alone. */
  repairing?: boolean
  /** It ended, and what it made could not be removed yet. */
  leftovers?: boolean
  /** A restart cut its verification short; it is to be proven as soon as possible. */
  interrupted?: boolean
  /** That it is broken has been reported. */
  alerted?: boolean
}

/** The objects a stored plan creates. */
export function partsOf(plan: StoredPlan): CreateOperation[] {
  return plan.operations.filter((op) => op.kind === 'create')
}

export interface StoredAction {
  action: Action
  plan: StoredPlan
  version: number
}

const columns = [
  'id',
  'type',
  'state',
  'comment',
  'source',
  'requestedBy',
  'requestedAt',
  'appliedAt',
  'verifiedAt',
  'endedAt',
  'updatedAt',
  'expiresAt',
  'incidentId',
  'undoes',
  'undoneBy',
] as const

/** The record as the contract's Action. Columns are the truth for what they hold. */
export function actionOf(row: Row): Action {
  return Action.parse({
    ...row.record,
    id: row.id,
    type: row.type,
    state: row.state,
    comment: row.comment,
    source: row.source,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at.toISOString(),
    appliedAt: row.applied_at?.toISOString() ?? null,
    verifiedAt: row.verified_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    updatedAt: row.updated_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    incidentId: row.incident_id,
    undoes: row.undoes,
    undoneBy: row.undone_by,
  })
}

export function storedOf(row: Row): StoredAction {
  return { action: actionOf(row), plan: row.plan as unknown as StoredPlan, version: row.version } // plan is written by this file only
}

function recordOf(action: Action): string {
  return toJsonb(
    Object.fromEntries(Object.entries(action).filter(([k]) => !(columns as readonly string[]).includes(k))),
  )
}

export async function insertAction(
  tx: Tx,
  action: Action,
  plan: StoredPlan,
  idempotencyKey: string | null,
): Promise<void> {
  await tx
    .insertInto('actions')
    .values({
      id: action.id,
      idempotency_key: idempotencyKey,
      type: action.type,
      state: action.state,
      cluster: action.target.cluster,
      namespace: action.target.namespace,
      target_key: action.target.key,
      target_name: action.target.name,
      target_uid: action.target.uid,
      comment: action.comment,
      source: action.source,
      requested_by: action.requestedBy,
      incident_id: action.incidentId,
      requested_at: new Date(action.requestedAt),
      expires_at: action.expiresAt ? new Date(action.expiresAt) : null,
      undoes: action.undoes,
      record: recordOf(action),
      plan: toJsonb(plan),
    })
    .execute()
}

/** Someone else moved the action on since it was read; read it again. */
export class StaleAction extends Error {}

/**
 * Moves an action on: state, record and plan together, with its ledger entry. `patch` members replace those of the
 * record. Throws `StaleAction` when its version isn't the one read.
 */
export async function saveAction(
  deps: Pick<Deps, 'commit'>,
  stored: StoredAction,
  patch: Partial<Action>,
  options: { actor?: Actor; plan?: StoredPlan; why?: string; kind?: string } = {},
): Promise<StoredAction> {
  const now = new Date()
  const from = stored.action.state
  const action: Action = {
    ...stored.action,
    ...patch,
    ...stamps(stored.action, patch.state ?? from, now),
    updatedAt: now.toISOString(),
  }
  const plan = options.plan ?? stored.plan
  await deps.commit(options.actor ?? system, async (tx) => {
    const done = await tx
      .updateTable('actions')
      .set({
        state: action.state,
        applied_at: date(action.appliedAt),
        verified_at: date(action.verifiedAt),
        ended_at: date(action.endedAt),
        expires_at: date(action.expiresAt),
        undone_by: action.undoneBy,
        updated_at: now,
        record: recordOf(action),
        plan: toJsonb(plan),
        version: stored.version + 1,
      })
      .where('id', '=', action.id)
      .where('version', '=', stored.version)
      .executeTakeFirst()
    if (done.numUpdatedRows !== 1n) throw new StaleAction(action.id)
    await noteInIncident(tx, action, from)
    const details = { from, to: action.state, outcome: action.outcome, step: lastStep(action.steps), why: options.why }
    return {
      result: undefined,
      entries: [
        {
          kind: options.kind ?? (from === action.state ? 'action.progress' : 'action.state'),
          subject: `action:${action.id}`,
          details,
        },
      ],
      changed: ['action', 'entity'],
    }
  })
  return { action, plan, version: stored.version + 1 }
}

async function noteInIncident(tx: Tx, action: Action, from: ActionState): Promise<void> {
  if (action.incidentId === null || action.state === from) return
  const text = `${actionLabels[action.type]}, ${action.target.namespace}/${action.target.name}: ${action.outcome}`
  await tx
    .insertInto('activities')
    .values({
      incident_id: action.incidentId,
      actor: action.requestedBy,
      kind: 'action',
      text,
      from_value: from,
      to_value: action.state,
    })
    .execute()
}

function stamps(before: Action, state: ActionState, now: Date): Partial<Action> {
  const at = now.toISOString()
  const ended = finalStates.includes(state)
  return {
    ...(state === 'applied' && !before.appliedAt ? { appliedAt: at } : {}),
    ...(state === 'verified' && !before.verifiedAt ? { verifiedAt: at } : {}),
    ...(ended && !before.endedAt ? { endedAt: at } : {}),
  }
}

function lastStep(steps: ActionStep[]): string | undefined {
  const step = steps.findLast((s) => s.state !== 'pending')
  return step && `${step.id}: ${step.state}`
}

function date(text: string | null): Date | null {
  return text ? new Date(text) : null
}

export async function readAction(db: Kysely<Database>, id: string): Promise<StoredAction | undefined> {
  const row = await db.selectFrom('actions').selectAll().where('id', '=', id).executeTakeFirst()
  return row && storedOf(row)
}

/** Notes that a check found nothing new: no decision and no change of state, so not for the ledger. */
export async function touchAction(
  deps: Pick<Deps, 'commitUnrecorded'>,
  stored: StoredAction,
  verification: NonNullable<Action['verification']>,
): Promise<void> {
  await deps.commitUnrecorded(async (tx) => {
    await tx
      .updateTable('actions')
      .set({ record: recordOf({ ...stored.action, verification }) })
      .where('id', '=', stored.action.id)
      .where('version', '=', stored.version)
      .execute()
    return { result: undefined, changed: ['action'] }
  })
}

/** States in which a containment is, or may be, in force in the cluster. */
export const inForce: ActionState[] = ['requested', 'applied', 'verified', 'partly', 'not-verified', 'broken']
const open: ActionState[] = ['pending-approval', ...inForce]

/** The newest unfinished action of these types on this very object, except one. */
export async function openAction(
  db: Kysely<Database>,
  target: { cluster: string; uid: string },
  types: readonly ActionType[],
  except = '',
): Promise<StoredAction | undefined> {
  if (types.length === 0) return undefined
  const row = await db
    .selectFrom('actions')
    .selectAll()
    .where('type', 'in', [...types])
    .where('cluster', '=', target.cluster)
    .where('target_uid', '=', target.uid)
    .where('state', 'in', open)
    .where('id', '!=', except)
    .orderBy('requested_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && storedOf(row)
}

/** What is in force on a target and matters for an action of this type: its own kind, or what it undoes. */
export async function currentFor(
  db: Kysely<Database>,
  target: { cluster: string; uid: string },
  type: ActionType,
): Promise<Current | null> {
  const { contains, undoes, captures } = actions[type]
  const found = await openAction(db, target, contains ? [type] : captures ? [] : (undoes ?? []))
  if (!found) return null
  const { id, state, requestedBy } = found.action
  return { id, type: found.action.type, state, requestedBy, undo: found.plan.undo }
}

/** How long a release or termination that couldn't be proven is looked at again; then it is left to people. */
export const endingsForMs = 24 * 60 * 60_000

/** Is an undo or the end of this target being written now? Then what is missing isn't broken. */
export async function isBeingUndone(db: Kysely<Database>, action: Action): Promise<boolean> {
  const undoing = (Object.keys(actions) as ActionType[]).filter((t) => actions[t].undoes?.includes(action.type))
  const row = await db
    .selectFrom('actions')
    .select('id')
    .where('type', 'in', undoing)
    .where('cluster', '=', action.target.cluster)
    .where('target_uid', '=', action.target.uid)
    // Of this very action: its end is being noted, or could not be proven yet.
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['requested', 'applied']),
        eb.and([
          eb('state', 'in', ['verified', 'not-verified']),
          eb('undoes', '=', action.id),
          eb('requested_at', '>', new Date(Date.now() - endingsForMs)),
        ]),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
