import type { ClusterView, Pod } from './cluster-view.ts'

/** A network policy enforcer as running pods show it. */
export interface NetworkPlugin {
  id: 'azure-npm' | 'calico' | 'cilium' | 'aws-node' | 'other' | 'none'
  name: string
  /** Undefined = cannot be told (digest-only or floating tag). */
  version: string | undefined
  enforces: 'yes' | 'no' | 'unknown'
  /** On the list of supported plugins at or above the minimum version. */
  supported: boolean
  detail: string
  /** What a new deny does to connections that are open already; sources in docs/containment.md. */
  establishedConnections: 'cut' | 'may-continue' | 'unknown'
}

/** Minimum versions of the reference documentation (seed “Network policy requirement”). */
export const minimumVersions = {
  'azure-npm': '1.5.34',
  calico: '3.24.1',
  cilium: '1.13.1',
  'aws-node': '1.15.1',
} as const
export const minimumKubernetes = '1.27'

interface Signature {
  id: NetworkPlugin['id']
  name: string
  apps: string[]
  image: RegExp
  established: NetworkPlugin['establishedConnections']
}

// Names and labels by which agents are found: their published manifests, listed in docs/containment.md.
const signatures: Signature[] = [
  { id: 'azure-npm', name: 'Azure-NPM', apps: ['azure-npm'], image: /azure-npm[:@]/, established: 'may-continue' },
  {
    id: 'calico',
    name: 'Calico',
    apps: ['calico-node', 'canal'],
    image: /calico\/node[:@]|\/node:v3\./,
    established: 'may-continue',
  },
  {
    id: 'cilium',
    name: 'Cilium',
    apps: ['cilium', 'anetd'],
    image: /cilium(-distroless)?[:@]|cilium\/cilium/,
    established: 'cut',
  },
  { id: 'aws-node', name: 'AWS-node', apps: ['aws-node'], image: /amazon-k8s-cni[:@]/, established: 'unknown' },
  { id: 'other', name: 'kube-router', apps: ['kube-router'], image: /kube-router[:@]/, established: 'may-continue' },
  {
    id: 'other',
    name: 'Antrea',
    apps: ['antrea', 'antrea-agent'],
    image: /antrea-agent|antrea-ubuntu/,
    established: 'may-continue',
  },
  { id: 'other', name: 'OVN-Kubernetes', apps: ['ovnkube-node'], image: /ovn-kube/, established: 'cut' },
  { id: 'other', name: 'Weave Net', apps: ['weave-net'], image: /weave-npc/, established: 'may-continue' },
  {
    id: 'other',
    name: 'kube-network-policies',
    apps: ['kube-network-policies'],
    image: /kube-network-policies[:@]/,
    established: 'cut',
  },
]

/**
 * The enforcers that run on a node (all nodes when `nodeName` is undefined), the one that counts first. Versions are
 * read from the images of running pods, never from a DaemonSet that may be mid-rollout.
 */
export function networkPlugins(
  view: Pick<ClusterView, 'agentPods' | 'agentConfig'> & Partial<Pick<ClusterView, 'serverVersion'>>,
  nodeName: string | undefined,
): NetworkPlugin[] {
  const here = view.agentPods.filter(
    (p) => p.status.phase === 'Running' && (nodeName === undefined || p.spec.nodeName === nodeName),
  )
  const found = signatures.flatMap((s) => {
    const pods = here.filter((p) => isAgent(p, s))
    return pods.length > 0 ? [describe(s, pods, view.agentConfig)] : []
  })
  if (found.length === 0 && /\+k3s/.test(view.serverVersion ?? '')) return [embedded]
  return found.toSorted((a, b) => rank(b) - rank(a))
}

// k3s runs kube-router's policy controller inside its own process, unless it was started with --disable-network-policy.
const embedded: NetworkPlugin = {
  id: 'other',
  name: 'k3s',
  version: undefined,
  enforces: 'unknown',
  supported: false,
  detail:
    'No network policy enforcer was found. k3s brings one that shows in no pod; whether it is switched on can’t be read.',
  establishedConnections: 'may-continue',
}

// Two plugins at once (aws-node beside Calico): the one that enforces counts, not the first found.
function rank(p: NetworkPlugin): number {
  return (p.enforces === 'yes' ? 4 : p.enforces === 'unknown' ? 2 : 0) + (p.supported ? 1 : 0)
}

