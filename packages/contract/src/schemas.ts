import { EntityDetails, EntityGraph } from '@cordon/entities'
import {
  Alert,
  AlertStatus,
  Classification,
  Determination,
  Incident,
  IncidentStatus,
  IncidentSummary,
  Severity,
} from '@cordon/incidents'
import {
  Action,
  ActionOptions,
  ActionSource,
  ActionState,
  ActionType,
  Preflight,
  ResponsePolicy,
} from '@cordon/response'
import { z } from 'zod'
import { customDetectionSchemas } from './custom-detection-schemas.ts'
import { detectionSchemas, RuleSources } from './detection-schemas.ts'
import { huntingSchemas } from './hunting-schemas.ts'
import { recordSchemas } from './record-schemas.ts'
import { retentionSchemas } from './retention-schemas.ts'
import type { EndpointName } from './routes.ts'
import {
  AccessScope,
  Account,
  Cluster,
  Containment,
  Coverage,
  RuleSummary,
  Session,
  SetAsideEvent,
  Simulation,
  Token,
  TokenKind,
} from './records.ts'

/** A repeated query parameter: `?a=x&a=y` or `?a=x`. */
const many = <T extends z.ZodType>(item: T) =>
  z.preprocess((v) => (v === undefined ? undefined : Array.isArray(v) ? v : [v]), z.array(item).optional())
const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable(), total: z.number().int().optional() })
const paging = { limit: z.coerce.number().int().min(1).max(500).default(50), cursor: z.string().optional() }
const span = { from: z.iso.datetime({ offset: true }).optional(), to: z.iso.datetime({ offset: true }).optional() }
const roleName = z.enum(['viewer', 'analyst', 'lead', 'administrator'])

export const IncidentQuery = z.object({
  status: many(IncidentStatus),
  severity: many(Severity),
  serviceSource: many(z.string()),
  detectionSource: many(z.string()),
  cluster: many(z.string()),
  namespace: many(z.string()),
  /** User names; `none` = unassigned. */
  assignedTo: many(z.string()),
  tag: many(z.string()),
  category: many(z.string()),
  classification: many(z.union([Classification, z.literal('none')])),
  /** Incidents of hidden alerts: left out, or nothing else. */
  hidden: z.enum(['no', 'only']).default('no'),
  /** Name, id or impacted asset. */
  search: z.string().max(200).optional(),
  ...span,
  sort: z.enum(['updated', 'created', 'severity', 'priority', 'lastActivity', 'name', 'id']).default('updated'),
  dir: z.enum(['asc', 'desc']).default('desc'),
  ...paging,
})

export const AlertQuery = z.object({
  status: many(AlertStatus),
  severity: many(Severity),
  cluster: many(z.string()),
  namespace: many(z.string()),
  category: many(z.string()),
  ruleId: many(z.string()),
  /** Alerts that tuning rules hid: left out, or nothing else, or both. */
  hidden: z.enum(['no', 'only', 'any']).default('no'),
  /** Alerts that this tuning rule was applied to. */
  tuning: z.string().optional(),
  incidentId: z.coerce.number().int().optional(),
  entity: z.string().optional(),
  search: z.string().max(200).optional(),
  ...span,
  sort: z.enum(['lastActivity', 'severity', 'title']).default('lastActivity'),
  dir: z.enum(['asc', 'desc']).default('desc'),
  ...paging,
})

export const ActionQuery = z.object({
  type: many(ActionType),
  state: many(ActionState),
  source: many(ActionSource),
  cluster: many(z.string()),
  namespace: many(z.string()),
  requestedBy: many(z.string()),
  /** Actions due for review, or reviewed. */
  review: many(z.enum(['due', 'agree', 'disagree'])),
  groupId: z.string().max(100).optional(),
  incidentId: many(z.coerce.number().int()),
  target: z.string().optional(),
  search: z.string().max(200).optional(),
  ...span,
  sort: z.enum(['requestedAt', 'updatedAt', 'type', 'state', 'cluster', 'requestedBy']).default('requestedAt'),
  dir: z.enum(['asc', 'desc']).default('desc'),
  ...paging,
})

