import type { ActionOptions, ActionType } from './action.ts'
import { actions } from './actions/index.ts'

/** One right of the console's account in a cluster. */
export interface Right {
  group: string
  resources: string[]
  verbs: string[]
  why: string
  /** Limits a right to objects of these names. */
  names?: string[]
  /** Only needed when this feature is switched on. */
  feature?: Feature
  /** A better way to do it; without this right there is another. */
  optional?: boolean
  /** The resource has no namespace. */
  clusterScoped?: boolean
  /** Needed only if the person chose so. */
  chosen?: (options: ActionOptions) => boolean
}

/** What an installation may leave off, with the rights it needs. */
export type Feature = 'probe' | 'evict' | 'workloads' | 'impersonate'

/** What watching needs: inventory, preflight and verification. No secrets, nothing with `*`. */
export const readRights: Right[] = [
  {
    group: '',
    resources: ['pods', 'services', 'nodes', 'namespaces', 'serviceaccounts', 'events'],
    verbs: ['get', 'list', 'watch'],
    why: 'inventory, panes and verification',
  },
  { group: '', resources: ['pods/log'], verbs: ['get'], why: 'evidence before a termination' },
  {
    group: '',
    resources: ['configmaps'],
    verbs: ['get'],
    names: ['cilium-config', 'amazon-vpc-cni'],
    why: 'whether the network plugin enforces policies',
  },
  {
    group: 'apps',
    resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
    verbs: ['get', 'list', 'watch'],
    why: 'owners of pods',
  },
  { group: 'batch', resources: ['jobs', 'cronjobs'], verbs: ['get', 'list', 'watch'], why: 'owners of pods' },
  {
    group: 'networking.k8s.io',
    resources: ['networkpolicies', 'ingresses'],
    verbs: ['get', 'list', 'watch'],
    why: 'effective policy',
  },
  {
    group: 'policy',
    resources: ['poddisruptionbudgets'],
    verbs: ['get', 'list', 'watch'],
    why: 'consequences of an action',
  },
  {
    group: 'discovery.k8s.io',
    resources: ['endpointslices'],
    verbs: ['get', 'list', 'watch'],
    why: 'which services a pod serves',
  },
  {
    group: 'cilium.io',
    resources: ['ciliumnetworkpolicies', 'ciliumclusterwidenetworkpolicies'],
    verbs: ['get', 'list', 'watch'],
    why: 'effective policy',
  },
  {
    group: 'projectcalico.org',
    resources: ['networkpolicies', 'globalnetworkpolicies', 'tiers'],
    verbs: ['get', 'list', 'watch'],
    why: 'effective policy',
  },
  {
    group: 'crd.projectcalico.org',
    resources: ['networkpolicies', 'globalnetworkpolicies', 'tiers'],
    verbs: ['get', 'list', 'watch'],
    why: 'effective policy',
  },
  {
    group: 'policy.networking.k8s.io',
    resources: ['clusternetworkpolicies', 'adminnetworkpolicies', 'baselineadminnetworkpolicies'],
    verbs: ['get', 'list', 'watch'],
    why: 'effective policy',
  },
]

/** What enforcers say of their own work, read object by object while a containment is verified. */
const enforcerRights: Right[] = [
  {
    group: 'cilium.io',
    resources: ['ciliumendpoints'],
    verbs: ['get'],
    why: 'what Cilium says of the contained pod',
  },
  {
    group: 'networking.k8s.aws',
    resources: ['policyendpoints'],
    // Their names end in random characters, so they can't be asked for one by one.
    verbs: ['list'],
    why: 'what the AWS policy controller has resolved for the contained pod',
  },
]

/** What an action writes when it is done in this way. Preflight asks the cluster for exactly these (SelfSubjectAccessReview). */
export function rightsOf(type: ActionType, options: ActionOptions): Right[] {
  return actions[type].rights.filter((r) => r.chosen?.(options) ?? true)
}

/** Rights of features that an installation may leave off. */
export const featureRights: Right[] = [
  // Off unless asked for: it lets the console act as anyone whose name it knows. Limit it by resourceNames.
  {
    group: '',
    resources: ['users'],
    verbs: ['impersonate'],
    why: 'the person who acts shows in the audit log as themselves',
    feature: 'impersonate',
  },
]

/** The ClusterRole of the console's account, computed from what the actions do; the least that works. */
export function consoleClusterRole(features: {
  probe: boolean
  evict: boolean
  workloads?: boolean
  impersonate?: boolean
}) {
  const on = { workloads: true, impersonate: false, ...features }
  const rights = [
    ...readRights,
    ...enforcerRights,
    ...Object.values(actions).flatMap((a) => a.rights),
    ...featureRights,
  ].filter((r) => !r.feature || on[r.feature])
  const merged = new Map<
    string,
    { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] }
  >()
  for (const r of rights) {
    for (const resource of r.resources) {
      const key = `${r.group}/${resource}/${r.names?.join() ?? ''}`
      const rule = merged.get(key) ?? {
        apiGroups: [r.group],
        resources: [resource],
        verbs: [],
        ...(r.names ? { resourceNames: r.names } : {}),
      }
      rule.verbs = [...new Set([...rule.verbs, ...r.verbs])]
      merged.set(key, rule)
    }
  }
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'cordon-console' },
    rules: [...merged.values()],
  }
}
