import type { Verification, VerificationEvidence } from '../action.ts'
import type { Judged, ProbeResult, Verdict } from '../define-action.ts'
import { type ContainmentKind, containmentLabel, markers } from '../markers.ts'
import type { NetworkPlugin } from '../network-plugin.ts'
import { notApplicable } from '../verification.ts'
import { hasEnded, worldOf } from '../world-of.ts'
import { enforcerEvidence } from './enforcer-evidence.ts'
import { openUnder } from './plan-containment.ts'
import { isPolicyOf } from './policy-names.ts'
import { restrictedAddresses } from './restricted-addresses.ts'
import { sameSpec } from './same-spec.ts'

const words = {
  isolation: { Noun: 'Isolation', done: 'Isolated', part: 'Partly isolated', not: 'Not isolated' },
  restriction: { Noun: 'Restriction', done: 'Restricted', part: 'Partly restricted', not: 'Not restricted' },
} as const

/**
 * Is this pod contained, by everything that can be known now? `verified` needs our objects as applied, the effective
 * policy to leave no path, the enforcer not to deny it and a probe to agree. One failed piece of evidence outweighs
 * all passed ones.
 */
export function judgeContainment(kind: ContainmentKind, j: Judged): Verdict {
  const pod = j.view.pod
  if (!j.view.unreachable && (!pod || pod.metadata.uid !== j.target.uid || hasEnded(pod))) return gone(j)
  const missing = j.view.unreachable ? [] : missingParts(kind, j)
  const policy = j.view.unreachable || !pod ? undefined : openUnder(kind, worldOf(j.view), pod, j.view, j.plugin)
  const evidence: VerificationEvidence[] = [objectEvidence(j, missing)]
  if (policy) evidence.push(policyEvidence(kind, j, policy.open, missing.length === 0))
  const enforcer = enforcerEvidence(kind, j)
  if (enforcer) evidence.push(enforcer)
  if (j.probe) evidence.push(probeEvidence(j.probe))
  for (const seen of forbidden(kind, j))
    evidence.push({
      kind: 'runtime-events',
      result: 'failed',
      text: `A sensor saw a connection afterwards: ${seen.text}`,
      at: seen.at,
    })
  const openPaths = policy?.open ?? []
  const verification = verificationOf(j, evidence, openPaths, policy?.residual ?? [])
  return { ...stateOf(kind, j, evidence, missing, openPaths), verification }
}

/** Connections that this containment should have stopped. */
function forbidden(kind: ContainmentKind, j: Judged) {
  if (kind === 'isolation') return j.connectionsSeen
  const blocked = restrictedAddresses(j.view)
  return j.connectionsSeen.filter((c) =>
    blocked.some((b) => 'ip' in b.peer && b.peer.ip === c.ip && (b.what !== 'kubelet' || b.port === c.port)),
  )
}

function stateOf(
  kind: ContainmentKind,
  j: Judged,
  evidence: VerificationEvidence[],
  missing: string[],
  openPaths: string[],
): Pick<Verdict, 'state' | 'outcome'> {
  const w = words[kind]
  const late = j.now >= j.deadline
  const failed = evidence.find((e) => e.result === 'failed' && (e.kind === 'probe' || e.kind === 'runtime-events'))
  if (j.view.unreachable)
    return {
      state: j.wasInForce || late ? 'not-verified' : 'applied',
      outcome: `Not verified: the cluster can't be reached (${j.view.unreachable}).`,
    }
  if (missing.length > 0) return { state: 'broken', outcome: `${w.Noun} broken: ${missing.join('; ')}.` }
  if (openPaths.length > 0) {
    const state = j.wasInForce && openPaths.some((p) => !opensBefore(j, p)) ? 'broken' : 'partly'
    const more = openPaths.length > 1 ? ` and ${openPaths.length - 1} more` : ''
    return {
      state,
      outcome: `${state === 'broken' ? `${w.Noun} broken` : w.part}: ${openPaths[0]}${more} stays open.`,
    }
  }
  if (failed)
    return {
      state: late ? (j.wasInForce ? 'broken' : 'not-verified') : 'applied',
      outcome: late
        ? `${w.not} although the policy is stored: ${failed.text}`
        : `Waiting for the enforcer: ${failed.text}`,
    }
  const denied = evidence.find((e) => e.kind === 'enforcer' && e.result === 'failed')
  if (denied)
    return {
      state: late ? 'not-verified' : 'applied',
      outcome: late ? `Not verified: ${denied.text}` : `Waiting for the enforcer: ${denied.text}`,
    }
  const proven = j.probe?.target === 'blocked' && j.probe.control === 'connected'
  if (!proven && j.probeExpected && !late)
    return { state: 'applied', outcome: 'The policy is stored and leaves no path; probing whether it is enforced.' }
  // A policy that is stored and leaves no path is a computation, not an effect: without proof it is never shown as done.
  if (!proven) return { state: 'not-verified', outcome: `Not verified: ${unprovenText(j)}` }
  return {
    state: 'verified',
    outcome: `${w.done}: a probe was blocked while its control got through. ${establishedText(j.plugin)}`,
  }
}

