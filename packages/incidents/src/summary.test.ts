import { describe, expect, it } from 'vitest'
import { type SummarisedAlert, summariseIncident } from './summary.ts'

const alert = (more: Partial<SummarisedAlert> = {}): SummarisedAlert => ({
  ruleId: 'shell',
  title: 'Possible Web Shell activity detected',
  severity: 'medium',
  status: 'new',
  tier: 'workload-runtime',
  tactics: ['execution'],
  techniques: ['T1059'],
  cluster: 'aks-prod',
  namespace: 'shop',
  evidence: [
    { key: 'pod:aks-prod/shop/web-1', kind: 'pod', name: 'web-1', role: 'attacked', facts: {} },
    { key: 'node:aks-prod/n1', kind: 'node', name: 'n1', role: 'contextual', facts: {} },
  ],
  firstActivity: '2026-01-01T00:00:00.000Z',
  lastActivity: '2026-01-01T00:05:00.000Z',
  ...more,
})

describe('summing up an incident', () => {
  it.each([
    ['one alert', [alert()], 'Possible Web Shell activity detected: pod shop/web-1 on aks-prod'],
    [
      'mining',
      [alert(), alert({ title: 'Miner', techniques: ['T1496'] })],
      'Crypto mining in pod shop/web-1 on aks-prod',
    ],
    [
      'several stages',
      [alert(), alert({ title: 'Token', tactics: ['credential-access'] })],
      'Multi-stage attack: execution, credential access on pod shop/web-1 on aks-prod',
    ],
    [
      'what a web shell was used for',
      [
        alert({ tactics: ['execution', 'persistence'], techniques: ['T1505.003'] }),
        alert({ title: 'Token', tactics: ['credential-access'] }),
        alert({ title: 'Scan', tactics: ['discovery'] }),
      ],
      'Web shell used for credential access, discovery in pod shop/web-1 on aks-prod',
    ],
    [
      'the pod of the gravest alert first',
      [
        alert({ severity: 'informational', evidence: [{ ...alert().evidence[0]!, key: 'pod:aks-prod/shop/a' }] }),
        alert(),
      ],
      'Possible Web Shell activity detected: pod shop/web-1 and 1 more on aks-prod',
    ],
    [
      'no pod',
      [
        alert({
          title: 'Binding',
          evidence: [{ key: 'user:aks-prod/bob', kind: 'user', name: 'bob', role: 'attacker', facts: {} }],
        }),
      ],
      'Binding: user bob on aks-prod',
    ],
  ] as const)('names %s', (_, alerts, name) => {
    expect(summariseIncident([...alerts] as [SummarisedAlert]).name).toBe(name)
  })

  it('takes the highest severity unless a person chose one, counts, and orders tactics as an attack goes', () => {
    const alerts: [SummarisedAlert, SummarisedAlert] = [
      alert({ tactics: ['impact'], status: 'resolved', lastActivity: '2026-01-02T00:00:00.000Z' }),
      alert({ severity: 'high' }),
    ]
    expect(summariseIncident(alerts)).toMatchObject({
      severity: 'high',
      categories: ['execution', 'impact'],
      activeAlerts: 1,
      totalAlerts: 2,
      lastActivity: '2026-01-02T00:00:00.000Z',
      impactedAssets: [{ key: 'pod:aks-prod/shop/web-1', name: 'shop/web-1' }],
    })
    expect(summariseIncident(alerts, 'low').severity).toBe('low')
  })

  it('scores as the sum of its factors, never above 100', () => {
    const many = Array.from({ length: 12 }, (_, i) =>
      alert({
        ruleId: `r${i}`,
        severity: 'high',
        tactics: [['execution', 'impact', 'discovery', 'persistence', 'collection'][i % 5] as string],
        techniques: ['T1611', 'T1496', 'T1552', 'T1528'],
        namespace: 'kube-system',
      }),
    ) as [SummarisedAlert]
    const one = summariseIncident([alert()])
    expect(one.priorityScore).toBe(one.priorityFactors.reduce((sum, factor) => sum + factor.points, 0))
    expect(summariseIncident(many).priorityScore).toBe(100)
  })
})
