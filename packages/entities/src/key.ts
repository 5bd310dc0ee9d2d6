import { z } from 'zod'
import { entityKinds } from './kinds.ts'

export const EntityKind = z.enum(entityKinds)
export type EntityKind = z.infer<typeof EntityKind>

/**
 * Stable identity of an entity as text: `<kind>:<part>/<part>…`, each part percent-encoded, e.g.
 * `pod:aks-prod/shop/web-5d9f`. Names are reused in Kubernetes; the uid travels beside the key where it matters.
 */
export const EntityKey = z
  .string()
  .max(2048)
  .regex(/^[a-z-]+:.+$/)
export type EntityKey = z.infer<typeof EntityKey>
