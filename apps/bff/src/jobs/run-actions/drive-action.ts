import { can, type Role } from '@cordon/rbac'
import { type Action, type Operation, type Pod, preflight, type ProbeResult } from '@cordon/response'
import { setTimeout as sleep } from 'node:timers/promises'
import { perform } from '../../adapters/kubernetes/perform.ts'
import type { Deps } from '../../deps.ts'
import type { Cluster, Clusters } from '../inventory/cluster.ts'
import { openIsolation, readAction, saveAction, type StoredAction } from './action-store.ts'
import { captureEvidence } from './evidence-bundle.ts'
import { probeIsolation, probePort } from './probe.ts'
import { readView } from './read-view.ts'
import { captureStep, finished, performed, started, stepsFor, verifyStep } from './steps.ts'
import { check, type Checks } from './verify.ts'

export interface RunnerPorts {
  deps: Pick<Deps, 'db' | 'commit' | 'commitUnrecorded' | 'log' | 'bus'>
  clusters: Clusters
  /** Process events of a pod for the evidence bundle. */
  processesOf(target: Action['target']): Promise<unknown[]>
  connectionsSince: Checks['connectionsSince']
  /** Null = no probe pods may be made in this installation. */
  probe: { image: string } | null
}

/** How long a verification may take. Enforcers need up to 2 s, 4 s under load (measured); a probe pod its start. */
const deadlineMs = { 'isolate-pod': 30_000, 'release-pod': 20_000, 'terminate-pod': 60_000 } as const
const replans = 3

/** Takes an action from wherever its record says it is to a checked end. Called again after a crash. */
export async function driveAction(
  ports: RunnerPorts,
  stored: StoredAction,
  signal: AbortSignal,
): Promise<StoredAction> {
  const cluster = ports.clusters.get(stored.action.target.cluster)
  if (!cluster)
    return fail(ports, stored, `The cluster ${stored.action.target.cluster} is no longer connected to this console.`)
  let current = stored
  if (current.action.state === 'requested') current = await apply(ports, cluster, current, signal)
  if (current.action.state === 'applied') current = await verify(ports, cluster, current, signal)
  return current
}

async function apply(
  ports: RunnerPorts,
  cluster: Cluster,
  stored: StoredAction,
  signal: AbortSignal,
): Promise<StoredAction> {
  let current = stored
  for (let attempt = 0; attempt <= replans; attempt++) {
    const begun = current.action.steps.some((s) => s.id !== captureStep && s.state !== 'pending')
    if (!begun) current = await plan(ports, cluster, current)
    if (current.action.state !== 'requested') return current
    if (current.action.type === 'terminate-pod') current = await capture(ports, cluster, current)
    const outcome = await performAll(ports, cluster, current, signal)
    current = outcome.stored
    if (outcome.replan !== true) return current
    current = await saveAction(
      ports.deps,
      current,
      { steps: [] },
      { why: 'the pod was changed meanwhile; planned again' },
    )
  }
  return fail(ports, current, 'The pod kept changing while the action was applied.')
}

/** The same preflight as the dialog's, on the cluster as it is now; its plan is stored before the first write. */
async function plan(ports: RunnerPorts, cluster: Cluster, stored: StoredAction): Promise<StoredAction> {
  const { action } = stored
  const view = await readView(cluster, action.target, action.type)
  const known = await openIsolation(ports.deps.db, { cluster: action.target.cluster, uid: action.target.uid })
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
  if (!planned.plan) return fail(ports, stored, planned.preflight.reason ?? 'The preflight refused it.')
  const { operations, isolation } = planned.plan
  const steps = stepsFor(operations, action.type === 'terminate-pod')
  const releases =
    action.type === 'release-pod' ? (view.pod?.metadata.labels?.['cordon.dev/isolation'] ?? current?.id) : undefined
  return saveAction(
    ports.deps,
    stored,
    { steps, strategy: planned.preflight.strategy?.id ?? null, outcome: 'Planned; writing to the cluster.' },
    {
      plan: {
        operations,
        isolation: isolation && { strategy: isolation.strategy, detachedLabels: isolation.detachedLabels },
        releases,
      },
    },
  )
}

async function capture(ports: RunnerPorts, cluster: Cluster, stored: StoredAction): Promise<StoredAction> {
  if (stored.action.evidenceBundle) return stored
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
  for (const op of stored.plan.operations) {
    if (current.action.steps.find((s) => s.id === op.id)?.state === 'done') continue
    current = await saveAction(ports.deps, current, { steps: started(current.action.steps, op.id) })
    if (!cluster.client) return { stored: await fail(ports, current, 'There is no connection to the cluster.') }
    const outcome = await perform(cluster.client, op, signal)
    if (signal.aborted && !outcome.ok) return { stored: current }
    if (!outcome.ok && outcome.why === 'changed') return { stored: current, replan: true }
    current = await saveAction(ports.deps, current, { steps: performed(current.action.steps, op.id, outcome) })
    if (!outcome.ok && outcome.why === 'gone') return { stored: await afterGone(ports, cluster, current) }
    if (!outcome.ok) return { stored: await undoPartial(ports, cluster, current, op, outcome.detail) }
  }
  const outcome =
    current.action.type === 'terminate-pod'
      ? 'The deletion is accepted; the containers are being stopped.'
      : 'Written to the cluster; verifying the effect.'
  return {
    stored: await saveAction(ports.deps, current, {
      state: 'applied',
      outcome,
      steps: started(current.action.steps, verifyStep),
    }),
  }
}

