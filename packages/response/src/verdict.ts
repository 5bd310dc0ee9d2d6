import { isolationVerdict } from '@cordon/netpol'
import type { Action, Verification, VerificationEvidence } from './action.ts'
import type { ClusterView } from './cluster-view.ts'
import { policyName } from './isolate.ts'
import { markers } from './markers.ts'
import type { NetworkPlugin } from './network-plugin.ts'
import { hasEnded, worldOf, worldPod } from './world-of.ts'

/** What the active probe found; `null` when none could be made. */
export interface ProbeResult {
  at: string
  /** The tried port of the pod: did a new connection open? */
  target: 'connected' | 'blocked' | 'unknown'
  /** The control target, which must be reachable for the result to mean anything. */
  control: 'connected' | 'blocked' | 'unknown'
  text: string
  details?: unknown
}

export interface Verdict {
  state: Extract<Action['state'], 'applied' | 'verified' | 'partly' | 'not-verified' | 'broken' | 'released' | 'gone'>
  outcome: string
  verification: Verification
}

interface Judged {
  view: ClusterView
  actionId: string
  targetUid: string
  plugin: NetworkPlugin | undefined
  probe: ProbeResult | null
  /** Connections of the pod that a sensor saw succeed after the policy was in force. */
  connectionsSeen: { at: string; text: string }[]
  now: string
  deadline: string
  /** The isolation was in force before: what is missing now is broken, not late. */
  wasInForce: boolean
  /** Open paths that were there from the start of a partial isolation; only others make it broken. */
  acceptedPaths: string[]
  /** A probe is still expected; without it the verdict stays `applied` until the deadline. */
  probeExpected: boolean
}

/**
 * Is this pod cut off, by everything that can be known now? `verified` needs the effective policy to leave no path and,
 * where a probe was possible, the probe to agree. One failed piece of evidence outweighs all passed ones.
 */
export function judgeIsolation(j: Judged): Verdict {
  const pod = j.view.pod
  if (!j.view.unreachable && (!pod || pod.metadata.uid !== j.targetUid || hasEnded(pod))) return gone(j)
  const missing = j.view.unreachable ? [] : missingParts(j)
  const policy = j.view.unreachable || !pod ? undefined : isolationVerdict(worldOf(j.view), worldPod(pod))
  const evidence: VerificationEvidence[] = [objectEvidence(j, missing)]
  if (policy)
    evidence.push(
      policyEvidence(
        j,
        policy.isolated && missing.length === 0,
        policy.partly.map((p) => p.text),
      ),
    )
  if (j.probe) evidence.push(probeEvidence(j.probe))
  for (const seen of j.connectionsSeen)
    evidence.push({
      kind: 'runtime-events',
      result: 'failed',
      text: `A sensor saw a connection after isolation: ${seen.text}`,
      at: seen.at,
    })
  const openPaths = policy?.partly.map((p) => p.text) ?? []
  const verification = verificationOf(j, evidence, openPaths, policy?.unavoidable ?? [])
  return { ...stateOf(j, evidence, missing, openPaths), verification }
}

