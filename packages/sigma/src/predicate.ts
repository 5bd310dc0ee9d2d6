import { compileItem } from './item.ts'
import type { ItemWitness, Lists } from './item.ts'
import type { EventView } from './event-view.ts'
import type { Condition, Selection } from './rule.ts'

/** A field equals or contains a literal (lower case), or is there: a cheap necessary condition the index looks up. */
export interface Witness extends ItemWitness {
  slot: number
  /** How often it holds by chance, roughly; smaller is better. */
  weight: number
}

export interface Predicate {
  test(view: EventView): boolean
  /**
   * Sets of witnesses; of every set at least one holds whenever the predicate does. Empty: nothing can be promised.
   */
  needs: Witness[][]
  /** Rough cost of `test`; 1 is a comparison. */
  cost: number
}

/** How the fields of a rule are read. */
export interface FieldReader {
  /** Slot of the event view; undefined is the whole event. */
  slotOf(field: string | undefined): number
  /** The witness to look up for one of a field. */
  witness(field: string, witness: ItemWitness): Witness
}

/**
 * Compiles a selection.
 * @throws Error for values that don't suit their modifiers
 */
export function compileSelection(selection: Selection, fields: FieldReader, lists: Lists): Predicate {
  if (selection.kind !== 'item') {
    const parts = selection.of.map((part) => compileSelection(part, fields, lists))
    return selection.kind === 'all' ? both(parts) : either(parts)
  }
  const { test, witnesses, cost } = compileItem(selection, lists)
  const { field } = selection
  const slot = fields.slotOf(field)
  const needs = witnesses && field !== undefined ? [witnesses.map((witness) => fields.witness(field, witness))] : []
  if (!selection.modifiers.includes('fieldref')) return { test: (view) => test(view.resolve(slot), none), needs, cost }
  const others = new Map(selection.values.map((value) => [String(value), fields.slotOf(String(value))]))
  return { test: (view) => test(view.resolve(slot), (name) => view.resolve(others.get(name)!)), needs, cost }
}

function none(): never {
  throw new Error('only "fieldref" reads a second field')
}

/** Compiles a condition over already compiled selections. */
export function compileCondition(condition: Condition, selections: ReadonlyMap<string, Predicate>): Predicate {
  switch (condition.kind) {
    case 'name':
      return selections.get(condition.name)!
    case 'not': {
      const inner = compileCondition(condition.of, selections)
      return { test: (view) => !inner.test(view), needs: [], cost: inner.cost }
    }
    case 'and':
      return both(condition.of.map((part) => compileCondition(part, selections)))
    case 'or':
      return either(condition.of.map((part) => compileCondition(part, selections)))
    case 'count': {
      const parts = condition.names.map((name) => selections.get(name)!)
      if (condition.atLeast === 'all') return both(parts)
      if (condition.atLeast === 1) return either(parts)
      return several(parts, condition.atLeast)
    }
  }
}

/** AND of predicates; what is cheap is asked first. */
export function both(parts: Predicate[]): Predicate {
  if (parts.length === 1) return parts[0]!
  const tests = cheapFirst(parts)
  const test = (view: EventView) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i]!.test(view)) return false
    return true
  }
  return { test, needs: parts.flatMap((part) => part.needs), cost: sumOf(parts) }
}

/** OR of predicates; what is cheap is asked first. */
export function either(parts: Predicate[]): Predicate {
  if (parts.length === 1) return parts[0]!
  const tests = cheapFirst(parts)
  const test = (view: EventView) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!.test(view)) return true
    return false
  }
  return { test, needs: unionOfNeeds(parts), cost: sumOf(parts) }
}

function several(parts: Predicate[], atLeast: number): Predicate {
  const test = (view: EventView) => {
    let count = 0
    for (const part of parts) if (part.test(view) && ++count >= atLeast) return true
    return false
  }
  return { test, needs: unionOfNeeds(parts), cost: sumOf(parts) }
}

function cheapFirst(parts: Predicate[]): Predicate[] {
  return parts.toSorted((a, b) => a.cost - b.cost)
}

function sumOf(parts: Predicate[]): number {
  return parts.reduce((sum, part) => sum + part.cost, 0)
}

// For OR a set must hold a witness of every branch. One set per branch is enough: the rarest.
function unionOfNeeds(parts: Predicate[]): Witness[][] {
  const union: Witness[] = []
  for (const part of parts) {
    const rarest = part.needs.toSorted((a, b) => weightOf(a) - weightOf(b))[0]
    if (!rarest) return []
    union.push(...rarest)
  }
  return [union]
}

function weightOf(set: readonly Witness[]): number {
  return set.reduce((sum, witness) => sum + witness.weight, 0)
}
