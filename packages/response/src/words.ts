export const actionTypes = ['isolate-pod', 'release-pod', 'terminate-pod'] as const

export const actionStates = [
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
] as const

/** Menu and column words. */
export const actionLabels: Record<(typeof actionTypes)[number], string> = {
  'isolate-pod': 'Isolate pod',
  'release-pod': 'Release from isolation',
  'terminate-pod': 'Terminate pod',
}

export const actionStateLabels: Record<(typeof actionStates)[number], string> = {
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
}

/** States in which nothing more will be written or checked. */
export const finalStates: readonly (typeof actionStates)[number][] = [
  'released',
  'expired',
  'gone',
  'failed',
  'cancelled',
]
