import { releaseAction } from '../containment/release-action.ts'

/** Ends a restriction. */
export const unrestrictPod = releaseAction('restriction', 'restrict-pod')
