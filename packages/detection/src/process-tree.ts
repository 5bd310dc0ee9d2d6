import type { ProcessEvent, ProcessExitEvent, ProcessFacts } from '@cordon/telemetry'
import { programName, shells } from './process-facts.ts'
import { ProcessPlace } from './process-place.ts'
import { placesFrom, processKey, processStatePart } from './process-state.ts'
import type { ProcessStatePart } from './process-state.ts'
import { Texts } from './texts.ts'

export interface ProcessTreeLimits {
  /** Containers and nodes; beyond, those unused longest are forgotten. */
  places: number
  /** Processes over all places; beyond, places unused longest are cut down to `core`. */
  processes: number
  perContainer: number
  /** A node's own processes, which many share. */
  perNode: number
  /** Processes a container keeps in any case: its ancestors first. */
  core: number
}

const usualLimits: ProcessTreeLimits = {
  places: 130_000,
  processes: 450_000,
  perContainer: 64,
  perNode: 4096,
  core: 3,
}
const maxDepth = 12
const markMs = 10 * 60_000
const longestLine = 256
const longestName = 1024
const textsKept = 100_000
const placesPerPart = 1000
const processesPerPart = 4000
const none: string[] = []

/**
 * Remembers running processes of all containers and nodes in bounded memory, so that an event whose sensor told only
 * the parent still gets its ancestors, and so that rules can leave marks on a session: the commands one shell, one
 * request or one login started. A container that floods the tree forgets its own processes first.
 */
export class ProcessTree {
  private readonly places = new Map<string, ProcessPlace>()
  private readonly texts = new Texts(textsKept)
  private readonly limits: ProcessTreeLimits
  private count = 0
  // Goes round over all places, as a clock's hand: what wasn't used since its last visit gives way.
  private hand: Iterator<[string, ProcessPlace]> = this.places.entries()

  constructor(limits: Partial<ProcessTreeLimits> = {}) {
    this.limits = { ...usualLimits, ...limits }
  }

  /**
   * Takes an exec in.
   * @returns the ancestors, nearest first: the sensor's own, continued from memory; and the marks on the session
   */
  enter(event: ProcessEvent): { ancestors: ProcessFacts[]; recent: string[] } {
    const place = this.placeOf(event)
    const before = place.processes.size
    const { process, parent } = event
    const told = parent ? [parent, ...event.ancestors] : event.ancestors
    // From the top, so that each finds its parent.
    for (let i = Math.min(told.length, maxDepth) - 1; i >= 0; i--) {
      const key = processKey(told[i]!)
      const above = told[i + 1]
      if (!place.processes.has(key)) place.put(key, this.slim(told[i]!), above && processKey(above))
    }
    place.put(processKey(process), isShort(process) ? process : this.slim(process), told[0] && processKey(told[0]))
    this.count += place.processes.size - before
    const most = event.container ? this.limits.perContainer : this.limits.perNode
    // More than one at a time, so that a full place isn't gone through at every event.
    if (place.processes.size > most) this.count -= place.cutTo(most - (most >> 2))
    this.makeRoom(place)
    const ancestors = continued(told, place)
    return { ancestors, recent: place.marks ? recentMarks(place, sessionKey(event, ancestors), event.time) : none }
  }

  exit(event: ProcessExitEvent): void {
    const process = this.places.get(placeKey(event))?.processes.get(processKey(event.process))
    if (process) process.hasEnded = true
  }

  mark(event: ProcessEvent, ancestors: ProcessFacts[], mark: string): void {
    this.places.get(placeKey(event))?.mark(sessionKey(event, ancestors), mark, event.time)
  }

  /** State as plain JSON, in parts of some hundred places; each is made when asked for. */
  *snapshot(): Generator<ProcessStatePart> {
    let part: [string, ProcessPlace][] = []
    let processes = 0
    for (const entry of this.places) {
      part.push(entry)
      processes += entry[1].processes.size
      if (part.length < placesPerPart && processes < processesPerPart) continue
      yield processStatePart(part)
      part = []
      processes = 0
    }
    if (part.length > 0) yield processStatePart(part)
  }

