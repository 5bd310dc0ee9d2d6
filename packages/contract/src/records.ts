import { z } from 'zod'

const roleName = z.enum(['viewer', 'analyst', 'lead', 'administrator'])
const when = z.iso.datetime()

/** The caller and what the installation offers. `user` is null before sign-in. */
export const Session = z.object({
  user: z
    .object({
      name: z.string(),
      displayName: z.string(),
      role: roleName,
      roleLabel: z.string(),
      permissions: z.array(z.string()),
    })
    .nullable(),
  version: z.string(),
  /** True when the embedded lab is running: the console then shows the lab's account names, never passwords. */
  lab: z.boolean(),
  labAccounts: z.array(z.string()),
})
export type Session = z.infer<typeof Session>

export const ClusterState = z.enum(['connected', 'connecting', 'unreachable', 'refused'])

export const Cluster = z.object({
  name: z.string(),
  context: z.string(),
  platform: z.enum(['aks', 'eks', 'gke', 'k3s', 'unknown']),
  version: z.string().nullable(),
  state: ClusterState,
  /** In words: why it is not connected. */
  stateDetail: z.string().nullable(),
  since: when.nullable(),
  nodes: z.number().int().nullable(),
  pods: z.number().int().nullable(),
  namespaces: z.number().int().nullable(),
  /** Enforcers found, by what running pods say; empty = none found. */
  networkPlugins: z.array(
    z.object({
      name: z.string(),
      version: z.string().nullable(),
      enforces: z.enum(['yes', 'no', 'unknown']),
      supported: z.boolean(),
      nodes: z.number().int(),
      detail: z.string(),
    }),
  ),
  isolation: z.object({ possible: z.boolean(), reason: z.string().nullable() }),
  simulationAllowed: z.boolean(),
  activeIncidents: z.number().int(),
})
export type Cluster = z.infer<typeof Cluster>

/** What each source of each cluster sends; `lastEventAt` by the event's clock, `lastReceivedAt` by ours. */
export const Coverage = z.object({
  sources: z.array(
    z.object({
      cluster: z.string(),
      source: z.string(),
      firstReceivedAt: when.nullable(),
      lastReceivedAt: when.nullable(),
      lastEventAt: when.nullable(),
      events: z.number().int(),
      rejected: z.number().int(),
      duplicates: z.number().int(),
      /** Audit levels seen, for audit sources. */
      levels: z.array(z.string()),
    }),
  ),
})
export type Coverage = z.infer<typeof Coverage>

export const SetAsideEvent = z.object({
  id: z.string(),
  at: when,
  cluster: z.string(),
  source: z.string(),
  reason: z.string(),
  excerpt: z.string(),
})
export type SetAsideEvent = z.infer<typeof SetAsideEvent>

export const RuleSummary = z.object({
  id: z.string(),
  title: z.string(),
  severity: z.string(),
  tier: z.string(),
  tactics: z.array(z.string()),
  techniques: z.array(z.string()),
  description: z.string(),
  source: z.string(),
  matches: z.number().int(),
  lastMatch: when.nullable(),
})
export type RuleSummary = z.infer<typeof RuleSummary>

export const Simulation = z.object({
  scenarios: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      description: z.string(),
      expectedAlerts: z.array(z.string()),
      techniques: z.array(z.string()),
    }),
  ),
  clusters: z.array(z.object({ name: z.string(), allowed: z.boolean(), reason: z.string().nullable() })),
  runs: z.array(
    z.object({
      id: z.string(),
      scenario: z.string(),
      cluster: z.string(),
      namespace: z.string().nullable(),
      state: z.enum(['running', 'done', 'failed']),
      startedBy: z.string(),
      startedAt: when,
      finishedAt: when.nullable(),
      progress: z.array(z.object({ at: when, text: z.string() })),
      error: z.string().nullable(),
      /** Expected alerts and whether each has been raised for this run's namespace. */
      alerts: z.array(
        z.object({
          title: z.string(),
          raised: z.boolean(),
          alertId: z.string().nullable(),
          incidentId: z.number().int().nullable(),
        }),
      ),
    }),
  ),
})
export type Simulation = z.infer<typeof Simulation>

export const Account = z.object({
  name: z.string(),
  displayName: z.string(),
  role: roleName,
  locked: z.boolean(),
  createdAt: when,
  lastSignInAt: when.nullable(),
})
export type Account = z.infer<typeof Account>

export const TokenKind = z.enum(['api', 'ingest'])
export const Token = z.object({
  id: z.string(),
  kind: TokenKind,
  name: z.string(),
  role: roleName.nullable(),
  cluster: z.string().nullable(),
  createdBy: z.string(),
  createdAt: when,
  expiresAt: when.nullable(),
  lastUsedAt: when.nullable(),
})
export type Token = z.infer<typeof Token>

/** One isolation or restriction as it is in force in a cluster now, with what the record knows of it. */
export const Containment = z.object({
  cluster: z.string(),
  kind: z.enum(['isolation', 'restriction']),
  /** Id that the cluster's own objects carry. */
  actionId: z.string(),
  /** Null when this installation's record has never heard of it. */
  state: z.string().nullable(),
  outcome: z.string().nullable(),
  namespace: z.string(),
  /** Null where only policies are left and their pod isn't found. */
  pod: z.object({ key: z.string(), name: z.string(), uid: z.string(), owner: z.string().nullable() }).nullable(),
  policies: z.array(z.object({ apiVersion: z.string(), kind: z.string(), name: z.string() })),
  since: when.nullable(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  incidentId: z.number().int().nullable(),
  lastVerifiedAt: when.nullable(),
  lastCheckedAt: when.nullable(),
  expiresAt: when.nullable(),
  /** What differs from what was applied, in words; empty = as applied, as far as the watches tell. */
  drift: z.array(z.string()),
  /** Set when the cluster can't be seen now: the row is what the record last knew. */
  unseen: z.string().nullable(),
  undoneBy: z.enum(['release-pod', 'unrestrict-pod']),
})
export type Containment = z.infer<typeof Containment>
