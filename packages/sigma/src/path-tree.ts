import { hasMember } from './lazy-members.ts'

// What is known of a path in the event at hand. Pending: the object was found, but the last names may be part of a
// longer name with dots.
const absent = 0
const exact = 1
const pending = 2
const inArray = 3

/** A path as far as one of its steps. Its value in the event at hand is remembered until the stamp changes. */
export class PathStep {
  readonly parent: PathStep | undefined
  /** The step's own name, and the joined names that begin at an earlier step, by that step's number. */
  private readonly names: string[]
  private readonly children = new Map<string, PathStep>()
  private stamp = 0
  private state = absent
  private value: unknown
  /** Number of the first step that isn't consumed. */
  private from = 0

  constructor(parent: PathStep | undefined, names: string[]) {
    this.parent = parent
    this.names = names
  }

  child(name: string): PathStep {
    let child = this.children.get(name)
    if (!child) {
      child = new PathStep(this, [...this.names.map((before) => `${before}.${name}`), name])
      this.children.set(name, child)
    }
    return child
  }

  /**
   * The scalar or object at the path; `undefined` when there is none, `throughArray` when an array is on the way or at
   * the end, so that there may be several.
   */
  read(event: unknown, stamp: number): unknown {
    this.find(event, stamp)
    if (this.state === inArray || (this.state === exact && Array.isArray(this.value))) return throughArray
    return this.state === exact ? this.value : undefined
  }

  private find(event: unknown, stamp: number): void {
    if (this.stamp === stamp) return
    this.stamp = stamp
    const { parent, names } = this
    if (!parent) {
      this.state = exact
      this.value = event
      return
    }
    parent.find(event, stamp)
    this.state = parent.state
    if (parent.state === absent || parent.state === inArray) return
    const base = parent.value
    if (typeof base !== 'object' || base === null) this.state = absent
    else if (Array.isArray(base)) this.state = inArray
    else {
      this.from = parent.state === exact ? names.length - 1 : parent.from
      const name = names[this.from]!
      const isThere = hasMember(base, name)
      this.state = isThere ? exact : pending
      this.value = isThere ? (base as Record<string, unknown>)[name] : base
    }
  }
}

/** Stands for values that only a full walk finds. */
export const throughArray = Symbol('through an array')
