import type { ContainmentState } from '@cordon/entities'
import type { NodeSeal, Tone } from '@cordon/ui'

interface Look {
  label: string
  tone: Tone
  seal: NodeSeal
}

/** One look for each containment state; only `isolated`, which means verified, is green. */
export const containmentLooks: Record<ContainmentState, Look> = {
  none: { label: 'Not contained', tone: 'neutral', seal: 'none' },
  isolating: { label: 'Isolating', tone: 'progress', seal: 'working' },
  isolated: { label: 'Isolated', tone: 'proof', seal: 'sealed' },
  'partly-isolated': { label: 'Partly isolated', tone: 'caution', seal: 'partly' },
  'not-verified': { label: 'Isolation not verified', tone: 'doubt', seal: 'unproven' },
  broken: { label: 'Isolation broken', tone: 'broken', seal: 'broken' },
  restricted: { label: 'Restricted', tone: 'caution', seal: 'partly' },
  releasing: { label: 'Releasing', tone: 'progress', seal: 'working' },
  terminating: { label: 'Terminating', tone: 'progress', seal: 'working' },
  gone: { label: 'Gone', tone: 'neutral', seal: 'gone' },
}

/** The look of a state that travelled as plain text. */
export function containmentLook(state: string): Look {
  return containmentLooks[state as ContainmentState] ?? { label: state, tone: 'neutral', seal: 'none' }
}
