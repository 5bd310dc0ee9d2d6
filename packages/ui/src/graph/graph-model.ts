import type { NodeLook } from './node-svg.ts'

/** What the canvas draws; `id` is the caller's key, `tags` are names the canvas can highlight by (alert ids). */
export interface CanvasNode {
  id: string
  label: string
  kind: string
  look: NodeLook
  tags: readonly string[]
  /** A second line under the label, always shown in full. */
  note?: string
  /** Members, when this stands for several. */
  members?: readonly string[]
}

export interface CanvasEdge {
  from: string
  to: string
  labels: readonly string[]
  tags: readonly string[]
  /** What a planned change does to this tie; absent = it isn't part of the plan. */
  effect?: 'stops' | 'stays-open' | 'starts' | 'unchanged'
}

export interface CanvasGraph {
  nodes: readonly CanvasNode[]
  edges: readonly CanvasEdge[]
}

/** Leaves out nodes of hidden kinds and edges that lost an end. */
export function withoutKinds(graph: CanvasGraph, hidden: ReadonlySet<string>): CanvasGraph {
  const nodes = graph.nodes.filter((node) => !hidden.has(node.kind))
  const kept = new Set(nodes.map((node) => node.id))
  return { nodes, edges: graph.edges.filter((edge) => kept.has(edge.from) && kept.has(edge.to)) }
}

/**
 * Folds nodes of one kind that play the same part, have the same neighbours by the same relations, and aren't
 * contained, into one node with a count, when there are at least `atLeast` of them. What is under containment is
 * never folded away: its state must be seen. The same holds for what a planned change touches.
 */
export function groupSimilar(graph: CanvasGraph, atLeast = 3): CanvasGraph {
  const links = new Map<string, string[]>()
  for (const edge of graph.edges) {
    const labels = edge.labels.join('+')
    links.set(edge.from, [...(links.get(edge.from) ?? []), `>${labels}>${edge.to}`])
    links.set(edge.to, [...(links.get(edge.to) ?? []), `<${labels}<${edge.from}`])
  }
  const groups = Map.groupBy(
    graph.nodes.filter((node) => node.look.seal === 'none' && !node.look.plan),
    (node) => JSON.stringify([node.kind, node.look.role, [...(links.get(node.id) ?? [])].sort()]),
  )
  const groupOf = new Map<string, CanvasNode>()
  for (const members of groups.values()) {
    const [first] = members
    if (!first || members.length < atLeast || !links.has(first.id)) continue
    const group: CanvasNode = {
      ...first,
      id: `group:${first.id}`,
      label: `${members.length} × ${first.kind}`,
      look: { ...first.look, severity: worst(members), count: members.length },
      tags: [...new Set(members.flatMap((m) => m.tags))],
      members: members.map((m) => m.id),
    }
    for (const member of members) groupOf.set(member.id, group)
  }
  const nodes = [...new Set(graph.nodes.map((node) => groupOf.get(node.id) ?? node))]
  const edges = new Map<string, CanvasEdge>()
  for (const edge of graph.edges) {
    const from = groupOf.get(edge.from)?.id ?? edge.from
    const to = groupOf.get(edge.to)?.id ?? edge.to
    const id = `${from}→${to}`
    const known = edges.get(id)
    edges.set(id, {
      from,
      to,
      labels: [...new Set([...(known?.labels ?? []), ...edge.labels])],
      tags: [...new Set([...(known?.tags ?? []), ...edge.tags])],
      ...((known?.effect ?? edge.effect) ? { effect: known?.effect ?? edge.effect } : {}),
    })
  }
  return { nodes, edges: [...edges.values()] }
}

const order = ['high', 'medium', 'low', 'informational'] as const

function worst(members: readonly CanvasNode[]): NodeLook['severity'] {
  return order.find((severity) => members.some((m) => m.look.severity === severity)) ?? null
}

/** The drawn node that stands for an entity: itself or the group it is folded into. */
export function drawnAs(graph: CanvasGraph, id: string): string | undefined {
  return graph.nodes.find((node) => node.id === id || node.members?.includes(id))?.id
}
