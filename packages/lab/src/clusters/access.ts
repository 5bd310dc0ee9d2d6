import type { Manifest } from './cluster-spec.ts'
import { clusterRoleBinding, roleBinding } from './manifests.ts'

/** The usual grants: platform admins run the cluster, developers edit their namespaces, releases go where they must. */
export function accessManifests(grants: { developers: Record<string, string[]>; release: string[] }): Manifest[] {
  return [
    clusterRoleBinding('platform-admins', 'cluster-admin', [{ group: 'platform-admins' }]),
    ...Object.entries(grants.developers).flatMap(([group, namespaces]) =>
      namespaces.map((namespace) => roleBinding(namespace, group, 'edit', [{ group }])),
    ),
    ...grants.release.map((namespace) => roleBinding(namespace, 'release', 'edit', [{ group: 'release' }])),
  ]
}
