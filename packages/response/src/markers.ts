/** Labels and annotations of ours on cluster objects. One prefix, so that `kubectl get … -l` finds everything. */
export const markers = {
  /** On the isolated pod and as the selector of its policy: the id of the action. */
  isolation: 'cordon.dev/isolation',
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
