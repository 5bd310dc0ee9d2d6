import { ComponentClient, type ResourceKind } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { apiTime } from './pod-state.ts'
import { keyOf, splitKey } from './work-queue.ts'

const policyKind: ResourceKind = {
  group: 'cilium.io',
  version: 'v2',
  resource: 'ciliumnetworkpolicies',
  kind: 'CiliumNetworkPolicy',
  namespaced: true,
}
const account = 'cilium-operator'

/** Cilium's operator, as far as policies go: it marks those it can read as valid. Runs where its account exists. */
export function startCiliumOperator(plane: ControlPlane, sourceIP: string): Stop {
  const { api } = plane
  const username = `system:serviceaccount:kube-system:${account}`
  const groups = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated']
  const client = new ComponentClient(api, {
    identity: { username, groups },
    userAgent: 'cilium-operator-generic/1.16.6',
    sourceIP,
  })
  const queue = plane.queue(account, async (key) => {
    const { namespace, name } = splitKey(key)
    const policy = api.read(policyKind.group, policyKind.resource, namespace, name)
    if (!policy || policy.status?.conditions || !api.read('', 'serviceaccounts', 'kube-system', account)) return
    const condition = {
      type: 'Valid',
      status: 'True',
      message: 'Policy validation succeeded',
      lastTransitionTime: apiTime(),
    }
    await client.updateStatus(policyKind, { ...policy, status: { conditions: [condition] } })
  })
  const stop = api.watch(policyKind.group, policyKind.resource, ({ type, object }) => {
    if (type === 'ADDED') queue.add(keyOf(object))
  })
  return () => {
    stop()
    queue.stop()
  }
}
