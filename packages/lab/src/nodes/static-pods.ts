import { createHash } from 'node:crypto'
import { ApiRefusal } from '../controllers/component-client.ts'
import { stableJson } from '../controllers/object-names.ts'
import { kinds } from '../controllers/resource-kinds.ts'
import type { KubeObject } from '../ports.ts'
import type { NodeContext } from './node-context.ts'

export const MIRROR = 'kubernetes.io/config.mirror'

/** A manifest in the node's static pod directory. */
export interface StaticPodManifest {
  metadata: { name: string; namespace: string; labels?: Record<string, string>; annotations?: Record<string, string> }
  spec: { containers: { name: string; image: string }[]; [key: string]: unknown }
}

/** Identity of a static pod: hash of manifest and node. It stays while mirror objects come and go. */
export function staticPodHash(node: string, manifest: StaticPodManifest): string {
  return createHash('md5')
    .update(`${node}\n${stableJson(manifest)}`)
    .digest('hex')
}

/** Creates the mirror pod unless one with the same hash is there. Labels put on an earlier mirror are not kept. */
export async function ensureMirror(node: NodeContext, manifest: StaticPodManifest): Promise<KubeObject | undefined> {
  const hash = staticPodHash(node.spec.name, manifest)
  const name = `${manifest.metadata.name}-${node.spec.name}`
  const namespace = manifest.metadata.namespace
  const existing = node.api.read('', 'pods', namespace, name)
  if (existing) return existing.metadata.annotations?.[MIRROR] === hash ? existing : undefined
  const owner = node.api.read('', 'nodes', undefined, node.spec.name)
  if (!owner) return undefined
  const body = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace,
      ...(manifest.metadata.labels ? { labels: manifest.metadata.labels } : {}),
      annotations: {
        ...manifest.metadata.annotations,
        'kubernetes.io/config.hash': hash,
        [MIRROR]: hash,
        'kubernetes.io/config.seen': new Date().toISOString(),
        'kubernetes.io/config.source': 'file',
      },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Node', name: node.spec.name, uid: owner.metadata.uid, controller: true },
      ],
    },
    spec: {
      ...manifest.spec,
      nodeName: node.spec.name,
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
    },
    status: {},
  }
  try {
    return await node.client.create(kinds.pod, namespace, body)
  } catch (error) {
    // The old mirror may not be gone yet, or the namespace not there: the next change tries again.
    if (error instanceof ApiRefusal && (error.status === 409 || error.status === 404)) return undefined
    throw error
  }
}
