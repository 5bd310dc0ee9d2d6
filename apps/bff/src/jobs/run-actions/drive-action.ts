import { can, type Role } from '@cordon/rbac'
import { type Action, actions, preflight, rightsOf } from '@cordon/response'
import { setTimeout as sleep } from 'node:timers/promises'
import { onBehalfOf } from '../../adapters/kubernetes/on-behalf-of.ts'
import { perform } from '../../adapters/kubernetes/perform.ts'
import type { Deps } from '../../deps.ts'
import type { Cluster, Clusters } from '../inventory/cluster.ts'
import { currentFor, partsOf, saveAction, type StoredAction } from './action-store.ts'
import { captureEvidence } from './evidence-bundle.ts'
import { type Pace, usualPace } from './pace.ts'
import { proveEffect, resumedText } from './prove-effect.ts'
import { readView, workloadKindOf } from './read-view.ts'
import { removeTraces } from './remove-traces.ts'
import { needed } from './repair.ts'
import { reviewOf } from './review-of.ts'
import { archived, captureStep, finished, performed, started, stepsFor, verifyStep } from './steps.ts'
import type { Checks } from './verify.ts'

export interface RunnerPorts {
  deps: Pick<Deps, 'db' | 'commit' | 'commitUnrecorded' | 'log' | 'bus'>
  clusters: Clusters
  /** Process events of a pod for the evidence bundle. */
  processesOf(target: Action['target']): Promise<unknown[]>
  connectionsSince: Checks['connectionsSince']
  /** Null = no probe pods may be made in this installation. */
  probe: { image: string } | null
  /** Waiting times, where a test needs others. */
  pace?: Partial<Pace>
}

const replans = 3
const listedWithinMs = 10_000

/** Takes an action from wherever its record says it is to a checked end. Called again after a crash. */
export async function driveAction(
  ports: RunnerPorts,
  stored: StoredAction,
  signal: AbortSignal,
): Promise<StoredAction> {
  const cluster = ports.clusters.get(stored.action.target.cluster)
  if (!cluster)
    return fail(
      ports,
      undefined,
      stored,
      `The cluster ${stored.action.target.cluster} is no longer connected to this console.`,
    )
  await untilListed(ports, cluster, signal)
  const resumed = wasBegun(stored.action)
  let current = resumed ? await noteResumed(ports, stored) : stored
  if (current.action.state === 'requested') current = await apply(ports, cluster, current, signal)
  if (current.action.state === 'applied' && !signal.aborted)
    current = await proveEffect(ports, cluster, current, { signal, resumed })
  return current
}

/** Right after a start the lists are still coming: what isn't known yet decides nothing, and uses up no deadline. */
async function untilListed({ pace }: RunnerPorts, cluster: Cluster, signal: AbortSignal): Promise<void> {
  const end = Date.now() + listedWithinMs
  while (!cluster.cache.answered() && cluster.client && Date.now() < end && !signal.aborted)
    await sleep(pace?.pollMs ?? usualPace.pollMs, undefined, { signal }).catch(() => undefined)
}

/** An earlier life of ours has worked on it. */
function wasBegun({ state, steps }: Action): boolean {
  return state === 'applied' || steps.some((s) => !s.id.includes('~') && s.state !== 'pending')
}

function noteResumed(ports: RunnerPorts, stored: StoredAction): Promise<StoredAction> {
  const what = stored.action.state === 'applied' ? 'Verifying the effect.' : 'Writing to the cluster.'
  return saveAction(ports.deps, stored, { outcome: `${resumedText} ${what}` }, { why: 'taken up again' })
}

async function apply(
  ports: RunnerPorts,
  cluster: Cluster,
  stored: StoredAction,
  signal: AbortSignal,
): Promise<StoredAction> {
  let current = stored
  for (let attempt = 0; attempt <= replans; attempt++) {
    const begun = current.action.steps.some((s) => s.id !== captureStep && !s.id.includes('~') && s.state !== 'pending')
    if (!begun) current = await plan(ports, cluster, current)
    if (current.action.state !== 'requested') return current
    if (actions[current.action.type].captures) current = await capture(ports, cluster, current)
    const outcome = await performAll(ports, cluster, current, signal)
    current = outcome.stored
    if (outcome.replan !== true) return current
    const steps = archived(current.action.steps)
    current = await saveAction(
      ports.deps,
      current,
      { steps },
      { why: 'the target was changed meanwhile; planned again' },
    )
  }
  return fail(ports, cluster, current, 'The target kept changing while the action was applied.')
}

