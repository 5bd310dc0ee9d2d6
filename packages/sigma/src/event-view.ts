import { resolveAll, resolveField, splitPath } from './field.ts'
import type { FieldPath, Resolved } from './field.ts'

/** Slot of keywords, which look at the whole event. */
export const wholeEvent = 0

/** The fields all rules ask for, each with a number, so that an event's values are read at most once. */
export class FieldSlots {
  readonly paths: FieldPath[][] = [[]]
  private readonly byName = new Map<string, number>()

  /** @param targets the paths in our events that stand for one field name of the rule */
  slot(targets: string[]): number {
    const name = targets.join('\n')
    const known = this.byName.get(name)
    if (known !== undefined) return known
    const slot = this.paths.push(targets.map(splitPath)) - 1
    this.byName.set(name, slot)
    return slot
  }
}

/** One event as the rules see it; reused from event to event. */
export class EventView {
  event: unknown
  private readonly slots: FieldSlots
  private cache: (Resolved | undefined)[] = []

  constructor(slots: FieldSlots) {
    this.slots = slots
  }

  reset(event: unknown): void {
    this.event = event
    this.cache.fill(undefined)
  }

  resolve(slot: number): Resolved {
    return (this.cache[slot] ??=
      slot === wholeEvent ? resolveAll(this.event) : resolveField(this.event, this.slots.paths[slot]!))
  }
}
