import type { Right } from './rights.ts'

export function networkPolicyRight(verb: 'create' | 'delete', why: string): Right {
  return { group: 'networking.k8s.io', resources: ['networkpolicies'], verbs: [verb], why }
}

/** Without it containments work, and none is ever verified. */
export const probeRight: Right = {
  group: '',
  resources: ['pods'],
  verbs: ['create'],
  why: 'start a short-lived canary that probes an isolation',
  feature: 'probe',
  optional: true,
}

/** Rights on policies in which a deny beats every allow; without them the ladder goes on with NetworkPolicies. */
export function denyTierRights(verb: 'create' | 'delete', why: string): Right[] {
  const on = (group: string, resources: string[], clusterScoped?: boolean): Right => ({
    group,
    resources,
    verbs: [verb],
    why,
    optional: true,
    ...(clusterScoped ? { clusterScoped } : {}),
  })
  return [
    on('cilium.io', ['ciliumnetworkpolicies']),
    on('projectcalico.org', ['networkpolicies']),
    on('crd.projectcalico.org', ['networkpolicies']),
    on('policy.networking.k8s.io', ['clusternetworkpolicies', 'adminnetworkpolicies'], true),
  ]
}
