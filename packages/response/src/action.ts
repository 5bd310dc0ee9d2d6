import { EntityKey, EntityKind } from '@cordon/entities'
import { z } from 'zod'
import { actionStates, actionTypes } from './words.ts'

export const ActionType = z.enum(actionTypes)
export type ActionType = z.infer<typeof ActionType>

/**
 * (pending-approval →) requested → applied → verified, never further than what was checked. `partly` = in force with a named open path,
 * `not-verified` = the deadline passed without proof, `broken` = was in force and no longer is, `released` / `expired` =
 * undone on purpose, `gone` = the object no longer exists, `failed` = stopped at a named step.
 */
export const ActionState = z.enum(actionStates)
export type ActionState = z.infer<typeof ActionState>

export const ActionSource = z.enum([
  'incident-graph',
  'entity-pane',
  'action-center',
  'containment-board',
  'hunting',
  'custom-detection',
  'api',
  'expiry',
])
export type ActionSource = z.infer<typeof ActionSource>

/** The object an action is bound to. Actions never act by name alone: `uid` is sent as a precondition. */
export const ActionTarget = z.object({
  key: EntityKey,
  kind: EntityKind,
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
})
export type ActionTarget = z.infer<typeof ActionTarget>

/** What the person chose in the dialog; each action type reads its own members. */
export const ActionOptions = z.object({
  /** Isolate: may the pod's labels be taken away where policies that select it would still allow traffic? */
  detach: z.boolean().optional(),
  /** Isolate: go on although the network policy enforcer isn't on the supported list. */
  overrideUnknownEnforcer: z.boolean().optional(),
  /** Terminate: seconds between SIGTERM and SIGKILL; 0 removes the object without the node's confirmation. */
  gracePeriodSeconds: z.number().int().min(0).max(3600).optional(),
  /** Terminate: ask the eviction API instead, which respects disruption budgets. */
  evict: z.boolean().optional(),
  /** Release: put removed labels back (true) or leave the pod detached. */
  reattach: z.boolean().optional(),
  /** Isolate and restrict: minutes until it is undone by itself. */
  expiresInMinutes: z.number().int().min(1).max(43_200).optional(),
  /** Restore: number of replicas, where the record doesn't know it. */
  replicas: z.number().int().min(0).max(10_000).optional(),
  /** Act at once although the approval policy asks for a second person; forces a review. */
  breakGlass: z.boolean().optional(),
})
export type ActionOptions = z.infer<typeof ActionOptions>

/** One step with exactly what was sent to the cluster and what it answered. */
export const ActionStep = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['pending', 'running', 'done', 'failed', 'skipped']),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  detail: z.string().nullable(),
  request: z
    .object({ method: z.string(), path: z.string(), contentType: z.string().optional(), body: z.unknown().optional() })
    .nullable(),
  response: z
    .object({
      status: z.number(),
      reason: z.string().optional(),
      message: z.string().optional(),
      body: z.unknown().optional(),
    })
    .nullable(),
})
export type ActionStep = z.infer<typeof ActionStep>

/** One piece of proof, strongest kind last. `inconclusive` never counts as passed. */
export const VerificationEvidence = z.object({
  kind: z.enum(['api-object', 'effective-policy', 'enforcer', 'probe', 'runtime-events', 'api-gone']),
  result: z.enum(['passed', 'failed', 'inconclusive']),
  text: z.string(),
  at: z.iso.datetime(),
  details: z.unknown().optional(),
})
export type VerificationEvidence = z.infer<typeof VerificationEvidence>

export const Verification = z.object({
  checkedAt: z.iso.datetime(),
  deadline: z.iso.datetime(),
  evidence: z.array(VerificationEvidence),
  newConnections: z.enum(['blocked', 'open', 'unknown', 'not-applicable']),
  /** Connections that were open before; told apart because most enforcers leave them alone. */
  establishedConnections: z.enum(['cut', 'may-continue', 'unknown', 'not-applicable']),
  /** Paths left open, each in words that name policy, direction, peer and port. */
  openPaths: z.array(z.string()),
  /** What no network policy stops, e.g. traffic from the pod's own node. */
  residual: z.array(z.string()),
})
export type Verification = z.infer<typeof Verification>

/** The four-eyes decision on an action. The requester never decides. */
export const Approval = z.object({
  /** In words: why the policy asks for it. */
  reason: z.string(),
  decision: z.enum(['pending', 'approved', 'rejected', 'break-glass']),
  decidedBy: z.string().nullable(),
  decidedAt: z.iso.datetime().nullable(),
  comment: z.string().nullable(),
})
export type Approval = z.infer<typeof Approval>

/** Why an action is due for review, and what the reviewer said. */
export const Review = z.object({
  reasons: z.array(z.enum(['irreversible', 'break-glass', 'failed', 'sampled'])),
  decision: z.enum(['due', 'agree', 'disagree']),
  decidedBy: z.string().nullable(),
  decidedAt: z.iso.datetime().nullable(),
  comment: z.string().nullable(),
})
export type Review = z.infer<typeof Review>

