import { releaseAction } from '../containment/release-action.ts'

/** Ends an isolation: puts taken labels back and removes our label and policies. */
export const releasePod = releaseAction('isolation', 'isolate-pod')
