import { describe, expect, it } from 'vitest'
import { type CanvasGraph, drawnAs, groupSimilar, withoutKinds } from './graph-model.ts'
import type { NodeLook } from './node-svg.ts'

const look = (over: Partial<NodeLook> = {}): NodeLook => ({
  glyph: 'process',
  role: 'suspicious',
  severity: 'low',
  seal: 'none',
  ...over,
})
const graph: CanvasGraph = {
  nodes: [
    { id: 'pod', label: 'pod', kind: 'pod', look: look({ glyph: 'pod' }), tags: ['a1'] },
    { id: 'p1', label: 'curl', kind: 'process', look: look(), tags: ['a1'] },
    { id: 'p2', label: 'nmap', kind: 'process', look: look({ severity: 'high' }), tags: ['a2'] },
    { id: 'p3', label: 'id', kind: 'process', look: look(), tags: [] },
    { id: 'p4', label: 'sh', kind: 'process', look: look(), tags: [] },
    { id: 'ip', label: '10.0.0.1', kind: 'ip', look: look({ glyph: 'ip' }), tags: [] },
  ],
  edges: [
    ...['p1', 'p2', 'p3'].map((to) => ({ from: 'pod', to, labels: ['Runs'], tags: ['a1'] })),
    { from: 'pod', to: 'p4', labels: ['Runs'], tags: [] },
    { from: 'p4', to: 'ip', labels: ['Connects to'], tags: [] },
  ],
}

describe('groupSimilar', () => {
  it('folds nodes with the same neighbours and keeps those that reach elsewhere', () => {
    const grouped = groupSimilar(graph)
    expect(grouped.nodes.map((n) => n.id)).toEqual(['pod', 'group:p1', 'p4', 'ip'])
    const group = grouped.nodes[1]
    expect(group).toMatchObject({ label: '3 × process', members: ['p1', 'p2', 'p3'], tags: ['a1', 'a2'] })
    expect(group?.look).toMatchObject({ severity: 'high', count: 3 })
    expect(grouped.edges).toHaveLength(3)
    expect(drawnAs(grouped, 'p2')).toBe('group:p1')
    expect(drawnAs(grouped, 'ip')).toBe('ip')
  })

  it('never folds away a contained entity', () => {
    const sealed = {
      ...graph,
      nodes: graph.nodes.map((n) => (n.id === 'p2' ? { ...n, look: look({ seal: 'broken' }) } : n)),
    }
    expect(groupSimilar(sealed).nodes.map((n) => n.id)).toEqual(['pod', 'p1', 'p2', 'p3', 'p4', 'ip'])
  })
})

describe('withoutKinds', () => {
  it('drops edges that lost an end', () => {
    const less = withoutKinds(graph, new Set(['ip']))
    expect(less.nodes).toHaveLength(5)
    expect(less.edges.some((e) => e.to === 'ip')).toBe(false)
  })
})
