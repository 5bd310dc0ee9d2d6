import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Manifest } from './clusters/cluster-spec.ts'
import { clusterSpecs, furtherClusterSpecs } from './clusters/catalog.ts'
import type { ControllerTiming } from './controllers/control-plane.ts'
import { kubeconfigText } from './kubeconfig.ts'
import { startLabCluster, type ClusterSinks, type LabCluster, type ServiceAccountName } from './lab-cluster.ts'

export interface LabOptions {
  /** Folder for state, ports and credentials of all clusters. */
  dataDir: string
  /** Names from the catalogue; `labClusterNames` when left out. */
  clusters?: string[]
  /** Median time until a network policy is in force; 454 ms as measured when left out, 0 = at once. */
  enforcementDelayMs?: number
  /** How long a connection attempt without an answer hangs. */
  connectTimeoutMs?: number
  /** No benign acts of people, no chatter between workloads, pods start without delay. For tests. */
  quiet?: boolean
  /** Mean time between benign acts of people, per cluster. */
  quietEveryMs?: number
  timing?: Partial<ControllerTiming>
  sinks?: (cluster: string) => ClusterSinks
  /** Objects created in each cluster before it reports anything, e.g. the account of whoever watches it. */
  bootstrap?: (cluster: string) => Manifest[]
  /** Service accounts whose tokens are wanted at once. */
  tokensFor?: (cluster: string) => ServiceAccountName[]
  onFault?: (cluster: string, component: string, error: unknown) => void
}

export interface Lab {
  clusters: LabCluster[]
  /** @throws when there is no such cluster */
  cluster(name: string): LabCluster
  /** Writes a kubeconfig with one context per cluster, named as the cluster. The file is readable for its owner only. */
  writeKubeconfig(path: string, which: 'admin' | { serviceaccount: ServiceAccountName }): void
  flush(): Promise<void>
  stop(): Promise<void>
}

/** Names of the clusters that start when none are named. */
export const labClusterNames: readonly string[] = clusterSpecs.map((spec) => spec.name)

/**
 * Starts the lab's clusters side by side.
 *
 * @throws when a cluster name is unknown, or state of an earlier run cannot be read
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const specs = (options.clusters ?? labClusterNames).map(specOf)
  const quiet = options.quiet ?? false
  const started = await Promise.allSettled(
    specs.map((spec) => {
      const { name } = spec
      return startLabCluster({
        spec,
        dataDir: options.dataDir,
        sinks: options.sinks?.(name) ?? {},
        bootstrapManifests: options.bootstrap?.(name) ?? [],
        serviceAccountTokens: options.tokensFor?.(name) ?? [],
        enforcementDelayMs: options.enforcementDelayMs ?? 454,
        connectTimeoutMs: options.connectTimeoutMs ?? 5000,
        startDelayMs: quiet ? 0 : 900,
        quietEveryMs: quiet ? 0 : (options.quietEveryMs ?? 45_000),
        peerIntervalMs: quiet ? 0 : 20_000,
        timing: options.timing,
        onFault: (component, error) => options.onFault?.(name, component, error),
      })
    }),
  )
  const clusters = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = started.find((result) => result.status === 'rejected')
  const stop = async () => {
    await Promise.all(clusters.map((cluster) => cluster.stop()))
  }
  if (failed) {
    await stop()
    throw failed.reason
  }
  return {
    clusters,
    cluster(name) {
      const found = clusters.find((item) => item.name === name)
      if (!found) throw new Error(`the lab runs no cluster "${name}"`)
      return found
    },
    writeKubeconfig(path, which) {
      const entries = clusters.map((cluster) => ({
        cluster: cluster.name,
        serverUrl: cluster.serverUrl,
        caPem: cluster.caPem,
        ...(which === 'admin'
          ? { user: 'lab-admin', token: cluster.adminToken }
          : {
              user: which.serviceaccount.name,
              token: cluster.tokenFor(which.serviceaccount.namespace, which.serviceaccount.name),
            }),
      }))
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, kubeconfigText(entries), { mode: 0o600 })
      // The mode above only counts for a new file.
      chmodSync(path, 0o600)
    },
    async flush() {
      await Promise.all(clusters.map((cluster) => cluster.flush()))
    },
    stop,
  }
}

function specOf(name: string) {
  const specs = [...clusterSpecs, ...furtherClusterSpecs]
  const spec = specs.find((item) => item.name === name)
  if (!spec) throw new Error(`no lab cluster "${name}"; there are ${specs.map((item) => item.name).join(', ')}`)
  return spec
}
