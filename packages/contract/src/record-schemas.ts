import { ActionState, ActionType, Review } from '@cordon/response'
import { z } from 'zod'

const many = <T extends z.ZodType>(item: T) =>
  z.preprocess((v) => (v === undefined ? undefined : Array.isArray(v) ? v : [v]), z.array(item).optional())
const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable(), total: z.number().int().optional() })
const paging = { limit: z.coerce.number().int().min(1).max(500).default(50), cursor: z.string().optional() }
const moment = z.iso.datetime({ offset: true })
const span = { from: moment.optional(), to: moment.optional() }
const seq = z.coerce.number().int().min(1)

export const LedgerItem = z.object({
  seq: z.number().int(),
  at: z.iso.datetime(),
  actor: z.string(),
  /** `noun.verb`. */
  kind: z.string(),
  /** `noun:id`. */
  subject: z.string(),
  details: z.record(z.string(), z.unknown()),
  previousHash: z.string(),
  hash: z.string(),
})
export type LedgerItem = z.infer<typeof LedgerItem>

export const LedgerStatus = z.object({
  head: z.object({ seq: z.number().int(), hash: z.string() }).nullable(),
  /** The last signed head; entries behind it are chained, and signed with the next one. */
  signed: z.object({ seq: z.number().int(), hash: z.string(), at: z.iso.datetime(), keyId: z.string() }).nullable(),
  checkpoints: z.number().int(),
  keyId: z.string(),
  /** PEM; hand it to whoever verifies exports. */
  publicKey: z.string(),
  /** The last check of the whole chain; null until the first after a start is done. */
  check: z
    .object({
      at: z.iso.datetime(),
      ok: z.boolean(),
      from: z.number().int(),
      to: z.number().int(),
      fault: z.string().nullable(),
    })
    .nullable(),
})
export type LedgerStatus = z.infer<typeof LedgerStatus>

/**
 * `unseen-action`: we recorded a write that the cluster's audit log doesn't show. `unrecorded-act`: our account wrote to
 * the cluster without an action of ours.
 */
export const Finding = z.object({
  id: z.number().int(),
  kind: z.enum(['unseen-action', 'unrecorded-act']),
  /** `explained` = the event came late; `closed` = a person said what it was. */
  state: z.enum(['open', 'explained', 'closed']),
  cluster: z.string(),
  namespace: z.string(),
  /** Resource and name, e.g. `pods/web-1`. */
  object: z.string(),
  /** In one sentence what differs. */
  text: z.string(),
  actionId: z.string().nullable(),
  eventId: z.string().nullable(),
  happenedAt: z.iso.datetime(),
  foundAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable(),
  closedBy: z.string().nullable(),
  comment: z.string().nullable(),
})
export type Finding = z.infer<typeof Finding>

/** How far a cluster's audit log was compared with the record. */
export const AuditJoinState = z.object({
  cluster: z.string(),
  /** `compared`; `no-audit` = no audit events come from it; `failed` = could not be compared, `detail` says why. */
  state: z.enum(['compared', 'no-audit', 'failed']),
  detail: z.string(),
  comparedTo: z.iso.datetime().nullable(),
  checkedAt: z.iso.datetime(),
})
export type AuditJoinState = z.infer<typeof AuditJoinState>

export const Percentiles = z.object({
  from: z.enum(['alert', 'seen', 'decided', 'applied', 'verified']),
  to: z.enum(['seen', 'decided', 'applied', 'verified', 'released']),
  count: z.number().int(),
  /** Milliseconds; null when there is nothing to measure. */
  p50: z.number().nullable(),
  p90: z.number().nullable(),
  p95: z.number().nullable(),
})
export type Percentiles = z.infer<typeof Percentiles>

const stamp = z.iso.datetime().nullable()
/** When each step of a case was reached; null = not (yet). */
export const Milestones = z.object({
  incidentId: z.number().int().nullable(),
  actionId: z.string().nullable(),
  type: ActionType.nullable(),
  name: z.string(),
  alertAt: stamp,
  seenAt: stamp,
  seenBy: z.string().nullable(),
  decidedAt: stamp,
  decidedBy: z.string().nullable(),
  appliedAt: stamp,
  verifiedAt: stamp,
  releasedAt: stamp,
})
export type Milestones = z.infer<typeof Milestones>

