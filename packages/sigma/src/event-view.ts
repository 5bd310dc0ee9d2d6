import { resolveAll, resolveField, resolveSingle, splitPath } from './field.ts'
import type { FieldPath, Resolved } from './field.ts'
import { PathStep, throughArray } from './path-tree.ts'

/** Slot of keywords, which look at the whole event. */
export const wholeEvent = 0

// Longer paths are somebody's joke; the walk, which has a limit of its own, reads them.
const mostSteps = 32

/** The fields all rules ask for, each with a number, so that an event's values are read at most once. */
export class FieldSlots {
  readonly paths: FieldPath[][] = [[]]
  /** Last step of the slot's path; undefined when it has several paths. */
  readonly steps: (PathStep | undefined)[] = [undefined]
  private readonly root = new PathStep(undefined, [])
  private readonly byName = new Map<string, number>()

  /** @param targets the paths in our events that stand for one field name of the rule */
  slot(targets: string[]): number {
    const name = targets.join('\n')
    const known = this.byName.get(name)
    if (known !== undefined) return known
    const paths = targets.map(splitPath)
    const slot = this.paths.push(paths) - 1
    this.steps.push(
      paths.length === 1 && paths[0]!.parts.length <= mostSteps
        ? paths[0]!.parts.reduce((step: PathStep, part: string) => step.child(part), this.root)
        : undefined,
    )
    this.byName.set(name, slot)
    return slot
  }
}

/** One event as the rules see it; reused from event to event. */
export class EventView {
  event: unknown
  private readonly slots: FieldSlots
  private readonly found: Resolved[] = []
  private readonly stamps: number[] = []
  private stamp = 0

  constructor(slots: FieldSlots) {
    this.slots = slots
  }

  reset(event: unknown): void {
    this.event = event
    this.stamp++
  }

  resolve(slot: number): Resolved {
    if (this.stamps[slot] === this.stamp) return this.found[slot]!
    // Slots are numbered as rules are compiled; without holes the arrays stay fast.
    while (this.stamps.length <= slot) this.stamps.push(0)
    this.stamps[slot] = this.stamp
    return (this.found[slot] = this.read(slot))
  }

  /** The one value of a field, as it is in the event; `throughArray` when only `resolve` can tell. */
  value(slot: number): unknown {
    const step = this.slots.steps[slot]
    return step ? step.read(this.event, this.stamp) : throughArray
  }

  private read(slot: number): Resolved {
    if (slot === wholeEvent) return resolveAll(this.event)
    const value = this.value(slot)
    return value === throughArray ? resolveField(this.event, this.slots.paths[slot]!) : resolveSingle(value)
  }
}