/**
 * Did the same rule leave something open from the start? Which pods use it changes with every rollout, so a path is known
 * by who opens it: what follows the last colon of its text (`OpenPath.text` of the evaluator).
 */
function opensBefore(j: Judged, path: string): boolean {
  const opener = (text: string) => text.slice(text.lastIndexOf(': ') + 1)
  return j.acceptedPaths.some((known) => opener(known) === opener(path))
}

function unprovenText(j: Judged): string {
  if (j.plugin?.enforces !== 'yes') return 'nothing shows that a network policy is enforced here.'
  if (j.probe) return `the policies in force leave no path, but the probe showed nothing. ${j.probe.text}`
  if (j.probeExpected) return 'the policies in force leave no path, but no probe could run within the deadline.'
  return 'the policies in force leave no path, but no probe can show it: other policies block every probe, or probes are switched off.'
}

function establishedText(plugin: NetworkPlugin | undefined): string {
  if (plugin?.establishedConnections === 'cut')
    return `${plugin.name} is known to cut open connections too; that is not measured here.`
  return 'New connections are blocked; connections that were open before may go on.'
}

/** What of ours isn't there as applied, each in words. */
function missingParts(kind: ContainmentKind, j: Judged): string[] {
  const out: string[] = []
  const all = [...j.view.networkPolicies, ...j.view.otherPolicies].filter((p) => isPolicyOf(p, j.actionId))
  for (const part of j.parts) {
    const { apiVersion, kind: what, metadata, spec } = part.body
    const there = all.find((p) => p.kind === what && p.apiVersion === apiVersion && p.metadata.name === metadata.name)
    if (!there) out.push(`the ${what} ${metadata.name} is gone`)
    else if (!sameSpec(spec, there.spec)) out.push(`the ${what} ${metadata.name} was changed`)
  }
  if (j.parts.length === 0 && all.length === 0) out.push('no policy of it is there')
  if (containmentLabel(j.view.pod, kind) !== j.actionId) out.push(`the pod lost its label ${markers[kind]}`)
  return out
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
    text: 'The API server holds the policies and the label as applied.',
    at: j.now,
  }
}

function policyEvidence(kind: ContainmentKind, j: Judged, open: string[], complete: boolean): VerificationEvidence {
  const count = j.view.networkPolicies.length + j.view.otherPolicies.filter((p) => p.kind !== 'Tier').length
  const path =
    kind === 'isolation'
      ? 'no path to or from the pod'
      : 'no path from the pod to metadata service, API server and kubelets'
  if (open.length === 0 && complete)
    return {
      kind: 'effective-policy',
      result: 'passed',
      text: `All ${count} policies of the cluster together leave ${path}.`,
      at: j.now,
    }
  const text =
    open.length > 0
      ? `The policies in force leave open: ${open.join('; ')}`
      : 'What was applied is not in force as it was.'
  return { kind: 'effective-policy', result: 'failed', text, at: j.now }
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
  // The enforcer's own word leaves the effect in doubt; it doesn't show that anything got through.
  const failed = evidence.some((e) => e.result === 'failed' && e.kind !== 'enforcer')
  const doubted = evidence.some((e) => e.result === 'failed' && e.kind === 'enforcer')
  const policyPassed = evidence.some((e) => e.kind === 'effective-policy' && e.result === 'passed')
  const proven = evidence.some((e) => e.kind === 'probe' && e.result === 'passed')
  return {
    checkedAt: j.now,
    deadline: j.deadline,
    evidence,
    newConnections: failed ? 'open' : policyPassed && proven && !doubted ? 'blocked' : 'unknown',
    establishedConnections: failed ? 'unknown' : (j.plugin?.establishedConnections ?? 'unknown'),
    openPaths,
    residual,
  }
}

function gone(j: Judged): Verdict {
  const replaced = j.view.pod && j.view.pod.metadata.uid !== j.target.uid
  const outcome = replaced
    ? 'The contained pod no longer exists; another pod of the same name has taken its place and is not contained.'
    : 'The pod no longer exists or has ended.'
  const evidence: VerificationEvidence[] = [{ kind: 'api-gone', result: 'passed', text: outcome, at: j.now }]
  return { state: 'gone', outcome, verification: { ...notApplicable(j.now, j.deadline), evidence } }
}
