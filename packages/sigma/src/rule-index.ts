import { Automaton } from './automaton.ts'
import type { EventView } from './event-view.ts'
import type { Witness } from './predicate.ts'

/**
 * Chooses for each rule the rarest set of literals that a match cannot do without, and finds by them the few rules
 * worth evaluating for an event. The cost of an event so hardly grows with the number of rules.
 */
export class RuleIndex {
  private readonly always: number[] = []
  private readonly equal: { slot: number; rules: Map<string, number[]> }[] = []
  private readonly equalBySlot = new Map<number, Map<string, number[]>>()
  private readonly contained: { slot: number; automaton: Automaton }[] = []
  private readonly stamps: Uint32Array
  private stamp = 0

  /** @param needs per rule the sets of witnesses of its condition */
  constructor(needs: Witness[][][]) {
    this.stamps = new Uint32Array(needs.length)
    const frequency = countWitnesses(needs)
    const cost = (set: Witness[]) => set.reduce((sum, witness) => sum + weight(witness, frequency), 0)
    const texts = new Map<number, { text: string; id: number }[]>()
    for (const [rule, sets] of needs.entries()) {
      const usable = sets.filter((set) => set.every((witness) => witness.literal !== '' || witness.kind === 'equals'))
      const best = usable.toSorted((a, b) => cost(a) - cost(b))[0]
      if (!best) this.always.push(rule)
      else for (const witness of best) this.register(witness, rule, texts)
    }
    for (const [slot, patterns] of texts) this.contained.push({ slot, automaton: new Automaton(patterns) })
  }

  /** Numbers of rules that may match, ascending. */
  candidates(view: EventView): number[] {
    if (this.stamp === 0xffff_ffff) {
      this.stamps.fill(0)
      this.stamp = 0
    }
    const stamp = ++this.stamp
    const found = this.always.slice()
    const add = (rule: number): void => {
      if (this.stamps[rule] === stamp) return
      this.stamps[rule] = stamp
      found.push(rule)
    }
    for (let i = 0; i < this.equal.length; i++) {
      const { slot, rules } = this.equal[i]!
      const { lowers } = view.resolve(slot)
      for (let k = 0; k < lowers.length; k++) rules.get(lowers[k]!)?.forEach(add)
    }
    for (let i = 0; i < this.contained.length; i++) {
      const { slot, automaton } = this.contained[i]!
      const { lowers } = view.resolve(slot)
      for (let k = 0; k < lowers.length; k++) automaton.scan(lowers[k]!, add)
    }
    return found.length > 1 ? found.sort((a, b) => a - b) : found
  }

  private register(witness: Witness, rule: number, texts: Map<number, { text: string; id: number }[]>): void {
    if (witness.kind === 'contains') {
      const patterns = texts.get(witness.slot) ?? []
      texts.set(witness.slot, patterns)
      patterns.push({ text: witness.literal, id: rule })
      return
    }
    let rules = this.equalBySlot.get(witness.slot)
    if (!rules) {
      rules = new Map()
      this.equalBySlot.set(witness.slot, rules)
      this.equal.push({ slot: witness.slot, rules })
    }
    const list = rules.get(witness.literal) ?? []
    rules.set(witness.literal, list)
    if (!list.includes(rule)) list.push(rule)
  }
}

function countWitnesses(needs: Witness[][][]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const sets of needs)
    for (const set of sets) for (const witness of set) counts.set(keyOf(witness), (counts.get(keyOf(witness)) ?? 0) + 1)
  return counts
}

// A literal that many rules share is a common one in events too (`create`); short contained texts occur by chance.
function weight(witness: Witness, frequency: Map<string, number>): number {
  const shared = frequency.get(keyOf(witness)) ?? 1
  return witness.kind === 'equals' ? shared : shared + 8 / Math.max(1, witness.literal.length)
}

function keyOf(witness: Witness): string {
  return `${witness.slot}\n${witness.kind}\n${witness.literal}`
}