const Facet = z.array(z.object({ value: z.string(), label: z.string(), count: z.number().int() }))
/** Entity key, and the uid the caller saw; without uid the one the inventory knows now is taken and shown back. */
const TargetRef = z.object({ key: z.string(), uid: z.string().optional() })

const request = {
  type: ActionType,
  comment: z.string().trim().min(1, 'A comment is required: it becomes part of the record.').max(5000),
  options: ActionOptions.default({}),
  source: ActionSource.default('api'),
  incidentId: z.number().int().nullable().default(null),
}
const decision = {
  body: z.object({ ids: z.array(z.string()).min(1).max(200), comment: z.string().trim().max(5000).default('') }),
  output: z.object({ results: z.array(z.object({ id: z.string(), ok: z.boolean(), detail: z.string() })) }),
}
const StoredResponsePolicy = z.object({
  policy: ResponsePolicy,
  /** Send it back with a change: refused when someone else was faster. */
  version: z.number().int(),
  updatedBy: z.string().nullable(),
  updatedAt: z.iso.datetime().nullable(),
})

interface EndpointSchemas {
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  output?: z.ZodType
}

/** Inputs and outputs of every endpoint; the BFF must supply exactly one handler for each. */
export const schemas = {
  sessionGet: { output: Session },
  sessionCreate: {
    body: z.object({ name: z.string().min(1).max(100), password: z.string().min(1).max(1000) }),
    output: Session,
  },
  sessionDelete: {},

  incidentList: { query: IncidentQuery, output: page(IncidentSummary) },
  incidentFacets: {
    output: z.object({
      status: Facet,
      severity: Facet,
      serviceSource: Facet,
      detectionSource: Facet,
      cluster: Facet,
      namespace: Facet,
      assignedTo: Facet,
      tag: Facet,
      category: Facet,
      classification: Facet,
    }),
  },
  incidentTrend: {
    query: z.object({ hours: z.coerce.number().int().min(1).max(168).default(24) }),
    output: z.object({
      buckets: z.array(z.object({ start: z.iso.datetime(), alerts: z.number().int(), incidents: z.number().int() })),
    }),
  },
  incidentGet: { params: z.object({ id: z.coerce.number().int() }), output: Incident },
  incidentUpdate: {
    params: z.object({ id: z.coerce.number().int() }),
    body: z
      .object({
        name: z.string().min(1).max(300),
        status: IncidentStatus.exclude(['redirected']),
        severity: Severity,
        assignedTo: z.string().nullable(),
        classification: Classification.nullable(),
        determination: Determination.nullable(),
        tags: z.array(z.string().min(1).max(60)).max(50),
        resolutionNote: z.string().max(30_000),
        /** The version this change is based on: refused when someone else was faster. */
        version: z.number().int(),
      })
      .partial(),
    output: Incident,
  },
  incidentComment: {
    params: z.object({ id: z.coerce.number().int() }),
    body: z.object({ text: z.string().trim().min(1).max(30_000) }),
    output: Incident,
  },
  incidentGraph: { params: z.object({ id: z.coerce.number().int() }), output: EntityGraph },

  alertList: { query: AlertQuery, output: page(Alert) },
  alertGet: { params: z.object({ id: z.string() }), output: Alert },
  alertShown: {
    body: z.object({
      alerts: z.array(z.string().max(100)).max(500).default([]),
      /** Rows of the incident queue, with the `updatedAt` they showed. */
      incidents: z
        .array(z.object({ id: z.number().int(), updatedAt: z.iso.datetime() }))
        .max(500)
        .default([]),
      /** Milliseconds since they were painted. */
      ago: z.number().min(0).max(10_000),
    }),
  },
  alertUpdate: { params: z.object({ id: z.string() }), body: z.object({ status: AlertStatus }), output: Alert },

  entityGet: {
    params: z.object({ key: z.string() }),
    query: z.object({ uid: z.string().optional(), incidentId: z.coerce.number().int().optional() }),
    output: EntityDetails,
  },

  actionList: { query: ActionQuery, output: page(Action) },
  actionGet: { params: z.object({ id: z.string() }), output: Action },
  actionPreflight: {
    body: z.object({
      type: ActionType,
      targets: z.array(TargetRef).min(1).max(100),
      options: ActionOptions.default({}),
      /** Its severity may decide whether a second person is needed. */
      incidentId: z.number().int().nullable().default(null),
    }),
    output: z.object({ preflights: z.array(Preflight) }),
  },
  actionRequest: { body: z.object({ ...request, target: TargetRef }), output: Action },
  actionRequestMany: {
    body: z.object({ ...request, targets: z.array(TargetRef).min(1).max(100) }),
    output: z.object({
      groupId: z.string(),
      results: z.array(
        z.object({
          key: z.string(),
          action: Action.nullable(),
          refusal: z
            .object({
              code: z.string(),
              detail: z.string(),
              errors: z.array(z.object({ path: z.string(), message: z.string() })),
            })
            .nullable(),
        }),
      ),
    }),
  },
  actionApprove: decision,
  actionReject: decision,
  actionRepair: {
    params: z.object({ id: z.string() }),
    body: z.object({ comment: z.string().trim().max(5000).default('') }),
    output: Action,
  },
  actionRenew: {
    params: z.object({ id: z.string() }),
    /** From now on; null = until someone ends it. */
    body: z.object({ expiresInMinutes: z.number().int().min(1).max(43_200).nullable() }),
    output: Action,
  },
  actionReview: {
    params: z.object({ id: z.string() }),
    body: z.object({ decision: z.enum(['agree', 'disagree']), comment: z.string().trim().max(5000).default('') }),
    output: Action,
  },
  containmentList: { output: z.object({ items: z.array(Containment) }) },
  responsePolicyGet: { output: StoredResponsePolicy },
  responsePolicyUpdate: {
    body: z.object({ policy: ResponsePolicy, version: z.number().int() }),
    output: StoredResponsePolicy,
  },
  actionCancel: { params: z.object({ id: z.string() }), output: Action },
  actionExport: { query: ActionQuery },
  actionBundle: { params: z.object({ id: z.string() }) },

  clusterList: { output: page(Cluster) },
  userList: { output: page(z.object({ name: z.string(), displayName: z.string(), role: roleName })) },
  ...detectionSchemas,
  ruleList: { output: page(RuleSummary).extend(RuleSources.shape) },
  coverageGet: { output: Coverage },
  setAsideList: {
    query: z.object({ cluster: many(z.string()), source: many(z.string()), ...paging }),
    output: page(SetAsideEvent),
  },

  simulationList: { output: Simulation },
  simulationRun: {
    body: z.object({ scenario: z.string(), cluster: z.string(), keep: z.boolean().default(true) }),
    output: z.object({ id: z.string() }),
  },

  accountList: { output: page(Account) },
  accountCreate: {
    body: z.object({
      name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'Lower-case letters, digits, dot, dash and underscore'),
      displayName: z.string().max(100).default(''),
      role: roleName,
      scope: AccessScope.optional(),
      password: z.string().min(12, 'At least 12 characters').max(1000),
    }),
    output: Account,
  },
  accountUpdate: {
    params: z.object({ name: z.string() }),
    body: z
      .object({
        role: roleName,
        scope: AccessScope,
        password: z.string().min(12).max(1000),
        locked: z.boolean(),
        displayName: z.string().max(100),
      })
      .partial(),
    output: Account,
  },
  tokenList: { output: page(Token) },
  tokenCreate: {
    body: z.object({
      kind: TokenKind,
      name: z.string().min(1).max(100),
      role: roleName.optional(),
      /** For API tokens. */
      scope: AccessScope.optional(),
      /** For ingest tokens: the cluster it may send for. */
      cluster: z.string().optional(),
      expiresInDays: z.number().int().min(1).max(3650).optional(),
    }),
    output: Token.extend({ secret: z.string() }),
  },
  tokenDelete: { params: z.object({ id: z.string() }) },

  ...recordSchemas,
  ...retentionSchemas,
  ...huntingSchemas,
  ...customDetectionSchemas,

  stream: {},
} satisfies Record<EndpointName, EndpointSchemas>

export type Schemas = typeof schemas
