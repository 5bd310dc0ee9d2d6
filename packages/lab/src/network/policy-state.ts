import type { World } from '@cordon/netpol'
import { selects } from '../controllers/label-selector.ts'

/** The pods (`namespace/name`) that at least one plain NetworkPolicy selects: the state the AWS agent keeps per flow. */
export function policyState(world: World): Set<string> {
  const state = new Set<string>()
  for (const policy of world.policies) {
    if (policy.apiVersion !== 'networking.k8s.io/v1') continue
    for (const pod of world.pods) {
      if (pod.namespace === policy.metadata.namespace && selects(policy.spec.podSelector, pod.labels)) {
        state.add(`${pod.namespace}/${pod.name}`)
      }
    }
  }
  return state
}
