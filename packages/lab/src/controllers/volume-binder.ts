import type { KubeObject } from '../ports.ts'
import { ApiRefusal, type ComponentClient } from './component-client.ts'
import type { ControlPlane, Stop } from './control-plane.ts'
import { kinds } from './resource-kinds.ts'
import { keyOf, splitKey } from './work-queue.ts'

/** Provisions a volume for every claim at once; the lab has no storage that could be missing. */
export function startVolumeBinder(plane: ControlPlane, driver: string): Stop {
  const client = plane.controller('persistent-volume-binder')
  const queue = plane.queue('persistentvolume-binder', async (key) => {
    const { namespace, name } = splitKey(key)
    const claim = plane.api.read('', 'persistentvolumeclaims', namespace, name)
    if (!claim || claim.metadata.deletionTimestamp || claim.status?.phase === 'Bound') return
    await bind(client, claim, driver)
  })
  const stop = plane.api.watch('', 'persistentvolumeclaims', ({ object }) => queue.add(keyOf(object)))
  for (const claim of plane.api.list('', 'persistentvolumeclaims')) queue.add(keyOf(claim))
  return () => {
    stop()
    queue.stop()
  }
}

async function bind(client: ComponentClient, claim: KubeObject, driver: string): Promise<void> {
  const volume = `pvc-${claim.metadata.uid}`
  const capacity = claim.spec.resources?.requests ?? { storage: '1Gi' }
  const accessModes = claim.spec.accessModes ?? ['ReadWriteOnce']
  const { namespace, name, uid } = claim.metadata
  try {
    await client.create(kinds.persistentVolume, undefined, {
      kind: 'PersistentVolume',
      apiVersion: 'v1',
      metadata: { name: volume, annotations: { 'pv.kubernetes.io/provisioned-by': driver } },
      spec: {
        capacity,
        accessModes,
        claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: claim.spec.storageClassName ?? 'default',
        csi: { driver, volumeHandle: volume },
      },
    })
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.status === 409)) throw error
  }
  const bound = structuredClone(claim)
  bound.spec.volumeName = volume
  const updated = await client.update(kinds.persistentVolumeClaim, bound)
  await client.updateStatus(kinds.persistentVolumeClaim, {
    ...updated,
    status: { phase: 'Bound', accessModes, capacity },
  })
}
