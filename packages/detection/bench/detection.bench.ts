import { compile } from '@cordon/sigma'
import { normaliseAudit, normaliseProcessEvents, type TelemetryEvent } from '@cordon/telemetry'
import { createDetector, type RulePack } from '../src/index.ts'
import { auditEvents, auditLines, processes, processLines } from './load.ts'
import { madeRules, packWithImports } from './rule-sets.ts'

const rounds = 6

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
    'audit events/s, parsed': rate(audit.length, () => run(rules, audit)),
    'process events/s, parsed': rate(ordinary.length, () => run(rules, ordinary)),
    'audit events/s, with JSON and normalisation': rate(lines.length, () => run(rules, readAudit(lines))),
    'process events/s, with JSON and normalisation': rate(sensor.length, () => run(rules, readProcesses(sensor))),
    'cost of 1,000 rules over cost of 100': thousand / hundred,
    ...manyContainers(rules),
  }
}

function run(rules: RulePack, events: Iterable<TelemetryEvent>): void {
  const detector = createDetector({ rules })
  for (const event of events) detector.process(event)
}

function rate(count: number, work: () => void): number {
  let best = 0
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage()
    work()
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
  for (let round = 0; round < rounds * 2; round++)
    for (const which of [0, 1] as const) {
      const start = process.cpuUsage()
      for (const event of events) engines[which].match(source, event)
      const { user, system } = process.cpuUsage(start)
      best[which] = Math.min(best[which], (user + system) / events.length)
    }
  return best
}

/** What 100,000 living containers cost in memory and in stored state, and whether a restart goes on from it. */
function manyContainers(rules: RulePack): Record<string, number | string> {
  const detector = createDetector({ rules })
  const before = heap()
  for (const event of processes(300_000, 100_000)) detector.process(event)
  const after = heap()
  const started = performance.now()
  const state = JSON.stringify(detector.snapshot())
  const ms = performance.now() - started
  const restored = createDetector({ rules, state: JSON.parse(state) })
  const isSame = JSON.stringify(restored.snapshot()) === state
  return {
    'memory for 100,000 containers, MB': (after - before) / 2 ** 20,
    'stored state, MB': state.length / 2 ** 20,
    'taking the state, ms': ms,
    'a restart goes on from the same state': isSame ? 'yes' : 'no',
  }
}

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
