import type { ProcessEvent, ProcessExitEvent, ProcessFacts } from '@cordon/telemetry'
import { BoundedMap } from './bounded-map.ts'
import { programName, shells } from './process-facts.ts'

interface Node {
  process: ProcessFacts
  parent?: string
  /** Set when the process ended; it is kept a while because children outlive parents. */
  ended?: number
}

// The state is stored every half minute, so it must stay small: about 4 MB.
const maxProcesses = 10_000
const maxDepth = 12
const maxSessions = 10_000
const markMs = 10 * 60_000

/**
 * Remembers running processes of all containers and nodes in bounded memory, so that an event whose sensor told only
 * the parent still gets its ancestors, and so that rules can leave marks on a session: the commands one shell, one
 * request or one login started.
 */
export class ProcessTree {
  private readonly nodes = new BoundedMap<Node>(maxProcesses)
  private readonly marks = new BoundedMap<Record<string, number>>(maxSessions)

  /** Takes an exec and returns the ancestors, nearest first: the sensor's own, continued from memory. */
  enter(event: ProcessEvent): ProcessFacts[] {
    const told = event.parent ? [event.parent, ...event.ancestors] : event.ancestors
    const place = placeKey(event)
    for (const [i, process] of told.entries()) {
      const key = processKey(place, process)
      const above = told[i + 1]
      if (!this.nodes.has(key))
        this.nodes.set(key, { process: slim(process), parent: above && processKey(place, above) })
    }
    const parent = told[0] && processKey(place, told[0])
    this.nodes.set(processKey(place, event.process), { process: slim(event.process), parent })
    return this.continued(told, place)
  }

  exit(event: ProcessExitEvent): void {
    const key = processKey(placeKey(event), event.process)
    const node = this.nodes.get(key)
    if (node) this.nodes.set(key, { ...node, ended: event.time })
  }

  /** Marks that are still fresh on the session of a process. */
  recent(event: ProcessEvent, ancestors: ProcessFacts[]): string[] {
    const marks = this.marks.get(sessionKey(event, ancestors)) ?? {}
    return Object.keys(marks).filter((mark) => Math.abs(event.time - marks[mark]!) <= markMs)
  }

  mark(event: ProcessEvent, ancestors: ProcessFacts[], mark: string): void {
    const key = sessionKey(event, ancestors)
    this.marks.set(key, { ...this.marks.get(key), [mark]: event.time })
  }

  snapshot(): unknown {
    return { nodes: this.nodes.snapshot(), marks: this.marks.snapshot() }
  }

  restore(state: unknown): void {
    const source = (typeof state === 'object' && state !== null ? state : {}) as { nodes?: unknown; marks?: unknown }
    this.nodes.restore(source.nodes)
    this.marks.restore(source.marks)
  }

  get size(): number {
    return this.nodes.size
  }

  private continued(told: ProcessFacts[], place: string): ProcessFacts[] {
    const chain = told.slice(0, maxDepth)
    const last = chain.at(-1)
    let next = last && this.nodes.get(processKey(place, last))?.parent
    const seen = new Set<string>()
    while (next !== undefined && chain.length < maxDepth && !seen.has(next)) {
      seen.add(next)
      const node = this.nodes.get(next)
      if (!node) break
      chain.push(node.process)
      next = node.parent
    }
    return chain
  }
}

function placeKey(event: { cluster: string; node?: string; container?: { id: string } }): string {
  return `${event.cluster}\n${event.container?.id ?? `node/${event.node ?? ''}`}`
}

function processKey(place: string, process: ProcessFacts): string {
  return `${place}\n${process.execId ?? `${process.pid}@${process.startedAt ?? ''}`}`
}

// The top shell above a process stands for the session: one web request, one login, one exec. What lies above it
// (a web server, containerd) serves many.
function sessionKey(event: ProcessEvent, ancestors: ProcessFacts[]): string {
  let top = ancestors[0] ?? event.process
  for (const ancestor of ancestors) {
    if (!shells.has(programName(ancestor))) break
    top = ancestor
  }
  return processKey(placeKey(event), top)
}

function slim(process: ProcessFacts): ProcessFacts {
  return process.commandLine.length <= 256 ? process : { ...process, commandLine: process.commandLine.slice(0, 256) }
}
