import type { KubeObject } from '../ports.ts'
import { ApiRefusal } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { kinds } from './resource-kinds.ts'

/** Gives every active namespace its `default` service account and the cluster's CA as ConfigMap kube-root-ca.crt. */
export function startServiceAccounts(plane: ControlPlane, caPem: string): Stop {
  const accounts = plane.controller('service-account-controller')
  const publisher = plane.controller('root-ca-cert-publisher')
  const queue = plane.queue('serviceaccount-controller', async (namespace) => {
    const object = plane.api.read('', 'namespaces', undefined, namespace)
    if (!object || object.metadata.deletionTimestamp) return
    if (!plane.api.read('', 'serviceaccounts', namespace, 'default')) {
      const metadata = { name: 'default', namespace }
      const body = { kind: 'ServiceAccount', apiVersion: 'v1', metadata }
      await accounts.create(kinds.serviceAccount, namespace, body).catch(ignoreExisting)
    }
    if (!plane.api.read('', 'configmaps', namespace, 'kube-root-ca.crt')) {
      const annotations = {
        'kubernetes.io/description':
          'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints.',
      }
      const metadata = { name: 'kube-root-ca.crt', namespace, annotations }
      const body = { kind: 'ConfigMap', apiVersion: 'v1', metadata, data: { 'ca.crt': caPem } }
      await publisher.create(kinds.configMap, namespace, body).catch(ignoreExisting)
    }
  })
  const ofNamespace = (object: KubeObject) => queue.add(object.metadata.namespace ?? object.metadata.name)
  const stops = [
    plane.api.watch('', 'namespaces', ({ object }) => ofNamespace(object)),
    plane.api.watch('', 'serviceaccounts', ({ type, object }) => type === 'DELETED' && ofNamespace(object)),
    plane.api.watch('', 'configmaps', ({ type, object }) => type === 'DELETED' && ofNamespace(object)),
  ]
  plane.api.list('', 'namespaces').forEach(ofNamespace)
  return () => {
    for (const stop of stops) stop()
    queue.stop()
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof ApiRefusal && error.status === 409)) throw error
}
