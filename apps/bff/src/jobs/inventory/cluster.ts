import type { KubeObject } from './kinds.ts'
import type { ClusterCache } from './cluster-cache.ts'
import type { KubeClient } from '../../adapters/kubernetes/kube-client.ts'
import type { WatchedId } from './kinds.ts'

/** One connected (or hopeless) cluster, as features and jobs use it. */
export interface Cluster {
  name: string
  client: KubeClient | null
  cache: ClusterCache
  state: 'connected' | 'connecting' | 'unreachable' | 'refused'
  /** In words, why it isn't connected; null when it is. */
  stateDetail: string | null
  since: Date | null
  serverVersion: string | null
  /** ConfigMaps that tell what the network plugin enforces; null = may not be read. */
  agentConfig: Record<string, Record<string, string> | null>
}

export interface Clusters {
  all(): Cluster[]
  get(name: string): Cluster | undefined
  /** Calls back for every change in any cluster, after the cache has it. Returns the stop function. */
  onChange(
    listener: (event: {
      cluster: Cluster
      id: WatchedId
      type: 'added' | 'modified' | 'deleted'
      object: KubeObject
    }) => void,
  ): () => void
  /** Resolves when each cluster has been listed once or has failed, or after `ms`. */
  ready(ms: number): Promise<void>
  close(): Promise<void>
}
