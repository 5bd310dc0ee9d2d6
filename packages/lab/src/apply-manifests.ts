import type { Manifest } from './clusters/cluster-spec.ts'
import { ApiRefusal, type ComponentClient, type ResourceKind } from './controllers/component-client.ts'
import { kindOfDefinition, kinds } from './controllers/resource-kinds.ts'

/**
 * Creates the objects in their order, as `kubectl create -f` would. Existing ones are left as they are, so a cluster
 * that comes back from a snapshot keeps what happened to it.
 *
 * @throws when the API server refuses one, with its message: the lab's own manifests must be valid
 */
export async function applyManifests(client: ComponentClient, manifests: Manifest[]): Promise<void> {
  for (const manifest of manifests) {
    const kind = kindOf(client, manifest)
    const { namespace, name } = manifest.metadata
    if (client.api.read(kind.group, kind.resource, kind.namespaced ? namespace : undefined, name)) continue
    try {
      await client.create(kind, kind.namespaced ? namespace : undefined, manifest)
      if (manifest.kind === 'Namespace') await defaultAccount(client, name)
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.reason === 'AlreadyExists')) throw error
    }
  }
}

function kindOf(client: ComponentClient, manifest: Manifest): ResourceKind {
  const [group, version] = manifest.apiVersion.includes('/')
    ? manifest.apiVersion.split('/')
    : ['', manifest.apiVersion]
  const known = Object.values(kinds).find((kind) => kind.group === group && kind.kind === manifest.kind)
  if (known) return known
  const custom = client.api
    .list('apiextensions.k8s.io', 'customresourcedefinitions')
    .flatMap((definition) => kindOfDefinition(definition) ?? [])
    .find((kind) => kind.group === group && kind.kind === manifest.kind)
  if (custom) return custom
  throw new Error(`no resource for ${manifest.apiVersion} ${manifest.kind} (${version})`)
}

/** Pods can only be created once the namespace has its service account; a person at a keyboard is slow enough. */
async function defaultAccount(client: ComponentClient, namespace: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (client.api.read('', 'serviceaccounts', namespace, 'default')) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
