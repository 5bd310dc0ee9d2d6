import type { ProcessFacts } from '@cordon/telemetry'
import { listAt, plain } from './plain.ts'
import { ProcessPlace } from './process-place.ts'

/**
 * Some places as plain JSON. Texts stand once, in a list of their own, and everything else names them by number: a part
 * is a quarter of what the processes alone would be.
 */
export interface ProcessStatePart {
  texts: string[]
  places: [key: string, processes: unknown[][], marks?: [string, Record<string, number>][]][]
}

/** A part of a snapshot. */
export function processStatePart(places: readonly [string, ProcessPlace][]): ProcessStatePart {
  const texts = new Map<string, number>()
  const number = (text: string | undefined): number => {
    if (text === undefined) return -1
    let known = texts.get(text)
    if (known === undefined) texts.set(text, (known = texts.size))
    return known
  }
  const states = places.map(([key, place]): ProcessStatePart['places'][number] => {
    const order = new Map([...place.processes.keys()].map((id, at) => [id, at]))
    const processes = [...place.processes.values()].map(({ facts, parent, hasEnded }) => [
      facts.pid,
      facts.execId ?? 0,
      number(facts.exe),
      number(facts.name),
      number(facts.commandLine),
      number(facts.cwd),
      number(facts.user),
      facts.uid ?? -1,
      facts.startedAt ?? -1,
      flag(facts.tty),
      flag(facts.drift),
      parent === undefined ? -1 : (order.get(parent) ?? -1),
      flag(hasEnded),
    ])
    return place.marks ? [key, processes, [...place.marks]] : [key, processes]
  })
  return { texts: [...texts.keys()], places: states }
}

/**
 * The places of a part; what doesn't fit is left out.
 * @param keep makes the facts that are remembered
 */
export function* placesFrom(
  part: unknown,
  keep: (process: ProcessFacts) => ProcessFacts,
): Generator<{ key: string; place: ProcessPlace }> {
  const texts = plain(part)?.['texts']
  const places = plain(part)?.['places']
  if (!Array.isArray(texts) || !Array.isArray(places)) return
  for (const state of places as unknown[]) {
    const [key, processes, marks] = Array.isArray(state) ? (state as unknown[]) : []
    if (typeof key !== 'string' || !Array.isArray(processes)) continue
    const place = new ProcessPlace(keep)
    const read = processes.map((one) => (Array.isArray(one) ? readProcess(one as unknown[], texts) : undefined))
    const ids = read.map((facts) => facts && processKey(facts))
    for (const [at, facts] of read.entries()) {
      const [parent, hasEnded] = (processes[at] as unknown[] | undefined)?.slice?.(-2) ?? []
      if (facts) place.restore(ids[at]!, keep(facts), ids[Number(parent)], hasEnded === 1)
    }
    place.countChildren()
    restoreMarks(place, marks)
    yield { key, place }
  }
}

/** What a process is known by within its place. Process ids come round again, so the start belongs to them. */
export function processKey(process: ProcessFacts): string {
  return process.execId ?? `${process.pid}@${process.startedAt ?? ''}`
}

function readProcess(state: unknown[], texts: unknown[]): ProcessFacts | undefined {
  const [pid, execId, exe, name, line, cwd, user, uid, startedAt, tty, drift] = state
  if (typeof pid !== 'number') return undefined
  const text = (at: unknown): string | undefined => {
    const found: unknown = texts[Number(at)]
    return typeof found === 'string' ? found : undefined
  }
  return {
    pid,
    execId: typeof execId === 'string' ? execId : undefined,
    exe: text(exe) ?? '',
    name: text(name) ?? '',
    commandLine: text(line) ?? '',
    cwd: text(cwd),
    user: text(user),
    uid: positive(uid),
    startedAt: positive(startedAt),
    tty: truth(tty),
    drift: truth(drift),
  }
}

function flag(value: boolean | undefined): number {
  return value === undefined ? -1 : Number(value)
}

function truth(value: unknown): boolean | undefined {
  return value === 1 ? true : value === 0 ? false : undefined
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined
}

function restoreMarks(place: ProcessPlace, marks: unknown): void {
  for (const one of Array.isArray(marks) ? listAt({ marks }, 'marks') : []) {
    const [session, times] = Array.isArray(one) ? (one as unknown[]) : []
    if (typeof session !== 'string') continue
    for (const [mark, time] of Object.entries(plain(times) ?? {}))
      if (typeof time === 'number') place.mark(session, mark, time)
  }
}
