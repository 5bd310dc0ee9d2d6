import type { Manifest } from './cluster-spec.ts'
import { customResource } from './manifests.ts'

/** The custom kinds Cilium installs. */
export const ciliumDefinitions: Manifest[] = (
  [
    ['ciliumnetworkpolicies', 'CiliumNetworkPolicy', true],
    ['ciliumclusterwidenetworkpolicies', 'CiliumClusterwideNetworkPolicy', false],
    ['ciliumendpoints', 'CiliumEndpoint', true],
    ['ciliumidentities', 'CiliumIdentity', false],
    ['ciliumnodes', 'CiliumNode', false],
  ] as const
).map(([plural, kind, namespaced]) => customResource('cilium.io', plural, kind, { version: 'v2', namespaced }))
