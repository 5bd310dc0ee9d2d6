import { type Action, actionLabels, actionStateLabels } from '@cordon/response'
import { Badge, type Tone } from '@cordon/ui'
import {
  BadgeCheck,
  Ban,
  CircleDotDashed,
  CircleHelp,
  CircleX,
  Clock,
  LoaderCircle,
  LockOpen,
  ShieldAlert,
  Undo2,
  UserCheck,
} from 'lucide-react'
import type { ReactNode } from 'react'

const looks: Readonly<Record<string, { tone: Tone; icon: ReactNode }>> = {
  'pending-approval': { tone: 'caution', icon: <UserCheck aria-hidden /> },
  rejected: { tone: 'neutral', icon: <Ban aria-hidden /> },
  requested: { tone: 'progress', icon: <CircleDotDashed aria-hidden /> },
  applied: { tone: 'progress', icon: <LoaderCircle className="animate-spin" aria-hidden /> },
  verified: { tone: 'proof', icon: <BadgeCheck aria-hidden /> },
  partly: { tone: 'caution', icon: <ShieldAlert aria-hidden /> },
  'not-verified': { tone: 'doubt', icon: <CircleHelp aria-hidden /> },
  broken: { tone: 'broken', icon: <LockOpen aria-hidden /> },
  released: { tone: 'neutral', icon: <Undo2 aria-hidden /> },
  expired: { tone: 'neutral', icon: <Clock aria-hidden /> },
  gone: { tone: 'neutral', icon: <CircleX aria-hidden /> },
  failed: { tone: 'failed', icon: <CircleX aria-hidden /> },
  cancelled: { tone: 'neutral', icon: <Ban aria-hidden /> },
}

/** State of a response action. Green means verified and nothing else. */
export function ActionStateBadge({ state }: { state: Action['state'] }) {
  const look = looks[state] ?? { tone: 'neutral', icon: null }
  return (
    <Badge tone={look.tone} icon={look.icon}>
      {actionStateLabels[state] ?? state}
    </Badge>
  )
}

export function actionLabel(type: string): string {
  return actionLabels[type as keyof typeof actionLabels] ?? type
}
