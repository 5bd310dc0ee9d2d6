import type { RequestInfo } from './request-info.ts'
import type { Identity } from '../ports.ts'

export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse'
export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete'

/** One rule of an audit policy; a request takes the first rule whose given parts all match. */
export interface AuditPolicyRule {
  level: AuditLevel
  users?: string[]
  userGroups?: string[]
  verbs?: string[]
  /** `resources` as in RBAC (`pods`, `pods/log`); all of the group when left out. */
  resources?: { group: string; resources?: string[] }[]
  namespaces?: string[]
  nonResourceURLs?: string[]
}

export interface AuditPolicy {
  omitStages: AuditStage[]
  rules: AuditPolicyRule[]
}

/** Secrets never show bodies; reads show that they happened; writes show what was written. */
export const DEFAULT_AUDIT_POLICY: AuditPolicy = {
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'Metadata',
      resources: [
        { group: '', resources: ['secrets', 'configmaps', 'serviceaccounts/token'] },
        { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
        { group: 'coordination.k8s.io', resources: ['leases'] },
      ],
    },
    {
      level: 'Metadata',
      userGroups: ['system:nodes'],
      resources: [
        { group: '', resources: ['nodes', 'nodes/status', 'events'] },
        { group: 'events.k8s.io', resources: ['events'] },
      ],
    },
    {
      level: 'Request',
      verbs: ['get', 'list', 'watch'],
      resources: [
        '',
        'apps',
        'batch',
        'networking.k8s.io',
        'rbac.authorization.k8s.io',
        'certificates.k8s.io',
        'admissionregistration.k8s.io',
        'discovery.k8s.io',
        'policy',
      ].map((group) => ({ group })),
    },
    { level: 'RequestResponse' },
  ],
}

/** The level the policy gives to a request. */
export function auditLevel(policy: AuditPolicy, info: RequestInfo, identity: Identity | undefined): AuditLevel {
  return policy.rules.find((rule) => matches(rule, info, identity))?.level ?? 'None'
}

function matches(rule: AuditPolicyRule, info: RequestInfo, identity: Identity | undefined): boolean {
  if (rule.users && !rule.users.includes(identity?.username ?? '')) return false
  if (rule.userGroups && !rule.userGroups.some((group) => identity?.groups.includes(group))) return false
  if (rule.verbs && !rule.verbs.includes(info.verb)) return false
  if (rule.namespaces && !rule.namespaces.includes(info.namespace)) return false
  if (rule.nonResourceURLs)
    return (
      !info.isResource &&
      rule.nonResourceURLs.some(
        (url) => url === info.path || (url.endsWith('*') && info.path.startsWith(url.slice(0, -1))),
      )
    )
  if (!rule.resources) return true
  if (!info.isResource) return false
  const full = info.subresource ? `${info.resource}/${info.subresource}` : info.resource
  return rule.resources.some(
    ({ group, resources }) =>
      group === info.group && (!resources?.length || resources.includes(full) || resources.includes('*')),
  )
}