  /** Forgets all. */
  clear(): void {
    this.places.clear()
    this.count = 0
    this.hand = this.places.entries()
  }

  /** Takes over a part of a snapshot, beside what is there; what doesn't fit is left out. */
  restore(part: unknown): void {
    for (const { key, place } of placesFrom(part, this.slim)) {
      if (this.places.size >= this.limits.places) return
      this.count += place.processes.size - (this.places.get(key)?.processes.size ?? 0)
      this.places.set(key, place)
    }
  }

  get size(): number {
    return this.count
  }

  get placeCount(): number {
    return this.places.size
  }

  private placeOf(event: ProcessEvent): ProcessPlace {
    const key = placeKey(event)
    let place = this.places.get(key)
    if (place) place.isFresh = true
    else this.places.set(key, (place = new ProcessPlace(this.slim)))
    return place
  }

  private makeRoom(current: ProcessPlace): void {
    const { places, processes, core } = this.limits
    const isFull = () => this.places.size > places
    for (let steps = 0; (isFull() || this.count > processes) && steps < 4 * this.places.size; steps++) {
      const [key, place] = this.nextPlace()
      if (place === current) continue
      if (place.isFresh) place.isFresh = false
      else if (place.processes.size > core) this.count -= place.cutTo(core)
      else if (isFull() || steps > 2 * this.places.size) {
        // Whole places go only when there are too many, or when nothing is left to cut.
        this.count -= place.processes.size
        this.places.delete(key)
      }
    }
  }

  private nextPlace(): [string, ProcessPlace] {
    let next = this.hand.next()
    if (next.done) {
      this.hand = this.places.entries()
      next = this.hand.next()
    }
    return next.value
  }

  private readonly slim = (process: ProcessFacts): ProcessFacts => {
    const { texts } = this
    const { pid, execId, exe, name, commandLine, cwd, user, uid, tty, startedAt, drift } = process
    return {
      pid,
      execId,
      exe: texts.one(exe, longestName),
      name: texts.one(name, longestName),
      commandLine: texts.one(commandLine, longestLine),
      cwd: cwd && texts.one(cwd, longestName),
      user: user && texts.one(user, longestName),
      uid,
      tty,
      startedAt,
      drift,
    }
  }
}

// Most are: their facts can be kept as they came, until they turn out to be somebody's parent.
function isShort({ exe, name, commandLine, cwd, user }: ProcessFacts): boolean {
  return (
    commandLine.length <= longestLine &&
    exe.length + name.length + (cwd?.length ?? 0) + (user?.length ?? 0) <= longestLine
  )
}

function continued(told: ProcessFacts[], place: ProcessPlace): ProcessFacts[] {
  const last = told.at(-1)
  let next = last && place.processes.get(processKey(last))?.parent
  if (next === undefined) return told.length > maxDepth ? told.slice(0, maxDepth) : told
  const chain = told.slice(0, maxDepth)
  while (next !== undefined && chain.length < maxDepth) {
    const process = place.processes.get(next)
    if (!process || chain.includes(process.facts)) break
    chain.push(process.facts)
    next = process.parent
  }
  return chain
}

function placeKey(event: { cluster: string; node?: string; container?: { id: string } }): string {
  return event.container ? `${event.cluster}\n${event.container.id}` : `${event.cluster}\nnode/${event.node ?? ''}`
}

// The top shell above a process stands for the session: one web request, one login, one exec. What lies above it
// (a web server, containerd) serves many.
function sessionKey(event: ProcessEvent, ancestors: ProcessFacts[]): string {
  let top = ancestors[0] ?? event.process
  for (const ancestor of ancestors) {
    if (!shells.has(programName(ancestor))) break
    top = ancestor
  }
  return processKey(top)
}

function recentMarks(place: ProcessPlace, session: string, time: number): string[] {
  const marks = place.marks?.get(session) ?? {}
  return Object.keys(marks).filter((mark) => Math.abs(time - marks[mark]!) <= markMs)
}
