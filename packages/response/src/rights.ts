import type { ActionType } from './action.ts'

/** One right of the console's account in a cluster. */
export interface Right {
  group: string
  resources: string[]
  verbs: string[]
  why: string
  /** Limits a right to objects of these names. */
  names?: string[]
  /** Only needed when this feature is switched on. */
  feature?: 'probe' | 'evict'
}

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

/** What each action writes. Preflight asks the cluster for exactly these (SelfSubjectAccessReview). */
export const actionRights: Record<ActionType, Right[]> = {
  'isolate-pod': [
    { group: 'networking.k8s.io', resources: ['networkpolicies'], verbs: ['create'], why: 'isolate a pod' },
    { group: '', resources: ['pods'], verbs: ['patch'], why: 'label the isolated pod' },
  ],
  'release-pod': [
    { group: 'networking.k8s.io', resources: ['networkpolicies'], verbs: ['delete'], why: 'release a pod' },
    { group: '', resources: ['pods'], verbs: ['patch'], why: 'take our label off' },
  ],
  'terminate-pod': [{ group: '', resources: ['pods'], verbs: ['delete'], why: 'terminate a pod' }],
}

/** Rights of features that an installation may leave off. */
export const featureRights: Right[] = [
  {
    group: '',
    resources: ['pods'],
    verbs: ['create'],
    why: 'start a short-lived canary that probes an isolation',
    feature: 'probe',
  },
  { group: '', resources: ['pods/eviction'], verbs: ['create'], why: 'evict a pod gently', feature: 'evict' },
]

/** The ClusterRole of the console's account, computed from what the actions do; the least that works. */
export function consoleClusterRole(features: { probe: boolean; evict: boolean }) {
  const rights = [
    ...readRights,
    ...Object.values(actionRights).flat(),
    ...featureRights.filter((r) => r.feature && features[r.feature]),
  ]
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
