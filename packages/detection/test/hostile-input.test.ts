import { normaliseAudit, normaliseProcessEvents } from '@cordon/telemetry'
import { expect, it } from 'vitest'
import { hostilePatterns, hostileRules, mutate, random } from '../bench/hostile-input.ts'
import { processes, processLines } from '../bench/load.ts'
import { createDetector, loadPack, withCustomRules } from '../src/index.ts'
import { auditEvents } from './audit-file.ts'

const base = { cluster: 'c', receivedAt: Date.UTC(2026, 6, 1) }
const scenarios = ['chain-web-pod-to-cluster-admin', 'exposed-services', 'csr-approval', 'mutating-webhook']

it('10,000 mutated events and catastrophic patterns: every event is taken or set aside with its reason', () => {
  const pack = withCustomRules(loadPack(), hostileRules(), { file: 'hostile.yml' })
  const detector = createDetector({ rules: pack })
  // Twice each: on command lines and on user agents.
  expect(detector.problems.filter(({ file }) => file === 'hostile.yml')).toHaveLength(
    2 * hostilePatterns.refused.length,
  )

  const next = random(5)
  const audit = scenarios
    .flatMap((name) => auditEvents(name))
    .flatMap((event) => (event.type === 'audit' ? event.raw : []))
  const own = processLines(processes(200, 20)).map((line) => JSON.parse(line) as unknown)
  const counts = { taken: 0, setAside: 0 }
  for (let i = 0; i < 10_000; i++) {
    const isAudit = i % 2 === 0
    const item = mutate(isAudit ? audit[i % audit.length] : own[i % own.length], next)
    // As a body within an array, so that an item that became an array is still one item.
    const { events, rejected } = isAudit
      ? normaliseAudit([item], { ...base })
      : normaliseProcessEvents([item], { ...base })
    expect(events.length + rejected.length, JSON.stringify(item)?.slice(0, 300)).toBe(1)
    for (const { reason, excerpt } of rejected) {
      expect(reason).not.toBe('')
      expect(excerpt.length).toBeLessThanOrEqual(600)
    }
    for (const event of events) detector.process(event)
    counts.taken += events.length
    counts.setAside += rejected.length
  }
  expect(counts.taken + counts.setAside).toBe(10_000)
  expect(counts.taken).toBeGreaterThan(4000)
  expect(counts.setAside).toBeGreaterThan(500)
  expect(detector.stats()).toMatchObject({ events: counts.taken, failures: 0, lastFailure: undefined })
}, 300_000)
