import { compileItem } from './item.ts'
import type { Lists } from './item.ts'
import type { EventView } from './event-view.ts'
import type { Condition, Selection } from './rule.ts'

/** A field equals or contains a literal (lower case): a cheap necessary condition that the index looks up. */
export interface Witness {
  slot: number
  kind: 'equals' | 'contains'
  literal: string
}

export interface Predicate {
  test(view: EventView): boolean
  /**
   * Sets of witnesses; of every set at least one holds whenever the predicate does. Empty: nothing can be promised.
   */
  needs: Witness[][]
}

/** Turns names of fields into slots of the event view. */
export type SlotOf = (field: string | undefined) => number

/**
 * Compiles a selection.
 * @throws Error for values that don't suit their modifiers
 */
export function compileSelection(selection: Selection, slotOf: SlotOf, lists: Lists): Predicate {
  if (selection.kind === 'item') {
    const item = compileItem(selection, lists)
    const slot = slotOf(selection.field)
    const refs = new Map<string, number>()
    if (selection.modifiers.includes('fieldref'))
      for (const field of selection.values) refs.set(String(field), slotOf(String(field)))
    const witnesses = item.witnesses?.map((witness) => ({ slot, ...witness }))
    return {
      test: (view) => item.test(view.resolve(slot), (field) => view.resolve(refs.get(field)!)),
      needs: witnesses && selection.field !== undefined ? [witnesses] : [],
    }
  }
  const parts = selection.of.map((part) => compileSelection(part, slotOf, lists))
  return selection.kind === 'all' ? both(parts) : either(parts)
}

/** Compiles a condition over already compiled selections. */
export function compileCondition(condition: Condition, selections: ReadonlyMap<string, Predicate>): Predicate {
  switch (condition.kind) {
    case 'name':
      return selections.get(condition.name)!
    case 'not': {
      const inner = compileCondition(condition.of, selections)
      return { test: (view) => !inner.test(view), needs: [] }
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

/** AND of predicates. */
export function both(parts: Predicate[]): Predicate {
  if (parts.length === 1) return parts[0]!
  return { test: (view) => parts.every((part) => part.test(view)), needs: parts.flatMap((part) => part.needs) }
}

/** OR of predicates. */
export function either(parts: Predicate[]): Predicate {
  if (parts.length === 1) return parts[0]!
  return { test: (view) => parts.some((part) => part.test(view)), needs: unionOfNeeds(parts) }
}

function several(parts: Predicate[], atLeast: number): Predicate {
  const test = (view: EventView) => {
    let count = 0
    for (const part of parts) if (part.test(view) && ++count >= atLeast) return true
    return false
  }
  return { test, needs: unionOfNeeds(parts) }
}

// For OR a set must hold a witness of every branch. One set per branch is enough: the smallest.
function unionOfNeeds(parts: Predicate[]): Witness[][] {
  const union: Witness[] = []
  for (const part of parts) {
    const smallest = part.needs.toSorted((a, b) => a.length - b.length)[0]
    if (!smallest) return []
    union.push(...smallest)
  }
  return [union]
}
