import { describe, expect, it } from 'vitest'
import { createDetector, loadPack } from '../src/index.ts'
import type { RuleMatch } from '../src/index.ts'
import { auditEvents, scenarios } from './audit-file.ts'

const rules = loadPack()

function detect(scenario: string): { matches: RuleMatch[]; events: number } {
  const detector = createDetector({ rules })
  const events = auditEvents(scenario)
  const matches = events.flatMap((event) => detector.process(event))
  expect(detector.stats().failures).toBe(0)
  return { matches, events: events.length }
}

/** Not visible in the data: at level Metadata nothing tells that the pod is privileged, and nothing is guessed. */
const invisible = new Set(['privileged pod with the host root, but the body is not in the log'])

const visible = (match: RuleMatch) => match.severity === 'high' || match.severity === 'medium'

describe('recorded audit scenarios', () => {
  let total = 0
  let noise = 0

  for (const { scenario, labels, contextAuditIDs } of scenarios())
    it(scenario, () => {
      const { matches, events } = detect(scenario)
      const found = new Map<string, RuleMatch[]>()
      for (const match of matches)
        for (const { auditId } of match.events) if (auditId) found.set(auditId, [...(found.get(auditId) ?? []), match])
      for (const label of labels ?? []) {
        if (label.truth === 'malicious') {
          const missed = label.auditIDs.filter((id) => !found.has(id))
          expect(missed, label.what).toEqual(invisible.has(label.what) ? label.auditIDs : [])
        } else {
          const loud = label.auditIDs.flatMap((id) => found.get(id) ?? []).filter(visible)
          expect(
            loud.map((match) => match.title),
            label.what,
          ).toEqual([])
        }
      }
      const known = new Set([...(labels ?? []).flatMap((label) => label.auditIDs), ...(contextAuditIDs ?? [])])
      total += events
      noise += matches.filter(
        (match) => visible(match) && match.events.every(({ auditId }) => !known.has(auditId ?? '')),
      ).length
    })

  it('raises at most one visible alert on 10,000 benign events', () => {
    expect(total).toBeGreaterThan(17_000)
    expect(noise).toBeLessThanOrEqual(Math.floor(total / 10_000))
  })
})

describe('facts every audit rule respects', () => {
  it('dry runs, refused creations, evictions and namespace clean-up are not the act', () => {
    for (const scenario of ['dry-run-and-denied-look-alikes', 'eviction', 'benign-namespace-deletion'])
      expect(detect(scenario).matches.map((match) => match.title)).toEqual([])
  })

  it('one exec of several stages is one match', () => {
    const { matches } = detect('exec-by-user-websocket')
    expect(matches.filter((match) => match.ruleId === 'suspicious-exec-command')).toHaveLength(1)
  })

  it('an exec refused over WebSocket and over SPDY is one alert', () => {
    const denied = detect('attach-to-pod').matches.filter((match) => match.ruleId === 'denied-pod-entry')
    expect(denied).toHaveLength(2)
    expect(new Set(denied.map((match) => match.dedupeKey)).size).toBe(1)
  })

  it('sixteen refusals are one alert that names all of them', () => {
    const burst = detect('forbidden-burst').matches.filter((match) => match.ruleId === 'denied-burst')
    expect(new Set(burst.map((match) => match.dedupeKey)).size).toBe(1)
    expect(new Set(burst.flatMap((match) => match.events.map((event) => event.id))).size).toBe(16)
  })

  it('names user, pod, container, image and their relations', () => {
    const [match] = detect('privileged-pod').matches
    const kinds = match!.evidence.map((one) => one.kind)
    expect(kinds).toEqual(
      expect.arrayContaining(['cluster', 'user', 'ip', 'namespace', 'pod', 'container', 'image', 'registry']),
    )
    expect(match!.evidence.find((one) => one.kind === 'pod')).toMatchObject({
      name: 'img-resize',
      role: 'created',
      uid: 'eb892b4a-1115-40cb-bd7a-612ad314c7cc',
    })
    const keys = new Set(match!.evidence.map((one) => one.key))
    for (const { from, to } of match!.relations) expect(keys.has(from) && keys.has(to)).toBe(true)
    expect(match!.relations.map((one) => one.label)).toEqual(
      expect.arrayContaining(['created', 'runs', 'uses', 'from', 'contains', 'source of']),
    )
  })

  it('goes on from a snapshot in the middle of a window', () => {
    const events = auditEvents('mass-deletion')
    const whole = createDetector({ rules })
    const expected = events.flatMap((event) => whole.process(event))
    const first = createDetector({ rules })
    const before = events.slice(0, 33).flatMap((event) => first.process(event))
    const second = createDetector({ rules, state: JSON.parse(JSON.stringify([...first.snapshot()])) })
    const after = events.slice(33).flatMap((event) => second.process(event))
    expect([...before, ...after]).toEqual(expected)
    expect(expected.length).toBeGreaterThan(0)
  })
})
