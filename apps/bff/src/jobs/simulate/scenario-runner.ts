import { scenarios, type ScenarioId } from '@cordon/simulation'
import type { ScenarioRunner } from '../../features/simulations/run-scenario.ts'
import type { Clusters } from '../inventory/cluster.ts'
import { describeCluster } from '../inventory/describe-cluster.ts'

/**
 * Plays scenarios of the simulation package on connected clusters. `kubeconfigOf` names the file with the rights to make
 * pods and run commands in them, which the console's own account doesn't have.
 */
export function scenarioRunner(
  clusters: Clusters,
  kubeconfigOf: (cluster: string) => string | undefined,
): ScenarioRunner {
  return {
    scenarios: scenarios.map(({ id, title, description, expectedAlerts, laterAlerts, techniques }) => ({
      id,
      title,
      description,
      expectedAlerts: [...expectedAlerts, ...laterAlerts],
      techniques,
    })),
    clusters: () =>
      clusters.all().map((cluster) => {
        const reason = refusal(cluster)
        return { name: cluster.name, allowed: reason === null, reason }
      }),
    async run({ scenario, cluster, keep, onProgress, onNamespace, signal }) {
      const file = kubeconfigOf(cluster)
      if (!file) throw new Error(`There is no kubeconfig for ${cluster}.`)
      // Half a second of CPU to import, and not needed before a simulation is.
      const [{ KubeConfig }, { runScenario }] = await Promise.all([
        import('@kubernetes/client-node'),
        import('@cordon/simulation'),
      ])
      const kubeConfig = new KubeConfig()
      kubeConfig.loadFromFile(file)
      const report = await runScenario({
        kubeConfig,
        context: cluster,
        scenario: scenario as ScenarioId, // the caller has found it in the list above
        keep,
        signal,
        onProgress({ message }) {
          const namespace = /^creating namespace (\S+)/.exec(message)?.[1]
          if (namespace) onNamespace(namespace)
          onProgress(message)
        },
      })
      onNamespace(report.namespace)
      if (report.output.trim()) onProgress(`The attacker saw: ${report.output.trim().slice(0, 500)}`)
    },
  }
}

function refusal(cluster: ReturnType<Clusters['all']>[number]): string | null {
  if (cluster.state !== 'connected') return `${cluster.name} is not connected: ${cluster.stateDetail ?? cluster.state}`
  if (describeCluster(cluster, 0).simulationAllowed) return null
  return `${cluster.name} is not marked for simulations. Its owner can allow them with: kubectl label namespace kube-system cordon.dev/simulation=allowed`
}
