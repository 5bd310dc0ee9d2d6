import type { KubeConfig } from '@kubernetes/client-node'
import { createKubeClient, type KubeClient } from './kube-client.ts'

export interface ClusterContext {
  /** Name of the context: what the console calls the cluster. */
  name: string
  /** Null when the context is unusable; `error` then says why. */
  client: KubeClient | null
  error: string | null
}

/**
 * The contexts of a kubeconfig file, or those named. A dead or broken context is returned with its error and doesn't
 * keep the others from working. Throws when the file can't be read or parsed, or a named context doesn't exist.
 */
export async function loadContexts(
  file: string,
  only: string[] | undefined,
  userAgent: string,
): Promise<ClusterContext[]> {
  // Half a second of CPU to import, and not needed before a cluster is.
  const { KubeConfig: Config } = await import('@kubernetes/client-node')
  const whole = new Config()
  whole.loadFromFile(file)
  const names = whole.getContexts().map((c) => c.name)
  const unknown = (only ?? []).filter((n) => !names.includes(n))
  if (unknown.length > 0)
    throw new Error(
      `CORDON_CONTEXTS names ${unknown.join(', ')}, which ${file} doesn't have (it has ${names.join(', ') || 'none'}).`,
    )
  return (only ?? names).map((name) => contextOf(Config, file, name, userAgent))
}

function contextOf(Config: new () => KubeConfig, file: string, name: string, userAgent: string): ClusterContext {
  try {
    const config = new Config() // one for each client: a KubeConfig has one current context and caches its credentials
    config.loadFromFile(file)
    config.setCurrentContext(name)
    const cluster = config.getCurrentCluster()
    if (!cluster) return { name, client: null, error: `the context names a cluster that the kubeconfig doesn't have` }
    if (!cluster.server.startsWith('https://'))
      return { name, client: null, error: `its server ${cluster.server} isn't an https address` }
    if (!config.getCurrentUser())
      return { name, client: null, error: `the context names a user that the kubeconfig doesn't have` }
    return { name, client: createKubeClient(config, userAgent), error: null }
  } catch (error) {
    return { name, client: null, error: error instanceof Error ? error.message : String(error) }
  }
}
