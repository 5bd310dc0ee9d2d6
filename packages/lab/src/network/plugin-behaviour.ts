/** Network plugins the lab emulates, by what they do with policies and with flows that are already open. */
export type NetworkPlugin = 'cilium' | 'calico' | 'azure-npm' | 'aws-node' | 'none'

export interface PolicyKind {
  group: string
  resource: string
}

const ADMIN: PolicyKind[] = ['clusternetworkpolicies', 'adminnetworkpolicies', 'baselineadminnetworkpolicies'].map(
  (resource) => ({ group: 'policy.networking.k8s.io', resource }),
)
const PLAIN: PolicyKind[] = [{ group: 'networking.k8s.io', resource: 'networkpolicies' }]

export interface PluginBehaviour {
  /** Policy objects the plugin reads; none when policies have no effect. */
  policyKinds: PolicyKind[]
  /**
   * What a new deny does to a flow that is open:
   * `cut` – each packet of the initiating direction is judged again, so both ends starve;
   * `survive` – accepted by connection tracking before any policy;
   * `cut-when-state-changes` – judged again only if one end had no policy before and has one now, or the reverse.
   */
  openFlows: 'cut' | 'survive' | 'cut-when-state-changes'
}

/** Sources: response research, section 3 (Cilium policy lookup per packet, Calico and NPM conntrack accept, AWS flow state). */
export const pluginBehaviour: Record<NetworkPlugin, PluginBehaviour> = {
  cilium: {
    policyKinds: [
      ...PLAIN,
      { group: 'cilium.io', resource: 'ciliumnetworkpolicies' },
      { group: 'cilium.io', resource: 'ciliumclusterwidenetworkpolicies' },
    ],
    openFlows: 'cut',
  },
  calico: {
    policyKinds: [
      ...PLAIN,
      ...ADMIN,
      ...['projectcalico.org', 'crd.projectcalico.org'].flatMap((group) =>
        ['networkpolicies', 'globalnetworkpolicies', 'tiers'].map((resource) => ({ group, resource })),
      ),
    ],
    openFlows: 'survive',
  },
  'azure-npm': { policyKinds: PLAIN, openFlows: 'survive' },
  'aws-node': { policyKinds: PLAIN, openFlows: 'cut-when-state-changes' },
  none: { policyKinds: [], openFlows: 'survive' },
}
