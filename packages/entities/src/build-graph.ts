import type { ContainmentState, EntityGraph, GraphEdge, GraphNode } from './graph.ts'
import type { Evidence, Relation } from './evidence.ts'
import { type EntityKind, EntityKind as EntityKindSchema } from './key.ts'
import { entityKey, parseEntityKey } from './kinds.ts'

/** What an alert brings to the graph. */
export interface GraphAlert {
  id: string
  severity: 'high' | 'medium' | 'low' | 'informational'
  /** ISO 8601. */
  firstActivity: string
  evidence: readonly Evidence[]
  relations: readonly Relation[]
}

export interface GraphInput {
  alerts: readonly GraphAlert[]
  /** What the inventory knows of the surroundings of the evidence. */
  inventory: readonly Relation[]
  containment: ReadonlyMap<string, ContainmentState>
  /** Does the object exist now? Absent = the inventory doesn't know. */
  existence: ReadonlyMap<string, boolean>
  /** Most nodes drawn. */
  limit?: number
}

const severities = ['high', 'medium', 'low', 'informational'] as const
const mostFacts = 12
// Kept first when a graph must be cut: what an analyst acts on, then what happened, then the frame.
const weight: Partial<Record<EntityKind, number>> = {
  pod: 9,
  node: 8,
  workload: 8,
  'service-account': 7,
  user: 7,
  ip: 6,
  domain: 6,
  service: 6,
  container: 5,
  cluster: 5,
  namespace: 5,
  image: 4,
  registry: 3,
}

interface Draft extends GraphNode {
  score: number
}

/**
 * The graph of an incident from stored facts: evidence of its alerts, how they say it hangs together, and the inventory
 * around it. Nodes that only the inventory brings carry no alert. When there are too many nodes the least telling ones
 * go and `truncated` says so; the alerts still list everything.
 */
export function buildGraph({ alerts, inventory, containment, existence, limit = 250 }: GraphInput): EntityGraph {
  const nodes = new Map<string, Draft>()
  const edges = new Map<string, GraphEdge>()
  for (const alert of alerts) {
    for (const item of alert.evidence) addEvidence(nodes, alert, item)
    for (const relation of alert.relations) addEdge(edges, relation, alert.id)
  }
  const frames = [...nodes.keys()].flatMap(framesOf)
  for (const frame of frames) {
    addEdge(edges, frame)
    frames.push(...framesOf(frame.from)) // ends at the cluster
  }
  for (const relation of inventory) if (nodes.has(relation.from) || nodes.has(relation.to)) addEdge(edges, relation)
  for (const { from, to } of edges.values()) for (const key of [from, to]) if (!nodes.has(key)) addContext(nodes, key)
  // What only the inventory brought hangs on what is drawn anyway.
  for (const frame of [...nodes.keys()].flatMap(framesOf)) if (nodes.has(frame.from)) addEdge(edges, frame)

  const ranked = [...nodes.values()].toSorted((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1))
  const kept = new Map(ranked.slice(0, limit).map((node) => [node.key, node]))
  return {
    nodes: [...kept.values()].map((node) => ({
      ...withoutScore(node),
      containment: containment.get(node.key) ?? 'none',
      exists: existence.get(node.key) ?? null,
    })),
    edges: [...edges.values()].filter(({ from, to }) => kept.has(from) && kept.has(to)),
    truncated: ranked.length > kept.size,
  }
}

function addEvidence(nodes: Map<string, Draft>, alert: GraphAlert, item: Evidence): void {
  const node = nodes.get(item.key) ?? blank(item.key, item.kind, item.name)
  nodes.set(item.key, node)
  if (!node.roles.includes(item.role)) node.roles.push(item.role)
  if (!node.alertIds.includes(alert.id)) node.alertIds.push(alert.id)
  if (!node.severity || severities.indexOf(alert.severity) < severities.indexOf(node.severity))
    node.severity = alert.severity
  if (!node.firstSeen || alert.firstActivity < node.firstSeen) node.firstSeen = alert.firstActivity
  for (const [name, value] of Object.entries(item.facts))
    if (Object.keys(node.facts).length < mostFacts) node.facts[name] ??= value
  const telling = item.role === 'contextual' ? 10 : 100
  node.score = Math.max(node.score, telling + (weight[item.kind] ?? 1)) + 0.01
}

function addContext(nodes: Map<string, Draft>, key: string): void {
  const parsed = parseEntityKey(key)
  if (parsed) nodes.set(key, blank(key, parsed.kind, parsed.parts.at(-1) ?? key))
}

function blank(key: string, kind: EntityKind, label: string): Draft {
  return {
    key,
    kind: EntityKindSchema.parse(kind),
    label,
    roles: [],
    alertIds: [],
    severity: null,
    firstSeen: null,
    containment: 'none',
    exists: null,
    facts: {},
    score: weight[kind] ?? 1,
  }
}

function addEdge(edges: Map<string, GraphEdge>, { from, to, label }: Relation, alertId?: string): void {
  if (from === to) return
  const id = `${from} ${to}`
  const edge = edges.get(id) ?? { from, to, labels: [], alertIds: [] }
  edges.set(id, edge)
  const shown = edgeLabel(from, to, label)
  if (!edge.labels.includes(shown)) edge.labels.push(shown)
  if (alertId && !edge.alertIds.includes(alertId)) edge.alertIds.push(alertId)
}

// Alerts and inventory each have words for the same relation; the graph shows those of the reference product.
const words: Record<string, string> = {
  'pod runs container': 'Contains',
  'container uses image': 'Is running',
  'image from registry': 'Is pulled from',
}

function edgeLabel(from: string, to: string, label: string): string {
  const kindOf = (key: string) => key.slice(0, key.indexOf(':'))
  return words[`${kindOf(from)} ${label} ${kindOf(to)}`] ?? label.charAt(0).toUpperCase() + label.slice(1)
}

/** What contains the entity, as its key alone tells: holds the graph together where no inventory does. */
function framesOf(key: string): Relation[] {
  const parsed = parseEntityKey(key)
  const [cluster, namespace, name] = parsed?.parts ?? []
  if (!parsed || cluster === undefined) return []
  const contains = (from: string) => [{ from, to: key, label: 'Contains' }]
  switch (parsed.kind) {
    case 'container':
      return namespace && name ? contains(entityKey('pod', cluster, namespace, name)) : []
    case 'pod':
    case 'workload':
    case 'service':
    case 'service-account':
    case 'secret':
      return namespace ? contains(entityKey('namespace', cluster, namespace)) : []
    case 'namespace':
    case 'node':
      return contains(entityKey('cluster', cluster))
    default:
      return []
  }
}

function withoutScore(node: Draft): GraphNode {
  const plain: Partial<Draft> = { ...node }
  delete plain.score
  return plain as GraphNode // a Draft is a GraphNode and its score
}
