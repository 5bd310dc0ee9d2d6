import type { ClusterView, Pod, PolicyTier } from '../cluster-view.ts'
import { type ContainmentKind, markers } from '../markers.ts'
import type { NetworkPlugin } from '../network-plugin.ts'
import { compareVersions } from '../network-plugin.ts'
import { type Blocked, kubeletPorts } from './restricted-addresses.ts'

/** A policy object without its metadata. */
export interface PolicySpec {
  apiVersion: string
  kind: string
  /** Objects without a namespace can't be owned by the pod; they are removed by us. */
  clusterScoped?: boolean
  spec: unknown
}

export interface SpecInput {
  view: ClusterView
  pod: Pod
  actionId: string
  plugin: NetworkPlugin | undefined
  /** Does any other policy already limit the pod's egress? */
  egressLimited: boolean
  blocked: Blocked[]
}

/** One way to contain a pod by policies, best first. Undefined = not possible on this cluster or for this pod. */
export interface Rung {
  id: string
  label: string
  objects(input: SpecInput): PolicySpec[] | undefined
}

const everywhere = ['0.0.0.0/0', '::/0']

function tierOf(view: ClusterView, id: PolicyTier['id']): PolicyTier | undefined {
  return view.tiers.find((t) => t.id === id)
}

const selected = (kind: ContainmentKind, actionId: string) => ({ matchLabels: { [markers[kind]]: actionId } })
const calicoSelector = (kind: ContainmentKind, actionId: string) => `${markers[kind]} == '${actionId}'`

/**
 * The kind of admin tier that is served here and that this enforcer evaluates (implementations as listed by the
 * network-policy-api project, 2026-04): ClusterNetworkPolicy v1alpha2 took the place of AdminNetworkPolicy v1alpha1, and
 * hardly anyone evaluates both. One that is stored and ignored would deny nothing.
 */
function adminTier(view: ClusterView, plugin: NetworkPlugin | undefined): PolicyTier | undefined {
  const newer = tierOf(view, 'cluster-network-policy')
  const older = tierOf(view, 'admin-network-policy')
  const version = plugin?.version
  const from = (minimum: string) => version !== undefined && compareVersions(version, minimum) >= 0
  if (plugin?.id === 'calico') return from('3.32') ? newer : from('3.29') ? older : undefined
  if (plugin?.name === 'kube-network-policies') return from('0.9') ? newer : older
  return plugin?.name === 'OVN-Kubernetes' || plugin?.name === 'Antrea' ? older : undefined
}

function adminSubject(kind: ContainmentKind, { pod, actionId }: SpecInput) {
  return {
    pods: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': pod.metadata.namespace ?? 'default' } },
      podSelector: selected(kind, actionId),
    },
  }
}

// Equal priorities are undefined, so ours must be a number nobody uses (ClusterNetworkPolicy v1alpha2: 0–1000, low first).
function freePriority(view: ClusterView): number | undefined {
  const used = new Set(view.otherPolicies.map((p) => (p.spec as { priority?: number } | undefined)?.priority))
  for (let n = 0; n <= 1000; n++) if (!used.has(n)) return n
  return undefined
}

const emptyNetworkPolicy = (actionId: string): PolicySpec => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  spec: { podSelector: selected('isolation', actionId), policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] },
})

/** The ladder of isolation (response semantics, section 5): tiers in which a deny beats every allow, then plain. */
export const isolationRungs: Rung[] = [
  {
    id: 'cilium-deny',
    label: 'Cilium deny policy: beats every policy that allows',
    objects({ view, actionId, plugin }) {
      const tier = tierOf(view, 'cilium')
      if (!tier || plugin?.id !== 'cilium') return undefined
      const spec = {
        endpointSelector: selected('isolation', actionId),
        ingressDeny: [{ fromEntities: ['all'] }],
        egressDeny: [{ toEntities: ['all'] }],
      }
      return [{ apiVersion: tier.apiVersion, kind: 'CiliumNetworkPolicy', spec }]
    },
  },
  {
    id: 'calico-deny',
    label: 'Calico policy ordered before all NetworkPolicies',
    objects({ view, actionId, plugin }) {
      const tier = tierOf(view, 'calico')
      if (!tier || plugin?.id !== 'calico') return undefined
      const spec = {
        tier: 'default',
        // NetworkPolicies have order 1000 in this tier; the first rule that matches decides.
        order: 1,
        selector: calicoSelector('isolation', actionId),
        types: ['Ingress', 'Egress'],
        ingress: [{ action: 'Deny' }],
        egress: [{ action: 'Deny' }],
      }
      return [{ apiVersion: tier.apiVersion, kind: 'NetworkPolicy', spec }]
    },
  },
  {
    id: 'admin-deny',
    label: 'Admin-tier deny and a NetworkPolicy without rules',
    objects(input) {
      const tier = adminTier(input.view, input.plugin)
      const priority = freePriority(input.view)
      if (!tier || priority === undefined) return undefined
      const cluster = tier.id === 'cluster-network-policy'
      const spec = {
        ...(cluster ? { tier: 'Admin' } : {}),
        priority,
        subject: adminSubject('isolation', input),
        // Ingress peers can only be pods here; the NetworkPolicy beside it closes what comes from outside.
        ingress: [{ name: 'deny-all-pods', action: 'Deny', from: [{ namespaces: {} }] }],
        egress: [{ name: 'deny-all', action: 'Deny', to: [{ networks: everywhere }] }],
      }
      return [
        {
          apiVersion: tier.apiVersion,
          kind: cluster ? 'ClusterNetworkPolicy' : 'AdminNetworkPolicy',
          clusterScoped: true,
          spec,
        },
        emptyNetworkPolicy(input.actionId),
      ]
    },
  },
  { id: 'network-policy', label: 'NetworkPolicy', objects: ({ actionId }) => [emptyNetworkPolicy(actionId)] },
]

