import { type Action, actions, type ProbeResult } from '@cordon/response'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../inventory/cluster.ts'
import { isBeingUndone, saveAction, type StoredAction } from './action-store.ts'
import type { RunnerPorts } from './drive-action.ts'
import { usualPace } from './pace.ts'
import { planProbe, probeIsolation } from './probe.ts'
import { readView } from './read-view.ts'
import { removeTraces } from './remove-traces.ts'
import { reviewOf } from './review-of.ts'
import { settleOthers } from './settle-others.ts'
import { finished, verifyStep } from './steps.ts'
import { check } from './verify.ts'

// A containment that a restart interrupted ends within this time, proven or not; the watcher goes on proving it.
const resumedMs = 8_000
export const resumedText = 'Taken up again after an interruption.'

/** Looks at the cluster until it is known whether the action has its effect, or its deadline has passed. */
export async function proveEffect(
  ports: RunnerPorts,
  cluster: Cluster,
  stored: StoredAction,
  { signal, resumed }: { signal: AbortSignal; resumed: boolean },
): Promise<StoredAction> {
  const interrupted = resumed && actions[stored.action.type].contains !== undefined
  const deadline = deadlineOf(ports, stored.action, interrupted)
  let probing: Probing | null | undefined
  let current = stored
  for (;;) {
    if (probing === undefined) probing = await startProbe(ports, cluster, stored, signal)
    const verdict = await check(cluster, current, {
      probe: probing?.result() ?? null,
      probeExpected: probing !== null,
      wasInForce: false,
      acceptedPaths: [],
      deadline,
      connectionsSince: ports.connectionsSince,
    })
    // What an undo takes away at this moment isn't broken.
    const undone = verdict.state === 'broken' && (await isBeingUndone(ports.deps.db, current.action))
    const settled = verdict.state !== 'applied' && !undone
    const { state, verification } = verdict
    const unproven = interrupted && state === 'not-verified'
    const outcome = resumed && !settled ? `${resumedText} ${verdict.outcome}` : verdict.outcome
    if (settled || (!undone && outcome !== current.action.outcome)) {
      const steps = settled
        ? finished(current.action.steps, verifyStep, state === 'verified' || state === 'gone', outcome)
        : current.action.steps
      const review = settled ? reviewOf(current.action, state) : current.action.review
      current = await saveAction(
        ports.deps,
        current,
        {
          state,
          outcome: unproven ? `${outcome} A restart interrupted it; it is tried again.` : outcome,
          verification,
          steps,
          review,
        },
        { plan: { ...current.plan, ...(unproven ? { interrupted: true } : {}) } },
      )
    }
    if (settled || signal.aborted) break
    await sleep(ports.pace?.pollMs ?? usualPace.pollMs, undefined, { signal }).catch(() => undefined)
  }
  if (current.action.state === 'gone') await removeTraces(cluster, current, [])
  await settleOthers(ports, current)
  return current
}

function deadlineOf({ pace }: RunnerPorts, { type, appliedAt }: Action, interrupted: boolean): Date {
  const patience = pace?.deadlineMs ?? actions[type].deadlineMs
  if (interrupted) return new Date(Date.now() + Math.min(patience / 2, resumedMs))
  // Taken up again after a crash: what nobody watched is given time once more.
  return new Date(Math.max(new Date(appliedAt ?? Date.now()).getTime() + patience, Date.now() + patience / 2))
}

interface Probing {
  result(): ProbeResult | null
}

/** Null = no probe can show anything here; undefined = the cluster didn't say, ask again. */
async function startProbe(
  ports: RunnerPorts,
  cluster: Cluster,
  { action }: StoredAction,
  signal: AbortSignal,
): Promise<Probing | null | undefined> {
  if (!actions[action.type].contains || !ports.probe) return null
  const view = await readView(cluster, action.target, null)
  if (view.unreachable) return undefined
  const plan = planProbe(view, action)
  if (!plan) return null
  let result: ProbeResult | null = null
  const onTry = (soFar: ProbeResult) => (result = soFar)
  probeIsolation(cluster, plan, { image: ports.probe.image, seconds: 24, signal, onTry }).then(
    onTry,
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
