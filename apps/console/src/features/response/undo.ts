import type { ActionType } from '@cordon/response'

/** Which action undoes which. The definitions say the same; they carry validators, which must stay out of the browser. */
export const undoOf: Partial<Record<ActionType, ActionType>> = {
  'isolate-pod': 'release-pod',
  'restrict-pod': 'unrestrict-pod',
  'scale-to-zero': 'restore-scale',
  'suspend-workload': 'resume-workload',
}

export function isUndo(type: ActionType): boolean {
  return Object.values(undoOf).includes(type)
}