/** The ladder of a restriction: everything stays as it was, except for a few addresses. */
export const restrictionRungs: Rung[] = [
  {
    id: 'cilium-deny',
    label: 'Cilium deny policy for these addresses',
    objects(input) {
      const tier = tierOf(input.view, 'cilium')
      if (!tier || input.plugin?.id !== 'cilium') return undefined
      const version = input.plugin.version
      const fine = version !== undefined && compareVersions(version, '1.16') >= 0
      // A policy with only denials would switch on default deny; 1.16 can leave that off, before it an allow-all must.
      const keepOpen = fine
        ? { enableDefaultDeny: { ingress: false, egress: false } }
        : input.egressLimited
          ? {}
          : { egress: [{ toEntities: ['all'] }] }
      const spec = {
        endpointSelector: selected('restriction', input.actionId),
        ...keepOpen,
        egressDeny: [
          { toCIDR: input.blocked.filter((b) => b.cidr && b.what !== 'kubelet').map((b) => b.cidr) },
          { toEntities: ['kube-apiserver'] },
          {
            toEntities: ['host', 'remote-node'],
            toPorts: [{ ports: kubeletPorts.map((p) => ({ port: String(p), protocol: 'TCP' })) }],
          },
        ],
      }
      return [{ apiVersion: tier.apiVersion, kind: 'CiliumNetworkPolicy', spec }]
    },
  },
  {
    id: 'calico-deny',
    label: 'Calico policy ordered before all NetworkPolicies',
    objects(input) {
      const tier = tierOf(input.view, 'calico')
      if (!tier || input.plugin?.id !== 'calico') return undefined
      const nets = (what: (b: Blocked) => boolean) => input.blocked.filter((b) => b.cidr && what(b)).map((b) => b.cidr)
      const spec = {
        tier: 'default',
        order: 1,
        selector: calicoSelector('restriction', input.actionId),
        types: ['Egress'],
        egress: [
          { action: 'Deny', destination: { nets: nets((b) => b.what !== 'kubelet') } },
          {
            action: 'Deny',
            protocol: 'TCP',
            destination: { nets: nets((b) => b.what === 'kubelet'), ports: kubeletPorts },
          },
          // The end of a tier denies; without other policies the rest must stay as open as it was.
          ...(input.egressLimited ? [] : [{ action: 'Allow' }]),
        ],
      }
      return [{ apiVersion: tier.apiVersion, kind: 'NetworkPolicy', spec }]
    },
  },
  {
    id: 'admin-deny',
    label: 'Admin-tier deny for these addresses',
    objects(input) {
      const tier = adminTier(input.view, input.plugin)
      const priority = freePriority(input.view)
      if (!tier || priority === undefined) return undefined
      const cluster = tier.id === 'cluster-network-policy'
      const ports = kubeletPorts.map((port) =>
        cluster ? { tcp: { destinationPort: { number: port } } } : { portNumber: { protocol: 'TCP', port } },
      )
      const networks = (what: (b: Blocked) => boolean) => [
        { networks: input.blocked.filter((b) => b.cidr && what(b)).map((b) => b.cidr) },
      ]
      const spec = {
        ...(cluster ? { tier: 'Admin' } : {}),
        priority,
        subject: adminSubject('restriction', input),
        egress: [
          { name: 'deny-control', action: 'Deny', to: networks((b) => b.what !== 'kubelet') },
          {
            name: 'deny-kubelets',
            action: 'Deny',
            to: networks((b) => b.what === 'kubelet'),
            [cluster ? 'protocols' : 'ports']: ports,
          },
        ],
      }
      return [
        {
          apiVersion: tier.apiVersion,
          kind: cluster ? 'ClusterNetworkPolicy' : 'AdminNetworkPolicy',
          clusterScoped: true,
          spec,
        },
      ]
    },
  },
  {
    id: 'network-policy',
    label: 'NetworkPolicy that allows everything else',
    objects(input) {
      // NetworkPolicies only add: beside another egress policy this one would open what that one closes.
      if (input.egressLimited) return undefined
      return [{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', spec: allowAllBut(input) }]
    },
  },
]

function allowAllBut({ actionId, blocked }: SpecInput) {
  const cidrs = blocked.flatMap((b) => (b.cidr ? [b.cidr] : []))
  const of = (six: boolean) => [...new Set(cidrs)].filter((c) => c.includes(':') === six).toSorted()
  const nodes = [...new Set(blocked.filter((b) => b.what === 'kubelet').flatMap((b) => (b.cidr ? [b.cidr] : [])))]
  const entirely = new Set(blocked.filter((b) => b.what !== 'kubelet').map((b) => b.cidr))
  const partly = nodes.filter((n) => !entirely.has(n)).toSorted()
  const block = (cidr: string, except: string[]) => ({ ipBlock: { cidr, ...(except.length > 0 ? { except } : {}) } })
  const others = [
    { protocol: 'TCP', port: 1, endPort: 10_249 },
    { protocol: 'TCP', port: 10_251, endPort: 10_254 },
    { protocol: 'TCP', port: 10_256, endPort: 65_535 },
    { protocol: 'UDP', port: 1, endPort: 65_535 },
  ]
  return {
    podSelector: selected('restriction', actionId),
    policyTypes: ['Egress'],
    egress: [
      { to: [block('0.0.0.0/0', of(false)), block('::/0', of(true)), { namespaceSelector: {} }] },
      ...(partly.length > 0 ? [{ to: partly.map((cidr) => block(cidr, [])), ports: others }] : []),
    ],
  }
}
