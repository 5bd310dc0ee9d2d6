import type { World } from '@cordon/netpol'
import { isDeepStrictEqual } from 'node:util'
import { ComponentClient, type ResourceKind } from '../controllers/component-client.ts'
import type { ControlPlane, Stop } from '../controllers/control-plane.ts'
import { stableJson } from '../controllers/object-names.ts'
import { isPodFinished } from '../controllers/pod-state.ts'
import { keyOf, splitKey } from '../controllers/work-queue.ts'
import type { KubeObject } from '../ports.ts'
import type { LabNetwork } from './pod-network.ts'

const endpointKind: ResourceKind = {
  group: 'cilium.io',
  version: 'v2',
  resource: 'ciliumendpoints',
  kind: 'CiliumEndpoint',
  namespaced: true,
}

// Labels that Cilium's default filter keeps out of identities: they differ per pod, or belong to the platform.
const ignored = /(^|\.)kubernetes\.io|^pod-template-(hash|generation)$|^controller-revision-hash$/

/**
 * Cilium's agents as the API shows them: one CiliumEndpoint per pod of the pod network with the identity under which its
 * node runs it, which follows the pod's labels as late as the policies do. Since Cilium 1.16 an endpoint no longer tells
 * what it enforces.
 */
export function startCiliumEndpoints(
  plane: ControlPlane,
  network: Pick<LabNetwork, 'programmed' | 'onProgrammed'>,
  nodes: { name: string; ip: string }[],
): Stop {
  const { api } = plane
  const served = () =>
    api.read('apiextensions.k8s.io', 'customresourcedefinitions', undefined, 'ciliumendpoints.cilium.io') !== undefined
  const agents = new Map(nodes.map(({ name, ip }) => [name, { ip, client: agentOf(plane, ip) }]))
  const queue = plane.queue(
    'cilium-agent',
    async (key) => {
      const { namespace, name } = splitKey(key)
      const pod = api.read('', 'pods', namespace, name)
      const agent = agents.get(pod?.spec.nodeName ?? '')
      if (!pod?.status?.podIP || pod.spec.hostNetwork || isPodFinished(pod) || !agent || !served()) return
      const status = statusOf(pod, agent.ip, network.programmed())
      if (status) await publish(agent.client, pod, status)
    },
    4,
  )
  const published = new Map<string, string>()
  const stops = [
    api.watch('', 'pods', ({ type, object }) => {
      if (type === 'DELETED') published.delete(keyOf(object))
      else queue.add(keyOf(object))
    }),
    network.onProgrammed(() => {
      for (const pod of network.programmed().pods) {
        const key = `${pod.namespace}/${pod.name}`
        const labels = stableJson(pod.labels)
        if (published.get(key) === labels) continue
        published.set(key, labels)
        queue.add(key)
      }
    }),
  ]
  return () => {
    for (const stop of stops) stop()
    queue.stop()
  }
}

function agentOf({ api }: ControlPlane, sourceIP: string): ComponentClient {
  const username = 'system:serviceaccount:kube-system:cilium'
  const groups = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated']
  return new ComponentClient(api, { identity: { username, groups }, userAgent: 'cilium-agent/1.16.6', sourceIP })
}

async function publish(client: ComponentClient, pod: KubeObject, status: object): Promise<void> {
  const { name, namespace, uid, labels } = pod.metadata
  const before = client.api.read(endpointKind.group, endpointKind.resource, namespace, name)
  if (before && before.metadata.ownerReferences?.[0]?.uid !== uid)
    await client.delete(endpointKind, { namespace, name }) // of a pod that bore the name before
  else if (before) {
    if (isDeepStrictEqual(before.status, status)) return
    const path = `/apis/cilium.io/v2/namespaces/${namespace}/ciliumendpoints/${name}`
    await client.call('PATCH', path, [{ op: 'replace', path: '/status', value: status }], 'application/json-patch+json')
    return
  }
  await client.create(endpointKind, namespace, {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumEndpoint',
    metadata: { name, namespace, labels, ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }] },
    status,
  })
}

/** Undefined until the node has the pod on its network. */
function statusOf(pod: KubeObject, nodeIP: string, world: World) {
  const { name, namespace = '' } = pod.metadata
  const programmed = world.pods.find((p) => p.name === name && p.namespace === namespace)
  if (!programmed) return undefined
  const of = world.namespaces.find((n) => n.name === namespace)
  const labels = [
    ...Object.entries(of?.labels ?? {}).map(([k, v]) => `k8s:io.cilium.k8s.namespace.labels.${k}=${v}`),
    'k8s:io.cilium.k8s.policy.cluster=default',
    `k8s:io.cilium.k8s.policy.serviceaccount=${pod.spec.serviceAccountName ?? 'default'}`,
    `k8s:io.kubernetes.pod.namespace=${namespace}`,
    ...Object.entries(programmed.labels)
      .filter(([k]) => !ignored.test(k))
      .map(([k, v]) => `k8s:${k}=${v}`),
  ].toSorted()
  const container = String(pod.status.containerStatuses?.[0]?.containerID ?? '').replace(/^.*\/\//, '')
  return {
    encryption: {},
    'external-identifiers': {
      'cni-attachment-id': `${container}:eth0`,
      'container-id': container,
      'k8s-namespace': namespace,
      'k8s-pod-name': name,
      'pod-name': `${namespace}/${name}`,
    },
    id: 1 + (numberOf(pod.metadata.uid) % 4000),
    // 256 to 65535: identities of one cluster; pods with the same labels share one.
    identity: { id: 256 + (numberOf(labels.join()) % 65_280), labels },
    networking: { addressing: [{ ipv4: pod.status.podIP }], node: nodeIP },
    state: 'ready',
  }
}

/** The same number for the same text (FNV-1a). */
function numberOf(text: string): number {
  let hash = 0x811c9dc5
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0
  return hash
}