/** The same preflight as the dialog's, on the cluster as it is now; its plan is stored before the first write. */
async function plan(ports: RunnerPorts, cluster: Cluster, stored: StoredAction): Promise<StoredAction> {
  const { action } = stored
  const full = await readPatiently(ports, cluster, action)
  const view = stored.plan.repairing ? withoutOwn(full, action.id) : full
  const known = await currentFor(ports.deps.db, action.target, action.type)
  const current = known?.id === action.id ? null : known
  const who = { actionId: action.id, requestedBy: action.requestedBy, comment: action.comment, at: action.requestedAt }
  // The person's right was checked when they asked, and is part of the record; here the cluster decides.
  const planned = preflight({
    type: action.type,
    target: action.target,
    view,
    options: action.options,
    permission: can('administrator' satisfies Role, []),
    who,
    current,
  })
  if (!planned.plan) return fail(ports, cluster, stored, planned.preflight.reason ?? 'The preflight refused it.')
  const { containment, releases, undo } = planned.plan
  const operations = planned.plan.operations
  const toDo = stored.plan.repairing ? needed(operations, full) : operations
  const earlier = archived(action.steps)
  const steps = [...earlier, ...stepsFor(toDo, actions[action.type].captures === true && !action.evidenceBundle)]
  return saveAction(
    ports.deps,
    stored,
    { steps, strategy: planned.preflight.strategy?.id ?? null, outcome: 'Planned; writing to the cluster.' },
    {
      plan: {
        ...stored.plan,
        operations: stored.plan.repairing
          ? [...toDo, ...operations.filter((op) => !toDo.some((t) => t.id === op.id))]
          : operations,
        containment: containment && {
          kind: containment.kind,
          strategy: containment.strategy,
          detachedLabels: { ...stored.plan.containment?.detachedLabels, ...containment.detachedLabels },
        },
        releases,
        // How many there were before the action counts, not what someone made of it since.
        undo: stored.plan.repairing ? (stored.plan.undo ?? undo) : (undo ?? stored.plan.undo),
      },
    },
  )
}

/** A cluster that doesn't answer has refused nothing: it is asked again for as long as a write would be tried. */
async function readPatiently(ports: RunnerPorts, cluster: Cluster, action: Action) {
  let view = await readView(cluster, action.target, action)
  for (const delay of ports.pace?.retryDelaysMs ?? usualPace.retryDelaysMs) {
    if (!view.unreachable || !cluster.client) break
    await sleep(delay)
    view = await readView(cluster, action.target, action)
  }
  return view
}

function withoutOwn(view: Awaited<ReturnType<typeof readView>>, actionId: string) {
  const foreign = (p: (typeof view.networkPolicies)[number]) => p.metadata.labels?.['cordon.dev/action'] !== actionId
  return {
    ...view,
    networkPolicies: view.networkPolicies.filter(foreign),
    otherPolicies: view.otherPolicies.filter(foreign),
  }
}

async function capture(ports: RunnerPorts, cluster: Cluster, stored: StoredAction): Promise<StoredAction> {
  if (stored.action.evidenceBundle || !cluster.client) return stored
  const running = await saveAction(ports.deps, stored, { steps: started(stored.action.steps, captureStep) })
  const bundle = await captureEvidence(cluster, stored.action.target, () => ports.processesOf(stored.action.target))
  const { sha256, bytes, capturedAt } = bundle
  await ports.deps.commitUnrecorded(async (tx) => {
    const values = { action_id: stored.action.id, sha256, captured_at: new Date(capturedAt), content: bundle.content }
    await tx
      .insertInto('evidence_bundles')
      .values(values)
      .onConflict((c) => c.column('action_id').doUpdateSet(values))
      .execute()
    return { result: undefined, changed: [] }
  })
  const detail = `SHA-256 ${sha256}, ${bytes} bytes.${bundle.missing.length > 0 ? ` Could not be read: ${bundle.missing.join('; ')}.` : ''}`
  return saveAction(ports.deps, running, {
    steps: finished(running.action.steps, captureStep, true, detail),
    evidenceBundle: { sha256, bytes, capturedAt },
  })
}

