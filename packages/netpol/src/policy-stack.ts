import { NO, YES } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import type { PodEnd } from './end.ts'
import type { TierObject } from './parse-policy.ts'
import type { Direction, ParsedPolicy, Rule } from './rule.ts'

/** A policy's rules for one pod and direction. */
export interface Layer {
  policy: ParsedPolicy
  rules: Rule[]
  /** Certain that the policy selects the pod; a policy that only may select it can allow but never deny. */
  certain: boolean
  defaultDeny: boolean
}

/** Policies of equal rank; between them the most permissive answer counts, as their order is not defined. */
export type Level = Layer[]

export interface Tier {
  name: string
  levels: Level[]
  /** Whether selected traffic that no rule in the tier decides is denied. */
  endsInDeny: boolean
}

/** All that decides one direction of one pod. */
export interface PolicyStack {
  direction: Direction
  self: PodEnd
  /** Calico, admin policies and NetworkPolicies in order; null where only Cilium's model applies. */
  tiers: Tier[] | null
  /** Cilium policies and NetworkPolicies, unordered; null where there is no Cilium policy in the world. */
  flat: Layer[] | null
  selecting: ParsedPolicy[]
}

/** Tier orders from Calico's API (`tier.go`); the admin tiers of the Kubernetes policy API keep the same places. */
const TIER_ORDER: Record<string, number> = {
  'kube-admin': 1000,
  adminnetworkpolicy: 1000,
  default: 1_000_000,
  'kube-baseline': 10_000_000,
  baselineadminnetworkpolicy: 10_000_000,
}
const PASSING = ['kube-admin', 'kube-baseline', 'adminnetworkpolicy', 'baselineadminnetworkpolicy']
const UNPLACED = ' of unknown order'

/** Builds the stack of a pod's direction from the policies of a world. */
export function buildStack(
  self: PodEnd,
  direction: Direction,
  policies: ParsedPolicy[],
  tiers: TierObject[],
): PolicyStack {
  const layers = new Map<ParsedPolicy, Layer>()
  for (const policy of policies) {
    const selects: Certainty = policy.selects(self)
    const found = selects === NO ? null : policy.rules(direction)
    if (!found) continue
    const rules = found.rules.filter((rule) => !rule.selfMatch || rule.selfMatch(self) !== NO)
    layers.set(policy, { policy, rules, certain: selects === YES, defaultDeny: found.defaultDeny })
  }
  const cilium = policies.some((policy) => policy.model === 'cilium')
  const ordered = policies.some((policy) => ['calico', 'admin', 'baseline'].includes(policy.model))
  const all = [...layers.values()]
  return {
    direction,
    self,
    tiers:
      ordered || !cilium
        ? orderTiers(
            all.filter((layer) => layer.policy.model !== 'cilium'),
            tiers,
          )
        : null,
    flat: cilium ? all.filter((layer) => ['cilium', 'network-policy'].includes(layer.policy.model)) : null,
    selecting: all.map((layer) => layer.policy),
  }
}

function orderTiers(layers: Layer[], declared: TierObject[]): Tier[] {
  const byTier = Map.groupBy(layers, (layer) => tierOf(layer.policy, declared))
  const names = [...byTier.keys()].toSorted(
    (a, b) => compare(orderOf(a, declared), orderOf(b, declared)) || compare(a, b),
  )
  return names.map((name) => {
    const members = byTier.get(name) ?? []
    if (name === UNPLACED) return unplaced(members)
    const passes = declared.find((tier) => tier.name === name)?.pass ?? PASSING.includes(name)
    return {
      name,
      levels: orderLevels(members),
      endsInDeny: !passes && members.some((layer) => layer.certain && layer.defaultDeny),
    }
  })
}

function tierOf(policy: ParsedPolicy, declared: TierObject[]): string {
  if (declared.some((tier) => tier.name === policy.tier) || Object.hasOwn(TIER_ORDER, policy.tier)) return policy.tier
  return UNPLACED
}

function orderOf(name: string, declared: TierObject[]): number {
  if (name === UNPLACED) return -1
  const own = declared.find((tier) => tier.name === name)?.order
  return own ?? (Object.hasOwn(TIER_ORDER, name) ? (TIER_ORDER[name] ?? 0) : Number.POSITIVE_INFINITY)
}

/** A tier whose place is not known cannot be trusted to deny, and may allow before every other. */
function unplaced(members: Layer[]): Tier {
  const levels = members.map((layer) => [{ ...layer, rules: layer.rules.filter((rule) => rule.action === 'allow') }])
  return { name: UNPLACED, levels, endsInDeny: false }
}

function compare(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Calico breaks ties of order by name; priorities and plain NetworkPolicies leave them open. */
function orderLevels(layers: Layer[]): Level[] {
  const rank = (layer: Layer) => (layer.policy.model === 'calico' ? layer.policy.ref.name : '')
  const sorted = layers.toSorted((a, b) => compare(a.policy.order, b.policy.order) || compare(rank(a), rank(b)))
  const levels: Level[] = []
  for (const layer of sorted) {
    const last = levels.at(-1)
    const first = last?.[0]
    if (last && first && first.policy.order === layer.policy.order && rank(first) === rank(layer)) last.push(layer)
    else levels.push([layer])
  }
  return levels
}
