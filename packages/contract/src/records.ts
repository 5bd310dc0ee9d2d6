import { z } from 'zod'

const roleName = z.enum(['viewer', 'analyst', 'lead', 'administrator'])
const when = z.iso.datetime()

const names = z.array(z.string().trim().min(1).max(253)).min(1).max(200)
/** Clusters and namespaces that a person or token is limited to; null = everything. A list left out is no limit. */
export const AccessScope = z.strictObject({ clusters: names.optional(), namespaces: names.optional() }).nullable()
export type AccessScope = z.infer<typeof AccessScope>

/** The caller and what the installation offers. `user` is null before sign-in. */
export const Session = z.object({
  user: z
    .object({
      name: z.string(),
      displayName: z.string(),
      role: roleName,
      roleLabel: z.string(),
      permissions: z.array(z.string()),
      scope: AccessScope,
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

/** When a source sent, and what its own rhythm says about its silence. */
export const SourceRhythm = z.object({
  state: z.enum(['reporting', 'silent']),
  /** Silence longer than this is unusual for it; milliseconds. */
  habitMs: z.number(),
  /** Pauses longer than the habit in the last seven days, newest first; `cordon` = Cordon itself wasn't running. */
  gaps: z.array(z.object({ from: when, to: when, cause: z.enum(['source', 'cordon']) })),
  /** Events of the last 24 hours in 96 spans of a quarter of an hour, oldest first. */
  activity: z.array(z.number().int()),
})

/** From the event's own time to the alert, in milliseconds, over the alerts of the last seven days. */
export const AlertLatency = z.object({
  /** Until the alert was stored, the first open console was told, or its row was painted there. */
  until: z.enum(['stored', 'told', 'shown']),
  alerts: z.number().int(),
  /** Of these, alerts whose event came more than an hour after it happened; left out of the percentiles. */
  late: z.number().int(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
})

export const ClusterCoverage = z.object({
  name: z.string(),
  /** What is missing, in words. */
  missing: z.array(z.string()),
  /** Resources whose bodies audit events carry, and those of which only metadata came. */
  bodies: z.array(z.string()),
  withoutBodies: z.array(z.string()),
  /** Rules by whether they can work with what this cluster sends. */
  rules: z.object({
    works: z.number().int(),
    partly: z.number().int(),
    unproven: z.number().int(),
    blind: z.number().int(),
  }),
  nodes: z.array(
    z.object({
      name: z.string(),
      /** `unknown`: it sends, but the inventory doesn't have it. */
      state: z.enum(['reporting', 'missing', 'unknown']),
      sensors: z.array(z.object({ source: z.string(), firstSeenAt: when, lastSeenAt: when, events: z.number().int() })),
    }),
  ),
})
export type ClusterCoverage = z.infer<typeof ClusterCoverage>

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
      rhythm: SourceRhythm.optional(),
      latency: z.array(AlertLatency).optional(),
    }),
  ),
  clusters: z.array(ClusterCoverage).optional(),
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
  enabled: z.boolean().optional(),
  /** Who switched it last, and why. */
  setting: z.object({ by: z.string(), at: when, reason: z.string() }).nullish(),
  /** Matches that were dropped because it is off, since the server started. */
  muted: z.number().int().optional(),
  file: z.string().optional(),
  /** Since the server started. `microseconds`: mean of one evaluation. */
  cost: z
    .object({
      evaluations: z.number().int(),
      microseconds: z.number(),
      errors: z.number().int(),
      lastError: z.string().nullable(),
    })
    .optional(),
  /** What it cannot do without, in words. */
  needs: z.array(z.string()).optional(),
  /** Clusters whose data doesn't let it work, or hasn't shown yet that it does. */
  blindSpots: z
    .array(
      z.object({ cluster: z.string(), state: z.enum(['partly', 'unproven', 'blind']), missing: z.array(z.string()) }),
    )
    .optional(),
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
  scope: AccessScope,
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
  /** Of API tokens. */
  scope: AccessScope,
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
