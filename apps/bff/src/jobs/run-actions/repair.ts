import { type ClusterView, type Operation, type PatchOperation, sameSpec } from '@cordon/response'

/**
 * The operations of a fresh plan that still have to be done: objects that are there as planned are left alone, those
 * that were edited are removed first, since our account may create and delete policies and nothing else.
 */
export function needed(operations: Operation[], view: ClusterView): Operation[] {
  return operations.flatMap((op): Operation[] => {
    if (op.kind === 'patch') return isDone(op, view) ? [] : [op]
    if (op.kind !== 'create') return [op]
    const { name, namespace, labels } = op.body.metadata
    const there = [...view.networkPolicies, ...view.otherPolicies].find(
      (p) =>
        p.kind === op.body.kind &&
        p.apiVersion === op.body.apiVersion &&
        p.metadata.name === name &&
        p.metadata.namespace === namespace,
    )
    if (!there) return [op]
    if (sameSpec(op.body.spec, there.spec)) return []
    const ownedBy = labels['cordon.dev/action'] ?? ''
    return [
      {
        id: `remove-${op.id}`,
        kind: 'delete',
        title: `Delete ${op.body.kind} ${name}, which was changed`,
        path: op.objectPath,
        uid: there.metadata.uid,
        ownedBy,
      },
      op,
    ]
  })
}

function isDone(op: PatchOperation, view: ClusterView): boolean {
  const labels = view.pod?.metadata.labels ?? {}
  return (
    view.pod?.metadata.uid === op.uid &&
    Object.entries(op.doneWhen).every(([key, value]) => (labels[key] ?? null) === value)
  )
}
