import type { Address, Family, Interval } from './address.ts'
import { wholeFamily } from './address.ts'
import { both, MAYBE, NO } from './certainty.ts'
import type { Certainty } from './certainty.ts'
import { decide, fixedLimit, matchPeers, matchPorts, podOf } from './decide.ts'
import type { Outcome, RuleMatcher } from './decide.ts'
import type { End } from './end.ts'
import type { Layer, PolicyStack } from './policy-stack.ts'
import { portIntervals, portTexts } from './port-partition.ts'
import type { PortInterval } from './port-partition.ts'
import type { PortRange, Rule, Target } from './rule.ts'

/** A rule that takes the end in question, and how surely. */
export interface Active {
  place: number
  rule: Rule
  layer: Layer
  certainty: Certainty
}

export interface Opening {
  outcome: Outcome
  intervals: PortInterval[]
}

/**
 * Rule evaluations one search may spend. Policies are written by strangers; past this the search stops looking at
 * ports and calls open whatever some rule may allow.
 */
const WORK_LIMIT = 5_000_000

/** Evaluates ends against one stack; ends that the rules cannot tell apart share one evaluation. */
export class PathSearch {
  readonly stack: PolicyStack
  readonly entries: Active[]
  #memo = new Map<string, Opening[]>()
  #work = 0

  constructor(stack: PolicyStack) {
    this.stack = stack
    const layers = new Set([...(stack.tiers ?? []).flatMap((tier) => tier.levels.flat()), ...(stack.flat ?? [])])
    this.entries = [...layers]
      .flatMap((layer) => layer.rules.map((rule) => ({ rule, layer, certainty: fixedLimit(rule, layer, stack) })))
      .filter((entry) => entry.certainty !== NO)
      .map((entry, place) => ({ ...entry, place }))
  }

  /** The rules that take an end, in their order. */
  active(end: End): Active[] {
    this.#work += this.entries.length
    return this.entries.flatMap((entry) => {
      const certainty = both(entry.certainty, matchPeers(entry.rule, end, this.stack))
      return certainty === NO ? [] : [{ ...entry, certainty }]
    })
  }

  /** The open port ranges of an end, by deciding rule. Not for known pods, whose own policies count too. */
  open(end: End, active = this.active(end)): { outcome: Outcome; ports: string[] }[] {
    const target: Target =
      this.stack.direction === 'ingress'
        ? this.stack.self
        : end.kind === 'latent'
          ? 'described'
          : podOf(end, this.stack)
    const who = end.kind === 'node' ? `node ${end.pod?.namespace}/${end.pod?.name}` : end.kind
    const key = `${who}|${active.map((one) => `${one.place}${one.certainty === MAYBE ? '?' : ''}`).join()}`
    let found = this.#memo.get(key)
    if (!found) {
      const reduced = narrow(this.stack, active)
      const intervals = portIntervals(boundsOf(active), namesOf(active, target))
      const exhausted = !this.spend(intervals.length * (active.length + 1))
      if (exhausted) return coarse(reduced, active)
      const matcher = portMatcher(active, target)
      found = collect(intervals, (interval) => decide(reduced, matcher(interval)))
      this.#memo.set(key, found)
    }
    return found.map(({ outcome, intervals }) => ({ outcome, ports: portTexts(intervals) }))
  }

  /** Books work; false when the limit is passed. */
  spend(amount: number): boolean {
    this.#work += amount
    return this.#work <= WORK_LIMIT
  }

