import { both, either, MAYBE, NO, YES } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import type { End } from './end.ts'
import type { Layer, Level, PolicyStack, Tier } from './policy-stack.ts'
import type { Rule, Target } from './rule.ts'
import type { PortQuery } from './world.ts'

/** What a stack says about one connection. */
export interface Outcome {
  allowed: boolean
  /** The deciding rule; absent where no policy selects, or where being selected without a matching rule denies. */
  layer?: Layer
  rule?: Rule
  /** False when an allow rests on something that is not fully known. */
  certain: boolean
}

/** How far a rule matches the connection judged. */
export type RuleMatcher = (rule: Rule, layer: Layer) => Certainty

const DEFAULT: Outcome = { allowed: true, certain: true }

/** Whether any peer of the rule takes the end; cut off once certain. */
export function matchPeers(rule: Rule, end: End, stack: PolicyStack): Certainty {
  let result: Certainty = NO
  for (const peer of rule.peers) {
    result = either(result, peer.match(end, stack.self))
    if (result === YES) return YES
  }
  return result
}

export function matchPorts(rule: Rule, query: PortQuery, target: Target): Certainty {
  let result: Certainty = NO
  for (const port of rule.ports) {
    result = either(result, port.match(query, target))
    if (result === YES) return YES
  }
  return result
}

/** What holds of a rule whatever the peer: conditions not understood, on the pod itself, or a doubtful selection. */
export function fixedLimit(rule: Rule, layer: Layer, stack: PolicyStack): Certainty {
  const limit = layer.certain ? rule.limit : both(rule.limit, MAYBE)
  return rule.selfMatch ? both(limit, rule.selfMatch(stack.self)) : limit
}

/** Matches rules against one concrete connection, ports first as they are cheaper. */
export function connectionMatcher(stack: PolicyStack, end: End, query: PortQuery): RuleMatcher {
  const target: Target =
    stack.direction === 'ingress' ? stack.self : end.kind === 'latent' ? 'described' : podOf(end, stack)
  return (rule, layer) => {
    const ports = matchPorts(rule, query, target)
    if (ports === NO) return NO
    return both(both(ports, fixedLimit(rule, layer, stack)), matchPeers(rule, end, stack))
  }
}

/** The pod whose named ports count; a hostNetwork pod keeps its names although it is selected as a node. */
export function podOf(end: End, stack: PolicyStack): Target {
  if (end.kind === 'pod') return end
  return end.kind === 'node' && end.pod ? { ...stack.self, pod: end.pod } : null
}

/** Judges one direction. Where two enforcers' models apply, the more permissive one is believed. */
export function decide(stack: PolicyStack, matches: RuleMatcher): Outcome {
  const flat = stack.flat ? decideFlat(stack.flat, matches) : null
  if (flat?.allowed || !stack.tiers) return flat ?? DEFAULT
  return decideTiers(stack.tiers, matches)
}

function decideFlat(layers: Layer[], matches: RuleMatcher): Outcome {
  let allow: Outcome | null = null
  let closed: Layer | null = null
  for (const layer of layers) {
    if (layer.certain && layer.defaultDeny) closed ??= layer
    for (const rule of layer.rules) {
      if (rule.action === 'allow' && allow?.certain) continue
      const certainty = matches(rule, layer)
      if (rule.action === 'deny' && certainty === YES) return { allowed: false, layer, rule, certain: true }
      if (rule.action === 'allow' && certainty !== NO && (!allow || certainty === YES)) {
        allow = { allowed: true, layer, rule, certain: certainty === YES }
      }
    }
  }
  if (allow) return allow
  return closed ? { allowed: false, layer: closed, certain: true } : DEFAULT
}

function decideTiers(tiers: Tier[], matches: RuleMatcher): Outcome {
  let doubt = false
  for (const tier of tiers) {
    const found = decideTier(tier, matches)
    if (found.outcome?.allowed) return doubt ? { ...found.outcome, certain: false } : found.outcome
    if (found.passed) continue
    // A pass that only may match means the denial below it only may happen.
    if (found.mayPass) doubt = true
    else if (found.outcome) return found.outcome
  }
  return { ...DEFAULT, certain: !doubt }
}

interface TierResult {
  outcome?: Outcome
  passed?: boolean
  mayPass: boolean
}

function decideTier(tier: Tier, matches: RuleMatcher): TierResult {
  let mayPass = false
  for (const level of tier.levels) {
    const found = decideLevel(level, matches)
    mayPass ||= found.mayPass
    if (found.outcome || found.passed) return { ...found, mayPass }
  }
  if (!tier.endsInDeny) return { mayPass }
  const layer = tier.levels.flat().find((one) => one.certain && one.defaultDeny)
  return { outcome: { allowed: false, ...(layer ? { layer } : {}), certain: true }, mayPass }
}

/** Equal rank: an allow wins over a pass, a pass over a deny. */
function decideLevel(level: Level, matches: RuleMatcher): TierResult {
  let allow: Outcome | undefined
  let deny: Outcome | undefined
  let passed = false
  let mayPass = false
  for (const layer of level) {
    for (const rule of layer.rules) {
      const certainty = matches(rule, layer)
      if (certainty === NO) continue
      if (rule.action === 'allow') {
        if (!allow || certainty === YES) allow = { allowed: true, layer, rule, certain: certainty === YES }
        if (certainty === YES) return { outcome: allow, mayPass: false }
      } else if (certainty === MAYBE) {
        mayPass ||= rule.action === 'pass'
      } else {
        if (rule.action === 'pass') passed = true
        else deny ??= { allowed: false, layer, rule, certain: true }
        break
      }
    }
  }
  if (allow) return { outcome: allow, mayPass }
  if (passed) return { passed, mayPass }
  return deny ? { outcome: deny, mayPass } : { mayPass }
}
