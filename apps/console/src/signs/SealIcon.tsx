import type { NodeSeal } from '@cordon/ui'
import { CircleHelp, CircleX, LoaderCircle, Lock, LockOpen, ShieldAlert } from 'lucide-react'

/** The icon that goes with a containment state, so that colour never stands alone. */
export function SealIcon({ seal }: { seal: NodeSeal }) {
  switch (seal) {
    case 'sealed':
      return <Lock aria-hidden />
    case 'working':
      return <LoaderCircle className="animate-spin" aria-hidden />
    case 'partly':
      return <ShieldAlert aria-hidden />
    case 'unproven':
      return <CircleHelp aria-hidden />
    case 'broken':
      return <LockOpen aria-hidden />
    case 'gone':
      return <CircleX aria-hidden />
    case 'none':
      return null
  }
}