async function performAll(
  ports: RunnerPorts,
  cluster: Cluster,
  stored: StoredAction,
  signal: AbortSignal,
): Promise<{ stored: StoredAction; replan?: boolean }> {
  let current = stored
  const { action } = stored
  if (!cluster.client) return { stored: await fail(ports, cluster, current, 'There is no connection to the cluster.') }
  const acting = await onBehalfOf(cluster.client, { person: action.requestedBy, actionId: action.id }, writesOf(action))
  for (const op of stored.plan.operations) {
    const step = current.action.steps.find((s) => s.id === op.id)
    if (!step || step.state === 'done') continue
    current = await saveAction(ports.deps, current, {
      steps: started(current.action.steps, op.id),
      actsAs: acting.actsAs,
    })
    const outcome = await perform(acting.client, op, signal, ports.pace?.retryDelaysMs ?? usualPace.retryDelaysMs)
    if (signal.aborted && !outcome.ok) return { stored: current }
    if (!outcome.ok && outcome.why === 'changed') return { stored: current, replan: true }
    // To an undo it is all the same that the pod has gone: what remains of it is still to be removed.
    const moot = !outcome.ok && outcome.why === 'gone' && current.plan.releases !== undefined
    const told = moot
      ? { ok: true as const, answer: outcome.answer ?? { status: 404, body: null }, detail: outcome.detail }
      : outcome
    current = await saveAction(ports.deps, current, { steps: performed(current.action.steps, op.id, told) })
    if (moot) continue
    if (!outcome.ok && outcome.why === 'gone') return { stored: await afterGone(ports, cluster, current) }
    if (!outcome.ok)
      return { stored: await fail(ports, cluster, current, `Failed at “${op.title}”: ${outcome.detail}`) }
  }
  const outcome = actions[action.type].captures
    ? 'The deletion is accepted; the containers are being stopped.'
    : 'Written to the cluster; verifying the effect.'
  return {
    stored: await saveAction(
      ports.deps,
      current,
      { state: 'applied', outcome, steps: started(current.action.steps, verifyStep) },
      { plan: { ...current.plan, repairing: false } },
    ),
  }
}

/** What the person would need to be allowed, for the writes to be made in their name. */
function writesOf({ type, target, options }: Action) {
  const kind = workloadKindOf(target)
  return rightsOf(type, options)
    .filter((r) => !r.optional && !r.clusterScoped)
    .flatMap((r) =>
      r.resources.map((resource) => ({
        verb: r.verbs.at(-1) ?? '',
        group: r.group,
        resource,
        namespace: target.namespace,
      })),
    )
    .filter(({ resource }) => !kind || resource.startsWith(kind.plural))
}

/** The pod went away in between: what we made is removed, and the record says so. */
async function afterGone(ports: RunnerPorts, cluster: Cluster, stored: StoredAction): Promise<StoredAction> {
  const clean = await removeTraces(cluster, stored, ports.pace?.retryDelaysMs ?? [])
  const outcome = clean
    ? 'The target no longer exists; nothing of this action is left in the cluster.'
    : 'The target no longer exists; what was made for it is removed as soon as the cluster lets us.'
  return saveAction(
    ports.deps,
    stored,
    { state: 'gone', outcome, steps: finished(stored.action.steps, verifyStep, true, outcome) },
    { plan: { ...stored.plan, leftovers: !clean } },
  )
}

/** It stops here: what it has made is removed again, since a policy without its label would only puzzle. */
async function fail(
  ports: RunnerPorts,
  cluster: Cluster | undefined,
  stored: StoredAction,
  outcome: string,
): Promise<StoredAction> {
  const made = partsOf(stored.plan).length > 0 && stored.action.steps.some((s) => s.request && s.state !== 'pending')
  const clean =
    !made || (cluster !== undefined && (await removeTraces(cluster, stored, ports.pace?.retryDelaysMs ?? [])))
  const rest = clean ? '' : ' What it has made is removed as soon as the cluster lets us.'
  return saveAction(
    ports.deps,
    stored,
    { state: 'failed', outcome: `${outcome}${rest}`, review: reviewOf(stored.action, 'failed') },
    { plan: { ...stored.plan, leftovers: !clean } },
  )
}
