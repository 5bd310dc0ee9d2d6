import type { VerificationEvidence } from '../action.ts'
import type { Judged, Verdict } from '../define-action.ts'
import { type ContainmentKind, containmentLabel } from '../markers.ts'
import { notApplicable } from '../verification.ts'
import { isPolicyOf } from './policy-names.ts'

/** Has the containment been undone: no label and no policy of it left? */
export function judgeRelease(kind: ContainmentKind, j: Judged): Verdict {
  const { view, now, deadline } = j
  const actionId = j.releases ?? ''
  const left: string[] = []
  const policies = [...view.networkPolicies, ...view.otherPolicies].filter((p) => isPolicyOf(p, actionId))
  for (const p of policies) left.push(`our ${p.kind} ${p.metadata.name} is still there`)
  const pod = view.pod?.metadata.uid === j.target.uid ? view.pod : undefined
  if (containmentLabel(pod, kind) === actionId) left.push('the pod still carries our label')
  if (view.unreachable) left.push(`the cluster can't be reached (${view.unreachable})`)
  const done = left.length === 0
  const text = done ? `No policy or label of this ${kind} is left in the cluster.` : `Not released: ${left.join('; ')}.`
  const evidence: VerificationEvidence[] = [
    { kind: 'api-object', result: done ? 'passed' : view.unreachable ? 'inconclusive' : 'failed', text, at: now },
  ]
  return {
    state: done ? 'verified' : now >= deadline ? 'not-verified' : 'applied',
    outcome: done
      ? `Released. ${pod ? 'The pod communicates as its other policies allow.' : 'The pod no longer exists.'}`
      : text,
    verification: { ...notApplicable(now, deadline), evidence },
  }
}
