import { parseEntityKey } from '@cordon/entities'
import { type CanvasEdge, type CanvasGraph, type CanvasNode, isGlyph } from '@cordon/ui'
import type { ImpactEnd, WhatIf } from '../../signs/impact.ts'
import { effectLooks, markLooks } from '../../signs/impact-looks.tsx'

/**
 * The graph as it would be: ties that stop or stay open are marked, ends the graph doesn't have yet are added next to the
 * pod. Ties between a program of the pod and the same peer share its fate.
 */
export function drawImpact(graph: CanvasGraph, whatIf: WhatIf): CanvasGraph {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  const target = nodes.get(whatIf.targetKey)
  if (!target) return graph
  const edges = new Map(graph.edges.map((edge) => [idOf(edge), edge]))
  nodes.set(target.id, { ...target, look: { ...target.look, plan: 'target' } })
  for (const end of whatIf.ends) {
    if (end.kind === 'budget') continue // no entity: it stands in the dialog and its list
    const id = end.key ?? `what-if:${end.id}`
    nodes.set(id, nodeOf(nodes.get(id), id, end))
    const [from, to] = end.side === 'in' || end.side === 'keeper' ? [id, target.id] : [target.id, id]
    const known = edges.get(idOf({ from, to })) ?? edges.get(idOf({ from: to, to: from }))
    const edge = { ...(known ?? { from, to, tags: [] }), labels: [wordOf(end)], effect: end.effect }
    edges.set(idOf(edge), edge)
    if (end.kind !== 'service' && end.effect !== 'unchanged')
      for (const other of graph.edges)
        if (touches(other, id) && runsInPod(other, id, target.id))
          edges.set(idOf(other), { ...other, effect: end.effect })
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}

function nodeOf(known: CanvasNode | undefined, id: string, end: ImpactEnd): CanvasNode {
  const kind = end.key ? (parseEntityKey(end.key)?.kind ?? 'ip') : 'ip'
  const node: CanvasNode = known ?? {
    id,
    label: end.name,
    kind,
    look: {
      glyph: end.side === 'path' && !end.key ? 'role-binding' : isGlyph(kind) ? kind : 'ip',
      role: 'context',
      severity: null,
      seal: 'none',
    },
    tags: [],
  }
  const note = end.mark && end.mark !== 'fewer' ? markLooks[end.mark].word.toLowerCase() : undefined
  return {
    ...node,
    ...(note ? { note } : {}),
    look: { ...node.look, plan: end.mark === 'lost' ? 'lost' : end.effect === 'starts' ? 'starts' : 'touched' },
  }
}

function wordOf(end: ImpactEnd): string {
  const word = effectLooks[end.effect].word
  return end.effect === 'stops' ? `✕ ${word}` : end.effect === 'stays-open' ? `○ ${word}` : end.note || word
}

function idOf({ from, to }: Pick<CanvasEdge, 'from' | 'to'>): string {
  return `${from}→${to}`
}

function touches({ from, to }: CanvasEdge, id: string): boolean {
  return from === id || to === id
}

/** Keys of containers begin with their pod's parts, those of processes carry its whole key. */
function runsInPod({ from, to }: CanvasEdge, peer: string, podKey: string): boolean {
  const other = from === peer ? to : from
  const parsed = parseEntityKey(other)
  if (parsed?.kind === 'process') return parsed.parts.includes(podKey)
  return parsed?.kind === 'container' && other.startsWith(`${podKey.replace(/^pod:/, 'container:')}/`)
}
