import { Automaton } from './automaton.ts'
import type { EventView } from './event-view.ts'
import { textOf } from './field.ts'
import { throughArray } from './path-tree.ts'
import type { Witness } from './predicate.ts'

/**
 * Chooses for each rule the rarest set of literals that a match cannot do without, and finds by them the few rules
 * worth evaluating for an event. The cost of an event so hardly grows with the number of rules.
 */
export class RuleIndex {
  private readonly always: number[] = []
  private readonly equal: { slot: number; rules: Map<string, number[]> }[] = []
  private readonly present: { slot: number; rules: number[] }[] = []
  private readonly contained: { slot: number; automaton: Automaton }[] = []
  private readonly stamps: Uint32Array
  private stamp = 0
  private found: number[] = []
  private readonly add = (rule: number): void => {
    if (this.stamps[rule] === this.stamp) return
    this.stamps[rule] = this.stamp
    this.found.push(rule)
  }

  /** @param needs per rule the sets of witnesses of its condition */
  constructor(needs: Witness[][][]) {
    this.stamps = new Uint32Array(needs.length)
    const cost = costOf(needs)
    const bySlot = new Map<number, SlotPatterns>()
    for (const [rule, sets] of needs.entries()) {
      const usable = sets.filter((set) => set.every((witness) => witness.literal !== '' || witness.kind !== 'contains'))
      const best = usable.toSorted((a, b) => cost(a) - cost(b))[0]
      if (!best) this.always.push(rule)
      else for (const witness of best) register(witness, rule, bySlot)
    }
    for (const [slot, { equal, contained, present }] of bySlot) {
      if (equal.size > 0) this.equal.push({ slot, rules: new Map([...equal].map(([text, set]) => [text, [...set]])) })
      if (present.size > 0) this.present.push({ slot, rules: [...present] })
      if (contained.length > 0) this.contained.push({ slot, automaton: new Automaton(contained) })
    }
  }

  /** Numbers of rules that may match, ascending. */
  candidates(view: EventView): number[] {
    if (this.stamp === 0xffff_ffff) {
      this.stamps.fill(0)
      this.stamp = 0
    }
    this.stamp++
    const { equal, present, contained, add } = this
    const found = (this.found = this.always.slice())
    for (let i = 0; i < equal.length; i++) {
      const { slot, rules } = equal[i]!
      const text = lowerAt(view, slot)
      if (typeof text === 'string') addAll(rules.get(text), add)
      else if (text) for (let k = 0; k < text.length; k++) addAll(rules.get(text[k]!), add)
    }
    for (let i = 0; i < present.length; i++) {
      const { slot, rules } = present[i]!
      const value = view.value(slot)
      if (value === throughArray ? view.resolve(slot).present : value !== undefined) addAll(rules, add)
    }
    for (let i = 0; i < contained.length; i++) {
      const { slot, automaton } = contained[i]!
      const text = lowerAt(view, slot)
      if (typeof text === 'string') automaton.scan(text, add)
      else if (text) for (let k = 0; k < text.length; k++) automaton.scan(text[k]!, add)
    }
    return found.length > 1 ? found.sort(ascending) : found
  }
}

// Most values lead to no rule: nothing is made for them but, where letters are upper case, their lower case.
function lowerAt(view: EventView, slot: number): string | string[] | undefined {
  const value = view.value(slot)
  if (value === undefined) return undefined
  return value === throughArray ? view.resolve(slot).lowers : textOf(value)?.toLowerCase()
}

interface SlotPatterns {
  equal: Map<string, Set<number>>
  present: Set<number>
  contained: { text: string; id: number }[]
}

function register(witness: Witness, rule: number, bySlot: Map<number, SlotPatterns>): void {
  let patterns = bySlot.get(witness.slot)
  if (!patterns) bySlot.set(witness.slot, (patterns = { equal: new Map(), present: new Set(), contained: [] }))
  if (witness.kind === 'contains') patterns.contained.push({ text: witness.literal, id: rule })
  else if (witness.kind === 'present') patterns.present.add(rule)
  else patterns.equal.set(witness.literal, (patterns.equal.get(witness.literal) ?? new Set()).add(rule))
}

function addAll(rules: number[] | undefined, add: (rule: number) => void): void {
  if (rules) for (let i = 0; i < rules.length; i++) add(rules[i]!)
}

function ascending(a: number, b: number): number {
  return a - b
}

/**
 * Cost of a set: how often its literals hold by chance, and the reading of fields that few other rules look at. A
 * literal that many rules share is a common one in events too (`create`).
 */
function costOf(needs: Witness[][][]): (set: Witness[]) => number {
  const shared = new Map<string, number>()
  const rulesBySlot = new Map<number, number>()
  for (const sets of needs) {
    const slots = new Set<number>()
    for (const witness of sets.flat()) {
      shared.set(keyOf(witness), (shared.get(keyOf(witness)) ?? 0) + 1)
      slots.add(witness.slot)
    }
    for (const slot of slots) rulesBySlot.set(slot, (rulesBySlot.get(slot) ?? 0) + 1)
  }
  return (set) => {
    const chance = set.reduce((sum, witness) => sum + witness.weight + (shared.get(keyOf(witness)) ?? 1) - 1, 0)
    const reading = [...new Set(set.map((witness) => witness.slot))].reduce(
      (sum, slot) => sum + readingCost / (rulesBySlot.get(slot) ?? 1),
      0,
    )
    return chance + reading
  }
}

const readingCost = 8

function keyOf(witness: Witness): string {
  return `${witness.slot}\n${witness.kind}\n${witness.literal}`
}
