import { compareVersions, minimumKubernetes, networkPlugins, parseVersion } from '@cordon/response'
import { agentPods } from '../run-actions/read-view.ts'
import type { Cluster } from './cluster.ts'

/** Label of the kube-system namespace by which an owner allows attack simulations on a cluster. */
export const simulationLabel = 'cordon.dev/simulation'

/** A cluster as the console lists it, from what its watches know. */
export function describeCluster(cluster: Cluster, activeIncidents: number) {
  const known = cluster.state === 'connected'
  const count = (id: 'nodes' | 'pods' | 'namespaces') => (known ? cluster.cache.all(id).length : null)
  return {
    name: cluster.name,
    context: cluster.name,
    platform: platformOf(cluster),
    version: cluster.serverVersion,
    state: cluster.state,
    stateDetail: cluster.stateDetail,
    since: cluster.since?.toISOString() ?? null,
    nodes: count('nodes'),
    pods: count('pods'),
    namespaces: count('namespaces'),
    networkPlugins: pluginsOf(cluster),
    isolation: isolationOf(cluster),
    simulationAllowed:
      cluster.cache.get('namespaces', undefined, 'kube-system')?.metadata.labels?.[simulationLabel] === 'allowed',
    activeIncidents,
  }
}

function pluginsOf(cluster: Cluster) {
  const view = { agentPods: agentPods(cluster), agentConfig: cluster.agentConfig }
  return networkPlugins(view, undefined).map((p) => ({
    name: p.name,
    version: p.version ?? null,
    enforces: p.enforces,
    supported: p.supported,
    nodes: cluster.cache
      .all('nodes')
      .filter((n) => networkPlugins(view, n.metadata.name).some((q) => q.name === p.name)).length,
    detail: p.detail,
  }))
}

function isolationOf(cluster: Cluster): { possible: boolean; reason: string | null } {
  if (cluster.state !== 'connected')
    return { possible: false, reason: cluster.stateDetail ?? 'The cluster is not connected.' }
  const version = parseVersion(cluster.serverVersion ?? '')
  if (version && compareVersions(version, minimumKubernetes) < 0)
    return { possible: false, reason: `Kubernetes ${cluster.serverVersion} is below ${minimumKubernetes}.` }
  const plugin = networkPlugins({ agentPods: agentPods(cluster), agentConfig: cluster.agentConfig }, undefined)[0]
  if (!plugin) return { possible: false, reason: 'No network policy enforcer was found.' }
  return plugin.supported
    ? { possible: true, reason: null }
    : { possible: plugin.id === 'other', reason: plugin.detail }
}

// What the cloud's own controllers write on nodes; a self-made label could lie, and nothing depends on it but a word.
export function platformOf(cluster: Cluster): 'aks' | 'eks' | 'gke' | 'k3s' | 'unknown' {
  const node = cluster.cache.all('nodes')[0]
  const provider: string = node?.spec?.providerID ?? ''
  const labels = Object.keys(node?.metadata.labels ?? {})
  if (provider.startsWith('azure://') || labels.includes('kubernetes.azure.com/cluster')) return 'aks'
  if (provider.startsWith('aws://') || labels.some((l) => l.startsWith('eks.amazonaws.com/'))) return 'eks'
  if (provider.startsWith('gce://') || labels.some((l) => l.startsWith('cloud.google.com/gke-'))) return 'gke'
  return provider.startsWith('k3s://') || /k3s/.test(cluster.serverVersion ?? '') ? 'k3s' : 'unknown'
}
