import { formatAddress } from './address.ts'
import type { Outcome } from './decide.ts'
import type { End } from './end.ts'
import type { PolicyStack } from './policy-stack.ts'
import type { Resolved } from './resolve-peer.ts'
import type { Direction, ParsedPolicy, PolicyRef } from './rule.ts'
import type { PortQuery, Reason } from './world.ts'

/** A policy the way an analyst would name it. */
export function policyName(ref: PolicyRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`
}

/** Reason for a direction in which no policy is asked. */
export function standing(direction: Direction, rule: 'outside-cluster' | 'host-network', own: Resolved): Reason {
  const subject = own.kind === 'pod' ? `${own.pod.namespace}/${own.pod.name}` : 'the other end'
  const text =
    rule === 'host-network'
      ? `${subject} uses its node's network, policies do not apply to it`
      : own.kind === 'node'
        ? `node ${own.node} is not a pod, no ${direction} policy applies to it`
        : `the address is outside the pod network, no ${direction} policy applies to it`
  return { direction, effect: 'allow', rule, text }
}

/** Turns an outcome into the one statement that decided its direction. */
export function explain(stack: PolicyStack, outcome: Outcome, end: End, query: PortQuery): Reason {
  const { direction } = stack
  const pod = `${stack.self.pod.namespace}/${stack.self.pod.name}`
  const what = `${direction === 'ingress' ? 'from' : 'to'} ${describeEnd(end)} on ${query.protocol} ${query.port}`
  const effect = outcome.allowed ? 'allow' : 'deny'
  const { layer, rule } = outcome
  if (!layer) {
    const text =
      stack.selecting.length === 0
        ? `no policy selects ${pod} for ${direction}, so all ${direction} is open`
        : `no policy in force decides ${direction} ${what} of ${pod}, so it is open`
    return { direction, effect, rule: 'no-policy-selects', text }
  }
  if (!rule) {
    const names = stack.selecting.slice(0, 3).map((policy) => policyName(policy.ref))
    const more = stack.selecting.length > 3 ? ` and ${stack.selecting.length - 3} more` : ''
    const text = `${names.join(', ')}${more} select ${pod} for ${direction} and no rule allows ${what}`
    return { direction, effect, rule: 'no-rule-matches', policy: layer.policy.ref, text }
  }
  const policy = { ...layer.policy.ref, ruleIndex: rule.index }
  const where = `${policyName(layer.policy.ref)}, ${ruleName(layer.policy, direction, rule.action)} ${rule.index + 1}`
  if (!outcome.allowed) {
    return { direction, effect, rule: 'explicit-deny', policy, text: `${where} denies ${what} of ${pod}` }
  }
  const verb = outcome.certain ? 'allows' : 'may allow (it is not fully resolved, so it is taken to)'
  return { direction, effect, rule: 'policy-allows', policy, text: `${where} ${verb} ${what} of ${pod}` }
}

function ruleName(policy: ParsedPolicy, direction: Direction, action: string): string {
  return policy.model === 'cilium' && action === 'deny' ? `${direction}Deny rule` : `${direction} rule`
}

export function describeEnd(end: End): string {
  switch (end.kind) {
    case 'pod':
      return `pod ${end.pod.namespace}/${end.pod.name}`
    case 'node':
      return end.pod
        ? `hostNetwork pod ${end.pod.namespace}/${end.pod.name}`
        : end.node === null
          ? 'another node'
          : `node ${end.node}`
    case 'address':
      return `address ${formatAddress(end.family, end.address.value)}`
    case 'latent':
      return 'a pod that does not exist yet'
    case 'special':
      return end.name
  }
}
