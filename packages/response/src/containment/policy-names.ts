import type { NetworkPolicyObject } from '../cluster-view.ts'
import { type ContainmentKind, markers } from '../markers.ts'

const plurals: Record<string, string> = {
  'networking.k8s.io NetworkPolicy': 'networkpolicies',
  'cilium.io CiliumNetworkPolicy': 'ciliumnetworkpolicies',
  'projectcalico.org NetworkPolicy': 'networkpolicies',
  'crd.projectcalico.org NetworkPolicy': 'networkpolicies',
  'policy.networking.k8s.io ClusterNetworkPolicy': 'clusternetworkpolicies',
  'policy.networking.k8s.io AdminNetworkPolicy': 'adminnetworkpolicies',
}

/** Made from the action alone, so that a repeat after a crash finds it. */
export function policyName(actionId: string, kind: ContainmentKind = 'isolation'): string {
  return `cordon-${kind}-${actionId}`
}

/** Path of the collection a policy lives in; undefined for kinds we never write. */
export function policyCollection(
  p: { apiVersion: string; kind: string },
  namespace: string | undefined,
): string | undefined {
  const group = p.apiVersion.split('/')[0] ?? ''
  const plural = plurals[`${group} ${p.kind}`]
  if (!plural) return undefined
  const base = `/apis/${p.apiVersion}`
  return namespace ? `${base}/namespaces/${namespace}/${plural}` : `${base}/${plural}`
}

/**
 * Did this action create the object? Label, manager and name must all agree: anyone may copy a label onto an object of
 * theirs, and we would otherwise delete it for them.
 */
export function isPolicyOf(policy: Pick<NetworkPolicyObject, 'metadata'>, actionId: string): boolean {
  const { labels, name } = policy.metadata
  return (
    labels?.[markers.action] === actionId &&
    labels[markers.managedBy] === markers.managedByValue &&
    // Calico prefixes what lives in its default tier.
    /^(default\.)?cordon-(isolation|restriction)-/.test(name) &&
    name.endsWith(`-${actionId}`)
  )
}
