import type { KubeConfig } from '@kubernetes/client-node'
import { CoreV1Api } from '@kubernetes/client-node'
import { runLabel } from './cluster-safety.ts'

/**
 * Deletes the namespaces of earlier runs, found by their label, and nothing else.
 * @returns the names of the namespaces whose deletion was accepted
 * @throws the API server's refusal
 */
export async function cleanup(options: { kubeConfig: KubeConfig; context?: string }): Promise<string[]> {
  const core = clientFor(options.kubeConfig, options.context)
  const { items } = await core.listNamespace({ labelSelector: runLabel })
  const names: string[] = []
  for (const { metadata } of items) {
    if (metadata?.name === undefined || metadata.deletionTimestamp !== undefined) continue
    await core.deleteNamespace({ name: metadata.name })
    names.push(metadata.name)
  }
  return names
}

/** A client for one context. Throws when the kubeconfig does not have it. */
export function clientFor(kubeConfig: KubeConfig, context: string | undefined): CoreV1Api {
  return configFor(kubeConfig, context).makeApiClient(CoreV1Api)
}

export function configFor(kubeConfig: KubeConfig, context: string | undefined): KubeConfig {
  const name = context ?? kubeConfig.getCurrentContext()
  if (kubeConfig.getContextObject(name) === null) {
    const known = kubeConfig.getContexts().map((each) => each.name)
    throw new Error(`the kubeconfig has no context "${name}"; it has: ${known.join(', ') || 'none'}`)
  }
  // A copy, as another run may use the same file with another context at the same time.
  const copy = Object.assign(Object.create(Object.getPrototypeOf(kubeConfig) as object) as KubeConfig, kubeConfig)
  copy.setCurrentContext(name)
  return copy
}
