import { compile } from '@cordon/sigma'
import { normaliseAudit, normaliseProcessEvents, type TelemetryEvent } from '@cordon/telemetry'
import { createDetector, type RulePack } from '../src/index.ts'
import { auditEvents, auditLines, busyContainers, processes, processLines } from './load.ts'
import { madeRules, packWithImports } from './rule-sets.ts'

// The first rounds run code that is not compiled yet.
const rounds = 40

/**
 * Speed of detection on one core: CPU seconds of this process, so that a busy machine distorts little. Figures are of
 * the best round; garbage collection on other threads is counted too.
 */
export function bench(): Record<string, number | string> {
  const { rules, imported } = packWithImports()
  const lines = auditLines()
  const audit = auditEvents(lines)
  const ordinary = processes(40_000, 200)
  const sensor = processLines(ordinary)
  const [hundred, thousand] = costsPerEvent(100, 1000)
  return {
    'rules: our pack and': imported,
    'audit events/s, parsed': rate(rules, audit.length, () => audit),
    'process events/s, parsed': rate(rules, ordinary.length, () => ordinary),
    'audit events/s, with JSON and normalisation': rate(rules, lines.length, () => readAudit(lines)),
    'process events/s, with JSON and normalisation': rate(rules, sensor.length, () => readProcesses(sensor)),
    'cost of 1,000 rules over cost of 100': thousand / hundred,
    ...manyContainers(rules),
  }
}

/** Rules are compiled once in the life of a server, so that is outside of the time. */
function rate(rules: RulePack, count: number, events: () => Iterable<TelemetryEvent>): number {
  let best = 0
  for (let round = 0; round < rounds; round++) {
    const detector = createDetector({ rules })
    const start = process.cpuUsage()
    for (const event of events()) detector.process(event)
    const { user, system } = process.cpuUsage(start)
    best = Math.max(best, count / ((user + system) / 1e6))
  }
  return Math.round(best)
}

function* readAudit(lines: readonly string[]): Iterable<TelemetryEvent> {
  const context = { cluster: 'bench', receivedAt: Date.UTC(2026, 6, 1), source: 'kubernetes-audit' as const }
  for (const line of lines) yield* normaliseAudit(JSON.parse(line), context).events
}

function* readProcesses(lines: readonly string[]): Iterable<TelemetryEvent> {
  const context = { cluster: 'bench', receivedAt: Date.UTC(2026, 6, 1), source: 'process-events' as const }
  for (const line of lines) yield* normaliseProcessEvents(JSON.parse(line), context).events
}

/**
 * Microseconds of CPU per event with so many rules of the forms that published rules have. The two are measured turn by
 * turn, so that what else the machine does meets both.
 */
function costsPerEvent(few: number, many: number): [number, number] {
  const source = Object.freeze({ product: 'linux', category: 'process_creation' })
  const events = processes(10_000, 100).map(({ process }) => ({ Image: process.exe, CommandLine: process.commandLine }))
  const engines = [compile(madeRules(few)), compile(madeRules(many))] as const
  const best: [number, number] = [Infinity, Infinity]
  for (let round = 0; round < rounds / 2; round++)
    for (const which of [0, 1] as const) {
      const start = process.cpuUsage()
      for (const event of events) engines[which].match(source, event)
      const { user, system } = process.cpuUsage(start)
      best[which] = Math.min(best[which], (user + system) / events.length)
    }
  return best
}

/**
 * What 100,000 living containers cost in memory and in stored state, and whether a restart goes on from it. Each runs a
 * server, a shell below it, and what the shell starts; all texts are their own, as they come from a sensor.
 */
function manyContainers(rules: RulePack): Record<string, number | string> {
  const detector = createDetector({ rules })
  const before = heap()
  for (const event of busyContainers(100_000, 6)) detector.process(event)
  const after = heap()
  const { processes: kept, places } = detector.stats()
  const parts: string[] = []
  let longest = 0
  let whole = 0
  let started = process.cpuUsage()
  for (const part of detector.snapshot()) {
    parts.push(JSON.stringify(part))
    const { user, system } = process.cpuUsage(started)
    longest = Math.max(longest, (user + system) / 1000)
    whole += (user + system) / 1000
    started = process.cpuUsage()
  }
  const restored = createDetector({ rules, state: parts.map((part) => JSON.parse(part) as unknown) })
  const isSame = [...restored.snapshot()].every((part, i) => JSON.stringify(part) === parts[i])
  return {
    'containers whose processes are remembered': places,
    'processes remembered': kept,
    'memory for them, MB': (after - before) / 2 ** 20,
    'stored state, before packing, MB': parts.reduce((sum, part) => sum + part.length, 0) / 2 ** 20,
    'taking the state, CPU ms': whole,
    'longest stretch of that without a break, CPU ms': longest,
    'a restart goes on from the same state': isSame ? 'yes' : 'no',
  }
}

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