/** The pod went away in between: what we made is removed, and the record says so. */
async function afterGone(ports: RunnerPorts, cluster: Cluster, stored: StoredAction): Promise<StoredAction> {
  await removeOwnPolicies(cluster, stored)
  const outcome = 'The pod no longer exists; nothing of this action is left in the cluster.'
  return saveAction(ports.deps, stored, {
    state: 'gone',
    outcome,
    steps: finished(stored.action.steps, verifyStep, true, outcome),
  })
}

/** A policy without its label isolates nothing and would only puzzle: what was created is removed again. */
async function undoPartial(
  ports: RunnerPorts,
  cluster: Cluster,
  stored: StoredAction,
  op: Operation,
  detail: string,
): Promise<StoredAction> {
  await removeOwnPolicies(cluster, stored)
  return fail(ports, stored, `Failed at “${op.title}”: ${detail}`)
}

/** Deletes the policies this isolation created. Best effort: they are also owned by the pod. */
export async function removeOwnPolicies(cluster: Cluster, stored: StoredAction): Promise<void> {
  for (const op of stored.plan.operations) {
    if (op.kind !== 'create' || !cluster.client) continue
    await perform(
      cluster.client,
      { id: `remove-${op.id}`, kind: 'delete', title: '', path: op.objectPath, uid: null, ownedBy: stored.action.id },
      AbortSignal.timeout(10_000),
    ).catch(() => undefined)
  }
}

async function verify(
  ports: RunnerPorts,
  cluster: Cluster,
  stored: StoredAction,
  signal: AbortSignal,
): Promise<StoredAction> {
  const appliedAt = new Date(stored.action.appliedAt ?? Date.now())
  const deadline = new Date(appliedAt.getTime() + deadlineMs[stored.action.type])
  const view = stored.action.type === 'isolate-pod' ? await readView(cluster, stored.action.target, null) : undefined
  const probing =
    view?.pod && ports.probe && probePort(view.pod) !== undefined
      ? startProbe(ports, cluster, view.pod, stored, signal)
      : undefined
  let current = stored
  for (;;) {
    const releases = current.plan.releases
    const verdict = await check(cluster, current.action, releases, {
      probe: probing?.result() ?? null,
      probeExpected: probing !== undefined,
      wasInForce: false,
      acceptedPaths: [],
      deadline,
      connectionsSince: ports.connectionsSince,
    })
    const settled = verdict.state !== 'applied'
    if (settled || verdict.outcome !== current.action.outcome) {
      const steps = settled
        ? finished(
            current.action.steps,
            verifyStep,
            verdict.state === 'verified' || verdict.state === 'gone',
            verdict.outcome,
          )
        : current.action.steps
      current = await saveAction(ports.deps, current, {
        state: verdict.state,
        outcome: verdict.outcome,
        verification: verdict.verification,
        steps,
      })
    }
    if (settled || signal.aborted) break
    await sleep(250, undefined, { signal }).catch(() => undefined)
  }
  if (current.action.state === 'gone') await removeOwnPolicies(cluster, current)
  await settleOthers(ports, current)
  return current
}

function startProbe(ports: RunnerPorts, cluster: Cluster, pod: Pod, stored: StoredAction, signal: AbortSignal) {
  let result: ProbeResult | null = null
  probeIsolation(cluster, pod, stored.action.id, { image: ports.probe?.image ?? '', seconds: 24, signal }).then(
    (r) => (result = r),
    (error: unknown) =>
      (result = {
        at: new Date().toISOString(),
        target: 'unknown',
        control: 'unknown',
        text: `The probe failed: ${error instanceof Error ? error.message : String(error)}`,
      }),
  )
  return { result: () => result }
}

/** What the end of one action means for others: a release ends its isolation, a termination makes one moot. */
async function settleOthers(ports: RunnerPorts, stored: StoredAction): Promise<void> {
  const { action } = stored
  if (action.state !== 'verified' || action.type === 'isolate-pod') return
  const open = await openIsolation(ports.deps.db, { cluster: action.target.cluster, uid: action.target.uid })
  const isolation = open && (await readAction(ports.deps.db, open.id))
  if (!isolation) return
  if (action.type === 'terminate-pod') {
    await saveAction(ports.deps, isolation, {
      state: 'gone',
      outcome: 'The isolated pod was terminated.',
      undoneBy: action.id,
    })
    return
  }
  const expired = action.source === 'expiry'
  await saveAction(ports.deps, isolation, {
    state: expired ? 'expired' : 'released',
    outcome: expired ? 'Released by its expiry.' : `Released by ${action.requestedBy}.`,
    undoneBy: action.id,
  })
}

async function fail(ports: RunnerPorts, stored: StoredAction, outcome: string): Promise<StoredAction> {
  return saveAction(ports.deps, stored, { state: 'failed', outcome })
}
