import type { CustomDetection, DetectionRun } from '@cordon/contract'
import { Badge, type Tone } from '@cordon/ui'
import {
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleSlash,
  LoaderCircle,
  TimerOff,
  TriangleAlert,
  Unplug,
} from 'lucide-react'

const states = {
  on: { label: 'On', tone: 'progress', icon: <CircleCheck aria-hidden /> },
  off: { label: 'Off', tone: 'neutral', icon: <CircleSlash aria-hidden /> },
  paused: { label: 'Paused', tone: 'failed', icon: <CirclePause aria-hidden /> },
} as const

/** Whether it is on; paused says why on hovering. */
export function DetectionState({ detection }: { detection: Pick<CustomDetection, 'state' | 'note'> }) {
  const { label, tone, icon } = states[detection.state]
  return (
    <Badge tone={tone} icon={icon} title={detection.note ?? undefined}>
      {label}
    </Badge>
  )
}

const runs: Record<DetectionRun['state'], { label: string; tone: Tone; icon: React.ReactNode }> = {
  running: { label: 'Running', tone: 'progress', icon: <LoaderCircle aria-hidden /> },
  completed: { label: 'Completed', tone: 'neutral', icon: <CircleCheck aria-hidden /> },
  partly: { label: 'With notes', tone: 'caution', icon: <TriangleAlert aria-hidden /> },
  failed: { label: 'Failed', tone: 'failed', icon: <TriangleAlert aria-hidden /> },
  skipped: { label: 'Not evaluated', tone: 'caution', icon: <CircleDashed aria-hidden /> },
}

// What passes by itself is told apart from a query that has to be corrected.
const passing = {
  timeout: { label: 'Timed out', tone: 'caution', icon: <TimerOff aria-hidden /> },
  unavailable: { label: 'Waiting', tone: 'caution', icon: <Unplug aria-hidden /> },
} as const

export function RunState({ run }: { run: Pick<DetectionRun, 'state' | 'cause' | 'error' | 'notes'> }) {
  const cause = run.state === 'failed' && (run.cause === 'timeout' || run.cause === 'unavailable') ? run.cause : null
  const { label, tone, icon } = cause ? passing[cause] : runs[run.state]
  return (
    <Badge tone={tone} icon={icon} title={run.error ?? (run.notes.join('\n') || undefined)}>
      {label}
    </Badge>
  )
}