function stateOf(
  j: Judged,
  evidence: VerificationEvidence[],
  missing: string[],
  openPaths: string[],
): Pick<Verdict, 'state' | 'outcome'> {
  const late = j.now >= j.deadline
  const failed = evidence.find((e) => e.result === 'failed' && (e.kind === 'probe' || e.kind === 'runtime-events'))
  if (j.view.unreachable)
    return {
      state: j.wasInForce || late ? 'not-verified' : 'applied',
      outcome: `Not verified: the cluster can't be reached (${j.view.unreachable}).`,
    }
  if (missing.length > 0) return { state: 'broken', outcome: `Isolation broken: ${missing.join('; ')}.` }
  if (openPaths.length > 0) {
    const state = j.wasInForce && openPaths.some((p) => !j.acceptedPaths.includes(p)) ? 'broken' : 'partly'
    return {
      state,
      outcome: `${state === 'broken' ? 'Isolation broken' : 'Partly isolated'}: ${openPaths[0]}${openPaths.length > 1 ? ` and ${openPaths.length - 1} more` : ''} stays open.`,
    }
  }
  if (failed)
    return {
      state: late ? (j.wasInForce ? 'broken' : 'not-verified') : 'applied',
      outcome: late
        ? `Not isolated although the policy is stored: ${failed.text}`
        : `Waiting for the enforcer: ${failed.text}`,
    }
  const proven = j.probe?.target === 'blocked' && j.probe.control === 'connected'
  if (!proven && j.probeExpected && !late)
    return { state: 'applied', outcome: 'The policy is stored and leaves no path; probing whether it is enforced.' }
  if (!proven && j.probeExpected)
    return {
      state: 'not-verified',
      outcome: 'Not verified: no probe could show within the deadline that the policy is enforced.',
    }
  if (!proven && j.plugin?.enforces !== 'yes')
    return { state: 'not-verified', outcome: 'Not verified: nothing shows that a network policy is enforced here.' }
  const how = proven
    ? 'a probe was blocked while its control got through'
    : `${j.plugin?.name ?? 'the enforcer'} runs on its node and the policies in force leave no path`
  return { state: 'verified', outcome: `Isolated: ${how}. ${establishedText(j.plugin)}` }
}

function establishedText(plugin: NetworkPlugin | undefined): string {
  if (plugin?.establishedConnections === 'cut') return `${plugin.name} cuts open connections too.`
  return 'New connections are blocked; connections that were open before may go on.'
}

function missingParts(j: Judged): string[] {
  const out: string[] = []
  const ours = j.view.networkPolicies.find((p) => p.metadata.labels?.[markers.action] === j.actionId)
  if (!ours) out.push(`the policy ${policyName(j.actionId)} is gone`)
  else if (!isDenyAll(ours.spec, j.actionId)) out.push(`the policy ${ours.metadata.name} was changed`)
  if (j.view.pod?.metadata.labels?.[markers.isolation] !== j.actionId)
    out.push(`the pod lost its label ${markers.isolation}`)
  return out
}

function isDenyAll(spec: unknown, actionId: string): boolean {
  const s = spec as {
    podSelector?: { matchLabels?: Record<string, string>; matchExpressions?: unknown[] }
    policyTypes?: string[]
    ingress?: unknown[]
    egress?: unknown[]
  }
  const selects =
    s.podSelector?.matchLabels?.[markers.isolation] === actionId &&
    Object.keys(s.podSelector.matchLabels).length === 1 &&
    !s.podSelector.matchExpressions?.length
  return (
    selects &&
    (s.policyTypes ?? []).includes('Ingress') &&
    (s.policyTypes ?? []).includes('Egress') &&
    !s.ingress?.length &&
    !s.egress?.length
  )
}

function objectEvidence(j: Judged, missing: string[]): VerificationEvidence {
  if (j.view.unreachable)
    return {
      kind: 'api-object',
      result: 'inconclusive',
      text: `The API server can't be asked: ${j.view.unreachable}`,
      at: j.now,
    }
  if (missing.length > 0)
    return { kind: 'api-object', result: 'failed', text: `Not as applied: ${missing.join('; ')}.`, at: j.now }
  return {
    kind: 'api-object',
    result: 'passed',
    text: 'The API server holds the policy and the label as applied.',
    at: j.now,
  }
}

function policyEvidence(j: Judged, isolated: boolean, open: string[]): VerificationEvidence {
  const count = j.view.networkPolicies.length + j.view.otherPolicies.length
  if (isolated)
    return {
      kind: 'effective-policy',
      result: 'passed',
      text: `All ${count} policies of the cluster together leave no path to or from the pod.`,
      at: j.now,
    }
  return {
    kind: 'effective-policy',
    result: 'failed',
    text:
      open.length > 0
        ? `The policies in force leave open: ${open.join('; ')}`
        : 'The policies in force do not isolate the pod.',
    at: j.now,
  }
}

