import { z } from 'zod'
import { EntityKey, EntityKind } from './key.ts'

/** Part an entity played, after Microsoft Graph's evidence roles. */
export const EvidenceRole = z.enum([
  'contextual',
  'compromised',
  'attacked',
  'attacker',
  'source',
  'destination',
  'created',
  'edited',
  'loaded',
  'suspicious',
  'command-and-control',
])
export type EvidenceRole = z.infer<typeof EvidenceRole>

/**
 * One entity an alert names, with what was known at that time (names stay as they were). `facts` are the kind's own
 * fields as display strings or small values; `uid` is the Kubernetes uid where the source told it.
 */
export const Evidence = z.object({
  key: EntityKey,
  kind: EntityKind,
  name: z.string(),
  role: EvidenceRole,
  uid: z.string().optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
})
export type Evidence = z.infer<typeof Evidence>

/** A directed relation between two pieces of evidence, e.g. pod —runs→ process. */
export const Relation = z.object({ from: EntityKey, to: EntityKey, label: z.string() })
export type Relation = z.infer<typeof Relation>
