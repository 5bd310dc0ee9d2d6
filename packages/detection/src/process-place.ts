import type { ProcessFacts } from '@cordon/telemetry'

/** A process as the tree remembers it. */
export interface RememberedProcess {
  facts: ProcessFacts
  parent: string | undefined
  /** How many remembered processes it started: what has children is an ancestor and forgotten last. */
  children: number
  hasEnded: boolean
}

const mostMarked = 16

/** The processes of one container, or of a node itself, in the order in which they were seen. */
export class ProcessPlace {
  readonly processes = new Map<string, RememberedProcess>()
  /** Marks by session: mark → epoch milliseconds. */
  marks: Map<string, Record<string, number>> | undefined
  /** Used since the last look: the place is passed over once before it is cut down. */
  isFresh = true

  private readonly keep: (facts: ProcessFacts) => ProcessFacts

  /** @param keep makes a copy fit to stay: what has children is remembered for long, the others come and go */
  constructor(keep: (facts: ProcessFacts) => ProcessFacts) {
    this.keep = keep
  }

  /** Takes a process in, or a better statement of one that was told as somebody's parent only. */
  put(key: string, facts: ProcessFacts, parent: string | undefined): void {
    const known = this.processes.get(key)
    if (known) {
      if (known.parent !== parent && parent !== undefined) {
        this.count(known.parent, -1)
        this.count(parent, 1)
        known.parent = parent
      }
      known.facts = known.children > 0 ? this.keep(facts) : facts
      return
    }
    this.processes.set(key, { facts, parent, children: 0, hasEnded: false })
    this.count(parent, 1)
  }

  /** Puts back what a snapshot held; `countChildren` must follow. */
  restore(key: string, facts: ProcessFacts, parent: string | undefined, hasEnded: boolean): void {
    this.processes.set(key, { facts, parent, children: 0, hasEnded })
  }

  countChildren(): void {
    for (const process of this.processes.values()) this.count(process.parent, 1)
  }

  mark(session: string, mark: string, time: number): void {
    this.marks ??= new Map()
    this.marks.set(session, { ...this.marks.get(session), [mark]: time })
    if (this.marks.size > mostMarked) this.marks.delete(this.marks.keys().next().value!)
  }

  /** Forgets processes until `most` are left: those that ended, then those that started none, then the oldest. */
  cutTo(most: number): number {
    const before = this.processes.size
    for (const fits of [isEndedLeaf, isLeaf, isAny])
      for (const [key, process] of this.processes) {
        if (this.processes.size <= most) return before - this.processes.size
        if (!fits(process)) continue
        this.processes.delete(key)
        this.count(process.parent, -1)
      }
    return before - this.processes.size
  }

  private count(key: string | undefined, by: number): void {
    const process = key === undefined ? undefined : this.processes.get(key)
    if (!process) return
    process.children += by
    if (by > 0 && process.children === 1) process.facts = this.keep(process.facts)
  }
}

function isEndedLeaf(process: RememberedProcess): boolean {
  return process.hasEnded && process.children <= 0
}

function isLeaf(process: RememberedProcess): boolean {
  return process.children <= 0
}

function isAny(): boolean {
  return true
}