export const Action = z.object({
  id: z.string(),
  type: ActionType,
  state: ActionState,
  target: ActionTarget,
  comment: z.string(),
  source: ActionSource,
  requestedBy: z.string(),
  requestedAt: z.iso.datetime(),
  appliedAt: z.iso.datetime().nullable(),
  verifiedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  updatedAt: z.iso.datetime(),
  incidentId: z.number().int().nullable(),
  strategy: z.string().nullable(),
  options: ActionOptions,
  /** In one sentence: what is true now, or why it failed and what to do. */
  outcome: z.string(),
  steps: z.array(ActionStep),
  verification: Verification.nullable(),
  /** The action this one undoes, and the one that undid it. */
  undoes: z.string().nullable(),
  undoneBy: z.string().nullable(),
  expiresAt: z.iso.datetime().nullable(),
  /** Evidence captured before a termination: hash and size of the bundle that can be downloaded. */
  evidenceBundle: z.object({ sha256: z.string(), bytes: z.number(), capturedAt: z.iso.datetime() }).nullable(),
  /** Set where the approval policy asked for a second person: which rule, and what that person decided. */
  approval: Approval.nullable().default(null),
  /** Set where someone must look at it afterwards. */
  review: Review.nullable().default(null),
  /** Actions requested together, on several targets. */
  groupId: z.string().nullable().default(null),
  /** How the human shows in the cluster's audit log. */
  actsAs: z.enum(['impersonation', 'annotation']).nullable().default(null),
})
export type Action = z.infer<typeof Action>

/** A requirement and its state on this very target. `failed` blocks; `warning` doesn't; both say what to do. */
export const PreflightCheck = z.object({
  id: z.enum([
    'permission',
    'cluster-reachable',
    'cluster-version',
    'network-plugin',
    'pod-exists',
    'pod-active',
    'pod-uid',
    'host-network',
    'mirror-pod',
    'existing-isolation',
    'cluster-permission',
    'workload-exists',
    'workload-kind',
    'workload-state',
    'restriction-possible',
  ]),
  label: z.string(),
  state: z.enum(['passed', 'failed', 'warning', 'unknown']),
  detail: z.string(),
  remedy: z.string().nullable(),
})
export type PreflightCheck = z.infer<typeof PreflightCheck>

/** What an action on a pod does to its surroundings, with keys of entities for the graph. */
export const Impact = z.object({
  services: z.array(
    z.object({
      key: EntityKey,
      name: z.string(),
      effect: z.enum(['loses-last-endpoint', 'drops-pod', 'keeps-sending']),
      otherEndpoints: z.number().int(),
    }),
  ),
  budgets: z.array(z.object({ name: z.string(), disruptionsAllowed: z.number().int() })),
  replacement: z
    .object({
      key: EntityKey.nullable(),
      owner: z.string(),
      starts: z.boolean(),
      sameImage: z.boolean(),
      images: z.array(z.string()),
    })
    .nullable(),
  /** Null = no sensor tells; empty = none were seen. */
  flows: z
    .array(
      z.object({
        direction: z.enum(['egress', 'ingress']),
        peer: z.string(),
        peerKey: EntityKey.nullable(),
        port: z.number().int(),
        protocol: z.string(),
        process: z.string().nullable(),
        count: z.number().int(),
        /** False = tried; whether it was answered isn't known. */
        answered: z.boolean(),
        lastSeen: z.string(),
        effect: z.enum(['stops', 'stays-open']),
      }),
    )
    .nullable(),
  /** Paths that stay open, in words, with the entity at their other end where the words name one. */
  staysOpen: z.array(z.object({ text: z.string(), key: EntityKey.nullable() })),
})
export type Impact = z.infer<typeof Impact>

export const Preflight = z.object({
  type: ActionType,
  target: ActionTarget,
  allowed: z.boolean(),
  /** The first failing check in one sentence with its remedy; null when allowed. */
  reason: z.string().nullable(),
  checks: z.array(PreflightCheck),
  strategy: z.object({ id: z.string(), label: z.string(), expectation: z.string() }).nullable(),
  /** Every write the action will make, in order. */
  changes: z.array(z.object({ text: z.string(), method: z.string(), path: z.string(), body: z.unknown().optional() })),
  /** What the person should know before confirming: owners, Services, budgets, paths that stay open. */
  consequences: z.array(z.object({ kind: z.enum(['info', 'warning', 'danger']), text: z.string() })),
  /** The same as data, for the graph: what changes for whom. */
  impact: Impact.nullable().default(null),
  /** Set when the approval policy asks for a second person before anything is written. */
  approval: z.object({ needed: z.boolean(), reason: z.string().nullable() }).nullable().default(null),
  /** Options the dialog offers for this target, with their defaults. */
  options: z.array(
    z.object({
      name: z.enum([
        'detach',
        'overrideUnknownEnforcer',
        'gracePeriodSeconds',
        'evict',
        'reattach',
        'expiresInMinutes',
        'replicas',
      ]),
      label: z.string(),
      help: z.string(),
      input: z.enum(['checkbox', 'number', 'choice']),
      choices: z
        .array(z.object({ value: z.union([z.number(), z.string(), z.boolean()]), label: z.string() }))
        .optional(),
      default: z.union([z.number(), z.string(), z.boolean(), z.null()]),
    }),
  ),
})
export type Preflight = z.infer<typeof Preflight>
