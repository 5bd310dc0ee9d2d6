import { z } from 'zod'
import { EntityKey, EntityKind } from './key.ts'
import { EvidenceRole } from './evidence.ts'

/**
 * What is known of an entity's containment, as last checked; `none` is not shown. States without a word before them are
 * those of an isolation; `isolated`, `restricted`, `scaled-to-zero` and `suspended` mean verified.
 */
export const ContainmentState = z.enum([
  'none',
  'isolating',
  'isolated',
  'partly-isolated',
  'not-verified',
  'broken',
  'releasing',
  'restricting',
  'restricted',
  'partly-restricted',
  'restriction-not-verified',
  'restriction-broken',
  'lifting',
  'expired',
  'terminating',
  'termination-not-verified',
  'gone',
  'scaling-down',
  'scaled-to-zero',
  'scale-not-verified',
  'scale-broken',
  'restoring',
  'suspending',
  'suspended',
  'suspension-not-verified',
  'suspension-broken',
  'resuming',
])
export type ContainmentState = z.infer<typeof ContainmentState>

export const GraphNode = z.object({
  key: EntityKey,
  kind: EntityKind,
  label: z.string(),
  roles: z.array(EvidenceRole),
  /** Ids of the incident's alerts that name this entity; empty for context from inventory. */
  alertIds: z.array(z.string()),
  severity: z.enum(['high', 'medium', 'low', 'informational']).nullable(),
  firstSeen: z.iso.datetime().nullable(),
  containment: ContainmentState,
  /** False when the inventory knows that the object no longer exists. */
  exists: z.boolean().nullable(),
  /** Short facts shown on hover. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})
export type GraphNode = z.infer<typeof GraphNode>

export const GraphEdge = z.object({
  from: EntityKey,
  to: EntityKey,
  /** Words of the reference product where it has one: Contains, Routes traffic to, Is running, Maintains, Runs on … */
  labels: z.array(z.string()),
  alertIds: z.array(z.string()),
})
export type GraphEdge = z.infer<typeof GraphEdge>

export const EntityGraph = z.object({
  nodes: z.array(GraphNode),
  edges: z.array(GraphEdge),
  /** True when the graph was cut at the node limit; the alerts still list everything. */
  truncated: z.boolean(),
})
export type EntityGraph = z.infer<typeof EntityGraph>

/** A titled group of facts in an entity's pane, e.g. “Pod”, “Containers”. Values are shown inert, as text. */
export const FactGroup = z.object({
  title: z.string(),
  facts: z.array(
    z.object({
      label: z.string(),
      value: z.string(),
      /** Where the value is itself an entity: its key, so that the pane can link to it. */
      entity: EntityKey.optional(),
    }),
  ),
})
export type FactGroup = z.infer<typeof FactGroup>

/** Everything an entity's pane shows, built from stored inventory and evidence. */
export const EntityDetails = z.object({
  key: EntityKey,
  kind: EntityKind,
  name: z.string(),
  uid: z.string().nullable(),
  cluster: z.string().nullable(),
  namespace: z.string().nullable(),
  exists: z.boolean().nullable(),
  /** When inventory last confirmed it; null when no inventory knows it. */
  lastSeen: z.iso.datetime().nullable(),
  containment: ContainmentState,
  /** The action that isolates or restricts it now, if one does. */
  containmentActionId: z.string().nullable(),
  groups: z.array(FactGroup),
  relations: z.array(
    z.object({
      label: z.string(),
      direction: z.enum(['out', 'in']),
      key: EntityKey,
      kind: EntityKind,
      name: z.string(),
    }),
  ),
  alerts: z.array(
    z.object({
      id: z.string(),
      incidentId: z.number(),
      title: z.string(),
      severity: z.string(),
      lastActivity: z.iso.datetime(),
    }),
  ),
  /** The object as the cluster last reported it, where it is a Kubernetes object. */
  manifest: z.unknown().optional(),
})
export type EntityDetails = z.infer<typeof EntityDetails>
