import type { KubeObject } from '../ports.ts'
import { isStale, type ComponentClient } from './component-client.ts'
import { selects, type LabelSelector } from './label-selector.ts'
import { controllerOf, isPodFinished } from './pod-state.ts'
import { kinds } from './resource-kinds.ts'

export interface PodClaim {
  client: ComponentClient
  owner: KubeObject
  selector: LabelSelector | undefined
  /** Finalizer of ours that leaves a pod together with our ownership. */
  finalizer?: string
  /** Additional condition, e.g. the ordinal name of a StatefulSet's pod. */
  mayAdopt?: (pod: KubeObject) => boolean
}

/**
 * The pods a workload controls. Pods whose labels left the selector are released (ownerReference removed), orphans that
 * match are adopted, both as patches bound to the pod's uid. Finished pods are kept but not adopted.
 */
export async function claimPods(claim: PodClaim): Promise<KubeObject[]> {
  const { client, owner } = claim
  const claimed: KubeObject[] = []
  for (const pod of client.api.list('', 'pods', owner.metadata.namespace)) {
    const controller = controllerOf(pod)
    const matches = selects(claim.selector, pod.metadata.labels) && (claim.mayAdopt?.(pod) ?? true)
    if (controller?.uid === owner.metadata.uid) {
      if (matches || owner.metadata.deletionTimestamp) claimed.push(pod)
      else await release(claim, pod)
    } else if (!controller && matches && mayTake(pod, owner)) {
      const adopted = await adopt(claim, pod)
      if (adopted) claimed.push(adopted)
    }
  }
  return claimed
}

function mayTake(pod: KubeObject, owner: KubeObject): boolean {
  return !owner.metadata.deletionTimestamp && !pod.metadata.deletionTimestamp && !isPodFinished(pod)
}

async function release(claim: PodClaim, pod: KubeObject): Promise<void> {
  const metadata: Record<string, unknown> = {
    ownerReferences: [{ $patch: 'delete', uid: claim.owner.metadata.uid }],
    uid: pod.metadata.uid,
  }
  if (claim.finalizer && pod.metadata.finalizers?.includes(claim.finalizer)) {
    metadata['$deleteFromPrimitiveList/finalizers'] = [claim.finalizer]
  }
  await patchUnlessGone(claim.client, pod, metadata)
}

function adopt(claim: PodClaim, pod: KubeObject): Promise<KubeObject | undefined> {
  const metadata: Record<string, unknown> = { ownerReferences: [ownerReferenceTo(claim.owner)], uid: pod.metadata.uid }
  if (claim.finalizer) metadata.finalizers = [claim.finalizer]
  return patchUnlessGone(claim.client, pod, metadata)
}

async function patchUnlessGone(client: ComponentClient, pod: KubeObject, metadata: Record<string, unknown>) {
  try {
    return await client.patch(kinds.pod, { namespace: pod.metadata.namespace!, name: pod.metadata.name }, { metadata }) // pods are namespaced
  } catch (error) {
    if (isStale(error)) return undefined
    throw error
  }
}

export function ownerReferenceTo(owner: KubeObject) {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** Calls back with the key of the controller, the former one included, when its pod changed, and of every workload that might adopt an orphan. */
export function onPodOfOwner(
  client: ComponentClient,
  ownerKind: { kind: string; group: string; resource: string },
  enqueue: (key: string) => void,
): () => void {
  const owners = new Map<string, string>()
  return client.api.watch('', 'pods', ({ type, object: pod }) => {
    const { namespace, uid, labels } = pod.metadata
    const former = owners.get(uid)
    const owner = controllerOf(pod)
    const current = owner?.kind === ownerKind.kind ? `${namespace}/${owner.name}` : undefined
    if (current && type !== 'DELETED') owners.set(uid, current)
    else owners.delete(uid)
    if (former && former !== current) enqueue(former)
    if (current) enqueue(current)
    if (owner) return
    for (const candidate of client.api.list(ownerKind.group, ownerKind.resource, namespace)) {
      if (selects(candidate.spec?.selector, labels)) enqueue(`${namespace}/${candidate.metadata.name}`)
    }
  })
}
