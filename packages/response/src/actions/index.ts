import type { ActionType } from '../action.ts'
import type { ActionDefinition } from '../define-action.ts'
import { containPod } from './contain-pod.ts'
import { isolatePod } from './isolate-pod.ts'
import { releasePod } from './release-pod.ts'
import { restoreScale } from './restore-scale.ts'
import { restrictPod } from './restrict-pod.ts'
import { resumeWorkload } from './resume-workload.ts'
import { scaleToZero } from './scale-to-zero.ts'
import { suspendWorkload } from './suspend-workload.ts'
import { terminatePod } from './terminate-pod.ts'
import { unrestrictPod } from './unrestrict-pod.ts'

/** Every action. Menus, checks, the API, the record and the ClusterRole are made from this. */
export const actions: Record<ActionType, ActionDefinition> = {
  'isolate-pod': isolatePod,
  'release-pod': releasePod,
  'restrict-pod': restrictPod,
  'unrestrict-pod': unrestrictPod,
  'terminate-pod': terminatePod,
  'contain-pod': containPod,
  'scale-to-zero': scaleToZero,
  'restore-scale': restoreScale,
  'suspend-workload': suspendWorkload,
  'resume-workload': resumeWorkload,
}

/** Action types that contain a pod: on the board, provable by a probe, may expire. */
export const containingTypes = (Object.keys(actions) as ActionType[]).filter((type) => actions[type].contains)
/** Action types that leave something in force until another undoes it: watched all that time. */
export const undoableTypes = (Object.keys(actions) as ActionType[]).filter((type) => actions[type].undoneBy)
