import { labClusterNames, type LabProcess, type LabProcessConfig, startLabProcess } from '@cordon/lab'
import { consoleClusterRole } from '@cordon/response'
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Logger } from 'pino'
import { loadContexts } from '../../adapters/kubernetes/contexts.ts'

const account = { namespace: 'cordon', name: 'cordon-console' }

export interface RunningLab {
  clusters: string[]
  /** Kubeconfig of the lab's administrators: for people, kubectl and simulations. */
  adminKubeconfig: string
  /** Kubeconfig of the console's own account, with the rights its actions need. */
  consoleKubeconfig: string
  isRunning(): boolean
  stop(): Promise<void>
}

export interface LabOrder {
  dataDir: string
  /** Where the lab's API servers and sensors send events: `http://127.0.0.1:<port>/ingest/v1`. */
  ingestUrl: string
  /** Accepted there for every cluster. */
  ingestToken: string
  userAgent: string
  log: Logger
}

/**
 * Starts the lab's clusters in a process of their own, with an account for the console in each. At the first start they
 * are marked as safe for simulations, as an owner would mark a test cluster. Rejects with the lab's own words.
 */
export async function runLab({ dataDir, ingestUrl, ingestToken, userAgent, log }: LabOrder): Promise<RunningLab> {
  const labDir = path.join(dataDir, 'lab')
  const isNew = !existsSync(labDir)
  const adminKubeconfig = path.join(dataDir, 'lab.kubeconfig')
  const consoleKubeconfig = path.join(dataDir, 'lab-console.kubeconfig')
  const each = <T>(value: (cluster: string) => T) =>
    Object.fromEntries(labClusterNames.map((name) => [name, value(name)]))
  const config: LabProcessConfig = {
    dataDir: labDir,
    sinks: each((cluster) => ({
      audit: { url: `${ingestUrl}/kubernetes-audit/${cluster}`, token: ingestToken },
      runtime: { url: `${ingestUrl}/${sensorOf(cluster)}/${cluster}`, token: ingestToken, format: sensorOf(cluster) },
    })),
    bootstrap: each(() => consoleObjects()),
    tokensFor: each(() => [account]),
    kubeconfigs: [
      { path: adminKubeconfig, which: 'admin' },
      { path: consoleKubeconfig, which: { serviceaccount: account } },
    ],
  }
  const lab: LabProcess = await startLabProcess(config)
  let running = true
  let stopping = false
  void lab.ended.then((code) => {
    running = false
    if (!stopping) log.error({ code }, 'The lab ended by itself; start Cordon again to bring it back')
    return code
  })
  if (isNew) await allowSimulations(adminKubeconfig, userAgent)
  return {
    clusters: lab.clusters.map((cluster) => cluster.name),
    adminKubeconfig,
    consoleKubeconfig,
    isRunning: () => running,
    async stop() {
      stopping = true
      await lab.stop()
    },
  }
}

/** Two products, so that both ways of seeing processes are used. */
function sensorOf(cluster: string): 'falco' | 'tetragon' {
  return cluster === 'aks-prod' || cluster === 'gke-old' ? 'tetragon' : 'falco'
}

/** The console's account and rights, as an owner of a cluster would apply them before connecting it. */
function consoleObjects(): NonNullable<LabProcessConfig['bootstrap']>[string] {
  const role = consoleClusterRole({ probe: true, evict: true })
  const rbac = 'rbac.authorization.k8s.io'
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: account.namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...account } },
    role,
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: role.metadata.name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role.metadata.name },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ]
}

async function allowSimulations(kubeconfig: string, userAgent: string): Promise<void> {
  for (const { name, client } of await loadContexts(kubeconfig, undefined, userAgent)) {
    const answer = await client?.request({
      method: 'PATCH',
      path: '/api/v1/namespaces/kube-system',
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { 'cordon.dev/simulation': 'allowed' } } },
    })
    if (answer?.status !== 200) throw new Error(`${name} does not let itself be marked as safe for simulations.`)
  }
}
