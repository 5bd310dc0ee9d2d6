import type { VerificationEvidence } from './action.ts'
import type { Judged, Verdict } from './define-action.ts'
import { notApplicable } from './verification.ts'

/** Is this very pod gone? Only the API server's word that the uid is gone counts, never its acceptance of the deletion. */
export function judgeTermination({ view, target, now, deadline }: Judged): Verdict {
  const targetUid = target.uid
  const late = now >= deadline
  if (view.unreachable)
    return terminationVerdict(
      late ? 'not-verified' : 'applied',
      'inconclusive',
      `Not verified: the cluster can't be reached (${view.unreachable}).`,
      now,
      deadline,
    )
  const pod = view.pod
  if (!pod || pod.metadata.uid !== targetUid) {
    const successor = pod ? ' A successor of the same name is running; it was not touched.' : ''
    return terminationVerdict(
      'verified',
      'passed',
      `Terminated: the API server reports the pod with uid ${targetUid} gone.${successor}`,
      now,
      deadline,
    )
  }
  const holders = pod.metadata.finalizers ?? []
  const containers = pod.status.containerStatuses ?? []
  const stopped = containers.length > 0 && containers.every((c) => c.state?.terminated)
  if (pod.metadata.deletionTimestamp && holders.length > 0)
    return terminationVerdict(
      late ? 'partly' : 'applied',
      'inconclusive',
      `${stopped ? 'Its containers have stopped' : 'The deletion is accepted'}; the object is held by ${holders.join(', ')}.`,
      now,
      deadline,
    )
  const notReady = view.node?.status?.conditions?.some((c) => c.type === 'Ready' && c.status !== 'True')
  if (notReady)
    return terminationVerdict(
      late ? 'not-verified' : 'applied',
      'inconclusive',
      `The node ${pod.spec.nodeName} isn't ready and can't confirm that the containers have stopped.`,
      now,
      deadline,
    )
  return terminationVerdict(
    late ? 'not-verified' : 'applied',
    'inconclusive',
    late
      ? 'Not verified: the pod still exists after the deadline.'
      : 'The deletion is accepted; the containers are being stopped.',
    now,
    deadline,
  )
}

function terminationVerdict(
  state: Verdict['state'],
  result: VerificationEvidence['result'],
  outcome: string,
  now: string,
  deadline: string,
): Verdict {
  return {
    state,
    outcome,
    verification: { ...notApplicable(now, deadline), evidence: [{ kind: 'api-gone', result, text: outcome, at: now }] },
  }
}
