import type { CoreV1Api, V1Namespace } from '@kubernetes/client-node'

/** On the namespace kube-system, as label or annotation, with the value `allowed`: attacks may be simulated here. */
export const simulationLabel = 'cordon.dev/simulation'

/** Marks every object a simulation makes; the value is the run. */
export const runLabel = 'cordon.dev/simulation-run'

/** Why no attack may be simulated in this cluster, or undefined when its owner allowed it. */
export async function refusalOf(core: CoreV1Api): Promise<string | undefined> {
  let namespace: V1Namespace
  try {
    namespace = await core.readNamespace({ name: 'kube-system' })
  } catch (error) {
    return `cannot read namespace kube-system to see whether simulations are allowed: ${messageOf(error)}`
  }
  const { labels, annotations } = namespace.metadata ?? {}
  if (labels?.[simulationLabel] === 'allowed' || annotations?.[simulationLabel] === 'allowed') return undefined
  return `this cluster is not marked for simulations; mark it with "kubectl label namespace kube-system ${simulationLabel}=allowed", or force the run`
}

/** One line of what went wrong, without headers and tokens. */
export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && 'body' in error) {
    const body = typeof error.body === 'string' ? error.body : JSON.stringify(error.body)
    const message = /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1]
    return `${String(error.code)} ${message ?? ''}`.trim()
  }
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return error instanceof Error ? `${error.message}${cause}` : String(error)
}
