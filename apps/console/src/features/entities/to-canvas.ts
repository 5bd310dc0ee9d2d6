import type { EntityGraph, EvidenceRole, GraphNode } from '@cordon/entities'
import { type CanvasGraph, type NodeLook, type NodeRole, isGlyph } from '@cordon/ui'
import { containmentLook } from '../../signs/containment.ts'

const parts: Record<EvidenceRole, NodeRole> = {
  attacker: 'attacker',
  'command-and-control': 'attacker',
  compromised: 'compromised',
  attacked: 'attacked',
  destination: 'attacked',
  suspicious: 'suspicious',
  created: 'suspicious',
  edited: 'suspicious',
  loaded: 'suspicious',
  source: 'suspicious',
  contextual: 'context',
}
const weight: NodeRole[] = ['attacker', 'compromised', 'attacked', 'suspicious', 'context']

/** The weightiest part an entity plays. */
export function partOf(roles: readonly EvidenceRole[]): NodeRole {
  return weight.find((part) => roles.some((role) => parts[role] === part)) ?? 'context'
}

/** How a node is drawn: glyph by kind, fill by part, border by severity, seal by containment. */
export function lookOf(node: GraphNode): NodeLook {
  const { seal, kind } = containmentLook(node.containment)
  return {
    glyph: isGlyph(node.kind) ? node.kind : 'pod',
    role: partOf(node.roles),
    severity: node.severity,
    // What no longer exists is under nothing, whatever the record says of its end.
    seal: node.exists === false && seal !== 'working' ? 'gone' : seal,
    sealKind: kind,
  }
}

export function toCanvas(graph: EntityGraph): CanvasGraph {
  return {
    nodes: graph.nodes.map((node) => ({
      id: node.key,
      label: node.label,
      kind: node.kind,
      look: lookOf(node),
      tags: node.alertIds,
    })),
    edges: graph.edges.map((edge) => ({ from: edge.from, to: edge.to, labels: edge.labels, tags: edge.alertIds })),
  }
}
