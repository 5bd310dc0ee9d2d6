import { type Role, type Permission, can, isLimited, type Scope, scopeText } from '@cordon/rbac'
import { type EndpointName, type Route, routes } from './routes.ts'

/**
 * Endpoints for people and tokens that are limited to clusters or namespaces: their handlers leave out and refuse what
 * is outside, or tell nothing of any cluster. All others refuse such callers, so that a new endpoint leaks nothing.
 */
const scopedEndpoints: ReadonlySet<EndpointName> = new Set([
  'sessionGet',
  'sessionCreate',
  'sessionDelete',
  'stream',
  'userList',
  'responsePolicyGet',
  'incidentList',
  'incidentFacets',
  'incidentTrend',
  'incidentGet',
  'incidentUpdate',
  'incidentComment',
  'incidentGraph',
  'alertList',
  'alertGet',
  'alertShown',
  'alertUpdate',
  'entityGet',
  'actionList',
  'actionGet',
  'actionPreflight',
  'actionRequest',
  'actionRequestMany',
  'actionApprove',
  'actionReject',
  'actionRepair',
  'actionRenew',
  'actionReview',
  'actionCancel',
  'actionExport',
  'actionBundle',
  'containmentList',
  'clusterList',
  'coverageGet',
  'huntingQuery',
  'huntingStream',
  'huntingUsage',
  'huntingDiagnose',
  'huntingComplete',
  'huntingSchema',
  'huntingReady',
  'huntingQueryList',
  'huntingQueryCreate',
  'huntingQueryUpdate',
  'huntingQueryDelete',
  'huntingHistory',
  'huntingExport',
  'huntingLink',
  'customDetectionList',
  'customDetectionGet',
  'customDetectionCheck',
  'customDetectionPreview',
  'customDetectionCreate',
  'customDetectionUpdate',
  'customDetectionDelete',
  'customDetectionRun',
])

/** May a holder of this role, within this scope, call the endpoint? A refusal says what is missing. */
export function mayCall(
  name: EndpointName,
  { role, scope }: { role: Role; scope: Scope },
): { allowed: true } | { allowed: false; reason: string } {
  const { needs }: Route = routes[name]
  if (needs === 'public') return { allowed: true }
  const decision = can(role, needs as readonly Permission[])
  if (!decision.allowed) return decision
  if (!isLimited(scope) || scopedEndpoints.has(name)) return { allowed: true }
  return {
    allowed: false,
    reason: `Your access is limited to ${scopeText(scope)}, and this concerns all clusters. An administrator can lift the limit.`,
  }
}
