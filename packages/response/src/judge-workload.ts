import type { VerificationEvidence } from './action.ts'
import type { Owner } from './cluster-view.ts'
import type { Judged, Verdict } from './define-action.ts'
import { notApplicable } from './verification.ts'

export interface WorkloadGoal {
  /** In words, e.g. `no pod left`. */
  wanted: string
  reached(workload: Owner): boolean
  /** What we wrote is (still) there, whether or not its effect has come. */
  written(workload: Owner): boolean
}

/** Does the workload's own state say that the change has come true? */
export function judgeWorkload(j: Judged, goal: WorkloadGoal): Verdict {
  const { view, now, deadline } = j
  const late = now >= deadline
  const workload = view.workload
  const verdict = (state: Verdict['state'], result: VerificationEvidence['result'], outcome: string): Verdict => ({
    state,
    outcome,
    verification: {
      ...notApplicable(now, deadline),
      evidence: [{ kind: 'api-object', result, text: outcome, at: now }],
    },
  })
  if (view.unreachable)
    return verdict(
      late ? 'not-verified' : 'applied',
      'inconclusive',
      `Not verified: the cluster can't be reached (${view.unreachable}).`,
    )
  if (!workload || workload.metadata.uid !== j.target.uid)
    return verdict('gone', 'passed', 'The workload no longer exists.')
  if (goal.reached(workload)) return verdict('verified', 'passed', `The cluster reports: ${goal.wanted}.`)
  if (!goal.written(workload))
    return verdict('broken', 'failed', 'Someone or something has set it back: what was written is no longer there.')
  const running = workload.status?.replicas ?? 0
  const still = running > 0 ? ` ${running} pod${running === 1 ? ' is' : 's are'} still there.` : ''
  return verdict(late ? 'not-verified' : 'applied', 'inconclusive', `Written; not yet: ${goal.wanted}.${still}`)
}
