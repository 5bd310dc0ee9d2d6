import type { ClusterView, NetworkPolicyObject, Pod } from '../cluster-view.ts'
import { markers } from '../markers.ts'
import type { ContainmentPlan } from './plan-containment.ts'

/** The cluster as it will be once a planned containment is in force: its policies, and the pod with its new labels. */
export function plannedView(view: ClusterView, plan: ContainmentPlan): ClusterView {
  const { pod } = view
  if (!pod) return view
  const policies = plan.operations.flatMap((op): NetworkPolicyObject[] =>
    op.kind === 'create'
      ? [{ ...op.body, metadata: { ...op.body.metadata, uid: `planned ${op.id}` }, spec: op.body.spec }]
      : [],
  )
  const plain = policies.filter((p) => p.apiVersion.startsWith('networking.k8s.io/'))
  const labels = { ...pod.metadata.labels }
  for (const op of plan.operations)
    for (const [key, value] of Object.entries(op.kind === 'patch' ? op.doneWhen : {}))
      if (value === null) delete labels[key]
      else labels[key] = value
  const annotations = {
    ...pod.metadata.annotations,
    ...(Object.keys(plan.detachedLabels).length > 0
      ? { [markers.detachedLabels]: JSON.stringify(plan.detachedLabels) }
      : {}),
  }
  const changed: Pod = { ...pod, metadata: { ...pod.metadata, labels, annotations } }
  return {
    ...view,
    pod: changed,
    pods: view.pods.map((p) => (p.metadata.uid === pod.metadata.uid ? changed : p)),
    networkPolicies: [...view.networkPolicies, ...plain],
    otherPolicies: [...view.otherPolicies, ...policies.filter((p) => !plain.includes(p))],
  }
}