function isAgent(pod: Pod, s: Signature): boolean {
  const labels = pod.metadata.labels ?? {}
  const app = labels['k8s-app'] ?? labels['app'] ?? labels['name'] ?? labels['app.kubernetes.io/name']
  const owner = pod.metadata.ownerReferences?.find((o) => o.controller)
  const named =
    (app !== undefined && s.apps.includes(app)) || (owner?.kind === 'DaemonSet' && s.apps.includes(owner.name))
  // A label is free text that anyone may set; the image must agree, except for GKE's renamed build.
  return named && (owner?.name === 'anetd' || images(pod).some((i) => s.image.test(i)))
}

function images(pod: Pod): string[] {
  return [
    ...(pod.status.containerStatuses ?? []).map((c) => c.image),
    ...pod.spec.containers.flatMap((c) => c.image ?? []),
  ]
}

function describe(s: Signature, pods: Pod[], config: ClusterView['agentConfig']): NetworkPlugin {
  const anetd = pods.some((p) => p.metadata.ownerReferences?.some((o) => o.name === 'anetd'))
  const versions = pods.map((p) => agentVersion(p, s))
  const version = versions.includes(undefined) ? undefined : versions.toSorted((a, b) => compareVersions(a!, b!))[0] // ! : no undefined left
  const enforcing = enforcement(s, pods, config)
  const minimum = s.id in minimumVersions ? minimumVersions[s.id as keyof typeof minimumVersions] : undefined
  const newEnough =
    minimum !== undefined && (anetd || (version !== undefined && compareVersions(version, minimum) >= 0))
  const name = anetd ? 'Cilium (GKE Dataplane V2)' : s.name
  return {
    id: s.id,
    name,
    version,
    enforces: enforcing.state,
    supported: newEnough && enforcing.state === 'yes',
    detail: anetd
      ? `${name}, build ${version ?? 'unknown'}: part of the GKE version, always enforcing.`
      : supportDetail(name, version, minimum, newEnough, enforcing),
    establishedConnections: s.established,
  }
}

function supportDetail(
  name: string,
  version: string | undefined,
  minimum: string | undefined,
  newEnough: boolean,
  enforcing: Enforcement,
): string {
  const shown = `${name} ${version ?? '(version cannot be read)'}`
  if (minimum === undefined) return `${shown} enforces network policies but isn't on the list of supported plugins.`
  if (!newEnough && version) return `${shown} is below the required version ${minimum}.`
  if (!newEnough)
    return `${shown}: its image carries no version, so it can't be checked against the required ${minimum}.`
  return enforcing.state === 'yes' ? `${shown} meets the required ${minimum}.` : `${shown}: ${enforcing.why}`
}

interface Enforcement {
  state: NetworkPlugin['enforces']
  why: string
}

function enforcement(s: Signature, pods: Pod[], config: ClusterView['agentConfig']): Enforcement {
  if (s.id === 'cilium') {
    const mode = config['cilium-config']?.['enable-policy']
    if (mode === 'never')
      return {
        state: 'no',
        why: 'policy enforcement is switched off (enable-policy: never in ConfigMap cilium-config).',
      }
    return { state: 'yes', why: '' }
  }
  if (s.id !== 'aws-node') return { state: 'yes', why: '' }
  // Presence of aws-node is not enforcement: its agent must run with the switch on (amazon-vpc-cni-k8s documentation).
  const agents = pods.flatMap((p) =>
    p.spec.containers.filter((c) => c.name === 'aws-eks-nodeagent' || /network-policy-agent/.test(c.image ?? '')),
  )
  const on = agents.some((c) => [...(c.args ?? []), ...(c.command ?? [])].includes('--enable-network-policy=true'))
  if (on) return { state: 'yes', why: '' }
  return { state: 'no', why: 'its network policy agent is not switched on (--enable-network-policy=true).' }
}

function agentVersion(pod: Pod, s: Signature): string | undefined {
  const image = images(pod).find((i) => s.image.test(i))
  const tag = image?.split('@')[0]?.match(/:([^/:]+)$/)?.[1]
  return (tag && parseVersion(tag)) ?? parseVersion(pod.metadata.labels?.['app.kubernetes.io/version'] ?? '')
}

/** `v1.15.1-eksbuild.2` → `1.15.1`; undefined for floating tags and anything without at least major.minor. */
export function parseVersion(text: string): string | undefined {
  return text.match(/^v?(\d+\.\d+(?:\.\d+)?)(?:[-+.].*)?$/)?.[1]
}

/** Numeric comparison part by part: 1.5.34 > 1.5.9. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a.split('.').map(Number), b.split('.').map(Number)]
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return 0
}
