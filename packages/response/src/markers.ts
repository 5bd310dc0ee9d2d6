/** Labels and annotations of ours on cluster objects. One prefix, so that `kubectl get … -l` finds everything. */
export const markers = {
  /** On the isolated pod and as the selector of its policy: the id of the action. */
  isolation: 'cordon.dev/isolation',
  /** The same for a pod that is cut from metadata service, API server and kubelets. */
  restriction: 'cordon.dev/restriction',
  /** On every object we create: the id of the action. */
  action: 'cordon.dev/action',
  managedBy: 'app.kubernetes.io/managed-by',
  managedByValue: 'cordon',
  /** JSON of the labels taken from a detached pod, so that a release works without our database. */
  detachedLabels: 'cordon.dev/detached-labels',
  requestedBy: 'cordon.dev/requested-by',
  reason: 'cordon.dev/reason',
  requestedAt: 'cordon.dev/requested-at',
  /** On short-lived probe pods, so that leftovers can be swept. */
  canary: 'cordon.dev/canary',
} as const

/** What a containment leaves in force on a pod. Each kind has its own label, so that one pod may carry both. */
export const containmentKinds = ['isolation', 'restriction'] as const
export type ContainmentKind = (typeof containmentKinds)[number]

/** The id of the containment of this kind that the pod says it is under. */
export function containmentLabel(
  pod: { metadata: { labels?: Record<string, string> } } | undefined,
  kind: ContainmentKind,
): string | undefined {
  return pod?.metadata.labels?.[markers[kind]]
}
