import { normaliseAudit, normaliseProcessEvents } from '@cordon/telemetry'
import { createDetector } from '../src/index.ts'
import { withCustomRules } from '../src/pack.ts'
import { hostileRules, mutate, random } from './hostile-input.ts'
import { auditLines, processes, processLines } from './load.ts'
import { packWithImports } from './rule-sets.ts'

const base = { cluster: 'bench', receivedAt: Date.UTC(2026, 6, 1) }
const count = 10_000

/** How long one hostile event holds up everything else, in CPU time: normalisation and all rules, user's ones included. */
export function bench(): Record<string, number | string> {
  const { rules, imported } = packWithImports()
  const detector = createDetector({ rules: withCustomRules(rules, hostileRules(), { file: 'hostile.yml' }) })
  const next = random(5)
  const audit = auditLines()
    .slice(0, 2000)
    .map((line) => JSON.parse(line) as unknown)
  const own = processLines(processes(200, 20)).map((line) => JSON.parse(line) as unknown)
  const times: number[] = []
  let rejected = 0
  for (let i = 0; i < count; i++) {
    const isAudit = i % 2 === 0
    const item = mutate(isAudit ? audit[i % audit.length] : own[i % own.length], next)
    const start = process.cpuUsage()
    const result = isAudit ? normaliseAudit([item], base) : normaliseProcessEvents([item], base)
    for (const event of result.events) detector.process(event)
    const { user, system } = process.cpuUsage(start)
    times.push((user + system) / 1000)
    rejected += result.rejected.length
  }
  times.sort((a, b) => a - b)
  return {
    'rules: our pack, hostile ones and': imported,
    'mutated events': count,
    'set aside with a reason': rejected,
    'failures of the code': detector.stats().failures,
    'median of one event, CPU ms': times[count / 2]!,
    '99th of 100, CPU ms': times[Math.floor(count * 0.99)]!,
    'longest, CPU ms': times.at(-1)!,
  }
}
