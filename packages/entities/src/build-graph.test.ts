import { describe, expect, it } from 'vitest'
import { buildGraph, type GraphAlert } from './build-graph.ts'
import type { Evidence } from './evidence.ts'
import { EntityGraph } from './graph.ts'

const pod = 'pod:c/shop/web-1'
const container = 'container:c/shop/web-1/app'
const process = 'process:c/x/1'
const evidence = (key: string, role: Evidence['role'] = 'attacked', facts = {}): Evidence => ({
  key,
  kind: key.split(':')[0] as Evidence['kind'],
  name: key.split('/').at(-1) as string,
  role,
  facts,
})
const alert = (more: Partial<GraphAlert> = {}): GraphAlert => ({
  id: 'a1',
  severity: 'medium',
  firstActivity: '2026-01-01T00:00:00.000Z',
  evidence: [evidence(pod), evidence(container, 'contextual'), evidence(process, 'suspicious')],
  relations: [{ from: container, to: process, label: 'Is running' }],
  ...more,
})
const build = (alerts: GraphAlert[], more: Partial<Parameters<typeof buildGraph>[0]> = {}) =>
  buildGraph({ alerts, inventory: [], containment: new Map(), existence: new Map(), ...more })

describe('the graph of an incident', () => {
  it('is one connected piece, each node once, with what the alerts say of it', () => {
    const second = alert({
      id: 'a2',
      severity: 'high',
      evidence: [evidence(pod, 'compromised', { ip: '10.0.0.1' })],
      relations: [],
    })
    const graph = build([alert(), second], {
      containment: new Map([[pod, 'isolated']]),
      existence: new Map([[pod, false]]),
    })
    expect(EntityGraph.parse(graph)).toEqual(graph)
    expect(graph.nodes.map((node) => node.key).toSorted()).toEqual(
      [pod, container, process, 'namespace:c/shop', 'cluster:c'].toSorted(),
    )
    expect(graph.nodes.find((node) => node.key === pod)).toMatchObject({
      roles: ['attacked', 'compromised'],
      alertIds: ['a1', 'a2'],
      severity: 'high',
      containment: 'isolated',
      exists: false,
      facts: { ip: '10.0.0.1' },
    })
    const reached = new Set(['cluster:c'])
    for (let i = 0; i < 5; i += 1) for (const { from, to } of graph.edges) if (reached.has(from)) reached.add(to)
    expect(reached.size).toBe(graph.nodes.length)
    expect(graph.edges).toContainEqual({ from: container, to: process, labels: ['Is running'], alertIds: ['a1'] })
  })

  it('adds context around evidence only, without alerts', () => {
    const graph = build([alert()], {
      inventory: [
        { from: 'service:c/shop/web', to: pod, label: 'Routes traffic to' },
        { from: 'service:c/shop/db', to: 'pod:c/shop/db', label: 'Routes traffic to' },
      ],
    })
    expect(graph.nodes.find((node) => node.key === 'service:c/shop/web')).toMatchObject({ alertIds: [], roles: [] })
    expect(graph.nodes.some((node) => node.key === 'pod:c/shop/db')).toBe(false)
  })

  it('cuts the least telling nodes and keeps the pods', () => {
    const many = Array.from({ length: 400 }, (_, i) => evidence(`process:c/x/${i}`, 'suspicious'))
    const graph = build([alert({ evidence: [...many, evidence(pod)] })], { limit: 50 })
    expect(graph.truncated).toBe(true)
    expect(graph.nodes).toHaveLength(50)
    expect(graph.nodes[0]?.key).toBe(pod)
    const keys = new Set(graph.nodes.map((node) => node.key))
    expect(graph.edges.every(({ from, to }) => keys.has(from) && keys.has(to))).toBe(true)
  })
})
