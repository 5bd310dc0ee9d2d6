import type { Permission } from '@cordon/rbac'
import { customDetectionRoutes } from './custom-detection-routes.ts'
import { huntingRoutes } from './hunting-routes.ts'
import { detectionRoutes } from './detection-routes.ts'
import { recordRoutes } from './record-routes.ts'

/** A noun whose change makes answers stale; the stream announces these, and queries that read them refetch. */
export const nouns = [
  'incident',
  'alert',
  'entity',
  'action',
  'cluster',
  'session',
  'account',
  'token',
  'simulation',
  'rule',
  'tuning',
  'coverage',
  'settings',
  'ledger',
  'hunt',
  'customDetection',
] as const
export type Noun = (typeof nouns)[number]

export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`; `{name}` is a path parameter. */
  path: string
  /** All of these are needed; `[]` = any signed-in caller; `public` = no sign-in. */
  needs: readonly Permission[] | 'public'
  reads: readonly Noun[]
  summary: string
  /** Answered with a body that is not JSON, or streamed; the typed client leaves it alone. */
  raw?: boolean
}

/** Methods and paths without schemas, so that the browser's client carries no validator. */
export const routes = {
  sessionGet: {
    method: 'GET',
    path: '/session',
    needs: 'public',
    reads: ['session'],
    summary: 'Who is signed in, and what this installation offers',
  },
  sessionCreate: {
    method: 'POST',
    path: '/session',
    needs: 'public',
    reads: [],
    summary: 'Sign in with a local account',
  },
  sessionDelete: { method: 'DELETE', path: '/session', needs: [], reads: [], summary: 'Sign out' },

  incidentList: {
    method: 'GET',
    path: '/incidents',
    needs: ['security-data.read'],
    reads: ['incident', 'action'],
    summary: 'The incident queue',
  },
  incidentFacets: {
    method: 'GET',
    path: '/incidents/facets',
    needs: ['security-data.read'],
    reads: ['incident'],
    summary: 'Values and counts for the queue filters',
  },
  incidentTrend: {
    method: 'GET',
    path: '/incidents/trend',
    needs: ['security-data.read'],
    reads: ['incident', 'alert'],
    summary: 'Alerts received and incidents created per hour',
  },
  incidentGet: {
    method: 'GET',
    path: '/incidents/{id}',
    needs: ['security-data.read'],
    reads: ['incident', 'alert', 'action'],
    summary: 'One incident with its alerts and activity log',
  },
  incidentUpdate: {
    method: 'PATCH',
    path: '/incidents/{id}',
    needs: ['alerts.manage'],
    reads: [],
    summary: 'Change name, status, severity, assignment, classification or tags',
  },
  incidentComment: {
    method: 'POST',
    path: '/incidents/{id}/comments',
    needs: ['alerts.manage'],
    reads: [],
    summary: 'Add a comment to the activity log',
  },
  incidentGraph: {
    method: 'GET',
    path: '/incidents/{id}/graph',
    needs: ['security-data.read'],
    reads: ['incident', 'alert', 'entity', 'action'],
    summary: 'The entity graph of an incident',
  },

  alertList: {
    method: 'GET',
    path: '/alerts',
    needs: ['security-data.read'],
    reads: ['alert'],
    summary: 'The alert queue',
  },
  alertGet: {
    method: 'GET',
    path: '/alerts/{id}',
    needs: ['security-data.read'],
    reads: ['alert'],
    summary: 'One alert with its evidence and source events',
  },
  alertShown: {
    method: 'POST',
    path: '/alerts/shown',
    needs: ['security-data.read'],
    reads: [],
    summary:
      'An open console says which new rows it has just painted; measures detection latency, changes nothing else',
  },
  alertUpdate: {
    method: 'PATCH',
    path: '/alerts/{id}',
    needs: ['alerts.manage'],
    reads: [],
    summary: 'Change the status of an alert',
  },

  entityGet: {
    method: 'GET',
    path: '/entities/{key}',
    needs: ['security-data.read'],
    reads: ['entity', 'alert', 'action'],
    summary: 'Everything known of an entity',
  },

  actionList: {
    method: 'GET',
    path: '/actions',
    needs: ['security-data.read'],
    reads: ['action'],
    summary: 'The Action center',
  },
  actionGet: {
    method: 'GET',
    path: '/actions/{id}',
    needs: ['security-data.read'],
    reads: ['action'],
    summary: 'One action with its steps and the evidence of its verification',
  },
  actionPreflight: {
    method: 'POST',
    path: '/actions/preflight',
    needs: ['security-data.read'],
    reads: ['action', 'entity', 'cluster'],
    summary: 'What an action would need, change and cause; writes nothing',
  },
  actionRequest: {
    method: 'POST',
    path: '/actions',
    needs: ['alerts.manage', 'response.manage'],
    reads: [],
    summary: 'Request an action (header Idempotency-Key)',
  },
  actionRequestMany: {
    method: 'POST',
    path: '/actions/batch',
    needs: ['alerts.manage', 'response.manage'],
    reads: [],
    summary: 'Request an action on several targets, one row each (header Idempotency-Key)',
  },
  actionApprove: {
    method: 'POST',
    path: '/actions/approve',
    needs: ['response.approve'],
    reads: [],
    summary: 'Approve actions that wait for a second person',
  },
  actionReject: {
    method: 'POST',
    path: '/actions/reject',
    needs: ['response.approve'],
    reads: [],
    summary: 'Reject actions that wait for a second person',
  },
  actionRepair: {
    method: 'POST',
    path: '/actions/{id}/repair',
    needs: ['alerts.manage', 'response.manage'],
    reads: [],
    summary: 'Put back what is missing of a containment, and prove it again',
  },
  actionRenew: {
    method: 'POST',
    path: '/actions/{id}/renew',
    needs: ['alerts.manage', 'response.manage'],
    reads: [],
    summary: 'Change when a containment ends by itself',
  },
  actionReview: {
    method: 'POST',
    path: '/actions/{id}/review',
    needs: ['response.approve'],
    reads: [],
    summary: 'Agree or disagree with an action that is due for review',
  },
  containmentList: {
    method: 'GET',
    path: '/containment',
    needs: ['security-data.read'],
    reads: ['action', 'cluster', 'entity'],
    summary: 'Every isolation and restriction in force, as the clusters themselves say',
  },
  responsePolicyGet: {
    method: 'GET',
    path: '/settings/response',
    needs: ['security-data.read'],
    reads: ['settings'],
    summary: 'When actions need a second person, and how many are reviewed',
  },
  responsePolicyUpdate: {
    method: 'PATCH',
    path: '/settings/response',
    needs: ['authorization.manage'],
    reads: [],
    summary: 'Change the approval and review policy',
  },
  retentionGet: {
    method: 'GET',
    path: '/settings/retention',
    needs: ['security-data.read'],
    reads: ['settings'],
    summary: 'How long the events of each hunting table are kept, and what they hold',
  },
  retentionUpdate: {
    method: 'PATCH',
    path: '/settings/retention',
    needs: ['authorization.manage'],
    reads: [],
    summary: 'Change how long events are kept; what is older is dropped at once',
  },
  actionCancel: {
    method: 'POST',
    path: '/actions/{id}/cancel',
    needs: ['alerts.manage', 'response.manage'],
    reads: [],
    summary: 'Cancel an action before its first write',
  },
  actionExport: {
    method: 'GET',
    path: '/actions/export.csv',
    needs: ['security-data.read'],
    reads: [],
    summary: 'The filtered Action center as CSV',
    raw: true,
  },
  actionBundle: {
    method: 'GET',
    path: '/actions/{id}/evidence',
    needs: ['security-data.read'],
    reads: [],
    summary: 'The evidence bundle captured before a termination',
    raw: true,
  },

  clusterList: {
    method: 'GET',
    path: '/clusters',
    needs: ['security-data.read'],
    reads: ['cluster', 'coverage'],
    summary: 'Connected clusters, their state and what they can do',
  },
  userList: {
    method: 'GET',
    path: '/users',
    needs: ['security-data.read'],
    reads: ['account'],
    summary: 'People an incident can be assigned to',
  },
  ruleList: {
    method: 'GET',
    path: '/detection-rules',
    needs: ['security-data.read'],
    reads: ['rule'],
    summary: 'Detection rules with what they matched',
  },
  ...detectionRoutes,
  coverageGet: {
    method: 'GET',
    path: '/coverage',
    needs: ['security-data.read'],
    reads: ['coverage'],
    summary: 'Which sources send what, since when',
  },
  setAsideList: {
    method: 'GET',
    path: '/coverage/set-aside',
    needs: ['security-data.read'],
    reads: ['coverage'],
    summary: 'Events that could not be taken, with the reason',
  },

  simulationList: {
    method: 'GET',
    path: '/simulations',
    needs: ['security-data.read'],
    reads: ['simulation'],
    summary: 'Attack scenarios and their runs',
  },
  simulationRun: {
    method: 'POST',
    path: '/simulations',
    needs: ['response.manage'],
    reads: [],
    summary: 'Run an attack scenario on a cluster that allows it',
  },

  accountList: {
    method: 'GET',
    path: '/accounts',
    needs: ['authorization.manage'],
    reads: ['account'],
    summary: 'Local accounts',
  },
  accountCreate: {
    method: 'POST',
    path: '/accounts',
    needs: ['authorization.manage'],
    reads: [],
    summary: 'Add a local account',
  },
  accountUpdate: {
    method: 'PATCH',
    path: '/accounts/{name}',
    needs: ['authorization.manage'],
    reads: [],
    summary: 'Change role, password or lock of an account',
  },
  tokenList: {
    method: 'GET',
    path: '/tokens',
    needs: ['authorization.manage'],
    reads: ['token'],
    summary: 'API and ingest tokens',
  },
  tokenCreate: {
    method: 'POST',
    path: '/tokens',
    needs: ['authorization.manage'],
    reads: [],
    summary: 'Make an API or ingest token; it is shown once',
  },
  tokenDelete: {
    method: 'DELETE',
    path: '/tokens/{id}',
    needs: ['authorization.manage'],
    reads: [],
    summary: 'Revoke a token',
  },

  ...recordRoutes,

  ...huntingRoutes,

  ...customDetectionRoutes,

  stream: {
    method: 'GET',
    path: '/stream',
    needs: ['security-data.read'],
    reads: [],
    summary: 'Server-sent events: which nouns changed',
    raw: true,
  },
} as const satisfies Record<string, Route>

export type EndpointName = keyof typeof routes
