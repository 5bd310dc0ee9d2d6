import type { Preflight } from '@cordon/response'
import { type CanvasGraph, groupSimilar } from '@cordon/ui'
import { expect, it } from 'vitest'
import { whatIfOf } from '../../signs/impact.ts'
import { drawImpact } from './draw-impact.ts'

const pod = 'pod:c/shop/web-1'
const flow = { protocol: 'tcp', process: 'curl', count: 2, answered: false, lastSeen: '' }
const preflight = {
  type: 'isolate-pod',
  target: { key: pod, kind: 'pod', cluster: 'c', namespace: 'shop', name: 'web-1', uid: 'u' },
  impact: {
    services: [{ key: 'service:c/shop/web', name: 'shop/web', effect: 'loses-last-endpoint', otherEndpoints: 0 }],
    budgets: [],
    replacement: null,
    flows: [
      { ...flow, direction: 'egress', peer: '203.0.113.9', peerKey: 'ip:203.0.113.9', port: 443, effect: 'stops' },
      { ...flow, direction: 'egress', peer: '203.0.113.9', peerKey: 'ip:203.0.113.9', port: 8443, effect: 'stops' },
      {
        ...flow,
        direction: 'egress',
        peer: '203.0.113.53',
        peerKey: 'ip:203.0.113.53',
        port: 53,
        effect: 'stays-open',
      },
    ],
    staysOpen: [{ text: 'ingress from its own node n1', key: 'node:c/n1' }],
  },
} as unknown as Preflight // what the drawing doesn't read is left out

const look = { glyph: 'pod', role: 'context', severity: null, seal: 'none' } as const
const node = (id: string) => ({ id, label: id, kind: id.slice(0, id.indexOf(':')), look, tags: [] })
const shell = `process:c/${encodeURIComponent(pod)}/1`
const graph: CanvasGraph = {
  nodes: [pod, 'node:c/n1', shell, 'ip:203.0.113.9', 'ip:203.0.113.8', 'ip:203.0.113.7'].map(node),
  edges: [
    { from: pod, to: 'node:c/n1', labels: ['Runs on'], tags: [] },
    ...['9', '8', '7'].map((n) => ({ from: shell, to: `ip:203.0.113.${n}`, labels: ['Connects to'], tags: ['a'] })),
  ],
}

it('marks what stops, what stays open and who loses its last endpoint, and folds none of it away', () => {
  const whatIf = whatIfOf(preflight)
  const drawn = groupSimilar(drawImpact(graph, whatIf!), 2) // the preflight has an impact
  expect(drawn.edges.map(({ from, to, effect }) => [from, to, effect])).toEqual([
    [pod, 'node:c/n1', 'stays-open'],
    [shell, 'ip:203.0.113.9', 'stops'],
    [shell, 'group:ip:203.0.113.8', undefined],
    ['service:c/shop/web', pod, 'stops'],
    [pod, 'ip:203.0.113.53', 'stays-open'],
    [pod, 'ip:203.0.113.9', 'stops'],
  ])
  expect(drawn.nodes.find((n) => n.id === 'service:c/shop/web')).toMatchObject({
    note: 'no endpoint left',
    look: { plan: 'lost' },
  })
  expect(drawn.nodes.find((n) => n.id === pod)?.look.plan).toBe('target')
})
