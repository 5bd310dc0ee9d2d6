import { describe, expect, it } from 'vitest'
import type { TuningCondition } from './tuning-rule.ts'
import { strongest, suggestConditions, type TunedAlert, tunes, tuningProblem } from './tuning.ts'

const alert: TunedAlert = {
  ruleId: 'privileged-container',
  title: 'Privileged container detected',
  severity: 'medium',
  tactics: ['privilege-escalation'],
  techniques: ['T1611'],
  cluster: 'aks-prod',
  namespace: 'shop',
  time: Date.parse('2026-05-01T12:00:00Z'),
  evidence: [
    { key: 'pod:aks-prod/shop/web-1', kind: 'pod', name: 'web-1', role: 'attacked', facts: {} },
    { key: 'user:aks-prod/ci-bot', kind: 'user', name: 'ci-bot', role: 'suspicious', facts: {} },
    { key: 'process:aks-prod/c1/p', kind: 'process', name: 'sh', role: 'suspicious', facts: { path: '/bin/sh' } },
  ],
  events: [{ table: 'CloudProcessEvents', id: '1', time: '2026-05-01T12:00:00Z', summary: 'sh -c [id] (x' }],
}
const none = { clusters: [], namespaces: [], ruleIds: [] }
const rule = (match: 'all' | 'any', ...items: TuningCondition[]) => ({
  kind: 'tuning' as const,
  scope: none,
  conditions: { match: 'all' as const, groups: [{ match, items }] },
  startsAt: null,
  expiresAt: null,
  schedule: null,
})
const every = (from: string, until: string) => ({ days: [5], from, until, timeZone: 'UTC' })
const maintenance = {
  ...rule('all'),
  kind: 'maintenance' as const,
  conditions: { match: 'all' as const, groups: [] },
}
const is = (field: TuningCondition['field'], ...values: string[]): TuningCondition => ({
  field,
  operator: 'equals',
  values,
})
const like = (field: TuningCondition['field'], ...values: string[]): TuningCondition => ({
  field,
  operator: 'wildcard',
  values,
})

describe('tunes', () => {
  it.each([
    [rule('all', is('pod', 'WEB-1'), is('user', 'ci-bot')), true],
    [rule('all', is('pod', 'shop/web-1')), true],
    [rule('all', is('pod', 'web-1'), is('user', 'alice')), false],
    [rule('any', is('pod', 'web-9'), is('user', 'ci-bot')), true],
    [rule('all', { field: 'user', operator: 'not-equals', values: ['ci-bot'] }), false],
    [rule('all', { field: 'user', operator: 'not-equals', values: ['alice'] }), true],
    // Nothing is known of a node, so nothing can be said to differ from it.
    [rule('all', { field: 'node', operator: 'not-equals', values: ['n1'] }), false],
    [rule('all', like('pod', 'web-*')), true],
    [rule('all', like('pod', 'web')), false],
    [rule('all', like('commandLine', '*[id] (?')), true],
    [rule('all', like('process', '/bin/*')), true],
    [rule('all', { field: 'commandLine', operator: 'contains', values: ['SH -C'] }), true],
    [{ ...rule('all', is('pod', 'web-1')), scope: { ...none, clusters: ['eks-dev'] } }, false],
    [{ ...rule('all', is('pod', 'web-1')), scope: { ...none, namespaces: ['shop'] } }, true],
    [{ ...rule('all', is('pod', 'web-1')), expiresAt: '2026-05-01T12:00:00.000Z' }, false],
    [{ ...rule('all', is('pod', 'web-1')), startsAt: '2026-05-01T12:00:00.001Z' }, false],
    [{ ...rule('all'), conditions: { match: 'all' as const, groups: [] } }, false],
    [maintenance, true],
    [{ ...maintenance, schedule: every('11:00', '13:00') }, true],
    [{ ...maintenance, schedule: every('13:00', '14:00') }, false],
    [{ ...maintenance, schedule: every('11:00', '13:00'), expiresAt: '2026-05-01T12:00:00.000Z' }, false],
  ])('%j: %s', (one, expected) => expect(tunes(one, alert)).toBe(expected))

  it('is not stalled by a pattern made to stall', () => {
    const long = { ...alert, title: 'a'.repeat(20_000) }
    expect(tunes(rule('all', like('title', `${'*a'.repeat(400)}b`)), long)).toBe(false)
  })

  it('begins with conditions that cover the alert they come from', () => {
    const items = suggestConditions(alert)
    expect(items.map(({ field }) => field)).toEqual(['ruleId', 'cluster', 'namespace', 'user', 'process'])
    expect(tunes(rule('all', ...items), alert)).toBe(true)
  })
})

describe('tuningProblem', () => {
  const base = { ...rule('all', is('pod', 'x')), action: 'hide' as const, severity: null }
  it.each([
    [base, false],
    [{ ...base, conditions: { match: 'all' as const, groups: [] } }, true],
    [{ ...base, ...rule('all', like('pod', '*?*')) }, true],
    [{ ...base, ...rule('all', { field: 'pod', operator: 'not-equals', values: ['x'] }) }, true],
    [{ ...base, action: 'lower' as const }, true],
    [{ ...base, kind: 'maintenance' as const }, true],
    [
      {
        ...base,
        kind: 'maintenance' as const,
        scope: { ...none, clusters: ['c'] },
        startsAt: '2026-01-01T00:00:00Z',
        expiresAt: '2026-01-01T02:00:00Z',
      },
      false,
    ],
    [{ ...base, ...maintenance, scope: { ...none, clusters: ['c'] }, schedule: every('11:00', '13:00') }, false],
    [{ ...base, ...maintenance, schedule: every('11:00', '13:00') }, true],
    [
      {
        ...base,
        ...maintenance,
        scope: { ...none, clusters: ['c'] },
        schedule: { ...every('11:00', '13:00'), timeZone: 'Mars/Olympus' },
      },
      true,
    ],
    [{ ...base, schedule: every('11:00', '13:00') }, true],
  ])('%#', (one, isRefused) => expect(tuningProblem(one) !== undefined).toBe(isRefused))
})

it('lets the strongest action decide, then the oldest rule', () => {
  const at = (action: 'hide' | 'resolve' | 'lower', createdAt: string) => ({ action, createdAt })
  expect(strongest([at('lower', '1'), at('hide', '3'), at('hide', '2')])).toEqual(at('hide', '2'))
})
