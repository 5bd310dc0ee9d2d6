import type { ContainmentState } from '@cordon/entities'
import type { NodeSeal, SealKind, Tone } from '@cordon/ui'

interface Look {
  label: string
  tone: Tone
  seal: NodeSeal
  kind: SealKind
}

// How sure we are, for every kind of containment alike; green is kept for what was verified.
const working = { tone: 'progress', seal: 'working' } as const
const proven = { tone: 'proof', seal: 'sealed' } as const
const partly = { tone: 'caution', seal: 'partly' } as const
const unproven = { tone: 'doubt', seal: 'unproven' } as const
const broken = { tone: 'broken', seal: 'broken' } as const

/** One look for each containment state. */
export const containmentLooks: Record<ContainmentState, Look> = {
  none: { label: 'Not contained', tone: 'neutral', seal: 'none', kind: 'isolation' },
  isolating: { label: 'Isolating', ...working, kind: 'isolation' },
  isolated: { label: 'Isolated', ...proven, kind: 'isolation' },
  'partly-isolated': { label: 'Partly isolated', ...partly, kind: 'isolation' },
  'not-verified': { label: 'Isolation not verified', ...unproven, kind: 'isolation' },
  broken: { label: 'Isolation broken', ...broken, kind: 'isolation' },
  releasing: { label: 'Releasing', ...working, kind: 'isolation' },
  restricting: { label: 'Restricting', ...working, kind: 'restriction' },
  restricted: { label: 'Restricted', ...proven, kind: 'restriction' },
  'partly-restricted': { label: 'Partly restricted', ...partly, kind: 'restriction' },
  'restriction-not-verified': { label: 'Restriction not verified', ...unproven, kind: 'restriction' },
  'restriction-broken': { label: 'Restriction broken', ...broken, kind: 'restriction' },
  lifting: { label: 'Lifting restriction', ...working, kind: 'restriction' },
  expired: { label: 'Expired, open again', tone: 'caution', seal: 'expired', kind: 'isolation' },
  terminating: { label: 'Terminating', ...working, kind: 'termination' },
  'termination-not-verified': { label: 'Termination not verified', ...unproven, kind: 'termination' },
  gone: { label: 'Gone', tone: 'neutral', seal: 'gone', kind: 'isolation' },
  'scaling-down': { label: 'Scaling to zero', ...working, kind: 'scale' },
  'scaled-to-zero': { label: 'Scaled to zero', ...proven, kind: 'scale' },
  'scale-not-verified': { label: 'Scale to zero not verified', ...unproven, kind: 'scale' },
  'scale-broken': { label: 'Scaled up again', ...broken, kind: 'scale' },
  restoring: { label: 'Restoring replicas', ...working, kind: 'scale' },
  suspending: { label: 'Suspending', ...working, kind: 'suspension' },
  suspended: { label: 'Suspended', ...proven, kind: 'suspension' },
  'suspension-not-verified': { label: 'Suspension not verified', ...unproven, kind: 'suspension' },
  'suspension-broken': { label: 'Resumed by someone', ...broken, kind: 'suspension' },
  resuming: { label: 'Resuming', ...working, kind: 'suspension' },
}

/** The look of a state that travelled as plain text. */
export function containmentLook(state: string): Look {
  return (
    containmentLooks[state as ContainmentState] ?? { label: state, tone: 'neutral', seal: 'none', kind: 'isolation' }
  )
}