export const TrendBucket = z.object({
  start: z.iso.datetime(),
  total: z.number().int(),
  /** Action type to number. */
  types: z.record(z.string(), z.number().int()),
  /** Proven, without proof, failed or undone before, still going on. */
  outcomes: z.object({
    verified: z.number().int(),
    unproven: z.number().int(),
    failed: z.number().int(),
    stopped: z.number().int(),
    open: z.number().int(),
  }),
})
export type TrendBucket = z.infer<typeof TrendBucket>

const HandoverIncident = z.object({
  id: z.number().int(),
  name: z.string(),
  severity: z.string(),
  status: z.string(),
  assignedTo: z.string().nullable(),
  createdAt: z.iso.datetime(),
  /** Who closed it, and when; null for those that are open. */
  closedBy: z.string().nullable(),
  closedAt: z.iso.datetime().nullable(),
})
const HandoverAction = z.object({
  id: z.string(),
  type: ActionType,
  state: ActionState,
  cluster: z.string(),
  namespace: z.string(),
  target: z.string(),
  requestedBy: z.string(),
  requestedAt: z.iso.datetime(),
  verifiedAt: z.iso.datetime().nullable(),
  expiresAt: z.iso.datetime().nullable(),
  incidentId: z.number().int().nullable(),
  comment: z.string(),
  outcome: z.string(),
  review: Review.nullable(),
})
export type HandoverAction = z.infer<typeof HandoverAction>

/** Each list is cut at 200; `counts` are whole. */
export const Handover = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  madeAt: z.iso.datetime(),
  /** First and last entry of the ledger it was made from; null when there is none in the time. */
  ledger: z.object({ from: z.number().int(), to: z.number().int(), head: z.string() }).nullable(),
  counts: z.record(z.string(), z.number().int()),
  opened: z.array(HandoverIncident),
  closed: z.array(HandoverIncident),
  stillOpen: z.array(HandoverIncident),
  actions: z.array(HandoverAction),
  inForce: z.array(HandoverAction),
  findings: z.array(Finding),
  reviewsDue: z.array(HandoverAction),
  /** Accounts, roles, tokens and settings. */
  changes: z.array(LedgerItem),
  intervals: z.array(Percentiles),
})
export type Handover = z.infer<typeof Handover>

/** Inputs and outputs of the endpoints of the record. */
export const recordSchemas = {
  ledgerList: {
    query: z.object({
      actor: many(z.string()),
      /** `incident.update`, or a noun for all of its verbs. */
      kind: many(z.string()),
      subject: many(z.string()),
      /** Within the details. */
      search: z.string().max(200).optional(),
      ...span,
      dir: z.enum(['asc', 'desc']).default('desc'),
      ...paging,
    }),
    output: page(LedgerItem),
  },
  ledgerStatus: { output: LedgerStatus },
  ledgerVerify: { output: LedgerStatus },
  ledgerExport: { query: z.object({ from: seq.optional(), to: seq.optional() }) },
  findingList: {
    query: z.object({
      state: many(Finding.shape.state),
      kind: many(Finding.shape.kind),
      cluster: many(z.string()),
      ...paging,
    }),
    output: page(Finding).extend({ clusters: z.array(AuditJoinState) }),
  },
  findingClose: {
    params: z.object({ id: z.coerce.number().int() }),
    body: z.object({ comment: z.string().trim().min(1, 'Say what explains it.').max(5000) }),
    output: Finding,
  },
  actionTrend: {
    query: z.object({ ...span, bucket: z.enum(['hour', 'day']).default('day') }),
    output: z.object({ buckets: z.array(TrendBucket) }),
  },
  intervalList: {
    query: z.object({
      ...span,
      incidentId: z.coerce.number().int().optional(),
      actionId: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
    }),
    output: z.object({ percentiles: z.array(Percentiles), items: z.array(Milestones) }),
  },
  handoverGet: { query: z.object({ from: moment, to: moment.optional() }), output: Handover },
}
