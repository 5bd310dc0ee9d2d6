/**
 * Every action type with its menu word, in the order menus show them. A new action is a line here and a definition in
 * `actions/`; the compiler asks for the second.
 */
export const actionLabels = {
  'isolate-pod': 'Isolate pod',
  'release-pod': 'Release from isolation',
  'restrict-pod': 'Restrict pod access',
  'unrestrict-pod': 'Lift restriction',
  'terminate-pod': 'Terminate pod',
  'contain-pod': 'Capture, isolate and terminate pod',
  'scale-to-zero': 'Scale to zero',
  'restore-scale': 'Restore replicas',
  'suspend-workload': 'Suspend',
  'resume-workload': 'Resume',
} as const satisfies Record<string, string>

/** Name of an action type. */
export type ActionTypeName = keyof typeof actionLabels
export const actionTypes = Object.keys(actionLabels) as [ActionTypeName, ...ActionTypeName[]] // keys of a constant object

/** Which entity kind each action is offered on. */
export const actionTargets: Record<ActionTypeName, 'pod' | 'workload'> = {
  'isolate-pod': 'pod',
  'release-pod': 'pod',
  'restrict-pod': 'pod',
  'unrestrict-pod': 'pod',
  'terminate-pod': 'pod',
  'contain-pod': 'pod',
  'scale-to-zero': 'workload',
  'restore-scale': 'workload',
  'suspend-workload': 'workload',
  'resume-workload': 'workload',
}

export const actionStates = [
  'pending-approval',
  'requested',
  'applied',
  'verified',
  'partly',
  'not-verified',
  'broken',
  'released',
  'expired',
  'gone',
  'failed',
  'cancelled',
  'rejected',
] as const

export const actionStateLabels: Record<(typeof actionStates)[number], string> = {
  'pending-approval': 'Waiting for approval',
  requested: 'Requested',
  applied: 'Applied, verifying',
  verified: 'Verified',
  partly: 'Partly in force',
  'not-verified': 'Not verified',
  broken: 'Broken',
  released: 'Released',
  expired: 'Expired',
  gone: 'Pod is gone',
  failed: 'Failed',
  cancelled: 'Cancelled',
  rejected: 'Rejected',
}

/** States in which nothing more will be written or checked. */
export const finalStates: readonly (typeof actionStates)[number][] = [
  'released',
  'expired',
  'gone',
  'failed',
  'cancelled',
  'rejected',
]
