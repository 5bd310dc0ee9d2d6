import type { TelemetryEvent } from '@cordon/telemetry'
import { describe, expect, it } from 'vitest'
import { createDetector, loadPack, withCustomRules } from '../src/index.ts'
import { auditEvents } from './audit-file.ts'
import { caseEvent } from '../src/case-event.ts'

const rules = loadPack()

// A small generator with a fixed seed, so that a failure can be repeated.
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const poison: unknown[] = [
  null,
  undefined,
  0,
  -1,
  Number.NaN,
  '',
  'skipped-too-big-size-object',
  '\u0000\ud800',
  '%E0%A4%A',
  'a'.repeat(20_000),
  '../../../../etc',
  '${jndi:ldap://x}',
  [],
  [null],
  {},
  { __proto__: null, constructor: 1, toString: 'x' },
  true,
]

/** Replaces some members at random depth. */
function mutate(value: unknown, next: () => number, depth = 0): unknown {
  if (next() < 0.04) return poison[Math.floor(next() * poison.length)]
  if (depth > 8 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((element) => mutate(element, next, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mutate(member, next, depth + 1)]))
}

describe('hostile input', () => {
  it('10,000 mutated audit events break nothing', () => {
    const next = random(7)
    const detector = createDetector({ rules })
    const sources = [
      'chain-web-pod-to-cluster-admin',
      'exposed-services',
      'csr-approval',
      'static-mirror-pod',
      'mutating-webhook',
      'attach-to-pod',
    ].flatMap((name) => auditEvents(name))
    for (let i = 0; i < 10_000; i++) {
      const event = sources[i % sources.length]!
      if (event.type !== 'audit') continue
      const raw = mutate(event.raw, next)
      const mutated = {
        ...event,
        auditId: `${event.auditId}-${i}`,
        raw: typeof raw === 'object' && raw !== null ? raw : {},
      }
      for (const match of detector.process(mutated as TelemetryEvent))
        expect(match.evidence.every((one) => one.key.length <= 2048)).toBe(true)
    }
    expect(detector.stats()).toMatchObject({ failures: 0, lastFailure: undefined })
    expect(detector.stats().acts).toBeGreaterThan(5000)
  })

  it('odd command lines break nothing', () => {
    const next = random(11)
    const detector = createDetector({ rules })
    const pieces = [
      'curl',
      ' -o ',
      '$(',
      '`',
      '"',
      "'",
      '|sh',
      '\\x41',
      'http://',
      '169.254.169.254',
      '/etc/shadow',
      '\u0000',
      '\ud800',
      '💥',
      'a'.repeat(5000),
      ' -c ',
      ';',
      '[::1',
      '%zz',
      '=',
      'base64 -d',
    ]
    for (let i = 0; i < 3000; i++) {
      const line = Array.from(
        { length: Math.floor(next() * 12) },
        () => pieces[Math.floor(next() * pieces.length)],
      ).join('')
      detector.process(
        caseEvent(
          {
            type: 'process',
            process: { exe: next() < 0.5 ? '/bin/sh' : line, commandLine: line, name: '' },
            parent: { exe: line, commandLine: line },
          },
          i,
        ),
      )
    }
    expect(detector.stats()).toMatchObject({ failures: 0, lastFailure: undefined })
  })

  it('events that are no events at all are left alone', () => {
    const detector = createDetector({ rules })
    for (const event of [
      {},
      { type: 'audit', raw: {}, stage: 'ResponseComplete' },
      { type: 'audit', raw: { stage: 7 } },
      { type: 'unknown' },
    ])
      expect(detector.process(event as unknown as TelemetryEvent)).toEqual([])
  })

  it('a body that was too big is not guessed at', () => {
    const [event] = auditEvents('privileged-pod').filter(
      (one) =>
        one.type === 'audit' &&
        one.raw['verb'] === 'create' &&
        JSON.stringify(one.raw).includes('img-resize') &&
        'requestObject' in one.raw,
    )
    expect(event?.type).toBe('audit')
    if (event?.type !== 'audit') return
    const big = {
      ...event,
      raw: {
        ...event.raw,
        requestObject: 'skipped-too-big-size-object',
        responseObject: 'skipped-too-big-size-object',
      },
    }
    expect(createDetector({ rules }).process(big)).toEqual([])
  })

  it('restores only what is a snapshot', () => {
    for (const state of [
      null,
      7,
      'x',
      [],
      { version: 9 },
      { version: 1 },
      { version: 2, kind: 'requests', state: { requests: { a: 1 }, egress: 7 } },
      { version: 2, kind: 'seen', state: [[1]] },
      { version: 2, kind: 'windows', state: { version: 1, groups: [['a', 1]] } },
      { version: 2, kind: 'processes', state: { texts: [7], places: [7, ['a'], ['b', [7, ['x'], [1, 2, 9, 9]], 7]] } },
    ]) {
      const detector = createDetector({ rules, state: [state] })
      expect(auditEvents('privileged-pod').flatMap((event) => detector.process(event)).length).toBeGreaterThan(0)
      expect(detector.stats()).toMatchObject({ failures: 0, lastFailure: undefined })
    }
  })

  it('a bad rule of a user is named and takes nothing else with it', () => {
    const text =
      'title: Mine\nname: mine\nlevel: high\nlogsource: { product: linux, category: process_creation }\ndetection: { sel: { Image|endswith: /evil }, condition: sel }\n---\ntitle: Broken\nlogsource: { product: linux, category: process_creation }\ndetection: { sel: { Image|endswth: x }, condition: sel }\n---\ntitle: Odd block\nlogsource: { product: linux, category: process_creation }\ndetection: { sel: { Image: x }, condition: sel }\ncordon: { severity: enormous }\n'
    const pack = withCustomRules(rules, text, { file: 'mine.yml' })
    expect(pack.problems.map(({ file, line, rule }) => `${file}:${line} ${rule}`)).toEqual([
      'mine.yml:9 Broken',
      'mine.yml:11 Odd block',
    ])
    const detector = createDetector({ rules: pack })
    const matches = detector.process(caseEvent({ type: 'process', process: { exe: '/usr/bin/evil' } }, 1))
    expect(matches).toMatchObject([{ ruleId: 'mine', title: 'Mine', severity: 'high', tier: 'workload-runtime' }])
    expect(rules.rules).toHaveLength(pack.rules.length - 1)
  })
})