  /**
   * Every outside address of a family, as the intervals between the boundaries of the rules. A rule's match is
   * constant between its own boundaries, so it is evaluated once per such piece and not once per interval.
   */
  *outside(family: Family): Generator<{ interval: Interval; end: End; active: Active[] }> {
    const changes = new Map<bigint, { on: Active[]; off: number[] }>([[0n, { on: [], off: [] }]])
    const at = (value: bigint) => {
      const known = changes.get(value) ?? { on: [], off: [] }
      changes.set(value, known)
      return known
    }
    const { last } = wholeFamily(family)
    for (const entry of this.entries) {
      for (const piece of pieces(entry.rule, family)) {
        const certainty = both(entry.certainty, matchPeers(entry.rule, outsideEnd(family, piece.first), this.stack))
        if (certainty === NO) continue
        at(piece.first).on.push({ ...entry, certainty })
        if (piece.last < last) at(piece.last + 1n).off.push(entry.place)
      }
    }
    const starts = [...changes.keys()].toSorted((a, b) => (a < b ? -1 : 1))
    const current = new Map<number, Active>()
    for (const [index, first] of starts.entries()) {
      const change = changes.get(first)
      for (const place of change?.off ?? []) current.delete(place)
      for (const active of change?.on ?? []) current.set(active.place, active)
      const interval = { first, last: (starts[index + 1] ?? last + 1n) - 1n }
      const active = [...current.values()].toSorted((a, b) => a.place - b.place)
      yield { interval, end: outsideEnd(family, first), active }
    }
  }
}

function outsideEnd(family: Family, value: bigint): End {
  const address: Address = { family, value }
  return { kind: 'address', address, family }
}

/** The family cut at the address boundaries of one rule. */
function pieces(rule: Rule, family: Family): Interval[] {
  const { last } = wholeFamily(family)
  const starts = new Set<bigint>([0n])
  for (const interval of rule.peers.flatMap((peer) => peer.addresses?.[family] ?? [])) {
    starts.add(interval.first)
    if (interval.last < last) starts.add(interval.last + 1n)
  }
  const sorted = [...starts].toSorted((a, b) => (a < b ? -1 : 1))
  return sorted.map((first, index) => ({ first, last: (sorted[index + 1] ?? last + 1n) - 1n }))
}

/** The stack with only the rules that take the end; selection and default deny stay as they are. */
export function narrow(stack: PolicyStack, active: Active[]): PolicyStack {
  const rules = Map.groupBy(active, (one) => one.layer)
  const keep = (layer: Layer): Layer => ({ ...layer, rules: (rules.get(layer) ?? []).map((one) => one.rule) })
  const tiers = stack.tiers?.map((tier) => ({ ...tier, levels: tier.levels.map((level) => level.map(keep)) })) ?? null
  return { ...stack, tiers, flat: stack.flat?.map(keep) ?? null }
}

/** Matchers for the port intervals of one end. */
export function portMatcher(active: Active[], target: Target): (interval: PortInterval) => RuleMatcher {
  const certainty = new Map(active.map((one) => [one.rule, one.certainty]))
  return (interval) => {
    const query = { port: interval.first, protocol: interval.protocol }
    return (rule) => both(certainty.get(rule) ?? NO, matchPorts(rule, query, target))
  }
}

export function boundsOf(active: Active[]): PortRange[] {
  return active.flatMap((one) => one.rule.ports.flatMap((port) => port.bounds))
}

/** Port numbers at which a rule by name may begin to match. */
export function namesOf(active: Active[], target: Target): number[] {
  const named = active.some((one) => one.rule.ports.some((port) => port.named))
  return named && target && target !== 'described' ? Object.values(target.pod.ports ?? {}) : []
}

/** Puts port intervals with the same deciding rule together; denied ones are left out. */
export function collect(intervals: PortInterval[], judge: (interval: PortInterval) => Outcome): Opening[] {
  const byRule = new Map<Rule | undefined, Opening>()
  for (const interval of intervals) {
    const outcome = judge(interval)
    if (!outcome.allowed) continue
    const same = byRule.get(outcome.rule)
    if (same) same.intervals.push(interval)
    else byRule.set(outcome.rule, { outcome, intervals: [interval] })
  }
  return [...byRule.values()]
}

/** Without looking at ports: denials are not counted, an allow is taken to hold for some port. */
export function coarse(reduced: PolicyStack, active: Active[]): { outcome: Outcome; ports: string[] }[] {
  const allowing = new Set(active.filter((one) => one.rule.action !== 'deny').map((one) => one.rule))
  const outcome = decide(reduced, (rule) => (allowing.has(rule) ? MAYBE : NO))
  return outcome.allowed ? [{ outcome: { ...outcome, certain: false }, ports: ['not examined'] }] : []
}