function probeEvidence(probe: ProbeResult): VerificationEvidence {
  const result =
    probe.target === 'connected'
      ? 'failed'
      : probe.target === 'blocked' && probe.control === 'connected'
        ? 'passed'
        : 'inconclusive'
  return { kind: 'probe', result, text: probe.text, at: probe.at, details: probe.details }
}

function verificationOf(
  j: Judged,
  evidence: VerificationEvidence[],
  openPaths: string[],
  residual: string[],
): Verification {
  const failed = evidence.some((e) => e.result === 'failed')
  const policyPassed = evidence.some((e) => e.kind === 'effective-policy' && e.result === 'passed')
  const proven =
    evidence.some((e) => e.kind === 'probe' && e.result === 'passed') ||
    (!j.probeExpected && j.plugin?.enforces === 'yes')
  return {
    checkedAt: j.now,
    deadline: j.deadline,
    evidence,
    newConnections: failed ? 'open' : policyPassed && proven ? 'blocked' : 'unknown',
    establishedConnections: failed ? 'unknown' : (j.plugin?.establishedConnections ?? 'unknown'),
    openPaths,
    residual,
  }
}

function gone(j: Judged): Verdict {
  const replaced = j.view.pod && j.view.pod.metadata.uid !== j.targetUid
  const outcome = replaced
    ? 'The isolated pod no longer exists; another pod of the same name has taken its place and is not isolated.'
    : 'The pod no longer exists or has ended.'
  const evidence: VerificationEvidence[] = [{ kind: 'api-gone', result: 'passed', text: outcome, at: j.now }]
  return { state: 'gone', outcome, verification: { ...notApplicable(j.now, j.deadline), evidence } }
}

/** Has the isolation been undone: label and policy of ours gone, restored labels back? */
export function judgeRelease(
  view: ClusterView,
  actionId: string,
  targetUid: string,
  now: string,
  deadline: string,
): Verdict {
  const left: string[] = []
  if (view.networkPolicies.some((p) => p.metadata.labels?.[markers.action] === actionId))
    left.push('our policy is still there')
  const pod = view.pod?.metadata.uid === targetUid ? view.pod : undefined
  if (pod?.metadata.labels?.[markers.isolation] === actionId) left.push('the pod still carries our label')
  if (view.unreachable) left.push(`the cluster can't be reached (${view.unreachable})`)
  const done = left.length === 0
  const text = done
    ? 'No policy or label of this isolation is left in the cluster.'
    : `Not released: ${left.join('; ')}.`
  const evidence: VerificationEvidence[] = [
    { kind: 'api-object', result: done ? 'passed' : view.unreachable ? 'inconclusive' : 'failed', text, at: now },
  ]
  const state = done ? 'verified' : now >= deadline ? 'not-verified' : 'applied'
  return {
    state,
    outcome: done
      ? `Released. ${pod ? 'The pod communicates as its other policies allow.' : 'The pod no longer exists.'}`
      : text,
    verification: { ...notApplicable(now, deadline), evidence },
  }
}

/** Is this very pod gone? Only the API server's word that the uid is gone counts, never its acceptance of the deletion. */
export function judgeTermination(view: ClusterView, targetUid: string, now: string, deadline: string): Verdict {
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
  if (pod.metadata.deletionTimestamp && holders.length > 0)
    return terminationVerdict(
      late ? 'partly' : 'applied',
      'inconclusive',
      `The deletion is accepted; the object is held by ${holders.join(', ')}.`,
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

function notApplicable(now: string, deadline: string): Verification {
  return {
    checkedAt: now,
    deadline,
    evidence: [],
    newConnections: 'not-applicable',
    establishedConnections: 'not-applicable',
    openPaths: [],
    residual: [],
  }
}
