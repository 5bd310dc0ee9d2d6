import { type ActionTarget, type ClusterView, type EnforcerObjects, networkPlugins, type Read } from '@cordon/response'
import type { KubeAnswer, KubeClient } from '../../adapters/kubernetes/kube-client.ts'
import type { Cluster } from '../inventory/cluster.ts'

/**
 * What the enforcer of the pod's node keeps in the API about this pod. Never rejects: what can't be read is evidence that
 * isn't offered, and says so.
 */
export async function readEnforcer(
  cluster: Cluster,
  target: Pick<ActionTarget, 'namespace' | 'name'>,
  view: ClusterView,
): Promise<EnforcerObjects | undefined> {
  const { client } = cluster
  if (!client || view.unreachable || !view.pod) return undefined
  const [namespace, name] = [target.namespace, target.name].map(encodeURIComponent)
  switch (networkPlugins(view, view.pod.spec.nodeName)[0]?.id) {
    case 'cilium': {
      const path = `/apis/cilium.io/v2/namespaces/${namespace}/ciliumendpoints/${name}`
      return { endpoint: await read(client, path, 'CiliumEndpoints', (body) => body, null) }
    }
    case 'aws-node': {
      const path = `/apis/networking.k8s.aws/v1alpha1/namespaces/${namespace}/policyendpoints`
      return { policyEndpoints: await read(client, path, 'PolicyEndpoints', (body) => body.items ?? []) }
    }
    default:
      return {}
  }
}

async function read<T>(
  client: KubeClient,
  path: string,
  what: string,
  of: (body: any) => T, // any: the kind that was asked for
  absent?: T,
): Promise<Read<T>> {
  const answer: KubeAnswer = await client
    .request({ path })
    .catch((error: unknown) => ({ status: 0, body: { message: String(error) } }))
  if (answer.status === 200) return { found: of(answer.body) }
  // Of a kind that is served, a missing object is named in the answer; of one that isn't, nothing is.
  if (answer.status === 404)
    return absent !== undefined && answer.body?.details?.name
      ? { found: absent }
      : { missing: `the cluster serves no ${what}.` }
  if (answer.status === 403) return { missing: `our account may not read ${what}.` }
  return { missing: `${what} couldn’t be read (${answer.body?.message ?? answer.status}).` }
}
