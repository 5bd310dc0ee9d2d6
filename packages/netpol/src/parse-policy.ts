import { parseAdminPolicy } from './admin-policy.ts'
import { parseCalicoPolicy } from './calico-policy.ts'
import { MAYBE } from './certainty.ts'
import { parseCiliumPolicy } from './cilium-policy.ts'
import { parseNetworkPolicy } from './network-policy.ts'
import { field, isObject, numberField, textField } from './read-object.ts'
import type { ParsedPolicy } from './rule.ts'
import type { PolicyObject } from './world.ts'

const CALICO_GROUPS = ['projectcalico.org', 'crd.projectcalico.org']
const ADMIN_KINDS = ['ClusterNetworkPolicy', 'AdminNetworkPolicy', 'BaselineAdminNetworkPolicy']
/** Calico's staged policies are only reported on, never enforced. */
const STAGED = ['StagedNetworkPolicy', 'StagedGlobalNetworkPolicy', 'StagedKubernetesNetworkPolicy']

/** A Calico tier as the policies list may carry it. */
export interface TierObject {
  name: string
  order: number
  pass: boolean
}

function groupOf(object: PolicyObject): string {
  const version = textField(object, 'apiVersion') ?? ''
  return version.includes('/') ? version.slice(0, version.indexOf('/')) : ''
}

/** Reads one object of the policies list; a kind that is not known is kept, as one that may allow anything. */
export function parsePolicy(object: PolicyObject): ParsedPolicy[] {
  if (!isObject(object) || !isObject(field(object, 'metadata'))) return [unknownPolicy(object, 'not a policy object')]
  const group = groupOf(object)
  if (object.kind === 'NetworkPolicy' && ['networking.k8s.io', 'extensions', ''].includes(group)) {
    return [parseNetworkPolicy(object)]
  }
  if (group === 'cilium.io' && /^Cilium(Clusterwide)?NetworkPolicy$/.test(object.kind)) return parseCiliumPolicy(object)
  if (group === 'policy.networking.k8s.io' && ADMIN_KINDS.includes(object.kind)) return [parseAdminPolicy(object)]
  if (CALICO_GROUPS.includes(group)) {
    if (object.kind === 'NetworkPolicy' || object.kind === 'GlobalNetworkPolicy') return [parseCalicoPolicy(object)]
    if (object.kind === 'Tier' || STAGED.includes(object.kind)) return []
  }
  return [
    unknownPolicy(object, `kind ${String(object.kind).slice(0, 60)} of ${String(object.apiVersion).slice(0, 60)}`),
  ]
}

/** The Calico tier an object declares, or null. A tier without order comes last. */
export function parseTier(object: PolicyObject): TierObject | null {
  if (!isObject(object) || object.kind !== 'Tier' || !CALICO_GROUPS.includes(groupOf(object))) return null
  const spec = field(object, 'spec')
  return {
    name: object.metadata?.name ?? '',
    order: numberField(spec, 'order') ?? Number.POSITIVE_INFINITY,
    pass: textField(spec, 'defaultAction') === 'Pass',
  }
}

function unknownPolicy(object: PolicyObject, what: string): ParsedPolicy {
  const metadata = field(object, 'metadata')
  const namespace = textField(metadata, 'namespace')
  return {
    object,
    ref: {
      apiVersion: textField(object, 'apiVersion') ?? '',
      kind: textField(object, 'kind') ?? '',
      ...(namespace === undefined ? {} : { namespace }),
      name: textField(metadata, 'name') ?? '',
    },
    model: 'unknown',
    order: 0,
    tier: '',
    issues: () => [{ what: `${what} is not understood`, mayOpen: true }],
    selects: (pod) => (namespace !== undefined && namespace !== pod.pod.namespace ? 0 : MAYBE),
    rules: () => null,
  }
}
