import type { Identity, KubeObject } from '../ports.ts'
import type { Store } from '../store/store.ts'
import type { AccessAttributes, Decision } from './rbac.ts'

const allowed: Decision = { allowed: true, reason: '' }
const denied = (reason: string): Decision => ({ allowed: false, reason })

/** Requests of kubelets that need no look at the relation between node and object. */
const GENERAL: [group: string, resource: string, verbs: string[]][] = [
  ['', 'services', ['get', 'list', 'watch']],
  ['', 'events', ['create', 'patch', 'update']],
  ['events.k8s.io', 'events', ['create', 'patch', 'update']],
  ['authentication.k8s.io', 'tokenreviews', ['create']],
  ['authentication.k8s.io', 'selfsubjectreviews', ['create']],
  ['authorization.k8s.io', 'subjectaccessreviews', ['create']],
  ['authorization.k8s.io', 'localsubjectaccessreviews', ['create']],
  ['authorization.k8s.io', 'selfsubjectaccessreviews', ['create']],
  ['certificates.k8s.io', 'certificatesigningrequests', ['create', 'get', 'list', 'watch']],
  ['node.k8s.io', 'runtimeclasses', ['get', 'list', 'watch']],
  ['storage.k8s.io', 'csidrivers', ['get', 'list', 'watch']],
  ['storage.k8s.io', 'volumeattachments', ['get']],
  ['storage.k8s.io', 'csinodes', ['create', 'delete', 'get', 'patch', 'update']],
  ['', 'nodes', ['create', 'patch', 'update']],
]

/** The node name of a kubelet's identity; undefined for everybody else. */
export const nodeOf = (identity: Identity): string | undefined =>
  identity.groups.includes('system:nodes') && identity.username.startsWith('system:node:')
    ? identity.username.slice('system:node:'.length)
    : undefined

/**
 * The node authorizer, reduced: a kubelet reads what its own pods refer to, writes its own node and the pods bound to
 * it. Undefined when the identity is not a node's.
 */
export function authorizeNode(store: Store, identity: Identity, attributes: AccessAttributes): Decision | undefined {
  const node = nodeOf(identity)
  if (node === undefined || !attributes.resourceRequest) return undefined
  const { group, resource, subresource, verb, name, namespace } = attributes
  if (GENERAL.some(([g, r, verbs]) => g === group && r === resource && verbs.includes(verb))) {
    if (resource === 'nodes' && name !== '' && name !== node)
      return denied(`node '${node}' cannot read '${name}', only its own Node object`)
    return allowed
  }
  if (group === 'coordination.k8s.io' && resource === 'leases')
    return namespace === 'kube-node-lease' && (name === node || verb === 'create')
      ? allowed
      : denied(`can only access node lease with the same name as the requesting node`)
  if (group !== '') return denied('')
  if (resource === 'nodes') {
    if (name === node || (name === '' && (verb === 'list' || verb === 'watch'))) return allowed
    return denied(`node '${node}' cannot read '${name}', only its own Node object`)
  }
  if (resource === 'pods') return authorizePod(store, node, { verb, subresource, name, namespace })
  if (resource === 'serviceaccounts' && subresource === 'token' && verb === 'create')
    return related(store, node, namespace, (pod) => pod.spec.serviceAccountName === name)
  if (['secrets', 'configmaps', 'persistentvolumeclaims', 'persistentvolumes', 'serviceaccounts'].includes(resource)) {
    if (!['get', 'list', 'watch'].includes(verb)) return denied('')
    if (name === '') return denied('No Object name found')
    if (resource === 'configmaps' && name === 'kube-root-ca.crt') return related(store, node, namespace, () => true)
    return related(store, node, namespace, (pod) => refersTo(pod, resource, name))
  }
  return denied('')

  function related(s: Store, of: string, ns: string, matches: (pod: KubeObject) => boolean): Decision {
    for (const [, pod] of s.scan('/pods', `${ns}/`)) if (pod.spec.nodeName === of && matches(pod)) return allowed
    return denied(`no relationship found between node '${of}' and this object`)
  }
}

function authorizePod(
  store: Store,
  node: string,
  request: { verb: string; subresource: string; name: string; namespace: string },
): Decision {
  const { verb, subresource, name, namespace } = request
  if (
    subresource === 'eviction' ||
    subresource === 'status' ||
    (subresource === '' && ['create', 'delete'].includes(verb))
  ) {
    const pod = store.get('/pods', `${namespace}/${name}`)
    // Whether the pod is the node's is decided by admission on a real server, with the same effect here.
    if (!pod || pod.spec.nodeName === node || verb === 'create') return allowed
    return denied(`node "${node}" can only ${verb} pods with spec.nodeName set to itself`)
  }
  if (subresource !== '') return denied('')
  if (verb === 'get') {
    const pod = store.get('/pods', `${namespace}/${name}`)
    return pod?.spec.nodeName === node
      ? allowed
      : denied(`no relationship found between node '${node}' and this object`)
  }
  // Lists and watches are narrowed by the field selector, which the caller has checked.
  return verb === 'list' || verb === 'watch' ? allowed : denied('')
}

function refersTo(pod: KubeObject, resource: string, name: string): boolean {
  const { spec } = pod
  if (resource === 'serviceaccounts') return spec.serviceAccountName === name
  const text = JSON.stringify([spec.volumes, spec.containers, spec.initContainers, spec.imagePullSecrets])
  return text.includes(JSON.stringify(name))
}
